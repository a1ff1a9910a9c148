"""Calls that only tests know, and a worker that knows them too: quick to start, and slow, hungry or deadly when asked to be."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from chronotope.calls import CALLS
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result
from chronotope.calls.schema import WRITING, Call, option
from chronotope.serve import worker


class NapCall(Call):
    """Sleep, and perhaps never wake up."""

    seconds: float = option(0.0, "how long")
    dies: int = option(0, "how many times the process dies before it answers")
    tally: str = option("", "a file outside that counts the tries")
    gigabytes: float = option(0.0, "memory that is taken")
    output: Path | None = option(None, "a table", "-o", metavar="OUT", panel=WRITING)


def nap(call: NapCall, progress: Progress = SILENT) -> Result:
    """Slept."""
    progress.warn(["beds= are hard"])
    with progress.working("sleeping"):
        if call.dies:
            with open(call.tally, "a") as tally:
                tally.write("x")
            if len(Path(call.tally).read_text()) <= call.dies:
                os.kill(os.getpid(), signal.SIGKILL)
        taken = bytearray(int(call.gigabytes * 1e9))
        time.sleep(call.seconds)
    return Result(len(taken), {"rows": [{"slept": call.seconds}], "cwd": os.getcwd(), "pid": os.getpid()}, ("slept",))


PLANTED = {"nap": (NapCall, nap)}


def plain_worker(pipe, limits, threads):
    """A process of the crew that loads nothing beforehand."""
    CALLS.update(PLANTED)
    worker.take_orders(pipe, limits)
