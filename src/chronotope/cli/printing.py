"""How much is printed, and how: sentences and tables for people on stdout, what happens meanwhile on stderr, or one JSON object."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TextIO

from chronotope.calls.progress import Progress
from chronotope.calls.result import Result, Shown
from chronotope.calls.schema import WRITING, Call, option
from chronotope.calls.work import OPTIONS
from chronotope.pace import in_words

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

WORDS = (*OPTIONS, "target", "context", "known_future", "at", "horizon", "quantiles")  # options as Python knows them
MOST_CAUTIONS = 5
BAR = 24  # letters of a bar
PATIENCE, LONG, OFTEN = 2.0, 30.0, 10.0  # seconds: before an estimate, from which on it is told unasked, between two with --verbose


class Manner(Call):
    """How a verb speaks; the calls themselves know nothing of it."""

    json_output: bool = option(False, "machine-readable output", "--json", panel=WRITING)
    quiet: bool = option(False, "say nothing when all went well", "--quiet", "-q", panel=WRITING)
    verbose: bool = option(False, "say more; where a fault of ours happened", "--verbose", "-v", panel=WRITING)


class Watcher(Progress):
    """Shows on stderr what a call tells while it works."""

    def __init__(self, manner: Manner) -> None:
        self._manner, self._heard = manner, set[str]()
        self._silent = manner.quiet or manner.json_output
        self._status: Any = None
        self._next = time.monotonic() + PATIENCE

    def working(self, words: str) -> AbstractContextManager[Any]:
        """A sign of life, if a person is watching."""
        if self._silent or not sys.stderr.isatty():
            return nullcontext()
        from rich.console import Console

        self._status = Console(stderr=True).status(words)
        return self._status

    def at(self, words: str, share: float, left: float | None) -> None:
        """A bar with the time left where a person is watching; elsewhere the estimate once, if it is long, and more with --verbose."""
        now = time.monotonic()
        if self._silent or left is None:
            return
        if self._status is not None:
            full = round(BAR * share)
            bar = f"[cyan]{'━' * full}[/cyan][dim]{'━' * (BAR - full)}[/dim]"
            self._status.update(f"{words} {bar} {share:.0%}, about {in_words(left)} left")
        elif not sys.stderr.isatty() and now >= self._next and (left > LONG or self._manner.verbose):
            print(f"chronotope: {words}: {share:.0%} done, about {in_words(left)} left", file=sys.stderr)
            self._next = now + (OFTEN if self._manner.verbose else float("inf"))

    def say(self, text: str) -> None:
        """For everyone, unless they want to hear nothing."""
        if not self._silent:
            print(f"chronotope: {text.rstrip('.')}.", file=sys.stderr)

    def warn(self, texts: Iterable[str]) -> None:
        """A line each, the first `MOST_CAUTIONS` of them; nothing is said twice."""
        new = [text for text in dict.fromkeys(texts) if text not in self._heard]
        self._heard.update(new)
        if self._silent:
            return
        for text in new[:MOST_CAUTIONS]:
            print(f"chronotope: warning: {as_typed(text).rstrip('.')}.", file=sys.stderr)
        if len(new) > MOST_CAUTIONS:
            print(f"chronotope: and {len(new) - MOST_CAUTIONS} more; chronotope info says them all.", file=sys.stderr)

    def note(self, text: str) -> None:
        """With --verbose alone."""
        if self._manner.verbose and not self._manner.quiet:
            print(f"chronotope: {text}", file=sys.stderr)

    def line(self, text: str, detail: bool = True) -> None:
        """Details with --verbose alone."""
        if (self._manner.verbose or not detail and not self._manner.quiet) and not self._manner.json_output:
            print(text, file=sys.stderr)


def show(result: Result, manner: Manner, out: TextIO | None = None) -> None:
    """What is to be said of a result, or its facts as one JSON object; of many processes under torchrun the first one speaks.

    `out` is where it is said, stdout unless a table goes there.
    """
    out = sys.stdout if out is None else out
    if os.environ.get("RANK", "0") != "0":
        return
    if manner.json_output:
        print(json.dumps(result.plain(), ensure_ascii=False, allow_nan=False), file=out)
        return
    for said in () if manner.quiet else result.said:
        if isinstance(said, Shown):
            _show_table(said, manner.verbose, out)
        elif isinstance(said, str):
            print(said, file=out)
        elif out.isatty():
            print(said.text, file=out)


def as_typed(text: str) -> str:
    """A sentence with options as the command line knows them: "give missing=-999" becomes "give --missing -999"."""
    words = re.compile(r"(?<![\w-])(" + "|".join(WORDS) + r")=(?=(\S?))")
    return words.sub(lambda found: f"--{found[1].replace('_', '-')}" + (" " if found[2].strip(" ,;.") else ""), text)


def _show_table(shown: Shown, verbose: bool, out: TextIO) -> None:
    from rich.console import Console

    table = shown.table if verbose else shown.table.drop(columns=[name for name in shown.hidden if name in shown.table])
    Console(file=out).print(score_rich(shown.table, shown.title) if shown.ranked and not verbose else as_rich(table, shown.title))
    for column in table.columns.intersection(list(shown.meanings)):
        print(f"{column}: {shown.meanings[column]}", file=out)


def as_rich(table: pd.DataFrame, title: str = "") -> Table:
    """Any table, its index first where it has a name."""
    import pandas as pd

    flat = table if table.index.name is None and table.index.nlevels == 1 else table.reset_index()
    made = _blank(title)
    for name in flat.columns:
        made.add_column(str(name), justify="right" if pd.api.types.is_numeric_dtype(flat[name]) else "left", overflow="fold")
    for row in flat.itertuples(index=False):
        made.add_row(*(_word(cell) for cell in row))
    return made


def score_rich(scores: pd.DataFrame, title: str = "") -> Table:
    """A back-test's table: best model on top, the best of each column in bold, models that are no floor in colour."""
    from chronotope.view.scores import HEADINGS, score_table

    ranked = score_table(scores)
    made = _blank(title)
    kept = [j for j, name in enumerate(ranked.columns) if len(ranked.columns) <= 6 or name != HEADINGS["mae_ratio"]]  # fits 80 columns
    for j in kept:
        made.add_column(ranked.columns[j], justify="left" if j == 0 else "right", no_wrap=j == 0)
    for i, row in enumerate(ranked.rows):
        cells = [f"[bold]{row[j]}[/bold]" if (i, j) in ranked.best else row[j] for j in kept]
        made.add_row(*cells, style="cyan" if i in ranked.ours else None)
    return made


def _blank(title: str) -> Table:
    from rich import box
    from rich.table import Table

    return Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))


def _word(cell: Any) -> str:
    if cell is None or isinstance(cell, float) and cell != cell:
        return ""
    return f"{cell:.4g}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)
