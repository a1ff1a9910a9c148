"""embed: open, describe, write vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import field_validator

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.reporting import Reporting, report
from chronotope.calls.result import Result, wrote
from chronotope.calls.schema import MODEL, RESULT, WRITING, Asking, SomeLength, option
from chronotope.calls.work import about, check_outputs, model_of, open_and_warn, set_up


class EmbedCall(Reporting, Asking):
    """Vectors of places: what each is like, for a classifier, an index or a map of kinds."""

    per: str = option("place", "what a vector describes: place (of tracks object), window (of each) or field", metavar="WHAT")
    window: SomeLength = option(None, "steps of a window (or a length of time); 128 steps by default", metavar="STEPS")
    model: str | None = option(None, MODEL, "--model", "-m", metavar="NAME")
    output: Path = option(..., RESULT, "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)

    @field_validator("per")
    @classmethod
    def _known(cls, value: Any) -> Any:
        if value not in ("place", "object", "window", "field"):
            raise ValueError("must be place, object, window or field")
        return value


def run(call: EmbedCall, progress: Progress = SILENT) -> Result:
    """The vectors of a file, written to another."""
    check_outputs(call, call.report)
    field = open_and_warn(call, progress, named=False)
    if call.edges is not None:
        progress.warn(["edges= is not read: a vector says how a place behaves, not where it lies"])
    set_up(call)
    with progress.working("describing"):
        made = model_of(call.model, call.device).embed(field, call.per, target=call.target, window=call.window, context=call.context)
        made.save(call.output, overwrite=call.overwrite)
    report(call, "embed", made, progress)
    count, features = len(made), made.vectors.sizes["feature"]
    return Result(made, about(call, made), (f"wrote {call.output}: {count} vectors of {features} numbers", *wrote(call.report)))
