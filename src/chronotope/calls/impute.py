"""impute: open, fill the gaps, write."""

from __future__ import annotations

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result
from chronotope.calls.schema import FormCall
from chronotope.calls.sketch import sketch_filled
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, save, set_up


class ImputeCall(FormCall):
    """Fill the gaps; observed values stay as they are."""


def run(call: ImputeCall, progress: Progress = SILENT) -> Result:
    """A file with its gaps filled, written to another."""
    check_outputs(call)
    field = open_and_warn(call, progress)
    set_up(call)
    with progress.working("filling"):
        filled = model_of(call.model, call.device).impute(field, target=call.target, quantiles=call.quantiles, context=call.context)
        save(call, filled)
    progress.warn(filled.meta["warnings"])
    return Result(
        filled,
        about(call, filled),
        (
            *sketch_filled(filled),
            f"wrote {call.output}: {filled.meta['filled']} values filled",
        ),
    )
