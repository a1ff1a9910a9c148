"""explain: open, ask what moved an answer, write the table or the effects on every cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chronotope.calls.forecast import unread
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown, wrote
from chronotope.calls.schema import MODEL, RESULT, WRITING, Asking, Count, KnownFuture, Length, Words, option
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, set_up

SHOWN = 12
NARROW = ("what",)
KINDS = "what is hidden in turn: place, time, variable; of tracks object, time; of events cell, time; may be repeated; all by default"
ABOUT = "the place or object whose answer is explained, or lat,lon in a cell of events; all by default"


class ExplainCall(KnownFuture, Asking):
    """Say which places, times and variables moved a forecast; of tracks which objects, of events which past events."""

    horizon: Length = option(..., "steps ahead, or a length of time such as 6h or 2d", "--horizon", metavar="STEPS")
    about: str | None = option(None, ABOUT, metavar="PLACE")
    at: str | None = option(None, "the last time that is read; the end of the data by default", metavar="TIME")
    kinds: Words = option([], KINDS, metavar="KIND")
    most: Count = option(24, "places that are hidden in turn, those most alike, or objects, the nearest; 24 by default", metavar="N")
    cell: float | None = option(None, "side of a cell in which events are counted, in the coordinates of the file", metavar="SIZE")
    model: str | None = option(None, MODEL, "--model", "-m", metavar="NAME")
    output: Path = option(..., RESULT, "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)


def run(call: ExplainCall, progress: Progress = SILENT) -> Result:
    """What moved the forecast of a file."""
    check_outputs(call)
    field = open_and_warn(call, progress, *call.known_future)
    progress.warn(unread(call, call.known_future))
    set_up(call)
    with progress.working("hiding one part after the other"):
        options: dict[str, Any] = {key: getattr(call, key) for key in ("at", "target", "context", "kinds", "most", "cell")}
        options["step"] = call.step if field.kind == "events" else None  # of all others it was read when the file was opened
        made = model_of(call.model, call.device).explain(
            field, call.horizon, place=call.about, known_future=tuple(call.known_future), **options
        )
        made.save(call.output, overwrite=call.overwrite)
    progress.warn(made.meta["warnings"])
    facts = about(call, made, table=made.table, shares=made.shares)
    shown = [Shown(made.table.head(SHOWN), "what moved the answer most")]
    shown += [Shown(made.shares.head(SHOWN), "of which candidates it is mixed", hidden=NARROW)] if len(made.shares) else []
    return Result(made, facts, (*shown, *wrote(call.output)))
