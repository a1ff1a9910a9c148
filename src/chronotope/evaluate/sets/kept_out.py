"""Kept out: the series of every evaluation set, for whoever must not have them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chronotope.errors import ChronotopeError, NoFileError
from chronotope.evaluate.sets.suites import SETS, data_root
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
    for one in YARDSTICKS:
        _add(one.name, lambda one=one: _of_yardstick(one, root), found, absent)
    for entry in SETS:
        _add(entry.name, lambda entry=entry: _of_panel(entry.open(root or data_root())[0], entry.name), found, absent)
    return found, absent


def _add(name: str, make, found: dict[str, dict[str, np.ndarray]], absent: dict[str, str]) -> None:  # noqa: ANN001 - a call without arguments
    try:
        series = make()
    except NoFileError as error:
        absent[name] = str(error)
    except ChronotopeError as error:
        absent[name] = f"it cannot be opened: {error}"
    else:
        found[name if name not in found else f"{name} (benchmark)"] = series


def _of_yardstick(one: Yardstick, root: Path | None) -> dict[str, np.ndarray]:
    return _of_panel(one.open(root).panel, one.name)


def _of_panel(panel, name: str) -> dict[str, np.ndarray]:  # noqa: ANN001 - Panel
    labels = np.arange(panel.values.shape[1]) if panel.places is None else panel.places
    made = series_of(panel.values[-LAST:], name, labels, panel.variables)
    keys = list(made)
    return {key: made[key] for key in keys[:: max(1, -(-len(keys) // PLACES))]}
