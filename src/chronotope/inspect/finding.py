"""What is said of data when it is opened or looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TIME_AGAIN = "columns left out, as they tell the time again: "  # and their names; a question that names one is told so


@dataclass(frozen=True)
class Finding:
    """Something that was inferred ("inferred") or that looks wrong ("warning") when the data was opened."""

    level: Literal["inferred", "warning"]
    text: str

    def __str__(self) -> str:
        return f"{'!' if self.level == 'warning' else '-'} {self.text}"
