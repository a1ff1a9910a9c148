"""whatif: open, ask what would be if something were different, write both answers and the difference."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

from chronotope.calls.forecast import unread
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, wrote
from chronotope.calls.schema import WRITING, KnownFuture, Length, ModelCall, option, texts
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, set_up
from chronotope.errors import ArgumentError, KindError

SET = "what a variable is to be: temp=+2, temp=*1.1, temp=+10%, price=30 or temp==-3; of events add=FILE, remove=FILE; may be repeated"


def settings(value: Any) -> Any:
    """`name=value` words as a mapping; a mapping stays one."""
    words = value if isinstance(value, (list, tuple)) else [value] if isinstance(value, str) else None
    if words is None:
        return value
    pairs = [str(word).partition("=") for word in words]
    if any(not name.strip() or not rest.strip() for name, _, rest in pairs):
        raise ValueError("must be NAME=VALUE, such as temp=+2, price=30 or flow=*1.1")
    return {name.strip(): rest.strip() for name, _, rest in pairs}


class WhatifCall(KnownFuture, ModelCall):
    """Ask what would be if a variable had other values, a place were closed, an object or events were not there."""

    horizon: Length = option(..., "steps ahead, or a length of time such as 6h or 2d", "--horizon", metavar="STEPS")
    set: Annotated[dict[str, str | float], BeforeValidator(settings)] = option({}, SET, metavar="NAME=VALUE")
    close: Annotated[list[str], BeforeValidator(texts)] = option(
        [], "a place that is closed, or an object that is taken out; may be repeated", metavar="PLACE"
    )
    at: Annotated[list[str] | None, BeforeValidator(texts)] = option(
        None, "the last time that is read; may be repeated; the end of the data by default", metavar="TIME"
    )
    cell: float | None = option(None, "side of a cell in which events are counted, in the coordinates of the file", metavar="SIZE")
    report: Path | None = option(None, "also write a page with pictures", metavar="R.html", panel=WRITING)


def run(call: WhatifCall, progress: Progress = SILENT) -> Result:
    """What would be, written to a file."""
    if not call.set and not call.close:
        raise ArgumentError("Something must be different: --set temp=+2, or --close A; found neither.")
    check_outputs(call, call.report)
    field = open_and_warn(call, progress, *call.known_future, *call.set)
    if call.report is not None and field.kind in ("tracks", "events"):
        raise KindError(f"A page of whatif shows places with values; this field is {field.kind}. Leave --report out, and draw the output.")
    progress.warn(unread(call, [*call.known_future, *call.set]))
    set_up(call)
    with progress.working("supposing"):
        at = call.at[0] if call.at and len(call.at) == 1 else call.at
        options: dict[str, Any] = {key: getattr(call, key) for key in ("set", "close", "target", "quantiles", "context", "cell")}
        options["step"] = call.step if field.kind == "events" else None  # of all others it was read when the file was opened
        made = model_of(call.model, call.device).whatif(field, call.horizon, at=at, known_future=tuple(call.known_future), **options)
        made.save(call.output, overwrite=call.overwrite)
        if call.report is not None:
            from chronotope.view.supposed import write_whatif

            write_whatif(call.report, made, overwrite=call.overwrite)
    progress.warn(made.meta["warnings"])
    facts = about(call, made, report=call.report, summary=made.summary, words=made.words)
    return Result(made, facts, (made.words, *wrote(call.output, call.report)))
