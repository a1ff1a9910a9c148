"""What a call gives back: the thing that was made, its facts for machines, and what is to be said to people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Shown:
    """A table to be shown to people.

    Attributes:
        table: what is shown.
        title: above it.
        hidden: columns that only those see who want to know more.
        ranked: a back-test's table, best model on top.
        meanings: of columns; those of the shown ones stand below.
    """

    table: pd.DataFrame
    title: str = ""
    hidden: tuple[str, ...] = ()
    ranked: bool = False
    meanings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sketch:
    """A few lines that draw a result, for those who look on at a terminal; a file or a pipe gets none."""

    text: str


@dataclass(frozen=True)
class Result:
    """What came of a call.

    Attributes:
        made: the Forecast, table, Field or folder itself.
        facts: what machines are told; `plain` turns it into what JSON knows.
        said: sentences, tables and sketches for people, in order.
    """

    made: Any
    facts: dict[str, Any]
    said: tuple[str | Shown | Sketch, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """What looks wrong in the data that was read."""
        return list(self.facts.get("warnings", ()))

    def plain(self) -> dict[str, Any]:
        """The facts in words, numbers, lists and dicts; a table is a list of its rows, and a missing number is None."""
        return {key: plain(value) for key, value in self.facts.items()}


def wrote(*paths: Any) -> tuple[str, ...]:
    """A sentence for each output that was asked for."""
    return tuple(f"wrote {path}" for path in paths if path is not None)


def plain(value: Any) -> Any:
    """The nearest thing that JSON knows."""
    import numpy as np
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        flat = value if value.index.name is None and value.index.nlevels == 1 else value.reset_index()
        return [plain(row) for row in flat.to_dict(orient="records")]
    if isinstance(value, (np.ndarray, list, tuple, set)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if value is None or value is pd.NaT or isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, (np.datetime64, pd.Timestamp)):
        return pd.Timestamp(value).isoformat()
    if isinstance(value, (np.timedelta64, pd.Timedelta)):
        return pd.Timedelta(value).isoformat()
    if isinstance(value, np.generic):
        return plain(value.item())
    return value if isinstance(value, (bool, int, float, str)) else str(value)
