"""downscale: open, answer on finer cells, write."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import field_validator

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.reporting import Reporting, report
from chronotope.calls.result import Result, wrote
from chronotope.calls.schema import ModelCall, SomeCount, option
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, set_up

LIKE = "fields on the finer cells of other steps, to learn from: a file that opens as FILE does"


class DownscaleCall(Reporting, ModelCall):
    """Look inside the cells of a grid: finer cells whose means are those that were read."""

    factor: SomeCount = option(None, "fine cells along the side of a coarse one; that of --like by default", metavar="N")
    finer_step: str | None = option(None, "instead of --factor, a finer step such as 1h, whose means are those read", metavar="STEP")
    how: Literal["mean", "sum"] = option("mean", "with --finer-step: what of the finer steps the values are", metavar="mean|sum")
    like: Path | None = option(None, LIKE, metavar="FILE")

    @field_validator("factor")
    @classmethod
    def _finer(cls, value: int | None) -> int | None:
        if value is not None and value < 2:
            raise ValueError("must be at least 2")
        return value

    @field_validator("context")
    @classmethod
    def _everything(cls, value: int | str | None) -> int | str | None:
        if value is not None:
            raise ValueError("must be left out; downscaling learns from all steps")
        return value


def run(call: DownscaleCall, progress: Progress = SILENT) -> Result:
    """A grid on finer cells, written to a file."""
    check_outputs(call, call.report)
    field = open_and_warn(call, progress)
    if call.edges is not None:
        progress.warn(["edges= is not read: cells of a grid have none"])
    like = None if call.like is None else open_and_warn(call.model_copy(update={"file": call.like}), progress)
    set_up(call)
    with progress.working("looking inside the cells"):
        model = model_of(call.model, call.device)
        steps = {} if call.finer_step is None else {"step": call.finer_step, "how": call.how}
        made = model.downscale(field, call.factor, like=like, target=call.target, quantiles=call.quantiles, **steps)
        made.save(call.output, overwrite=call.overwrite)
    from chronotope.calls import proof

    report(call, "downscale", made, progress, lambda: proof.fine(model, field, made, call.target))
    progress.warn(made.meta["warnings"])
    return Result(made, about(call, made), wrote(call.output, call.report))
