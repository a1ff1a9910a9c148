"""`chronotope scores`: the table of a back-test from its saved forecasts."""

from __future__ import annotations

from pathlib import Path

from chronotope.cli.backtest import show
from chronotope.cli.schemas import READING, WRITING, Call, option
from chronotope.cli.work import check_outputs


class ScoresCall(Call):
    """Make the table of a back-test again from its saved forecasts.

    Nothing is run anew; groups and the model that is compared with may differ from those of the back-test.
    """

    file: Path = option(..., "what backtest --save wrote", metavar="FOLDER", panel=READING, argument=True)
    by: str | None = option(None, "a row for each lead, place, region, hour or season", metavar="GROUP")
    against: str | None = option(None, "a model of the run that the others are compared with", metavar="NAME")
    output: Path | None = option(None, "also write the table: .csv or .parquet", "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)


def run(call: ScoresCall) -> None:
    """Print, and perhaps write, the table."""
    check_outputs(call)
    from chronotope.evaluate.scores.saved import rescore

    scores = rescore(call.file, call.by, call.against)
    if call.output is not None:
        from chronotope.data.writers import write

        write(scores, call.output, overwrite=call.overwrite)
    show(call, scores, grouped=call.by is not None or call.against is not None)
