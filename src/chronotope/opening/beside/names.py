"""Names of places as side files write them: 104, 104.0, "104" and " 104" are one name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd


def key(cell: Any) -> str:
    """The name a cell holds, without blanks around it; whole numbers without their decimals."""
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    text = str(cell.decode() if isinstance(cell, bytes) else cell).strip()
    return text.split(".")[0] if re.fullmatch(r"\d+\.0+", text) else text


def positions(labels: Iterable[Any], names: list[str]) -> np.ndarray:
    """Position of each label among the places `names`, int (k,); -1 where there is no such place.

    Capitals, repeated blanks and leading zeros count only where names would not be told apart without them.
    """
    codes, some_labels = pd.factorize(np.asarray(list(labels), dtype=object), use_na_sentinel=False)  # each name once: lists are long
    return _positions([key(label) for label in some_labels], names)[codes]


def _positions(wanted: list[str], names: list[str]) -> np.ndarray:
    exact = {key(name): i for i, name in enumerate(names)}
    found = np.array([exact.get(word, -1) for word in wanted], np.int64)
    plain = [_plain(name) for name in exact]
    if (found >= 0).all() or len(set(plain)) < len(plain):
        return found
    loose = dict(zip(plain, exact.values(), strict=True))
    return np.where(found >= 0, found, np.array([loose.get(_plain(word), -1) for word in wanted], np.int64))


def some(labels: Iterable[Any], count: int = 3) -> str:
    """The first labels, for people."""
    words = [repr(key(label)) for label in labels]
    return ", ".join(words[:count]) + (", ..." if len(words) > count else "")


def _plain(name: str) -> str:
    word = " ".join(key(name).casefold().split())
    return word.lstrip("0") or "0" if word.isdigit() else word
