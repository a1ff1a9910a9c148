"""Options of parts of a network: as their own constructors name them, after the sizes that all of a kind are given."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

from chronotope.errors import unknown

Part = TypeVar("Part")


def build(part: type[Part], *sizes: int, **options: Any) -> Part:
    """`part(*sizes, **options)`.

    Raises:
        ArgumentError: it has no such option.
    """
    known = list(inspect.signature(part).parameters)[len(sizes) :]
    for name in options:
        if name not in known:
            raise unknown(part.__name__, name, known)
    return part(*sizes, **options)
