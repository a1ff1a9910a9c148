"""Tables whose rows name their variable: `variable, value`, `parameter, value, unit`, and what else services call these columns."""

from __future__ import annotations

import pandas as pd

from chronotope.data.columns import UNIT_NAMES, VARIABLE_NAMES, by_name
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
    pairs = {} if unit is None else table[[key, unit]].dropna().drop_duplicates(key).set_index(key)[unit].to_dict()
    table = table.rename(columns={key: "variable", value: "value"}).drop(columns=[unit] if unit is not None else [])
    return table, {str(name): str(word) for name, word in pairs.items()}
