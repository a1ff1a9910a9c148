"""Many: one verb on several files, and where their results go - one each, or joined in one table with a column `file`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from chronotope.calls.perform import Run, perform
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown, Sketch
from chronotope.errors import ArgumentError

STEM = "{stem}"  # of the file, in the name of an output
TABLES = (".csv", ".csv.gz", ".parquet")
Check = Callable[[dict[str, Any]], Any]


def run_many(run: Run, check: Check, values: dict[str, Any], files: list[str], progress: Progress = SILENT) -> Result:
    """What a verb makes of each of several files, one after the other.

    An output whose name holds `{stem}`, or that is a folder, is written for each file; any other must be a table (.csv or .parquet) and
    holds all of them, with a column `file`.

    Args:
        run, check: of the verb: its work, and what makes a checked call of values.
        values: the options of the call.
        files: at least two.

    Returns:
        A Result that holds those of the files: `made` is a list of what was made of each.

    Raises:
        ArgumentError: the outputs would overwrite each other.
    """
    output = values.get("output")
    stems = stems_of(files)
    if output is None or STEM in str(output) or Path(output).is_dir() or str(output).endswith("/"):
        return _each(run, check, values, dict(zip(files, stems)), progress)
    if not str(output).lower().endswith(TABLES):
        raise ArgumentError(
            f"One output for {len(files)} files must be a table, .csv or .parquet; found {str(output)!r}. "
            f"Name a folder, or put {STEM} into the name, to write one for each."
        )
    return _joined(run, check, values, dict(zip(files, stems)), progress)


def stems_of(files: Iterable[str]) -> list[str]:
    """A short name of each file; where two share one, with that of their folder.

    Raises:
        ArgumentError: two still share one.
    """
    paths = [Path(file.removeprefix("sample:")) for file in files]
    short = [path.name.split(".")[0] for path in paths]
    names = [f"{path.parent.name}-{stem}" if short.count(stem) > 1 else stem for path, stem in zip(paths, short)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ArgumentError(f"Several files must have names that differ; {twice!r} stands for more than one. Call them one by one.")
    return names


def _each(run: Run, check: Check, values: dict[str, Any], stems: dict[str, str], progress: Progress) -> Result:
    calls = {file: check({**values, "file": file} | _named(values, file, stem)) for file, stem in stems.items()}
    return _together({file: perform(run, call, progress) for file, call in calls.items()})


def _named(values: dict[str, Any], file: str, stem: str) -> dict[str, Any]:
    """The outputs of one file."""
    named: dict[str, Any] = {}
    for key in ("output", "report", "events", "save"):
        wanted = str(values.get(key) or "")
        if STEM in wanted:
            named[key] = wanted.replace(STEM, stem)
        elif wanted and key == "output":
            suffix = ".csv" if Path(file).suffix.lower() in (".csv", ".txt", ".tsv") else ".nc"
            named[key] = str(Path(wanted) / f"{stem}{suffix}")
        elif wanted:
            raise ArgumentError(f"--{key} must hold {STEM} where there are several files; found {wanted!r}.")
    return named


def _joined(run: Run, check: Check, values: dict[str, Any], stems: dict[str, str], progress: Progress) -> Result:
    import pandas as pd

    from chronotope.data.writers import check_output, write

    output = Path(values["output"])
    check_output(output, bool(values.get("overwrite")))
    for key in ("report", "events", "save"):
        if values.get(key) and STEM not in str(values[key]):
            raise ArgumentError(f"--{key} must hold {STEM} where there are several files; found {str(values[key])!r}.")
    tables, results = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for file, stem in stems.items():
            part = Path(folder) / f"{stem}.parquet"
            more = _named({**values, "output": None}, file, stem)
            results[file] = perform(run, check({**values, "file": file, "output": part} | more), progress)
            tables.append(pd.read_parquet(part).assign(file=stem))
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "file", table.pop("file"))
    write(table, output, overwrite=bool(values.get("overwrite")))
    for result in results.values():
        result.facts["output"] = output
    return _together(results, f"wrote {output}: {len(table)} rows of {len(stems)} files")


def _together(results: dict[str, Result], said: str = "") -> Result:
    """One result of several."""
    parts: list[str | Shown | Sketch] = []
    for file, result in results.items():
        own = [one for one in result.said if not (said and isinstance(one, str) and one.startswith("wrote "))]
        if all(isinstance(one, Sketch) for one in own):
            parts += [Sketch(f"{file}:\n{one.text}") for one in own if isinstance(one, Sketch)]
        else:
            parts += [f"{file}:", *own]
    facts: dict[str, Any] = {"files": [{"file": file, **result.facts} for file, result in results.items()]}
    facts["warnings"] = [f"{file}: {text}" for file, result in results.items() for text in result.warnings]
    return Result([result.made for result in results.values()], facts, (*parts, *([said] if said else ())))
