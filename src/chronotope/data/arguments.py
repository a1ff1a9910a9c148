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
    if not _is_number(value) or not 0 < value < 1:
        raise ArgumentError(f"{name} must be a share between 0 and 1; found {value!r}.")
    return float(value)


def part(value: Any, name: str) -> float:
    """A number from 0 to 1, both of which go.

    Raises:
        ArgumentError: it is none.
    """
    if not _is_number(value) or not 0 <= value <= 1:
        raise ArgumentError(f"{name} must be a share from 0 to 1; found {value!r}.")
    return float(value)


def above_zero(value: Any, name: str, what: str = "a distance") -> float:
    """A number above 0.

    Raises:
        ArgumentError: it is none.
    """
    if not _is_number(value) or not value > 0:
        raise ArgumentError(f"{name} must be {what} above 0; found {value!r}.")
    return float(value)


def centres(values: Any, name: str) -> np.ndarray:
    """Coordinates float64 (k,) of the rows or columns of a grid.

    Raises:
        ArgumentError: they are no list of finite numbers.
    """
    try:
        made = np.asarray(values, float)
    except (ValueError, TypeError):
        made = np.empty(0)
    if made.ndim != 1 or not len(made) or not np.isfinite(made).all():
        raise ArgumentError(f"{name} must be a list of the centres of cells, in degrees; found {values!r:.60}.")
    return made


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, (bool, np.timedelta64))


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
