"""impute: open, fill the gaps, write."""

from __future__ import annotations

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.reporting import Reporting, report
from chronotope.calls.result import Result, wrote
from chronotope.calls.schema import FormCall
from chronotope.calls.sketch import sketch_filled
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, save, set_up


class ImputeCall(Reporting, FormCall):
    """Fill the gaps; observed values stay as they are."""


def run(call: ImputeCall, progress: Progress = SILENT) -> Result:
    """A file with its gaps filled, written to another."""
    check_outputs(call, call.report)
    field = open_and_warn(call, progress)
    set_up(call)
    with progress.working("filling"):
        model = model_of(call.model, call.device)
        filled = model.impute(field, target=call.target, quantiles=call.quantiles, context=call.context)
        save(call, filled)
    from chronotope.calls import proof

    moving = field.kind in ("tracks", "points")
    report(call, "impute", filled, progress, None if moving else lambda: proof.gaps(model, field, call.target, call.seed))
    progress.warn(filled.meta["warnings"])
    said = f"wrote {call.output}: {filled.meta['filled']} values filled"
    return Result(filled, about(call, filled), (*sketch_filled(filled), said, *wrote(call.report)))
