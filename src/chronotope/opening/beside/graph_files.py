"""Side files of a sensor graph: the table of sites, and edges as a matrix or as a list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.columns import by_name
from chronotope.data.edges_in_time import assigned, edge_variables
from chronotope.data.field import Field
from chronotope.errors import DataError, KindError
from chronotope.inspect.finding import Finding
from chronotope.opening.beside.edge_lists import pairs
from chronotope.opening.beside.edges import read_edges, read_file
from chronotope.opening.beside.side_tables import local, side_table
from chronotope.opening.cells.attributes import attributes
from chronotope.opening.clocks.clock import looks_like_time, parse_times
from chronotope.opening.places.sites import MATCHED, match, position_columns, positions_of


def with_sites(field: Field, sites: Any) -> Field:
    """`field` with lat, lon (or x, y) and static attributes of the table `sites`, matched by name or, failing that, by order.

    Raises:
        DataError: the table holds neither positions nor attributes, or does not fit the places.
        KindError: the field has no fixed sites.
    """
    if field.kind == "events" and any(note.text.startswith(MATCHED) for note in field.findings):
        return field  # they were joined as the events were made
    if "place" not in field.dataset.dims:
        raise KindError(f"sites= needs a field of fixed sites; this field is {field.kind}.")
    table, name = side_table(sites, "sites")
    labels = [str(label) for label in field.dataset["place"].values]
    key, rows = match(table, labels)
    columns, pairs = list(table.columns), position_columns(table)
    placed = bool(pairs)
    used = {column for _, column in pairs if placed} | {key, "index"}  # numbers of rows say nothing of a place
    picked = table.reindex(rows)
    more = attributes(picked[[column for column in columns if column not in used]], "place")
    more = {_free(word, field): part for word, part in more.items()}
    if not placed and not more:
        raise DataError(
            f"sites= must hold columns lat and lon (or x and y), or attributes of the places; {name} holds {', '.join(columns)}."
        )
    coords: dict[str, Any] = {}
    for short, column in pairs:
        numbers = np.append(positions_of(table, column, "sites", name), np.nan)
        coords[short] = ("place", numbers[rows])  # row -1 is a place without one
    found = [
        Finding("inferred", f"{MATCHED} {f'column {key!r}' if key else _ORDER}" + (f"; attributes: {', '.join(more)}" if more else ""))
    ]
    lost = int((rows < 0).sum())
    if lost:
        found.append(Finding("warning", f"{lost} places have no row in sites; their position is unknown"))
    return replace(field, dataset=field.dataset.assign_coords(coords | more)).with_findings(*found)


_ORDER = "order (no column holds the names of the places)"


def _free(word: str, field: Field) -> str:
    """The name of an attribute; one that is taken by a variable ends in "_of_site"."""
    return f"{word}_of_site" if word in field.dataset.data_vars or word in field.dataset.dims or word in ("edge", "note", "poi") else word


def with_edges(field: Field, edges: Any) -> Field:
    """`field` with edges from a file, matrix, list of pairs, table or `Edges`.

    Raises:
        DataError: the edges do not fit the places.
    """
    if "place" not in field.dataset.dims:
        raise KindError(f"edges= needs a field of fixed sites; this field is {field.kind}.")
    names = [str(label) for label in field.dataset["place"].values]
    called = Path(edges).name if isinstance(edges, (str, Path)) else "the edges given"
    edges = read_file(local(edges), names) if isinstance(edges, (str, Path)) else edges
    clock = _clock_of(edges) if isinstance(edges, pd.DataFrame) else None
    if clock is None:
        made, found = read_edges(edges, names, called)
        variables = {"edge_source": ("edge", made.source), "edge_target": ("edge", made.target), "edge_weight": ("edge", made.weight)}
    else:
        variables, found = _changing(edges, clock, names, called)
    return replace(field, dataset=assigned(field.dataset, variables)).with_findings(*found)


def _clock_of(table: pd.DataFrame) -> str | None:
    """The column that says from when on an edge holds; numbers called time are costs of travel."""
    words = [str(word) for word in table.columns if not pd.api.types.is_numeric_dtype(table[word])]
    name = by_name(words, ("time", "date", "day", "from_time", "valid_from", "timestamp", "datetime"))
    return name if name is not None and (table[name].dtype.kind == "M" or looks_like_time(table[name])) else None


def _changing(table: pd.DataFrame, clock: str, names: list[str], called: str) -> tuple[dict[str, Any], list[Finding]]:
    """Edge variables of a list with a time column: each time that occurs has the edges of its rows and no others."""
    times = parse_times(table[clock], clock)[0]
    if np.isnat(times).any():
        line = int(np.flatnonzero(np.isnat(times))[0]) + 2
        raise DataError(f"edges= must say from when on an edge holds; line {line} has an empty {clock!r}. Fill it or drop the row.")
    listed = pairs(table.drop(columns=clock), names, called)
    made = edge_variables(times[listed.known], listed.source, listed.target, listed.weight)
    text = f"edges from a list, changing at {len(np.unique(times))} times; a forecast takes those valid at its origin"
    return made, [Finding("inferred", text), *(Finding("warning", doubt) for doubt in listed.doubts)]
