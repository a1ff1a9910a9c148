"""scores: the table of a back-test from its saved forecasts."""

from __future__ import annotations

from pathlib import Path

from chronotope.calls.backtest import HIDDEN
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown, wrote
from chronotope.calls.schema import READING, TableCall, option
from chronotope.calls.work import check_outputs, write_table


class ScoresCall(TableCall):
    """Make the table of a back-test again from its saved forecasts.

    Nothing is run anew; groups and the model that is compared with may differ from those of the back-test.
    """

    file: Path = option(..., "what backtest --save wrote", metavar="FOLDER", panel=READING, argument=True)
    by: str | None = option(None, "a row for each lead, place, region, hour or season", metavar="GROUP")
    against: str | None = option(None, "a model of the run that the others are compared with", metavar="NAME")


def run(call: ScoresCall, progress: Progress = SILENT) -> Result:
    """The table, perhaps written."""
    check_outputs(call)
    from chronotope.evaluate.scores.saved import rescore
    from chronotope.evaluate.scores.table import broken_lines

    scores = rescore(call.file, call.by, call.against)
    write_table(call, scores)
    shown = Shown(scores, hidden=HIDDEN, ranked=call.by is None and call.against is None)
    return Result(scores, {"output": call.output, "save": None, "rows": scores}, (shown, *broken_lines(scores), *wrote(call.output)))
