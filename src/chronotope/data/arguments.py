"""What callers give as numbers, names and switches, checked once at the door."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from chronotope.errors import ArgumentError


def whole_number(value: Any, name: str, least: int = 1, most: int | None = None) -> int:
    """A whole number of a call.

    Raises:
        ArgumentError: it is none, or too small or too large.
    """
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.timedelta64))
    is_whole |= isinstance(value, float) and value.is_integer()
    if not is_whole or value < least or (most is not None and value > most):
        among = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ArgumentError(f"{name} must be a whole number {among}; found {value!r}.")
    return int(value)


def share(value: Any, name: str) -> float:
    """A number above 0 and below 1.

    Raises:
        ArgumentError: it is none.
    """
    if not isinstance(value, (float, np.floating)) or not 0 < value < 1:
        raise ArgumentError(f"{name} must be a number between 0 and 1; found {value!r}.")
    return float(value)


def names_of(told: Any, name: str) -> tuple[Any, ...]:
    """One name or several, as a tuple; none for None.

    Raises:
        ArgumentError: it is neither.
    """
    if told is None or isinstance(told, str):
        return () if told is None else (told,)
    if not isinstance(told, Iterable):
        raise ArgumentError(f"{name} must be a name or a list of names; found {told!r}.")
    return tuple(told)


def switch(value: Any, name: str) -> bool:
    """True or False.

    Raises:
        ArgumentError: it is neither; "no" would be true.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ArgumentError(f"{name} must be True or False; found {value!r}.")
    return bool(value)
