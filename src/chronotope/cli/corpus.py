"""`chronotope corpus build` and `chronotope corpus verify`: training data from a manifest, checked against what is kept out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from chronotope.cli.schemas import WRITING, Call, option
from chronotope.cli.work import tell, waiting

if TYPE_CHECKING:
    import numpy as np


class CorpusCall(Call):
    """Build a training corpus from a manifest, or verify a built one; nothing that is kept out for evaluation may be in it."""

    what: Literal["build", "verify"] = option(..., "build or verify", metavar="build|verify", argument=True)
    path: Path = option(..., "the manifest to build from, or the folder to verify", metavar="PATH", argument=True)
    data: Path | None = option(None, "folder that the manifest's paths are relative to; CHRONOTOPE_DATA by default", metavar="DIR")
    output: Path | None = option(None, "folder of the corpus", "--output", "-o", metavar="FOLDER", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)


def run(call: CorpusCall) -> None:
    """Build and print what was built, or say what is wrong."""
    from chronotope.errors import ArgumentError
    from chronotope.evaluate.sets.kept_out import kept_out
    from chronotope.evaluate.sets.suites import data_root
    from chronotope.training import builder

    if call.what == "build" and call.output is None:
        raise ArgumentError("--output must name the folder of the corpus; it was not given.")
    manifest = builder.read_manifest(call.path) if call.what == "build" else None
    with waiting(call, "comparing with what is kept out"):
        series, absent = kept_out(call.data)
        if manifest is None:
            _say(call, builder.verify(call.path, series), series, absent)
            return
        assert call.output is not None
        record = builder.build(manifest, call.data or data_root(), call.output, series, call.overwrite, lambda line: _progress(call, line))
    words = f"wrote {call.output}: {len(record['sets'])} sets, hash {record['hash'][:16]}, compared with {len(series)} that are kept out"
    tell(call, words + _absent(absent), {**record, "output": call.output, "absent": absent})


def _say(call: CorpusCall, wrong: list[str], series: dict[str, dict[str, np.ndarray]], absent: dict[str, str]) -> None:
    from chronotope.errors import DataError

    if wrong:
        raise DataError(f"A corpus must be as it was built and hold nothing that is kept out; {'; '.join(wrong)}.")
    tell(call, f"as it was built; no copies of {len(series)} sets that are kept out" + _absent(absent), {"wrong": [], "absent": absent})


def _absent(absent: dict[str, str]) -> str:
    return f"\nnot compared, because they are not here: {', '.join(absent)}" if absent else ""


def _progress(call: CorpusCall, line: Any) -> None:
    if call.verbose and not call.json_output:
        print(line, file=sys.stderr)
