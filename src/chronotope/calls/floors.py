"""floors: every floor of a task on one split of a file."""

from __future__ import annotations

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown
from chronotope.calls.schema import BUDGET, Budget, Count, Length, Opening, TableCall, option
from chronotope.calls.work import check_outputs, open_and_warn, set_up, write_table

HIDDEN = ("rmse", "bias", "r2", "mae_ratio", "wql_ratio", "seconds", "peak_mb", "broken", "outside", "brier")  # a table of 80 columns


class FloorsCall(TableCall, Opening):
    """Score every floor of a task: what a model must beat.

    The last fifth of the time is scored; what comes before it is fitted on.
    """

    horizon: Length = option(12, "steps ahead, or a length of time such as 6h (forecasts and tracks)", "--horizon", metavar="STEPS")
    task: str | None = option(None, "forecast, impute, interpolate, downscale, tracks or events", metavar="TASK")
    factor: Count = option(4, "cells along a side of a coarse one, for downscale", metavar="N")
    origins: Count = option(12, "origins of a forecast, spread over the last fifth", metavar="N")
    seed: int = option(0, "seed of what is hidden", metavar="N")
    budget: Budget = option(None, BUDGET, metavar="TIME")


def run(call: FloorsCall, progress: Progress = SILENT) -> Result:
    """The table, perhaps written, with the meaning of its columns."""
    check_outputs(call)
    field = open_and_warn(call, progress)
    set_up(call)
    with progress.working("fitting floors"):
        from chronotope.evaluate.protocols.floors import floors
        from chronotope.evaluate.scores.table import broken_lines

        options = {key: getattr(call, key) for key in ("task", "target", "origins", "factor", "seed")}
        table = floors(field, call.horizon, **options)
        write_table(call, table)
    about = {key: table.attrs[key] for key in ("task", "split", "definitions")}
    shown = Shown(table, f"{about['task']}: {about['split']}", HIDDEN, meanings=about["definitions"])
    return Result(table, {"output": call.output, **about, "warnings": list(field.warnings), "rows": table}, (shown, *broken_lines(table)))
