"""The tree of errors: every mistake a user can make is a ChronotopeError.

    ChronotopeError
    ├── DataError        (ValueError)         what the data holds is not what must hold
    │   ├── DimensionError                    a dimension is missing, extra or of the wrong length
    │   ├── UnitsError                        units differ or are unknown
    │   └── TimeError                         times are missing, repeated, unsorted or outside the span
    ├── ArgumentError    (ValueError)         an argument of a call is outside what is allowed
    │   └── BudgetError                       the work would take longer than the call may
    ├── KindError        (TypeError)          an object of the wrong type or layout
    ├── NoFileError      (FileNotFoundError)  a file that must exist does not
    ├── OutputExistsError (FileExistsError)   an output is already there and `overwrite` was not given
    ├── NotWrittenError  (OSError)            an output cannot be written where it was asked for
    └── MissingExtraError (ImportError)       an optional library is needed and not installed

Beside it stands `DataWarning`, a `UserWarning`: the data was taken as it is, and something about it looks wrong.

A message is one sentence or two: what must hold; what was found and where; what to do next.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Any


class ChronotopeError(Exception):
    """Base of every error that a user's call can raise."""


class DataError(ChronotopeError, ValueError):
    """The data does not hold what must hold."""


class DimensionError(DataError):
    """A dimension is missing, extra or of the wrong length."""


class UnitsError(DataError):
    """Units differ or are unknown."""


class TimeError(DataError):
    """Times are missing, repeated, unsorted or outside the span."""


class ArgumentError(ChronotopeError, ValueError):
    """An argument is outside what is allowed."""


class BudgetError(ArgumentError):
    """The work would take longer than the budget that the call was given."""


class KindError(ChronotopeError, TypeError):
    """An object of the wrong type or layout."""


class NoFileError(ChronotopeError, FileNotFoundError):
    """A file that must exist does not."""


class OutputExistsError(ChronotopeError, FileExistsError):
    """An output is already there and overwriting was not asked for."""


class NotWrittenError(ChronotopeError, OSError):
    """An output cannot be written where it was asked for."""


class MissingExtraError(ChronotopeError, ImportError):
    """An optional library is needed and not installed."""


class DataWarning(UserWarning):
    """Data was taken as it is, and something about it looks wrong; an option that is named settles it."""


def reason(error: BaseException) -> str:
    """The first line of what a library said, cut to a length that people read."""
    lines = str(error).strip().splitlines()
    return lines[0][:160] if lines else type(error).__name__


def one_line(error: BaseException) -> str:
    """The message of an error without line breaks, that of the system with the file it is about."""
    text = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) and error.strerror and error.filename else str(error)
    return " ".join(text.split()) or type(error).__name__


@contextlib.contextmanager
def whole(rule: str, name: str, way_out: str = "", *kinds: type[BaseException]) -> Iterator[None]:
    """Errors of a library about a damaged file, in a sentence: "`rule`; `name` cannot be read (...). `way_out`".

    Args:
        kinds: the errors that say so; all of them by default, as libraries raise many. Those of this package pass.

    Raises:
        DataError: the file cannot be read.
    """
    told = kinds or (Exception,)
    try:
        yield
    except ChronotopeError:
        raise
    except told as error:
        raise DataError(f"{rule}; {name} cannot be read ({reason(error)}). {way_out}".rstrip()) from error


def unknown(holder: str, name: str, known: Iterable[str]) -> ArgumentError:
    """The error for a name that `holder` does not have, with the nearest of those that it has."""
    names = list(known)
    near = get_close_matches(name, names, 1, 0.4)
    return ArgumentError(f"{holder} has no {name!r}; " + (f"the nearest it has is {near[0]!r}." if near else f"it has {', '.join(names)}."))


def listed(words: Iterable[Any], most: int, how: Callable[[Any], str] = str) -> str:
    """The first words, for people; an ellipsis says that there are more."""
    said = [how(word) for word in words]
    return ", ".join(said[:most]) + (", ..." if len(said) > most else "")
