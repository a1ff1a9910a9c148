"""What several calls do alike: open the data, take models, keep outputs safe, write."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chronotope.calls.progress import Progress
from chronotope.calls.schema import FormCall, Opening

if TYPE_CHECKING:
    from chronotope.data.field import Field
    from chronotope.tasks.results.forecast import Forecast
    from chronotope.tasks.results.labelled import Labelled
    from chronotope.tasks.verbs import Model

OPTIONS = (
    *("kind", "time", "place", "lat", "lon", "sites", "edges", "missing", "start", "step", "crs", "query", "notes", "pois", "future"),
    *("time_format", "clock", "cumulative"),
)


def open_data(call: Opening, *also: str, only: bool = False) -> Field:
    """The Field that a call names, with all its variables where it can be opened so; `also` are needed beside the targets.

    With `only` a call that names targets gets them alone.
    """
    from chronotope.data.columns import whole_name
    from chronotope.errors import DataError
    from chronotope.opening.open import open_field

    options = {name: getattr(call, name, None) for name in OPTIONS}
    wanted = [] if call.target is None else [*call.target, *also]
    try:
        field = open_field(call.file, **options)
        names = [*field.variables, *map(str, field.side.known_future.data_vars)]
        if {whole_name(name, names) for name in wanted} <= set(names) and not (wanted and only):
            return field
    except DataError:
        if not wanted:
            raise
    return open_field(call.file, target=wanted, **options)


def open_and_warn(call: Opening, progress: Progress, *also: str, named: bool = True) -> Field:
    """`open_data`, after which what looks wrong is told; an output that cannot hold an answer `named` like the variables is refused."""
    field = open_data(call, *also)
    if named:
        _check_holds(call, field)
    progress.opened(call, field)
    progress.warn(field.warnings)
    for found in field.findings:
        if found.level == "inferred":
            progress.note(found.text)
    return field


def _check_holds(call: Opening, field: Field) -> None:
    """Refuse an output that cannot hold the names of the answered variables, before any work is done."""
    from chronotope.data.writers import check_names

    output = getattr(call, "output", None)
    if isinstance(output, Path) and field.kind not in ("events", "tracks"):  # their answers are called otherwise
        check_names(output, *(call.target or field.variables))


LOADED: dict[str | None, Model] = {}  # models that a process which does many calls has loaded beforehand; none by default


def table_of_groups(path: Path | None) -> Any:
    """The table that --reconcile names; None for none.

    Raises:
        NoFileError: it is not there.
    """
    from chronotope.errors import NoFileError

    if path is None:
        return None
    if not path.expanduser().is_file():
        raise NoFileError(f"--reconcile must name a table that exists; found {str(path)!r}.")
    import pandas as pd

    return pd.read_csv(path.expanduser(), dtype=str)


def model_of(name: str | None, device: str = "cpu") -> Model:
    """A model by its name, on a device; the best that ships for None."""
    from chronotope.tasks.load import load

    if device != "cpu":
        return load(name, device=device)
    return LOADED[name] if name in LOADED else load(name)


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

    output = getattr(call, "output", None)
    for made in (output, *pages):
        if made is not None and _same(made, getattr(call, "file", None)):
            raise ArgumentError(f"An output must not be the file that is read; both are {made}. Give it another name.")
    if output is not None:
        check_output(output, call.overwrite)
    if output is not None and getattr(call, "form", None) == "wide":
        _check_wide(output.name, call.quantiles)
    for page in pages:
        if page is not None:
            if page.suffix.lower() not in (".html", ".htm"):
                raise ArgumentError(f"--report must end in .html; found {page.name!r}.")
            check_page(page, call.overwrite)


def _check_wide(name: str, quantiles: tuple[float, ...]) -> None:
    """Refuse a wide table that cannot be, before any work is done."""
    from chronotope.errors import ArgumentError
    from chronotope.tasks.results.wide import TEXTS, check_levels

    if not name.lower().endswith((*TEXTS, ".parquet")):
        raise ArgumentError(f"--form wide is for tables, .csv or .parquet; found {name!r}.")
    check_levels(quantiles)


def write_table(call: Any, table: Any) -> None:
    """Write a table where the call wants one."""
    from chronotope.data.writers import write

    if call.output is not None:
        write(table, call.output, overwrite=call.overwrite)


def _same(output: Path, source: Any) -> bool:
    return source is not None and "://" not in str(source) and output.expanduser().resolve() == Path(source).expanduser().resolve()


def about(call: Any, made: Labelled, **more: Any) -> dict[str, Any]:
    """The facts of a result that was written."""
    result = made.to_xarray()
    facts = {"output": call.output, **more, "variables": list(result.data_vars), "sizes": dict(result.sizes)}
    return {**facts, "meta": made.meta, "warnings": made.meta["warnings"]}


def save(call: FormCall, result: Forecast) -> None:
    """Write a result in the form that was asked for; filled gaps of a wide table of places are written as that table by default."""
    from chronotope.data.writers import write
    from chronotope.opening.asked.options import OpenOptions
    from chronotope.tasks.results.table import file_table
    from chronotope.tasks.results.wide import TEXTS, wide_text

    name, places = call.output.name.lower(), result.history.variables == ("value",)
    stamps = OpenOptions(step=call.step, start=call.start, time_format=call.time_format, clock=call.clock)
    wide = name.endswith(TEXTS) and (call.form == "wide" or (call.form is None and places))
    text = wide_text(result, call.file, stamps) if wide else None
    if text is not None:
        write(text, call.output, overwrite=call.overwrite)
    elif call.form == "wide":
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
