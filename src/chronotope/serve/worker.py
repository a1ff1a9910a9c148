"""A worker: a process that does one call after the other, in the folder of each, within its memory."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from chronotope.calls import CALLS
from chronotope.calls.perform import perform as run_within_budget
from chronotope.calls.progress import Progress
from chronotope.calls.result import Result
from chronotope.calls.saved import checked
from chronotope.calls.schema import Call
from chronotope.calls.work import LOADED
from chronotope.errors import ArgumentError, BudgetError, ChronotopeError, one_line
from chronotope.serve.contents import checked_file
from chronotope.serve.limits import Limits, TooMuch
from chronotope.serve.verbs import FORMATS, verbs_of

GIGABYTE = 1 << 30


def main(pipe: Connection, limits: Limits, threads: int) -> None:
    """A process of the crew: get warm, and take orders."""
    warm(threads)
    take_orders(pipe, limits)


def take_orders(pipe: Connection, limits: Limits) -> None:
    """Do what comes through a pipe until it is closed: {"folder", "verb", "call", "manner"}; answer with tuples, the last one "end"."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    sys.path[:] = [place for place in sys.path if Path(place).is_absolute()]  # nothing is imported from the folder of a job
    _hold(memory(), limits)
    pipe.send(("ready", resident()))
    with contextlib.suppress(EOFError, OSError):
        while True:
            order = pipe.recv()
            pipe.send(("end", perform(order, Told(pipe, limits), limits), resident()))


def _leave_with(parent: int) -> None:
    """A worker does not outlive the server, whose pipe it may not be looking at."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def warm(threads: int) -> None:
    """Load what every call needs, so that the first one is as quick as the others."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("MPLBACKEND", "Agg")
    import torch

    from chronotope.opening.samples import sample
    from chronotope.tasks.load import load

    torch.set_num_threads(threads)
    with contextlib.suppress(Exception):  # without weights the calls themselves say so
        LOADED[None] = load(None)
        LOADED[None].forecast(sample("us_income"), 2)


def _hold(base: int, limits: Limits) -> None:
    """More address space than `base` and the limit is refused to this process; Python says MemoryError then."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        most = base + int(limits.gigabytes * GIGABYTE)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def memory() -> int:
    """Bytes of address space of this process, 0 where the system does not tell."""
    return _page_count(0)


def resident() -> int:
    """Bytes of memory of this process, 0 where the system does not tell."""
    return _page_count(1)


def _page_count(column: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[column]) * os.sysconf("SC_PAGE_SIZE")
    return 0


class Told(Progress):
    """Hands on what a call tells, and refuses data above the limits when they are opened."""

    def __init__(self, pipe: Any, limits: Limits) -> None:
        self._pipe, self._limits, self._last = pipe, limits, 0.0
        self.field: Any = None

    @contextlib.contextmanager
    def working(self, words: str) -> Iterator[None]:
        """The stage that it is at."""
        self.stage(words)
        yield

    def stage(self, words: str) -> None:
        """What it is at from here on."""
        self._pipe.send(("stage", words[:200]))

    def warn(self, texts: Iterable[str]) -> None:
        """What looks wrong."""
        for text in texts:
            self._pipe.send(("note", text))

    def line(self, text: str, detail: bool = True) -> None:
        """A line of long work's log stands as its stage."""
        self.stage(text)

    def at(self, words: str, share: float, left: float | None) -> None:
        """How far it is, twice a second at most."""
        if time.monotonic() - self._last > 0.5:
            self._last = time.monotonic()
            self.stage(f"{words}, {share:.0%} done" + (f", about {left:.0f} s left" if left is not None else ""))

    def say(self, text: str) -> None:
        """What everyone should know of how the result came about."""
        self.warn([text])

    def opened(self, call: Call, field: Any) -> None:
        """Refuse what is too large, before anything is asked of it."""
        self._limits.check_field(call, field)
        self.field = self.field if self.field is not None else field


def perform(order: dict[str, Any], told: Told, limits: Limits) -> dict[str, Any]:
    """How a call ended: its state, and for one that failed a sentence and whose fault it was."""
    folder = Path(order["folder"])
    before = Path.cwd()
    os.chdir(folder)
    (folder / "tmp").mkdir(exist_ok=True)
    tempfile.tempdir = str(folder / "tmp")
    try:
        _answer(order, told, limits)
        return {"state": "done"}
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "memory" not in str(error).lower():
            return _fault(error, folder)
        said = f"This server gives a call {limits.gigabytes:g} GB of memory, and this one needs more. Send fewer places or steps."
        return {"state": "failed", "error": said, "fault": "limit"}
    except (TooMuch, BudgetError) as error:
        return {"state": "failed", "error": _clean(error, folder), "fault": "limit"}
    except (ChronotopeError, PermissionError) as error:
        return {"state": "failed", "error": _clean(error, folder), "fault": "call"}
    except Exception as error:
        return _fault(error, folder)
    finally:
        os.chdir(before)
        tempfile.tempdir = None


