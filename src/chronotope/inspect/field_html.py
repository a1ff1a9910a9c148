"""A Field in a notebook: its facts, what looks wrong, and its first variable over time."""

from __future__ import annotations

import numpy as np

from chronotope.inspect.checks import value_findings
from chronotope.inspect.describe import all_findings, facts
from chronotope.inspect.html import card, lines
from chronotope.inspect.subject import Subject

MOST_VALUES = 4_000_000  # more are not read for a drawing


def field_html(field: Subject) -> str:
    """See `Field._repr_html_`."""
    missing, _ = value_findings(field)
    notes = all_findings(field)
    inferred, wrong = ([note.text for note in notes if note.level == level] for level in ("inferred", "warning"))
    about = [*facts(field), ("missing", f"{missing:.1%} of the values"), ("inferred", "; ".join(inferred))]
    return card("Field", f"{field.kind} from {field.source}", about, _drawing(field), wrong)


def _drawing(field: Subject) -> str:
    """The mean over places of the first variable, or how many events there were."""
    if field.kind == "events":
        stamps = np.asarray(field.times)
        stamps = stamps[~np.isnat(stamps)].astype(np.int64)
        return lines(np.histogram(stamps, 60)[0], "events over time") if len(stamps) > 1 else ""
    if field.kind not in ("grid", "graph", "video") or not field.variables:
        return ""
    array = field.dataset[field.variables[0]]
    if array.size > MOST_VALUES or array.dtype.kind not in "fiu" or "time" not in array.dims:
        return ""
    others = [dim for dim in array.dims if dim != "time"]
    unit = field.units[field.variables[0]]
    label = f"{field.variables[0]}{f' [{unit}]' if unit else ''}" + (", mean over places" if array.size > array.sizes["time"] else "")
    return lines(array.mean(others).values, label)
