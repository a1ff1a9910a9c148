"""Tables inside JSON, found by their shape: records, columns beside each other, [time, value] pairs, series with labels.

Services wrap what they answer in objects of their own. The rules here know shapes only: objects in objects become columns, lists of
objects become rows, lists of one length beside each other become columns, and what stands beside a series names it in every row.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from chronotope.data.columns import LAT_NAMES, LON_NAMES, PLACE_NAMES, TIME_NAMES, by_name
from chronotope.opening.asked.missing import is_text
from chronotope.opening.clocks.clock import looks_like_time
from chronotope.opening.roles.columns import counts_rows

_UNIT_KEYS = ("unit", "units", "unitcode", "unit_code", "uom")
_DEEPEST = 12  # levels of objects in objects that are looked into


def table_in(content: Any) -> pd.DataFrame | None:
    """The table that `content` holds, the one with times where there are several; None where no shape is known.

    `attrs["units"]` holds units that stand beside columns, `attrs["also"]` the keys of other tables that were left.
    """
    table = _table(content, 0)
    if table is not None and isinstance(content, dict) and isinstance(content.get("spatialReference"), dict):
        table = _placed(table, content["spatialReference"])
    return None if table is None or not len(table) else _plain_names(table)


def _placed(table: pd.DataFrame, system: dict[str, Any]) -> pd.DataFrame:
    """Geometries x and y as degrees, or as coordinates of the plane that the answer names."""
    number = system.get("latestWkid", system.get("wkid"))
    if number in (4326, 4258, 4269):
        return table.rename(columns={"geometry.x": "geometry.lon", "geometry.y": "geometry.lat"})
    table.attrs |= {"crs": f"EPSG:{number}"} if isinstance(number, int) else {}
    return table


def _table(node: Any, depth: int) -> pd.DataFrame | None:
    if depth > _DEEPEST or not isinstance(node, (dict, list)) or not node:
        return None
    return _of_list(node, depth) if isinstance(node, list) else _of_object(node, depth)


def _of_list(rows: list[Any], depth: int) -> pd.DataFrame | None:
    """Records, series with labels, [time, value] pairs, or rows below a row of names."""
    if all(isinstance(row, dict) for row in rows):
        rows = [row["_source"] if isinstance(row.get("_source"), dict) else row for row in rows]
        parts = _series_of(rows, depth)
        return parts if parts is not None else pd.DataFrame([flat(row) for row in rows])
    if len(rows) < 6 and any(isinstance(row, dict) for row in rows):  # what the answer is about, and the answer
        found = _main_child({str(i): row for i, row in enumerate(rows)}, depth)
        return None if found is None else found[1]
    if not all(isinstance(row, list) for row in rows) or len({len(row) for row in rows}) != 1:
        return None
    if all(isinstance(cell, str) for cell in rows[0]) and len(rows) > 1 and not looks_like_time(rows[0][:1]):
        return pd.DataFrame(rows[1:], columns=rows[0]) if len(set(rows[0])) == len(rows[0]) else None
    return pairs_of(rows)


def _series_of(rows: list[dict[str, Any]], depth: int) -> pd.DataFrame | None:
    """One table of objects that each hold a table beside their labels; None where they are plain records."""
    parts = []
    for row in rows:
        used, part = _own_table(row) or _main_child(row, depth) or ((), None)
        if part is None:
            return None
        parts.append(_labelled(part, flat({key: cell for key, cell in row.items() if key not in used and not key.endswith("_units")})))
    return _stacked(parts)


def _of_object(node: dict[str, Any], depth: int) -> pd.DataFrame | None:
    """Names and rows, columns beside each other, an object per column or per row, or a table further inside."""
    own = _own_table(node)
    if own is not None and (depth == 0 or _has_time(own[1])):
        return own[1]
    crossed = _crossed(node)
    if crossed is not None:
        return crossed
    pairs = {key: part for key, cell in node.items() if isinstance(cell, list) and (part := pairs_of(cell)) is not None}
    if len(pairs) > 1:
        return _stacked([part.assign(variable=key) for key, part in pairs.items()])
    alike = _alike(node, depth)
    if alike is not None:
        return alike
    found = _main_child(node, depth)
    if found is None:
        return None
    beside = flat({key: cell for key, cell in node.items() if key not in found[0] and not isinstance(cell, list)})
    short = {key.rsplit(".", 1)[-1]: cell for key, cell in beside.items()}
    kept = {by_name(list(short), names) for names in (LAT_NAMES, LON_NAMES, PLACE_NAMES)}
    table = _labelled(found[1], {key: cell for key, cell in short.items() if key in kept})
    if isinstance(beside.get("timezone"), str):
        table.attrs["timezone"] = beside["timezone"]
    return table


def _alike(node: dict[str, Any], depth: int) -> pd.DataFrame | None:
    """Records of one kind under several keys, as answers keyed by station are; the key names the place."""
    parts = {key: cell for key, cell in node.items() if isinstance(cell, (list, dict))}
    if len(parts) < 2 or len(parts) < len(node):
        return None
    tables = {key: _table(cell, depth + 1) for key, cell in parts.items()}
    heads = {None if table is None else tuple(sorted(map(str, table.columns))) for table in tables.values()}
    if len(heads) > 1 or None in heads:
        return None
    known = [(key, table) for key, table in tables.items() if table is not None and _has_time(table)]
    return _stacked([table.assign(place=key) for key, table in known]) if len(known) == len(parts) else None


def _own_table(node: dict[str, Any]) -> tuple[tuple[str, ...], pd.DataFrame] | None:
    """(keys used, table) of an object that holds names and rows, or columns of one length."""
    head = next((key for key in ("columns", "fields") if isinstance(node.get(key), list)), None)
    body = next((key for key in ("data", "values", "rows", "records") if isinstance(node.get(key), list) and node[key]), None)
    if head and body and all(isinstance(row, list) and len(row) == len(node[head]) for row in node[body]):
        heads = [str(name.get("name", name.get("id", i))) if isinstance(name, dict) else str(name) for i, name in enumerate(node[head])]
        return (head, body, "index"), _with_index(pd.DataFrame(node[body], columns=heads), node.get("index"))
    columns = {key: cells for key, cells in node.items() if _is_column(cells)}
    for size in sorted({len(cells) for cells in columns.values()}, reverse=True):
        same = {key: cells for key, cells in columns.items() if len(cells) == size}
        if len(same) > 1 and size > 1 and (len(same) == len(node) or by_name(list(same), TIME_NAMES) is not None):
            return tuple(same), pd.DataFrame(same)
    return None


def pairs_of(rows: list[Any]) -> pd.DataFrame | None:
    """[time, value] or [value, time] pairs as a table."""
    if not rows or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        return None
    for clock in (0, 1):
        if _is_clock([row[clock] for row in rows]):
            return pd.DataFrame({"time": [row[clock] for row in rows], "value": [row[1 - clock] for row in rows]})
    return None


def _main_child(node: dict[str, Any], depth: int) -> tuple[tuple[str, ...], pd.DataFrame] | None:
    """((key,), table) of the largest table with times among the objects and lists inside, with the units that stand beside it."""
    tables = {}
    for key, child in node.items():
        if isinstance(child, (dict, list)) and (part := _table(child, depth + 1)) is not None and _has_time(part):
            tables[key] = part
    if not tables:
        return None
    best = max(tables, key=lambda key: len(tables[key]))
    table = tables[best]
    units = node.get(f"{best}_units", node.get("units"))
    if isinstance(units, dict):
        table.attrs["units"] = {str(name): str(unit) for name, unit in units.items() if str(name) != "time" and unit is not None}
    if len(tables) > 1:
        table.attrs["also"] = [key for key in tables if key != best]
    return (best,), table


def _crossed(node: dict[str, Any]) -> pd.DataFrame | None:
    """An object per column, or per row, each with the same keys inside, as pandas writes them."""
    inner = [cell for cell in node.values() if isinstance(cell, dict)]
    if len(inner) != len(node) or any(isinstance(cell, (dict, list)) for part in inner for cell in part.values()):
        return None
    keys = list(inner[0])
    if len(keys) < 1 or any(set(part) != set(keys) for part in inner):
        return None
    outer = list(node)
    if len(outer) < 2 and not _is_clock(keys):
        return None
    by_row = _is_clock(outer) or (outer == [str(i) for i in range(len(outer))] and not all(key.isdigit() for key in keys))
    table = pd.DataFrame.from_dict(node, orient="index") if by_row else pd.DataFrame(node)
    index = list(map(str, table.index))
    return _with_index(table.reset_index(drop=True), None if index == [str(i) for i in range(len(index))] else index)


def _with_index(table: pd.DataFrame, index: Any) -> pd.DataFrame:
    """The table with the index of a split table as its first column, unless that only counts the rows."""
    if (
        not isinstance(index, list)
        or len(index) != len(table)
        or index == list(range(len(index)))
        or any(isinstance(i, list) for i in index)
    ):
        return table
    table = table.copy()
    index = [int(cell) if isinstance(cell, str) and cell.isdigit() else cell for cell in index]
    table.insert(0, "time" if "time" not in table.columns and _is_clock(index) else "index", index)
    return table


def _labelled(table: pd.DataFrame, labels: dict[str, Any]) -> pd.DataFrame:
    """The table with a column for each label: names, positions and units; other numbers beside a series say nothing of its rows."""
    kept = {key: cell for key, cell in labels.items() if _is_label(key, cell) and key not in table.columns}
    attrs = table.attrs
    made = table.assign(**kept)
    made.attrs = attrs
    return made


def _is_label(key: str, cell: Any) -> bool:
    last = key.rsplit(".", 1)[-1]
    if isinstance(cell, bool) or cell is None:
        return False
    return (isinstance(cell, str) and bool(cell.strip())) or by_name([last], (*LAT_NAMES, *LON_NAMES, *PLACE_NAMES)) is not None


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    attrs = {key: value for part in reversed(parts) for key, value in part.attrs.items()}
    for part in parts:
        part.attrs = {}
    table = pd.concat(parts, ignore_index=True)
    table.attrs = attrs
    return table


def flat(node: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Objects in objects as one row, their names joined by dots; a list of one is its only member, other lists are left out."""
    out: dict[str, Any] = {}
    for key, cell in node.items():
        name = f"{before}{key}"
        while isinstance(cell, list) and len(cell) == 1:
            cell = cell[0]
        if isinstance(cell, dict) and "value" in cell and any(word.lower() in _UNIT_KEYS for word in cell):
            out[name] = cell["value"]  # a quantity: its value and its unit
        elif isinstance(cell, dict):
            out |= flat(cell, f"{name}.")
        elif isinstance(cell, list) and len(cell) in (2, 3) and before.endswith("geometry.") and not isinstance(cell[0], list):
            out |= {f"{before}lon": cell[0], f"{before}lat": cell[1]}
        elif not isinstance(cell, list):
            out[name] = cell
    return out


