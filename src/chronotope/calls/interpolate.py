"""interpolate: open, read at other places, write."""

from __future__ import annotations

from pathlib import Path

from chronotope.calls.places import read_places
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.reporting import Reporting, report
from chronotope.calls.result import Result, wrote
from chronotope.calls.schema import ModelCall, option
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, set_up


class InterpolateCall(Reporting, ModelCall):
    """Read between the sensors: values at other places, also such as were never observed."""

    at: Path = option(
        ..., "table of the places: columns lat, lon (or x, y) and perhaps a name; of what moves with time too", "--at", metavar="PLACES"
    )


def run(call: InterpolateCall, progress: Progress = SILENT) -> Result:
    """The values at the places of a table, written to a file."""
    check_outputs(call, call.report)
    places = read_places(call.at, "--at")
    field = open_and_warn(call, progress)
    if call.edges is not None:
        progress.warn(["edges= is not read: a place that is new has none"])
    set_up(call)
    with progress.working("reading between the places"):
        model = model_of(call.model, call.device)
        read = model.interpolate(field, places, target=call.target, quantiles=call.quantiles, context=call.context)
        read.save(call.output, overwrite=call.overwrite)
    from chronotope.calls import proof

    moving = field.kind in ("points", "tracks")
    report(call, "interpolate", read, progress, None if moving else lambda: proof.places(model, field, call.target, call.seed))
    progress.warn(read.meta["warnings"])
    return Result(read, about(call, read), wrote(call.output, call.report))
