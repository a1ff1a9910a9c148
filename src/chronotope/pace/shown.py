"""Watchers of calls from Python: a bar where a person looks on - a terminal or a notebook - and the log elsewhere."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from typing import Any

from chronotope.pace.call import LOG, Watcher
from chronotope.pace.length import in_words

PATIENCE = 2.0  # seconds that a call may take before anything is shown
SELDOM = 10.0  # seconds between lines of the log


class Bar:
    """A bar with the time left, from the moment on at which a call has taken a while; it is gone when the call ends."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def at(self, words: str, share: float, left: float | None) -> None:
        if self._bar is None and (time.monotonic() - self._began < PATIENCE or left is None or left < 1):
            return
        if self._bar is None:
            self._bar, self._task = _bar(words)
        self._bar.update(self._task, completed=share, description=words, left=f"{in_words(left or 0)} left")

    def say(self, text: str) -> None:
        LOG.warning(text)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class Lines:
    """Lines of the log: the estimate as soon as there is one, then one now and then."""

    def __init__(self) -> None:
        self._next = time.monotonic() + PATIENCE

    def at(self, words: str, share: float, left: float | None) -> None:
        now = time.monotonic()
        if now >= self._next and left is not None:
            self._next = now + SELDOM
            LOG.info("%s: %.0f %% done, about %s left", words, 100 * share, in_words(left))

    def say(self, text: str) -> None:
        LOG.warning(text)

    def close(self) -> None:
        pass


def shown() -> Watcher:
    """The watcher that suits whoever looks on."""
    return Bar() if sys.stderr.isatty() or in_notebook() else Lines()


def in_notebook() -> bool:
    """True in a notebook that can show something that moves."""
    shell = sys.modules.get("IPython")
    kernel = getattr(shell.get_ipython(), "kernel", None) if shell is not None else None
    return kernel is not None and find_spec("ipywidgets") is not None


def _bar(words: str) -> tuple[Any, Any]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[left]}"))
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.start()
    return bar, bar.add_task(words, total=1.0, left="")
