"""corpus: training data from a manifest, checked against what is kept out; build it, or verify what was built."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result
from chronotope.calls.schema import WRITING, Call, option


class CorpusCall(Call):
    """Build a training corpus from a manifest, or verify a built one; nothing that is kept out for evaluation may be in it."""

    what: Literal["build", "verify"] = option(..., "build or verify", metavar="build|verify", argument=True)
    path: Path = option(..., "the manifest to build from, or the folder to verify", metavar="PATH", argument=True)
    data: Path | None = option(None, "folder that the manifest's paths are relative to; CHRONOTOPE_DATA by default", metavar="DIR")
    output: Path | None = option(None, "folder of the corpus", "--output", "-o", metavar="FOLDER", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)


def run(call: CorpusCall, progress: Progress = SILENT) -> Result:
    """The record of the corpus that was built, or the list of what is wrong with one, which is empty.

    Raises:
        ArgumentError: there is no folder to build into.
        DataError: the corpus is not as it was built, or holds what is kept out.
    """
    from chronotope.errors import ArgumentError, DataError
    from chronotope.evaluate.sets.kept_out import kept_out
    from chronotope.evaluate.sets.suites import data_root
    from chronotope.training import builder

    if call.what == "build" and call.output is None:
        raise ArgumentError("--output must name the folder of the corpus; it was not given.")
    manifest = builder.read_manifest(call.path) if call.what == "build" else None
    with progress.working("comparing with what is kept out"):
        series, absent = kept_out(call.data)
        beside = f"\nnot compared, because they are not here: {', '.join(absent)}" if absent else ""
        if manifest is None or call.output is None:
            wrong = builder.verify(call.path, series)
            if wrong:
                raise DataError(f"A corpus must be as it was built and hold nothing that is kept out; {'; '.join(wrong)}.")
            said = f"as it was built; no copies of {len(series)} sets that are kept out{beside}"
            return Result(wrong, {"wrong": wrong, "absent": absent}, (said,))
        record = builder.build(manifest, call.data or data_root(), call.output, series, call.overwrite, progress.line)
    said = f"wrote {call.output}: {len(record['sets'])} sets, hash {record['hash'][:16]}, compared with {len(series)} that are kept out"
    return Result(record, {**record, "output": call.output, "absent": absent}, (said + beside,))
