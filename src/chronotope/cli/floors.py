"""`chronotope floors`: every floor of a task on one split of a file."""

from __future__ import annotations

from pathlib import Path

from pydantic import field_validator

from chronotope.cli.schemas import WRITING, Opening, option
from chronotope.cli.work import check_outputs, open_and_warn, set_up, tell_table, waiting

HIDDEN = ("rmse", "bias", "r2", "mae_ratio", "wql_ratio", "seconds", "peak_mb")  # from people without --verbose: a table of 80 columns


class FloorsCall(Opening):
    """Score every floor of a task: what a model must beat.

    The last fifth of the time is scored; what comes before it is fitted on.
    """

    horizon: str = option("12", "steps ahead, or a length of time such as 6h (forecasts and tracks)", "--horizon", metavar="STEPS")
    task: str | None = option(None, "forecast, impute, interpolate, downscale, tracks or events", metavar="TASK")
    factor: int = option(4, "cells along a side of a coarse one, for downscale", metavar="N")
    origins: int = option(12, "origins of a forecast, spread over the last fifth", metavar="N")
    seed: int = option(0, "seed of what is hidden", metavar="N")
    output: Path | None = option(None, "also write the table: .csv or .parquet", "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)

    @field_validator("origins", "factor")
    @classmethod
    def _some(cls, value: int) -> int:
        if value < 1:
            raise ValueError("must be at least 1")
        return value


def run(call: FloorsCall) -> None:
    """Print, and perhaps write, the table with the meaning of its columns."""
    check_outputs(call)
    field = open_and_warn(call)
    set_up(call)
    with waiting(call, "fitting floors"):
        from chronotope.evaluate.protocols.floors import floors

        horizon = int(call.horizon) if call.horizon.strip().isdigit() else call.horizon
        options = {key: getattr(call, key) for key in ("task", "target", "origins", "factor", "seed")}
        table = floors(field, horizon, **options)
        if call.output is not None:
            from chronotope.data.writers import write

            write(table, call.output, overwrite=call.overwrite)
    about = {key: table.attrs[key] for key in ("task", "split", "definitions")}
    shown = table if call.json_output or call.verbose else table[[name for name in table if name not in HIDDEN]]
    tell_table(call, shown, f"{about['task']}: {about['split']}", output=call.output, **about)
    if not call.quiet and not call.json_output:
        for column in shown.columns.intersection(list(about["definitions"])):
            print(f"{column}: {about['definitions'][column]}")
