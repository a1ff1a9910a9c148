"""The text that `print(field)` shows: what it is, where, when, how complete, what was inferred and what looks wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chronotope.inspect.checks import value_findings
from chronotope.inspect.finding import Finding
from chronotope.inspect.movers import event_facts, event_findings, track_facts, track_findings
from chronotope.inspect.subject import FIXED, Subject


def describe(field: Subject) -> str:
    """A page for people; every line says one thing."""
    missing, _ = value_findings(field)
    lines = [f"Field ({field.kind}) from {field.source}"]
    lines += [f"  {label:<11} {text}" for label, text in facts(field) if text]
    lines.append(f"  {'missing':<11} {missing:.1%} of the values")
    notes = all_findings(field)
    for title, level in (("inferred", "inferred"), ("looks wrong", "warning")):
        chosen = [note.text for note in notes if note.level == level]
        lines += [f"  {title}:"] + [f"    - {text}" for text in chosen] if chosen else []
    return "\n".join(lines)


def all_findings(field: Subject) -> list[Finding]:
    """Everything that was inferred or looks wrong: of the file, the clock, the places and the values."""
    return [*field.findings, *frame_findings(field), *place_findings(field), *_of_movers(field), *value_findings(field)[1]]


def _of_movers(field: Subject) -> list[Finding]:
    if field.kind in ("tracks", "points"):
        return track_findings(field.dataset)
    return event_findings(field.dataset) if field.kind == "events" else []


def facts(field: Subject) -> list[tuple[str, str]]:
    """(label, text) of variables, places, span, step and edges."""
    units = field.units
    said = {name: not units[name] or name.endswith((f"[{units[name]}]", f"({units[name]})")) for name in field.variables[:12]}
    variables = ", ".join(name if whole else f"{name} [{units[name]}]" for name, whole in said.items())
    more = f" and {len(field.variables) - 12} more" if len(field.variables) > 12 else ""
    return [
        ("variables", variables + more),
        ("places", _places(field)),
        ("beside", _further_dims(field)),
        ("time", _span(field)),
        ("step", _step(field)),
        *(
            track_facts(field.dataset)
            if field.kind in ("tracks", "points")
            else event_facts(field.dataset)
            if field.kind == "events"
            else []
        ),
        *field.beside(),
    ]


def frame_findings(field: Subject) -> list[Finding]:
    """Stamps that are missing from a regular step, or that follow none."""
    if field.kind not in FIXED:
        return []
    frame = field.frame
    notes = [Finding("warning" if not frame.regular else "inferred", frame.note)] if frame.note else []
    lost = len(frame.times) - len(frame.rows)
    if lost:
        notes.append(Finding("inferred", f"{lost} stamps of the step {frame.freq} are missing; they count as missing values"))
    return notes


def place_findings(field: Subject) -> list[Finding]:
    """Places without a position, and positions that cannot be."""
    if not {"lat", "lon"} <= set(field.dataset.coords) or field.kind not in ("grid", "graph"):
        return []
    lat, lon = (field.dataset[name].values.astype(float) for name in ("lat", "lon"))
    notes = []
    if np.isnan(lat).any() or np.isnan(lon).any():
        notes.append(Finding("warning", f"{int(np.isnan(lat).sum())} places have no position; they are put at the centre of the others"))
    if np.nanmax(np.abs(lat), initial=0) > 90 or np.nanmax(np.abs(lon), initial=0) > 360:
        notes.append(
            Finding("warning", "some latitudes lie beyond 90 or longitudes beyond 360 degrees; are lat and lon exchanged, or metres?")
        )
    if lat.shape == lon.shape and field.kind == "graph" and ((lat == 0) & (lon == 0)).any():
        notes.append(Finding("warning", f"{int(((lat == 0) & (lon == 0)).sum())} places lie at exactly 0, 0"))
    return notes


def _places(field: Subject) -> str:
    sizes = " x ".join(f"{dim} {field.dataset.sizes[dim]}" for dim in field.space if dim in field.dataset.sizes)
    if field.kind not in FIXED:
        return sizes
    latlon, xy = field.positions
    if latlon is not None:
        (south, west), (north, east) = latlon.min(axis=0), latlon.max(axis=0)
        return f"{sizes}, lat {south:.4g} to {north:.4g}, lon {west:.4g} to {east:.4g}"
    return sizes if xy is None or "x" not in field.dataset.coords else f"{sizes}, plane coordinates"


def _further_dims(field: Subject) -> str:
    """Dims of the values beside time and place: levels, members, runs."""
    known = ("time", *field.space)
    sizes = {dim: size for name in field.variables for dim, size in field.dataset[name].sizes.items() if dim not in known}
    return " x ".join(f"{dim} {size}" for dim, size in sizes.items())


def _span(field: Subject) -> str:
    times = field.local_times[~np.isnat(field.times)]
    if not len(times):
        return ""
    first, last = pd.Timestamp(times.min()), pd.Timestamp(times.max())
    zone = field.zone or field.dataset.attrs.get("timezone", "")
    return f"{first} to {last}{f' ({zone} clock)' if zone else ''}, {len(np.unique(field.times))} stamps"


def _step(field: Subject) -> str:
    if field.kind not in FIXED:
        return ""
    frame = field.frame
    return frame.freq if frame.regular else f"irregular, about {frame.freq}"
