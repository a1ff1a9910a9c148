"""Perform: a checked call is run within its budget, and its progress told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result
from chronotope.pace import working

Run = Callable[[Any, Progress], Result]


def perform(run: Run, call: Any, progress: Progress = SILENT) -> Result:
    """What `run` makes of a call.

    Raises:
        BudgetError: it would take longer than the call's budget.
    """
    with working("working", getattr(call, "budget", None), watcher=progress):
        return run(call, progress)
