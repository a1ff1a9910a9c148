"""backcast: open, ask for what was before, write."""

from __future__ import annotations

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.reporting import Reporting, report
from chronotope.calls.result import Result, wrote
from chronotope.calls.schema import FormCall, Length, option
from chronotope.calls.sketch import sketch_backcast
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, save, set_up


class BackcastCall(Reporting, FormCall):
    """Tell what was before the record begins, with intervals."""

    horizon: Length = option(..., "steps before the first, or a length of time such as 6h or 2d", "--horizon", metavar="STEPS")


def run(call: BackcastCall, progress: Progress = SILENT) -> Result:
    """The steps before a file begins, written to another."""
    check_outputs(call, call.report)
    field = open_and_warn(call, progress)
    set_up(call)
    with progress.working("looking back"):
        model = model_of(call.model, call.device)
        made = model.backcast(field, call.horizon, target=call.target, quantiles=call.quantiles, context=call.context)
        save(call, made)
    from chronotope.calls import proof

    report(call, "backcast", made, progress, lambda: proof.beginnings(model, field, made, call.target, call.context))
    progress.warn(made.meta["warnings"])
    return Result(made, about(call, made), (*sketch_backcast(made), f"wrote {call.output}", *wrote(call.report)))
