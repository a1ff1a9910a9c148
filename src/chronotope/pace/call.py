"""A call that works in pieces: its share done, its estimate, its budget; nested loops add up to one share."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Protocol, TypeVar

from chronotope.errors import BudgetError
from chronotope.pace.length import in_words, seconds_of

LOG = logging.getLogger("chronotope")
SOUNDING = 0.1  # share of a budget after which the rate of what is done is trusted
WARM = 4  # pieces from which on the first one, which also loads what is loaded once, is left out of the rate
LEARNED = 2  # pieces after which thinning is decided
MARGIN = 0.9  # share of what is left of a budget that thinned work is given
OFTEN = 0.1  # seconds between two words to a watcher
T = TypeVar("T")


class Watcher(Protocol):
    """Whoever is told how a call goes on; what it raises ends the call."""

    def at(self, words: str, share: float, left: float | None) -> None:
        """So much (0 to 1) of what `words` call it is done, and about so many seconds are left."""

    def say(self, text: str) -> None:
        """A sentence for everyone."""

    def close(self) -> None:
        """The call has ended."""


@dataclass
class Loop:
    """One loop over pieces; `least` and `noun` if it may be thinned, not `alike` if one piece says nothing of the others."""

    total: int
    least: int | None = None
    noun: str = ""
    alike: bool = True
    done: int = 0


@dataclass
class Work:
    """What goes on between the beginning and the end of a call.

    Attributes:
        words: what it is called while it goes on.
        watcher: who is told.
        budget: seconds that it may take, or None.
        began: when the call began.
        started, base: from when on the rate is measured, and what was done then.
        settled: whether the budget was seen to be kept, by thinning.
        loops: that are being gone through, the outermost first.
        share: done so far; never falls.
        sentences: what was said.
    """

    words: str
    watcher: Watcher
    budget: float | None
    began: float
    started: float | None = None
    base: float = 0.0
    settled: bool = False
    told: float = 0.0
    share: float = 0.0
    loops: list[Loop] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def begin(self, words: str) -> None:
        """The work itself begins now; before it nothing was done but reading and preparing.

        Raises:
            BudgetError: that took all of the budget.
        """
        self.words, spent = words, time.monotonic() - self.began
        if self.budget is not None and not self.share and spent > self.budget:
            raise BudgetError(
                f"The call must fit into its budget of {in_words(self.budget)}; reading took {in_words(spent)} before {words} could begin. "
                f"Give a longer budget."
            )

    def tick(self) -> None:
        """A piece is done: look at the budget, and tell the watcher."""
        now = time.monotonic()
        self.share = max(self.share, _share(self.loops))
        known = _share([*takewhile(lambda loop: loop.alike, self.loops)])
        rate = None if known <= self.base or self.started is None else (now - self.started) / (known - self.base)
        if rate is not None and not self.settled:
            self._keep_budget(now - self.began, rate, known)
        if now - self.told >= OFTEN:
            self.told = now
            told = None if rate is None else min(rate * (1 - known), (now - self.began) * (1 - self.share) / max(self.share, 1e-9))
            self.watcher.at(self.words, self.share, told)
        if len(self.loops) == 1 and self.loops[0].done == 1 and self.loops[0].total >= WARM:
            self.anew()

    def anew(self) -> None:
        """Forget the rate of what was done so far: what comes will be quicker."""
        self.started, self.base = time.monotonic(), _share(self.loops)

    def thinned(self, loop: Loop, todo: list[Any], each: float) -> list[Any]:
        """Of the pieces to come as many as the budget has room for, spread over all, where each takes so many seconds."""
        if self.budget is None or loop.least is None or len(self.loops) > 1:
            return todo
        spent = time.monotonic() - self.began
        self.settled = True
        room, needed = int(MARGIN * (self.budget - spent) / max(each, 1e-9)), max(loop.least - loop.done, 0)
        if room >= len(todo):
            return todo
        if room < needed:
            self._refuse(spent + each * len(todo), spent + each * needed, loop)
        kept = max(room, needed)
        self.say(
            f"{loop.done + kept} of {loop.total} {loop.noun} are taken, spread over all of them, to keep a budget of "
            f"{in_words(self.budget)}; all would take about {in_words(spent + each * len(todo))}"
        )
        return [todo[int((k + 0.5) * len(todo) / kept)] for k in range(kept)]

    def say(self, text: str) -> None:
        """A sentence for everyone, also kept for the result."""
        if text not in self.sentences:
            self.sentences.append(text)
            self.watcher.say(text)

    def _keep_budget(self, spent: float, rate: float, share: float) -> None:
        """Refuse what will not fit, by the rate so far, while little of it is done."""
        if self.budget is None or spent < SOUNDING * self.budget:
            return
        outer = self.loops[0] if self.loops else None
        part = outer.least / outer.total if outer is not None and outer.least is not None else 1.0
        if share < part / 2 and spent + rate * (part - share) > self.budget:
            self._refuse(spent + rate * (1 - share), spent + rate * (part - share), outer)

    def _refuse(self, whole: float, least: float, loop: Loop | None) -> None:
        assert self.budget is not None
        thin = f", and {in_words(least)} with the fewest {loop.noun}" if loop is not None and loop.least is not None else ""
        raise BudgetError(
            f"The call must fit into its budget of {in_words(self.budget)}; by the rate of its first pieces {self.words} takes about "
            f"{in_words(whole)}{thin}. Give a longer budget, or ask less (fewer places or steps, a shorter context)."
        )


def _share(loops: Sequence[Loop]) -> float:
    """What part of the outermost loop is done, with what is done of its piece at work."""
    share, size = 0.0, 1.0
    for loop in loops:
        share += size * min(loop.done, loop.total) / loop.total
        size /= loop.total
    return min(share, 1.0)


_NOW: ContextVar[Work | None] = ContextVar("chronotope_work", default=None)
_HUSHED: ContextVar[bool] = ContextVar("chronotope_hushed", default=False)


@contextmanager
def working(words: str, budget: Any = None, watcher: Watcher | None = None) -> Iterator[Work]:
    """A call from here to the end of the block; one inside another, without a budget or a watcher of its own, is a part of that one.

    Raises:
        ArgumentError: `budget` is no length of time.
        BudgetError: the work would take longer than the budget.
    """
    outer, seconds = _NOW.get(), seconds_of(budget)
    if outer is not None and seconds is None and watcher is None:
        outer.begin(words)
        yield outer
        return
    own = watcher is None and outer is None
    if watcher is None:
        watcher = outer.watcher if outer is not None else _shown()
    work = Work(words, watcher, seconds, time.monotonic())
    token = _NOW.set(work)
    try:
        yield work
    finally:
        _NOW.reset(token)
        if own:
            watcher.close()
    LOG.debug("%s took %s", work.words, in_words(time.monotonic() - work.began))


def paced(pieces: Sequence[T], least: int | None = None, noun: str = "pieces", alike: bool = True) -> Iterator[T]:
    """The pieces in order, with their share of the work told after each.

    Args:
        pieces: what is gone through.
        least: as many must stay if a budget thins them; None where each is needed.
        noun: what they are called.
        alike: whether they take about as long as one another.
    """
    work, todo = _NOW.get(), list(pieces)
    if work is None or not todo:
        yield from todo
        return
    now = time.monotonic()
    loop = Loop(len(todo), None if least is None else min(least, len(todo)), noun, alike)
    work.started = now if work.started is None else work.started
    work.loops.append(loop)
    try:
        while todo:
            began = time.monotonic()
            yield todo.pop(0)
            loop.done += 1
            if loop.done == LEARNED:  # not from the first piece alone
                todo = work.thinned(loop, todo, time.monotonic() - began)
                loop.total, loop.least = loop.done + len(todo), None
            work.tick()
    finally:
        if loop in work.loops:
            del work.loops[work.loops.index(loop) :]


def say(text: str) -> None:
    """A sentence of the call that is going on, for everyone; into the log where there is none."""
    work = _NOW.get()
    if _HUSHED.get():
        return
    if work is None:
        LOG.info(text)
    else:
        work.say(text)


@contextmanager
def hushed() -> Iterator[None]:
    """What is said inside is for nobody: a trial is no answer."""
    token = _HUSHED.set(True)
    try:
        yield
    finally:
        _HUSHED.reset(token)


def room() -> float | None:
    """Seconds left of the budget of the call that is going on; None without one."""
    work = _NOW.get()
    return None if work is None or work.budget is None else work.budget - (time.monotonic() - work.began)


def anew() -> None:
    """What comes in the call that is going on is quicker than what was done: its rate is measured from here on."""
    work = _NOW.get()
    if work is not None:
        work.anew()


def said() -> list[str]:
    """What was said in the call that is going on."""
    work = _NOW.get()
    return [] if work is None else list(work.sentences)


def _shown() -> Watcher:
    from chronotope.pace.shown import shown

    return shown()
