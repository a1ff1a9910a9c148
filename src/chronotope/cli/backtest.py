"""`chronotope backtest`: forecasts from many past origins against what came true."""

from __future__ import annotations

from chronotope.cli.schemas import BacktestCall
from chronotope.cli.work import check_outputs, open_data, records, set_up, tell, waiting

FLOORS = ["baseline:mix", "baseline:seasonal_naive", "baseline:last_value"]


def run(call: BacktestCall) -> None:
    """Print, and perhaps write, the table of scores."""
    check_outputs(call)
    field = open_data(call)
    set_up(call)
    with waiting(call, "scoring"):
        import chronotope as ct
        from chronotope.data.writers import write

        models = [ct.load(name) for name in call.models] if call.models else [ct.load(), *FLOORS]
        scores = ct.backtest(models, field, call.horizon, call.every, target=call.target, context=call.context)
        if call.output is not None:
            write(scores, call.output, overwrite=call.overwrite)
    if call.json_output:
        tell(call, "", {"output": call.output, "rows": records(scores)})
    elif not call.quiet:
        from rich.console import Console

        from chronotope.cli.table import as_rich, score_rich

        Console().print(as_rich(scores) if call.verbose else score_rich(scores))
        if call.output is not None:
            print(f"wrote {call.output}")
