"""By others: what others tell exactly of a value, in words."""

from __future__ import annotations

import numpy as np

from chronotope.data.panel import Panel
from chronotope.tasks.detecting.inconsistent import Told

NAMED = 4  # series by which a value is told


def by_others(value: float, told: Told, cell: tuple[int, int], panel: Panel) -> str:
    """What others tell exactly of the value of a series (place, variable), half a sentence."""
    verb = "make" if not told.is_sum else "sum to" if len(told.by) > 1 else "reads"
    verb = "makes" if verb == "make" and len(told.by) == 1 else verb
    digits = _digits(value, told.value)
    said = f"{value:.{digits}g} where {_names(told.by, cell, panel)} {verb} {told.value:.{digits}g}"
    if not told.suspects:
        return said
    return f"{_names((cell,), cell, panel)} {said}, or {_names(told.suspects, cell, panel, 'or')} is wrong"


def _names(series: tuple[tuple[int, int], ...], cell: tuple[int, int], panel: Panel, word: str = "and") -> str:
    """Names of series (place, variable) beside one: what they differ in."""
    names = []
    for place, variable in series:
        who = str(place if panel.places is None else panel.places[place])
        is_here, is_same = place == cell[0], variable == cell[1]
        names.append(who if is_same else panel.variables[variable] if is_here else f"{panel.variables[variable]} at {who}")
    if len(names) > NAMED + 1:
        names = [*names[:NAMED], f"{len(names) - NAMED} others"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def _digits(one: float, other: float) -> int:
    """Digits in which two numbers differ by more than one unit of the last."""
    apart = abs(one - other) / max(abs(one), abs(other), 1e-300)
    return int(np.clip(np.ceil(-np.log10(max(apart, 1e-12))) + 2, 4, 12))
