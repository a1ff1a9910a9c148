"""What several verbs do alike: open the data, take a model, keep outputs safe, print for people or for machines."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chronotope.cli.schemas import Call, FormCall, InfoCall, Opening

OPTIONS = (
    *("kind", "time", "place", "lat", "lon", "sites", "edges", "missing", "start", "step", "crs", "query", "notes", "pois", "future"),
    *("time_format", "clock", "cumulative"),
)
WORDS = (*OPTIONS, "target", "context", "known_future", "at", "horizon", "quantiles")  # options as Python knows them
MOST_CAUTIONS = 5

if TYPE_CHECKING:
    import pandas as pd

    from chronotope.data.field import Field
    from chronotope.tasks.result import Forecast


def open_data(call: Opening, *also: str) -> Field:
    """The Field that a call names, with all its variables where it can be opened so; `also` are needed beside the targets.

    `info` shows the targets alone.
    """
    from chronotope.errors import DataError
    from chronotope.opening.open import open_field

    options = {name: getattr(call, name, None) for name in OPTIONS}
    wanted = [] if call.target is None else [*call.target, *also]
    try:
        field = open_field(call.file, **options)
        if set(wanted) <= {*field.variables, *map(str, field.side.known_future.data_vars)} and not (wanted and isinstance(call, InfoCall)):
            return field
    except DataError:
        if not wanted:
            raise
    return open_field(call.file, target=wanted, **options)


def open_and_warn(call: Opening, *also: str) -> Field:
    """`open_data`, after which what looks wrong is said on stderr."""
    field = open_data(call, *also)
    caution(call, field.warnings)
    if call.verbose and not call.quiet:
        for note in field.findings:
            print(f"chronotope: {note.text}", file=sys.stderr) if note.level == "inferred" else None
    return field


def caution(call: Call, texts: Iterable[str], known: Iterable[str] = ()) -> None:
    """What looks wrong, on stderr for people: a line each, the first `MOST_CAUTIONS` of them; those in `known` were said before."""
    new = [text for text in dict.fromkeys(texts) if text not in set(known)]
    if call.quiet or call.json_output:
        return
    for text in new[:MOST_CAUTIONS]:
        print(f"chronotope: warning: {as_typed(text).rstrip('.')}.", file=sys.stderr)
    if len(new) > MOST_CAUTIONS:
        print(f"chronotope: and {len(new) - MOST_CAUTIONS} more; chronotope info says them all.", file=sys.stderr)


def as_typed(text: str) -> str:
    """A sentence with options as the command line knows them: "give missing=-999" becomes "give --missing -999"."""
    words = re.compile(r"(?<![\w-])(" + "|".join(WORDS) + r")=(?=(\S?))")
    return words.sub(lambda found: f"--{found[1].replace('_', '-')}" + (" " if found[2].strip(" ,;.") else ""), text)


def set_up(call: Any) -> None:
    """Threads and seeds of this process; idle threads sleep, so that a busy machine is not slowed by their waiting."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is loaded, which is later
    if call.threads is None and not getattr(call, "seed", 0):
        return
    import torch

    if call.threads is not None:
        torch.set_num_threads(call.threads)
    torch.manual_seed(getattr(call, "seed", 0))


def check_outputs(call: Any, *pages: Path | None) -> None:
    """Refuse an output that cannot be written, before any work is done; `pages` end in .html."""
    from chronotope.data.writers import check_output
    from chronotope.errors import ArgumentError
    from chronotope.view.output import check_output as check_page

    for made in (getattr(call, "output", None), *pages):
        if made is not None and _same(made, getattr(call, "file", None)):
            raise ArgumentError(f"An output must not be the file that is read; both are {made}. Give it another name.")
    if getattr(call, "output", None) is not None:
        check_output(call.output, call.overwrite)
    for page in pages:
        if page is not None:
            if page.suffix.lower() not in (".html", ".htm"):
                raise ArgumentError(f"--report must end in .html; found {page.name!r}.")
            check_page(page, call.overwrite)


def _same(output: Path, source: Any) -> bool:
    return source is not None and "://" not in str(source) and output.expanduser().resolve() == Path(source).expanduser().resolve()


def save(call: FormCall, result: Forecast) -> None:
    """Write a result in the form that was asked for; filled gaps of a wide table of places are written as that table by default."""
    from chronotope.data.writers import write
    from chronotope.errors import ArgumentError
    from chronotope.opening.asked.options import OpenOptions
    from chronotope.tasks.table import file_table
    from chronotope.tasks.wide import TEXTS, wide_text

    name, places = call.output.name.lower(), result.history.variables == ("value",)
    stamps = OpenOptions(step=call.step, start=call.start, time_format=call.time_format, clock=call.clock)
    wide = name.endswith(TEXTS) and (call.form == "wide" or (call.form is None and places))
    text = wide_text(result, call.file, stamps) if wide else None
    if text is not None:
        write(text, call.output, overwrite=call.overwrite)
    elif call.form == "wide":
        if not name.endswith((*TEXTS, ".parquet")):
            raise ArgumentError(f"--form wide is for tables, .csv or .parquet; found {call.output.name!r}.")
        write(result.to_wide(), call.output, overwrite=call.overwrite)
    elif name.endswith(TEXTS):
        write(file_table(result, call.output, points=_writes_points(call.file)), call.output, overwrite=call.overwrite)
    else:
        result.save(call.output, overwrite=call.overwrite)


def _writes_points(source: str | Path) -> bool:
    """True if a text table writes whole numbers with a decimal point, 40.0, as its first lines show."""
    from chronotope.opening.readers.text_tables import matches
    from chronotope.opening.sniff.text import read_lines

    path = Path(source).expanduser()
    whole = re.compile(r"(^|[,;\t|])\s*-?\d+\.0+\s*($|[,;\t|])")
    return path.is_file() and matches(path) and any(whole.search(line) for line in read_lines(path, 200))


@contextmanager
def waiting(call: Call, words: str) -> Iterator[None]:
    """A sign of life on stderr while something takes its time, if a person is watching."""
    if call.quiet or call.json_output or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(words):
        yield


def tell(call: Call, words: str, facts: dict[str, Any]) -> None:
    """`words` for people, or `facts` as one JSON object; nothing for people with --quiet."""
    if call.json_output:
        print(json.dumps(facts, default=_plain, ensure_ascii=False, allow_nan=False))
    elif not call.quiet:
        print(words)


def tell_table(call: Call, table: pd.DataFrame, title: str = "", **facts: Any) -> None:
    """A table for people, or its records with `facts` as one JSON object."""
    if call.json_output:
        tell(call, "", {**facts, "rows": records(table)})
    elif not call.quiet:
        from rich.console import Console

        from chronotope.cli.table import as_rich

        Console().print(as_rich(table, title))


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as plain objects; a missing number is null."""
    flat = table if table.index.name is None and table.index.nlevels == 1 else table.reset_index()
    return [{str(key): _plain(value) for key, value in row.items()} for row in flat.to_dict(orient="records")]


def _plain(value: Any) -> Any:
    """The nearest thing that JSON knows."""
    import numpy as np
    import pandas as pd

    if isinstance(value, (np.ndarray, list, tuple, set)):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if value is None or value is pd.NaT or isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, (np.datetime64, pd.Timestamp)):
        return pd.Timestamp(value).isoformat()
    if isinstance(value, (np.timedelta64, pd.Timedelta)):
        return pd.Timedelta(value).isoformat()
    if isinstance(value, np.generic):
        return _plain(value.item())
    return value if isinstance(value, (bool, int, float, str)) else str(value)
