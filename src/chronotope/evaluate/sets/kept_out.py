"""Kept out: the series of every evaluation set, for whoever must not have them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import ChronotopeError, NoFileError
from chronotope.evaluate.sets.suites import SECOND, SETS, HeldOut, data_root
from chronotope.evaluate.sets.yardsticks import YARDSTICKS, Yardstick
from chronotope.training.copies import series_of

LAST = 4000  # steps of a held-out series that are compared
PLACES = 24  # series of a set that are compared, by an even stride: a corpus that holds the set holds these too


def kept_out(root: Path | None = None) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, str]]:
    """Series by evaluation set, and the reason for every set that cannot be compared because it is not here.

    Args:
        root: data root; the usual one by default.
    """
    found: dict[str, dict[str, np.ndarray]] = {}
    absent: dict[str, str] = {}
    everyone: tuple[Yardstick | HeldOut, ...] = (*YARDSTICKS, *SETS, *SECOND)
    for one in everyone:
        try:
            panel = one.open(root).panel if isinstance(one, Yardstick) else one.open(root or data_root())[0]
        except NoFileError as error:
            absent[one.name] = str(error)
        except ChronotopeError as error:
            absent[one.name] = f"it cannot be opened: {error}"
        else:
            found[one.name if one.name not in found else f"{one.name} (benchmark)"] = _series(panel, one.name)
    return found, absent


def _series(panel: Panel, name: str) -> dict[str, np.ndarray]:
    labels = np.arange(panel.values.shape[1]) if panel.places is None else panel.places
    made = series_of(panel.values[-LAST:], name, labels, panel.variables)
    keys = list(made)
    return {key: made[key] for key in keys[:: max(1, -(-len(keys) // PLACES))]}
