"""simulate: open, draw whole futures or whole records, write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

from chronotope.calls.forecast import unread
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.reporting import Reporting, report, timed
from chronotope.calls.result import Result, wrote
from chronotope.calls.schema import (
    CELL,
    MODEL,
    RECONCILE,
    RESULT,
    WRITING,
    Asking,
    Count,
    KnownFuture,
    SomeLength,
    option,
    texts,
)
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, set_up, table_of_groups


class SimulateCall(Reporting, KnownFuture, Asking):
    """Draw whole futures, whose sums and maxima mean something; or what may have been in the gaps."""

    horizon: SomeLength = option(None, "steps ahead, or a length of time such as 6h or 2d; 24 by default", "--horizon", metavar="STEPS")
    members: Count = option(50, "how many; 50 by default", metavar="N")
    fill: bool = option(False, "draw the gaps instead of the future")
    cell: float | None = option(None, CELL, metavar="SIZE")
    at: Annotated[list[str] | None, BeforeValidator(texts)] = option(
        None, "the last time that is read; may be repeated; the end of the data by default", metavar="TIME"
    )
    reconcile: Path | None = option(None, RECONCILE, metavar="FILE")
    model: str | None = option(None, MODEL, "--model", "-m", metavar="NAME")
    output: Path = option(..., RESULT, "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)


def run(call: SimulateCall, progress: Progress = SILENT) -> Result:
    """Members of a file's future, written to another."""
    check_outputs(call, call.report)
    field = open_and_warn(call, progress, *call.known_future)
    progress.warn(unread(call, call.known_future))
    set_up(call)
    with progress.working("drawing"):
        at = call.at[0] if call.at and len(call.at) == 1 else call.at
        options: dict[str, Any] = {name: getattr(call, name) for name in ("target", "context", "fill")}
        options |= {"at": at, "known_future": tuple(call.known_future), "reconcile": table_of_groups(call.reconcile)}
        steps = 24 if call.horizon is None else call.horizon
        options |= {"cell": call.cell, "step": call.step if field.kind == "events" else None}
        model = model_of(call.model, call.device)
        made, seconds = timed(lambda: model.simulate(field, steps, call.members, call.seed, **options))
        made.save(call.output, overwrite=call.overwrite)
    from chronotope.calls import proof

    ask = call.target, call.context
    ahead = lambda: proof.forecasts(model, field, made, seconds, *ask)  # noqa: E731
    prove = (lambda: proof.gaps(model, field, call.target, call.seed)) if call.fill else None if field.kind == "events" else ahead
    report(call, "simulate", made, progress, prove)
    progress.warn(made.meta["warnings"])
    return Result(made, about(call, made), wrote(call.output, call.report))
