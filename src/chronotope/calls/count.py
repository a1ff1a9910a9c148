"""count: events or fixes of moving things into steps and cells or places, ready for every other verb."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result
from chronotope.calls.schema import RESULT, WRITING, Opening, option
from chronotope.calls.work import check_outputs, open_and_warn, set_up
from chronotope.errors import KindError

if TYPE_CHECKING:
    from chronotope.data.field import Field

HOW = "count (events, or fixes of tracks), distinct (each object once in a step and cell) or mean (of the values of moving sensors)"

PLACES = "instead of cells: table with lat, lon (each goes to the nearest), file of areas (to that in which it lies), or a column"


class CountCall(Opening):
    """Count events or tracks into cells and steps, or average moving sensors; the result is a file for every other verb.

    Without --cell and --places cells have a round size chosen from the data, without --step steps have a round length.
    """

    cell: float | None = option(None, "side of a square cell, in degrees or the plane's units", "--cell", metavar="SIZE")
    places: Path | None = option(None, PLACES, metavar="FILE")
    radius: float | None = option(None, "metres beyond which one belongs to none of the places", metavar="M")
    how: Literal["count", "distinct", "mean"] = option("count", HOW, metavar="HOW")
    keep_partial: bool = option(False, "keep a first or last step in which the record begins or ends")
    output: Path = option(..., RESULT, "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)


def run(call: CountCall, progress: Progress = SILENT) -> Result:
    """The counts, written to a file."""
    from chronotope.data.writers import write

    check_outputs(call)
    field = open_and_warn(call, progress)
    set_up(call)
    if field.kind not in ("events", "tracks", "points"):
        raise KindError(f"count takes events, tracks or moving points; {call.file} is read as {field.kind}, which needs none. Forecast it.")
    with progress.working("counting"):
        made = counted(field, call)
        write(made, call.output, overwrite=call.overwrite)
    facts: dict[str, Any] = {"output": call.output, "kind": made.kind, "variables": list(made.variables), "shape": list(made.shape)}
    facts |= {"step": made.step, "findings": [note.text for note in made.findings], "warnings": list(field.warnings)}
    notes = [note.text.replace("keep_partial=True", "--keep-partial") for note in made.findings]
    told = [text for text in notes if text.startswith(("counts:", "means:"))]
    shape = " x ".join(map(str, made.shape))
    return Result(made, facts, (*told, f"wrote {call.output}: {made.kind} of {shape}, steps of {made.step}; chronotope forecast reads it"))


def counted(field: Field, call: CountCall) -> Field:
    """The field counted or averaged as the call says."""
    from chronotope.calls.places import read_places
    from chronotope.harmonize.counts import events_to_counts, tracks_to_counts
    from chronotope.harmonize.means import points_to_means

    step, cell = call.step, call.cell
    if step is None or (cell is None and call.places is None):
        found = defaults(field)
        step, cell = step or found[0], found[1] if cell is None and call.places is None else cell
    column = str(call.places) in field.dataset.variables
    places = str(call.places) if column else None if call.places is None else read_places(call.places, "--places")
    options: dict[str, Any] = {"cells": cell, "places": places, "radius": call.radius, "keep_partial": call.keep_partial}
    if call.how == "mean":
        return points_to_means(field, step, **options, target=call.target)
    if field.kind == "events":
        return events_to_counts(field, step, **options)
    return tracks_to_counts(field, step, **options, distinct=call.how == "distinct")


def defaults(field: Field) -> tuple[str, float]:
    """A step and a size of cells as a forecast of the events would choose them."""
    import numpy as np

    from chronotope.data.frame import fixed_freq
    from chronotope.harmonize.counts import fixes_of
    from chronotope.tasks.events.panel import Catalogue, catalogue_of, cells_of, step_of

    if field.kind == "events":
        past = catalogue_of(field)
    else:
        rows = fixes_of(field)
        axes = ("lat", "lon") if "lat" in rows else ("y", "x")
        order = np.argsort(rows["time"].to_numpy(), kind="stable")
        past = Catalogue(rows["time"].to_numpy("datetime64[ns]")[order], rows[list(axes)].to_numpy(float)[order], axes, 0, {}, order)
    return fixed_freq(step_of(field.step, past, past.times[-1]).value), cells_of(None, past).size
