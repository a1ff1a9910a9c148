"""What a server takes and gives: limits that are refused in one sentence before any work starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chronotope.calls.schema import Call
from chronotope.errors import ArgumentError


class TooMuch(ArgumentError):
    """A call asks for more than this server gives; the same call may do elsewhere."""


@dataclass(frozen=True)
class Limits:
    """Of one call, and of what waits.

    Attributes:
        megabytes: of all files of a call together, also once they are unpacked.
        rows: of a table.
        values: numbers on the regular frame of a file, and in an answer.
        horizon: steps ahead.
        members: futures that are drawn.
        seconds: from the start of the work to its end.
        gigabytes: of memory beside what an idle worker takes.
        queue: calls that wait.
        minutes: that results are kept.
    """

    megabytes: float = 64
    rows: int = 1_000_000
    values: int = 20_000_000
    horizon: int = 1000
    members: int = 500
    seconds: float = 300
    gigabytes: float = 3
    queue: int = 100
    minutes: float = 60

    @property
    def bytes(self) -> int:
        """Of all files of a call together."""
        return int(self.megabytes * 1e6)

    def check_call(self, call: Call) -> None:
        """Refuse what can be refused without the data.

        Raises:
            TooMuch: a number of the call is above its limit.
        """
        for name, most in (("horizon", self.horizon), ("members", self.members), ("origins", self.horizon), ("factor", 64)):
            self._check(name, getattr(call, name, None), most)
        for name, most in (("quantiles", 99), ("at", self.horizon), ("models", 12)):
            found = getattr(call, name, None)
            self._check(f"the number of {name}", len(found) if isinstance(found, (list, tuple)) else None, most)

    def check_field(self, call: Call, field: Any) -> None:
        """Refuse what the opened data show.

        Args:
            field: the Field that was opened for `call`.

        Raises:
            TooMuch: the frame or the answer would hold too many numbers, or a horizon in words is too long.
        """
        columns = max(len(field.variables), 1)
        if field.kind not in ("grid", "graph", "video"):
            self.check_values(field.source, max(field.shape, default=0) * columns)
            return
        panel = field.frame
        places = max(int(_product(field.dataset.sizes[dim] for dim in field.space)), 1)
        self.check_values(f"{field.source} on its regular frame", len(panel.times) * places * columns)
        steps = _steps(getattr(call, "horizon", None), panel)
        self._check("horizon", steps, self.horizon, " steps")
        levels = max(len(getattr(call, "quantiles", ())), getattr(call, "members", 1), 1)
        origins = max(len(getattr(call, "at", None) or "1") if isinstance(getattr(call, "at", None), list) else 1, 1)
        self.check_values("the answer", (steps or 1) * places * columns * levels * origins)

    def check_values(self, what: str, count: int) -> None:
        """Refuse more numbers than a call may hold."""
        if count > self.values:
            raise TooMuch(f"This server takes up to {self.values:,} numbers in a call; {what} holds {count:,}. Send fewer places or steps.")

    def check_rows(self, name: str, count: int) -> None:
        """Refuse longer tables."""
        if count > self.rows:
            raise TooMuch(f"This server takes tables of up to {self.rows:,} rows; {name} has more. Send the last part, or NetCDF.")

    def check_bytes(self, count: int, what: str = "this call") -> None:
        """Refuse larger files."""
        if count > self.bytes:
            raise TooMuch(f"This server takes up to {self.megabytes:g} MB in a call; {what} has more. Send fewer columns or the last part.")

    @staticmethod
    def _check(name: str, found: Any, most: int, unit: str = "") -> None:
        if isinstance(found, int) and found > most:
            raise TooMuch(f"This server takes {name} up to {most:,}{unit}; found {found:,}. Ask for less.")


def _product(sizes: Any) -> int:
    made = 1
    for size in sizes:
        made *= int(size)
    return made


def _steps(horizon: Any, frame: Any) -> int | None:
    """A horizon in steps, about; None where it cannot be told, which the call itself will say."""
    import pandas as pd

    if horizon is None or isinstance(horizon, int):
        return horizon
    try:
        return int(pd.Timedelta(horizon) / pd.Timedelta(frame.times[-1] - frame.times[0]) * max(len(frame.times) - 1, 1))
    except (ValueError, TypeError, ZeroDivisionError, IndexError, OverflowError):
        return None
