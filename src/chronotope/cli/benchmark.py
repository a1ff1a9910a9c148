"""`chronotope benchmark`: models on the held-out sets, beside every floor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import field_validator

from chronotope.cli.schemas import MODEL, WRITING, Call, option
from chronotope.cli.work import check_outputs, records, set_up, tell, waiting

if TYPE_CHECKING:
    import pandas as pd

SHOWN = ("mae_ratio", "wql_ratio", "beats_mix_wql", "coverage80", "seconds")


class BenchmarkCall(Call):
    """Score models on data sets that no weights have seen, beside every floor.

    The data are no part of the package: the environment's CHRONOTOPE_DATA names their folder.
    """

    suite: Literal["quick", "full"] = option("quick", "quick (a few sets, minutes) or full (all of them)", metavar="SUITE")
    models: list[str] | None = option(None, MODEL + "; may be repeated", "--model", "-m", metavar="NAME")
    cache: Path | None = option(None, "folder that keeps the floors' sums for later runs", metavar="DIR")
    output: Path | None = option(None, "also write all rows: .csv or .parquet", "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)

    @field_validator("models", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


def run(call: BenchmarkCall) -> None:
    """Print the summary, and perhaps write every row."""
    check_outputs(call)
    set_up(call)
    from chronotope.evaluate.suites import data_root

    root = data_root()
    with waiting(call, "scoring"):
        table, overall = scored(call, root)
    if call.output is not None:
        from chronotope.data.writers import write

        write(table, call.output, overwrite=call.overwrite)
    if call.json_output:
        tell(call, "", {"suite": call.suite, "output": call.output, "summary": records(overall), "rows": records(table)})
    elif not call.quiet:
        _show(overall, table, call)


def scored(call: BenchmarkCall, root: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every row, and the summary over sets.

    Raises:
        NoFileError: a set of the suite is not below `root`.
    """
    import chronotope as ct
    from chronotope.baselines import FLOORS
    from chronotope.evaluate import suites
    from chronotope.evaluate.benchmark import benchmark, summary

    chosen = [one for one in suites.SETS if call.suite == "full" or one.name in suites.QUICK]
    models = [ct.load(name) for name in call.models] if call.models else [ct.load()]
    added = [model.predictor for model in models if model.name not in FLOORS]  # the floors are in every table already

    def progress(line: str) -> None:
        if call.verbose and not call.json_output:
            print(line, file=sys.stderr)

    table = benchmark(added, chosen, root, progress, call.cache)
    return table, summary(table)


def _show(overall: pd.DataFrame, table: pd.DataFrame, call: BenchmarkCall) -> None:
    from rich.console import Console

    from chronotope.cli.table import as_rich

    sets = table["set"].nunique()
    shown = overall[[name for name in SHOWN if name in overall.columns]]
    Console().print(as_rich(shown, f"{call.suite} suite: {sets} data set{'s' if sets > 1 else ''}, ratios to the best floor of each"))
    if call.output is not None:
        print(f"wrote {call.output}")
