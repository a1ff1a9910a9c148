"""Audit: does a split keep apart what it says it keeps apart? Shared cells are counted, and copies of series are looked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from chronotope.evaluate.protocols.splits import Part, Split
from chronotope.training.copies import Copy, find_copies, series_of


@dataclass(frozen=True)
class Audit:
    """What was found; `passed` if it is nothing.

    Attributes:
        split: name.
        shared: cells (native place and step) that two of train, validation and test have in common, by pair.
        copies: test (or validation) series that are a piece, a shift, a rescaling or a resampling of a series that may be learnt from.
        compared: series of test and of train.
    """

    split: str
    shared: dict[str, int]
    copies: list[Copy] = field(default_factory=list)
    compared: tuple[int, int] = (0, 0)

    @property
    def passed(self) -> bool:
        """True if nothing is shared."""
        return not self.copies and not any(self.shared.values())

    def __str__(self) -> str:
        if self.passed:
            return f"{self.split}: 0 shared cells, 0 copies among {self.compared[0]} test and {self.compared[1]} training series"
        words = [f"{count} shared cells of {pair}" for pair, count in self.shared.items() if count]
        return f"{self.split}: " + "; ".join([*words, *map(str, self.copies[:3])]) + ("; ..." if len(self.copies) > 3 else "")


def audit(split: Split, series: bool = True) -> Audit:
    """Check a split.

    Args:
        split: of `splits_of`, or made by hand.
        series: also look for copies; else only for shared cells.
    """
    roles = {"train": split.train, "valid": split.valid, "test": (split.test,)}
    pairs = (("train", "test"), ("valid", "test"), ("train", "valid"))
    shared = {f"{a} and {b}": sum(_shared(x, y) for x in roles[a] for y in roles[b]) for a, b in pairs}
    if not series:
        return Audit(split.name, shared)
    train, test = series_of_parts((*split.train, *split.valid)), series_of_parts([split.test])
    return Audit(split.name, shared, find_copies(test, train), (len(test), len(train)))


def series_of_parts(parts: Iterable[Part]) -> dict[str, np.ndarray]:
    """Every place and variable of parts as one series, NaN outside the part's cells."""
    out: dict[str, np.ndarray] = {}
    for number, part in enumerate(parts):
        values = np.where(part.cells[..., None], part.sheet.panel.values, np.nan)
        panel, name = part.sheet.panel, part.sheet.name if number == 0 else f"{part.sheet.name}#{number}"
        places = np.arange(values.shape[1]) if panel.places is None else panel.places
        out |= series_of(values, name, places, panel.variables)
    return out


def _shared(a: Part, b: Part) -> int:
    """Native cells of both; parts of different sets share none."""
    if a.sheet.name != b.sheet.name:
        return 0
    x, y = a.sheet.native_mask(a.cells), b.sheet.native_mask(b.cells)
    t, n = (min(p, q) for p, q in zip(x.shape, y.shape))
    return int((x[:t, :n] & y[:t, :n]).sum())
