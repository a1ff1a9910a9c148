"""--report of every verb: the model beside plain methods on the file's own past, and the page."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chronotope.calls.progress import Progress
from chronotope.calls.schema import WRITING, Call, extra_of, flag_of, option

if TYPE_CHECKING:
    import numpy as np

    from chronotope.calls.proof import Proof
    from chronotope.tasks.results.labelled import Labelled


class Reporting(Call):
    """A call that may also write a page about its answer."""

    report: Path | None = option(None, "also write a page: the answer on a map, and how good it is", metavar="R.html", panel=WRITING)


def report(call: Any, verb: str, made: Labelled, progress: Progress, prove: Callable[[], Proof] | None = None, truth: Any = None) -> None:
    """Write the page that a call asked for; `prove` compares the model with plain methods first."""
    if call.report is None:
        return
    from chronotope.calls.proof import Proof
    from chronotope.view.report import write_report

    proof = Proof()
    if prove is not None:
        with progress.working("comparing with plain methods"):
            proof = prove()
    options = {"trials": proof.trials, "notes": proof.notes, "command": command_of(call, verb), "now": _now()}
    write_report(call.report, made, proof.scores, truth, overwrite=call.overwrite, **options)


def timed(ask: Callable[[], Any]) -> tuple[Any, float]:
    """What a call gives, and the seconds that it took."""
    start = time.perf_counter()
    return ask(), time.perf_counter() - start


def command_of(call: Call, verb: str) -> str:
    """The line of the command line that makes a call again."""
    words = ["chronotope", verb]
    for key, field in type(call).model_fields.items():
        value = getattr(call, key)
        if key not in call.model_fields_set or value is None or value is False or value == field.default or key == "overwrite":
            continue
        if extra_of(field)["argument"]:
            words.insert(2, str(value))
        elif value is True:
            words.append(flag_of(key, field))
        else:
            many = [",".join(map(str, value))] if isinstance(value, tuple) else value if isinstance(value, list) else [value]
            words += [word for one in many for word in (flag_of(key, field), str(one))]
    return shlex.join(words)


def _now() -> np.datetime64:
    import numpy as np

    return np.datetime64("now", "ns")
