"""What a call tells while it works; it is the watcher of `chronotope.pace` too."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chronotope.calls.schema import Call
    from chronotope.data.field import Field


class Progress:
    """Keeps silent. The command line shows what it is told, and a server may hand it on."""

    def working(self, words: str) -> AbstractContextManager[None]:
        """Something takes its time from here to the end of the block."""
        return nullcontext()

    def opened(self, call: Call, field: Field) -> None:
        """The data of a call are open and nothing was asked of them yet; whoever has limits refuses here, with an error."""

    def warn(self, texts: Iterable[str]) -> None:
        """What looks wrong; the same text may come again."""

    def note(self, text: str) -> None:
        """What was understood of the data, for those who want to know more."""

    def line(self, text: str, detail: bool = True) -> None:
        """A line of long work's log; one that is no `detail` is for everyone."""

    def at(self, words: str, share: float, left: float | None) -> None:
        """Of what `words` call it a share (0 to 1) is done, and about so many seconds are left; None while that is not known."""

    def say(self, text: str) -> None:
        """What everyone should know of how the result came about, such as what a budget left out."""

    def close(self) -> None:
        """The call has ended."""


SILENT = Progress()
