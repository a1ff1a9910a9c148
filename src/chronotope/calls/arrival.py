"""arrival: open tracks, say when objects come to places, write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from chronotope.calls.places import read_places
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown, wrote
from chronotope.calls.schema import Count, Length, ModelCall, option, texts
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, set_up

SHOWN = 12  # objects


class ArrivalCall(ModelCall):
    """Say when moving objects come to places, how likely that is, and which place is next."""

    horizon: Length = option(..., "steps ahead, or a length of time such as 6h or 2d", "--horizon", metavar="STEPS")
    places: Path = option(..., "table of the places: columns lat, lon (or x, y) and perhaps a name", "--places", metavar="PLACES")
    radius: float = option(..., "metres (or the plane's units) within which an object has come", metavar="METRES")
    members: Count = option(200, "drawn paths that are counted; 200 by default", metavar="N")
    at: Annotated[list[str] | None, BeforeValidator(texts)] = option(
        None, "the last time that is read; the end of the data by default", metavar="TIME"
    )


def run(call: ArrivalCall, progress: Progress = SILENT) -> Result:
    """When the objects of a file come to the places of a table, written to another file."""
    check_outputs(call)
    places = read_places(call.places, "--places")
    field = open_and_warn(call, progress)
    set_up(call)
    with progress.working("following"):
        at = call.at[0] if call.at and len(call.at) == 1 else call.at
        options = {
            "radius": call.radius,
            "n": call.members,
            "seed": call.seed,
            "at": at,
            "quantiles": call.quantiles,
            "context": call.context,
        }
        made = model_of(call.model, call.device).arrival(field, places, call.horizon, **options)
        made.save(call.output, overwrite=call.overwrite)
    progress.warn(made.meta["warnings"])
    table = made.to_pandas()
    likely = table[table["chance"] > 0].sort_values("chance", ascending=False, kind="stable").head(SHOWN)
    shown: list[str | Shown] = [Shown(likely, "the likeliest")] if len(likely) else ["no object is likely to come to any of the places"]
    return Result(made, about(call, made) | {"arrivals": table}, (*shown, *wrote(call.output)))
