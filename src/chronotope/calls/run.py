"""run: a call that was saved in a file, whatever its verb."""

from __future__ import annotations

from pathlib import Path

from chronotope.calls import saved
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result
from chronotope.calls.schema import READING, Call, option
from chronotope.errors import ArgumentError


class RunCall(Call):
    """Run a saved call: a YAML file with the verb and its options."""

    file: Path = option(..., "'verb: forecast', and its options, one per line", metavar="CALL.yaml", panel=READING, argument=True)


def run(call: RunCall, progress: Progress = SILENT) -> Result:
    """What the call in the file gives."""
    verb, options = saved.named_call(call.file)
    if verb == "run":
        raise ArgumentError(f"{call.file} must hold the call itself; it names another file.")
    return saved.run(verb, progress, **options)
