"""What several verbs do alike: open the data, take a model, keep outputs safe, print for people or for machines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chronotope.cli.schemas import Call, Opening

OPTIONS = ("kind", "time", "place", "lat", "lon", "sites", "edges", "missing", "start", "step", "crs", "query", "notes", "pois", "future")

if TYPE_CHECKING:
    import pandas as pd

    from chronotope.data.field import Field


def open_data(call: Opening, *also: str) -> Field:
    """The Field that a call names, with all its variables where it can be opened so; `also` are needed beside the targets."""
    from chronotope.data.open import open_field
    from chronotope.errors import DataError

    options = {name: getattr(call, name) for name in OPTIONS}
    wanted = [] if call.target is None else [*call.target, *also]
    try:
        field = open_field(call.file, **options)
        if set(wanted) <= {*field.variables, *map(str, field.side.known_future.data_vars)}:
            return _warned(call, field)
    except DataError:
        if not wanted:
            raise
    return _warned(call, open_field(call.file, target=wanted, **options))


def _warned(call: Call, field: Field) -> Field:
    """The field, after saying on stderr which side files were not there."""
    lost = [note.text for note in field.findings if note.level == "warning" and "names a file that is not there" in note.text]
    for text in [] if call.quiet else lost:
        print(f"chronotope: --{text.replace('=', '', 1)}.", file=sys.stderr)
    return field


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

    if getattr(call, "output", None) is not None:
        check_output(call.output, call.overwrite)
    for page in pages:
        if page is not None:
            if page.suffix.lower() not in (".html", ".htm"):
                raise ArgumentError(f"--report must end in .html; found {page.name!r}.")
            check_page(page, call.overwrite)


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
