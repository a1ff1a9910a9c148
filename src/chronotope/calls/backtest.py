"""backtest: forecasts from many past origins against what came true."""

from __future__ import annotations

from pathlib import Path

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown, wrote
from chronotope.calls.schema import MODELS, WRITING, Asking, Count, Length, SomeWords, TableCall, option
from chronotope.calls.work import check_outputs, model_of, open_and_warn, set_up, write_table

FLOORS = ["baseline:mix", "baseline:seasonal_naive", "baseline:last_value"]
HIDDEN = (
    *("mae_spread", "rmse", "bias", "r2", "mae_ratio", "wql_ratio", "size", "seconds", "peak_mb", "broken"),
    *("outside", "brier"),  # of events
)  # a table of 80 columns


class BacktestCall(TableCall, Asking):
    """Score models on the past, beside the floors.

    Forecasts are made from many past origins, reading nothing after each, and compared with what came true.
    """

    horizon: Length = option(..., "steps ahead, or a length of time such as 6h or 2d", "--horizon", metavar="STEPS")
    every: Count = option(..., "steps from one origin to the next", metavar="STEPS")
    models: SomeWords = option(None, MODELS, "--model", "-m", metavar="NAME")
    by: str | None = option(None, "a row for each lead, place, region, hour or season", metavar="GROUP")
    against: str | None = option(None, "a model of the call that the others are compared with", metavar="NAME")
    refit: int | None = option(None, "fit models that learn before the first origin (0), or anew every so many", metavar="N")
    save: Path | None = option(None, "folder (or .nc) for every forecast; see scores", metavar="FOLDER", panel=WRITING)


def run(call: BacktestCall, progress: Progress = SILENT) -> Result:
    """The table of scores, perhaps written, and every forecast where `save` names a place for it."""
    check_outputs(call)
    field = open_and_warn(call, progress)
    set_up(call)
    with progress.working("scoring"):
        from chronotope.baselines import EVENT_FLOORS
        from chronotope.evaluate.protocols.backtest import backtest
        from chronotope.evaluate.scores.table import broken_lines

        floors = FLOORS if field.kind != "events" else [f"baseline:{name}" for name in EVENT_FLOORS]
        models = [model_of(name, call.device) for name in call.models] if call.models else [model_of(None, call.device), *floors]
        options = {key: getattr(call, key) for key in ("target", "context", "by", "against", "refit", "save", "overwrite")}
        scores = backtest(models, field, call.horizon, call.every, **options)
        write_table(call, scores)
    facts = {"output": call.output, "save": call.save, "warnings": list(field.warnings), "rows": scores}
    shown = Shown(scores, hidden=HIDDEN, ranked=call.by is None and call.against is None and field.kind != "events")
    return Result(scores, facts, (shown, *broken_lines(scores), *wrote(call.output, call.save)))