def _fault(error: Exception, folder: Path) -> dict[str, Any]:
    traceback.print_exc(file=sys.stderr)
    said = f"This is a fault of chronotope, not of your call: {type(error).__name__}: {_clean(error, folder).rstrip('.')}."
    return {"state": "failed", "error": said, "fault": "server"}


def _clean(error: BaseException, folder: Path) -> str:
    """The message of an error in one line, without the folders of this machine."""
    return one_line(error).replace(f"{folder}/", "").replace(str(folder), "the folder").strip()[:1000] or type(error).__name__


def _answer(order: dict[str, Any], told: Told, limits: Limits) -> None:
    verb = verbs_of(CALLS)[order["verb"]]
    call = checked(verb.schema, order["call"])
    _check_models(call)
    files = {name: checked_file(Path(getattr(call, name)), limits) for name in verb.inputs if getattr(call, name, None) is not None}
    call = call.model_copy(update=files)
    told.stage("opening")
    if "budget" in verb.schema.model_fields:  # what would be ended by the clock is thinned or refused as soon as its rate shows it
        call = call.model_copy(update={"budget": getattr(call, "budget", None) or limits.seconds})
    result = run_within_budget(verb.run, call, told)
    told.stage("writing")
    manner = order["manner"]
    _write_others(call, result, manner["formats"][1:], told)
    if manner.get("picture"):
        from chronotope.serve.picture import write_picture

        write_picture(Path("out/picture.json"), result, told.field, files.get("file"))
    if "json" in manner["formats"] or not manner["formats"]:
        _write_json(Path("out/result.json"), result, "json" in manner["formats"])


def _check_models(call: Call) -> None:
    """Models by the names that ship; a folder of the machine is none of them."""
    named = [name for name in (getattr(call, "model", None), *(getattr(call, "models", None) or ())) if name is not None]
    if not named:
        return
    from chronotope.tasks.load import models

    known = ["best", *(name for name in models().index if not name.startswith("rival:"))]
    odd = next((name for name in named if name not in known), None)
    if odd is not None:
        raise ArgumentError(f"A model must be one that this server has ({', '.join(known[:6])}, ...; see /v1/models); found {odd!r}.")


def _write_others(call: Call, result: Result, formats: list[str], told: Told) -> None:
    """The same result in further formats, where they can hold it."""
    from chronotope.calls.schema import FormCall
    from chronotope.calls.work import save
    from chronotope.data.writers import write

    for name in formats:
        path = Path(f"out/result{FORMATS[name]}")
        try:
            if path.exists():
                continue
            if isinstance(call, FormCall) and hasattr(result.made, "filled"):
                save(call.model_copy(update={"output": path}), result.made)
            elif hasattr(result.made, "save"):
                result.made.save(path)
            else:
                write(result.made, path)
        except Exception as error:  # the answer itself is there; a format that cannot hold it takes nothing from it
            told.warn([f"not written as {name}: {error}"])


def _write_json(path: Path, result: Result, has_rows: bool) -> None:
    """What is said, the facts, and the rows of the result's table."""
    table = Path("out/result.parquet")
    facts = {key: value for key, value in result.plain().items() if key not in ("output", "save", "report", "warnings", "forecast")}
    said = [text for text in result.said if isinstance(text, str) and not text.startswith("wrote ")]
    listed = json.dumps(facts.pop("rows", None), ensure_ascii=False, allow_nan=False)
    rows = _rows_of(table) if listed == "null" and has_rows and table.is_file() else listed
    head = json.dumps({"said": said, "warnings": list(dict.fromkeys(result.warnings)), "facts": facts}, ensure_ascii=False, allow_nan=False)
    path.write_text(f'{head[:-1]}, "rows": {rows}}}', encoding="utf-8")


def _rows_of(path: Path) -> str:
    """The rows of a table as JSON: numbers to their last digit, stamps as text, None where a cell is empty."""
    import pandas as pd

    table = pd.read_parquet(path)
    return json.dumps([dict(zip(map(str, table.columns), row)) for row in zip(*(_cells(table[name]) for name in table.columns))])


def _cells(column: Any) -> list[Any]:
    import pandas as pd

    if column.dtype.kind == "M" or isinstance(column.dtype, pd.DatetimeTZDtype):
        stamps = {stamp: stamp.isoformat() for stamp in column.dropna().unique()}
        return [stamps.get(stamp) for stamp in column]
    cells = column.astype(object).where(column.notna(), None).tolist()
    return (
        cells if column.dtype.kind in "fiub" else [cell if cell is None or isinstance(cell, (int, float)) else str(cell) for cell in cells]
    )
