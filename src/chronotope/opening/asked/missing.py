"""What stands for missing in a cell of text: words that always do, and those that the caller names."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from chronotope.errors import ArgumentError

WORDS = frozenset(
    """
    na n/a n.a. n.a nan -nan null none <na> nat nil missing nodata no_data m mm #n/a #na #value! #ref! #div/0! #num! #null!
    """.split()
)
_SIGNS = re.compile(r"[^\w<>≤≥~+%‰°$€£¥²³]+")  # a dot, dashes, colons, stars, blanks: signs alone are no number and no word
_BLANKS = " \t\r\n\u00a0\ufeff"


def stands_for_missing(cell: str) -> bool:
    """True for an empty cell, a word such as "NA", or signs alone, as in a column of numbers."""
    text = cell.strip(_BLANKS)
    return not text or text.lower() in WORDS or (len(text) < 9 and _SIGNS.fullmatch(text) is not None)


def told(cell: str, words: tuple[str, ...]) -> str | None:
    """The first of the caller's `words` that stands for missing in `cell`: the cell itself, or the mark at an end of a number."""
    text = cell.strip(_BLANKS)
    for word in words:
        rest = text.removeprefix(word) if text.startswith(word) else text.removesuffix(word)
        if text == word or (rest != text and re.fullmatch(r"=?\s*[+-]?[\d.,' \u00a0]+([eE][+-]?\d+)?\s*", rest)):
            return word
    return None


def without_words(column: pd.Series) -> pd.Series:
    """A column of text whose words for missing are empty; other columns as they are."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        lost = [cell for cell in column.cat.categories if isinstance(cell, str) and len(cell) < 12 and _empty(cell)]
        return column.cat.remove_categories(lost) if lost else column
    if not is_text(column):
        return column
    cells = pd.Series(column.unique())
    lost = [cell for cell in cells if isinstance(cell, str) and len(cell) < 12 and _empty(cell)]
    return column.where(~column.isin(lost)) if lost else column


def _empty(cell: str) -> bool:
    """The words that a column of text may use; a single letter or sign there is a code."""
    text = cell.strip(_BLANKS).lower()
    return text in ("", "-", "--", "?") or (text in WORDS and text not in ("m", "mm"))


def is_text(column: pd.Series) -> bool:
    """True where cells may be text: objects, strings, categories of strings."""
    return _of_text(column.dtype)


def text_columns(table: pd.DataFrame) -> list[str]:
    """The columns whose cells may be text."""
    return [name for name, dtype in zip(table.columns, table.dtypes) if _of_text(dtype)]


def _of_text(dtype: Any) -> bool:
    if isinstance(dtype, pd.CategoricalDtype):
        return dtype.categories.dtype.kind not in "iufbM"
    return dtype.kind == "O" or isinstance(dtype, pd.StringDtype)


def split_missing(given: Any) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """(numbers, words) of the option `missing`: one value, or several.

    Raises:
        ArgumentError: one is neither a number nor a word.
    """
    several = [given] if isinstance(given, str) or not isinstance(given, (list, tuple, set)) else list(given)
    numbers: list[float] = []
    words: list[str] = []
    for value in several:
        if value is None:
            continue
        try:
            numbers.append(float(value))
        except (TypeError, ValueError):
            if not isinstance(value, str) or not value.strip():
                raise ArgumentError(f"missing must be numbers or words that stand for missing; found {value!r}.") from None
            words.append(value.strip())
    return tuple(number for number in numbers if number == number), tuple(words)
