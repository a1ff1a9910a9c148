"""`chronotope backtest`: forecasts from many past origins against what came true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chronotope.cli.schemas import BacktestCall, Call
from chronotope.cli.work import check_outputs, open_and_warn, records, set_up, tell, waiting

if TYPE_CHECKING:
    import pandas as pd

FLOORS = ["baseline:mix", "baseline:seasonal_naive", "baseline:last_value"]

HIDDEN = ("mae_spread", "rmse", "bias", "r2", "mae_ratio", "wql_ratio", "size", "seconds", "peak_mb")
"""Of groups, from people without --verbose: a table of 80 columns."""


def run(call: BacktestCall) -> None:
    """Print, and perhaps write, the table of scores."""
    check_outputs(call)
    field = open_and_warn(call)
    set_up(call)
    with waiting(call, "scoring"):
        import chronotope as ct
        from chronotope.data.writers import write

        models = [ct.load(name) for name in call.models] if call.models else [ct.load(), *FLOORS]
        options = {key: getattr(call, key) for key in ("target", "context", "by", "against", "refit", "save", "overwrite")}
        scores = ct.backtest(models, field, call.horizon, call.every, **options)
        if call.output is not None:
            write(scores, call.output, overwrite=call.overwrite)
    show(call, scores, grouped=call.by is not None or call.against is not None, warnings=list(field.warnings))


def show(call: Call, scores: pd.DataFrame, grouped: bool = False, **facts: Any) -> None:
    """The table, and what was written; `facts` stand beside it in JSON."""
    written = {key: getattr(call, key, None) for key in ("output", "save")}
    if call.json_output:
        tell(call, "", {**written, **facts, "rows": records(scores)})
    elif not call.quiet:
        from rich.console import Console

        from chronotope.cli.table import as_rich, score_rich

        few = scores.drop(columns=[name for name in HIDDEN if name in scores])
        Console().print(as_rich(scores) if call.verbose else as_rich(few) if grouped else score_rich(scores))
        for path in written.values():
            if path is not None:
                print(f"wrote {path}")
