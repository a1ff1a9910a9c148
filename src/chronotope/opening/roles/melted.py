"""Tables whose rows name their variable: `variable, value`, `parameter, value, unit`, and what else services call these columns."""

from __future__ import annotations

import unicodedata

import pandas as pd

from chronotope.data.columns import UNIT_NAMES, VARIABLE_NAMES, by_name
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.missing import is_text

_VALUE_NAMES = ("value", "_value", "val", "obs_value", "measurement", "result")


def melted(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """(the table with the names `variable` and `value` and without its column of units, the units by variable).

    Other tables as they are, and those with one variable only, whose column keeps its name.
    """
    names = [str(name) for name in table.columns]
    key, value, unit = (by_name(names, words) for words in (VARIABLE_NAMES, _VALUE_NAMES, UNIT_NAMES))
    if key is None and value is not None and unit is not None and table[unit].nunique() == 1 and is_text(table[unit]):
        return table, {value: str(table[unit].dropna().iloc[0])}
    if key is None or value is None or not is_text(table[key]) or not pd.api.types.is_numeric_dtype(table[value]):
        return table, {}
    if table[key].nunique() < 2 and (key, value) != ("variable", "value"):
        return table, {value: str(table[unit].dropna().iloc[0])} if unit and table[unit].nunique() == 1 else {}
    several = _with_several_units(table, key, unit)
    pairs = {} if unit is None else table[[key, unit]].dropna().drop_duplicates(key).set_index(key)[unit].drop(list(several)).to_dict()
    table = table.rename(columns={key: "variable", value: "value"}).drop(columns=[unit] if unit is not None else [])
    return table, {str(name): str(word) for name, word in pairs.items()}


def mixed_units(table: pd.DataFrame) -> list[Finding]:
    """What is said of rows that give one variable in several units."""
    names = [str(name) for name in table.columns]
    key, unit = by_name(names, VARIABLE_NAMES), by_name(names, UNIT_NAMES)
    several = _with_several_units(table, key if key is not None and is_text(table[key]) else None, unit)
    return [
        Finding("warning", f"{name!r} comes in several units ({', '.join(words)}) and is read as it is written; bring it to one unit first")
        for name, words in several.items()
    ]


def _with_several_units(table: pd.DataFrame, key: str | None, unit: str | None) -> dict[str, list[str]]:
    """The units of each variable of the column `key` (of all values without one) that comes in more than one."""
    if unit is None or not is_text(table[unit]):
        return {}
    pairs = table[[unit]].assign(name=unit if key is None else table[key]).dropna().drop_duplicates()
    words = {str(name): [str(word).strip() for word in rows[unit]] for name, rows in pairs.groupby("name", sort=False)}
    return {name: list(dict.fromkeys(given)) for name, given in words.items() if len({_spelt(word) for word in given}) > 1}


def _spelt(unit: str) -> str:
    """A unit however its signs are written: "µg/m³" and "ug/m3" are one."""
    return unicodedata.normalize("NFKC", unit).replace("\u03bc", "u").replace("^", "").replace("°", "").replace(" ", "").casefold()