def _plain_names(table: pd.DataFrame) -> pd.DataFrame:
    """Names without the objects around them where that leaves them different; counts of rows that a service adds are left out."""
    attrs = table.attrs
    last = [str(name).rsplit(".", 1)[-1] for name in table.columns]
    names = [short if last.count(short) == 1 else str(name) for name, short in zip(table.columns, last)]
    table = table.set_axis(names, axis=1)
    counted = [name for name in names if name in ("_id", "index") and counts_rows(table[name])]
    table = table.drop(columns=counted)
    table.attrs = attrs
    return table


def _is_column(cells: Any) -> bool:
    return isinstance(cells, list) and len(cells) > 0 and not any(isinstance(cell, (dict, list)) for cell in cells)


def _has_time(table: pd.DataFrame) -> bool:
    names = [str(name).rsplit(".", 1)[-1] for name in table.columns]
    return by_name(names, TIME_NAMES) is not None or any(
        looks_like_time(table[name].head(50)) for name in table.columns if _is_words(table[name])
    )


def _is_words(column: pd.Series) -> bool:
    return is_text(column) and all(isinstance(cell, str) for cell in column.head(5))


def _is_clock(cells: list[Any]) -> bool:
    """True for texts that read as times, or numbers that count seconds or milliseconds since 1970."""
    if all(isinstance(cell, str) for cell in cells[:50]):
        numbers = [cell for cell in cells[:50] if re.fullmatch(r"\d{12,13}", cell)]
        return len(numbers) == len(cells[:50]) or looks_like_time(cells[:50])
    return all(isinstance(cell, (int, float)) and not isinstance(cell, bool) and 1e8 <= cell < 1e13 for cell in cells[:50])
