"""backtest: forecasts from many past origins against what came true."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from chronotope.calls.forecast import unread
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.reporting import Reporting, command_of
from chronotope.calls.result import Result, Shown, wrote
from chronotope.calls.schema import MODELS, WRITING, Asking, Count, KnownFuture, Length, SomeWords, TableCall, option
from chronotope.calls.work import check_outputs, model_of, open_and_warn, set_up, write_table

FLOORS = ["baseline:mix", "baseline:seasonal_naive", "baseline:last_value"]
HIDDEN = (
    *("mae_spread", "rmse", "bias", "r2", "mae_ratio", "wql_ratio", "size", "seconds", "peak_mb", "broken"),
    *("outside", "brier"),  # of events
    *("ade_spread", "best20_ratio"),  # of tracks
)  # a table of 80 columns


class BacktestCall(Reporting, KnownFuture, TableCall, Asking):
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
    check_outputs(call, call.report)
    field = open_and_warn(call, progress, *call.known_future)
    progress.warn(unread(call, call.known_future))
    set_up(call)
    with progress.working("scoring"):
        from chronotope.baselines import EVENT_FLOORS
        from chronotope.evaluate.protocols.backtest import backtest
        from chronotope.evaluate.protocols.track_backtest import FLOORS as TRACK_FLOORS
        from chronotope.evaluate.scores.table import broken_lines

        own = {"events": list(EVENT_FLOORS), "tracks": list(TRACK_FLOORS), "points": []}.get(field.kind)
        floors = FLOORS if own is None else [f"baseline:{name}" for name in own]
        models = [model_of(name, call.device) for name in call.models] if call.models else [model_of(None, call.device), *floors]
        options: dict[str, Any] = {key: getattr(call, key) for key in ("target", "context", "by", "against", "refit", "overwrite")}
        options["known_future"] = tuple(call.known_future)
        with tempfile.TemporaryDirectory() as folder:
            save = Path(folder) if call.report is not None and call.save is None and own is None else call.save
            scores = backtest(models, field, call.horizon, call.every, save=save, **options)
            write_table(call, scores)
            if call.report is not None:
                _write_page(call, scores, field, save)
    facts = {"output": call.output, "save": call.save, "warnings": list(field.warnings), "rows": scores}
    facts |= {"said": scores.attrs["said"]} if "said" in scores.attrs else {}
    shown = Shown(scores, hidden=HIDDEN, ranked=call.by is None and call.against is None and own is None)
    return Result(scores, facts, (shown, *broken_lines(scores), *wrote(call.output, call.save, call.report)))


def _write_page(call: BacktestCall, scores: Any, field: Any, save: Path | None) -> None:
    """The page of the whole table, also where it was grouped."""
    from chronotope.evaluate.scores.saved import rescore
    from chronotope.view.output import writing
    from chronotope.view.report import scores_page

    assert call.report is not None
    whole = scores if save is None else rescore(save)
    with writing(call.report, call.overwrite) as draft:
        draft.write_text(scores_page(whole, field, trials=save, command=command_of(call, "backtest")), encoding="utf-8")
