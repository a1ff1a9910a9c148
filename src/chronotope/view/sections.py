"""Sections of the report: what was understood of the file, the comparison with plain methods, where the numbers come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from chronotope.errors import KindError
from chronotope.inspect.checks import value_findings
from chronotope.inspect.describe import facts, frame_findings, place_findings
from chronotope.view import page
from chronotope.view.listed import map_listed, table_listed
from chronotope.view.paths import map_paths, plot_axes
from chronotope.view.rows import map_rows, plot_rows
from chronotope.view.scores import HEADINGS, is_floor, score_table
from chronotope.view.style import number_words, time_words
from chronotope.view.svg import inline_svg
from chronotope.view.vectors import map_vectors, plot_vectors

FAIR = "The same moments, places and steps ahead for every method; those named baseline: are the plain methods that a model has to beat."
PLAIN = {  # words of people for the columns of a table
    HEADINGS["mae"]: "the median misses by (MAE)",
    HEADINGS["wql"]: "loss of all levels (WQL)",
    HEADINGS["mae_ratio"]: "median beside the best plain one",
    HEADINGS["wql_ratio"]: "all levels beside the best plain one",
    HEADINGS["coverage80"]: "80 % interval held",
}
PREFERRED = ("model", "task", "weights", "version", "seed", "origin", "horizon", "step", "data_hash")


def understood(field: Any, warnings_told: Sequence[str] = ()) -> str:
    """What was understood of the file, and first what looks wrong."""
    missing, warnings = value_findings(field)
    notes = [*field.findings, *frame_findings(field), *place_findings(field), *warnings]
    wrong = list(dict.fromkeys([note.text for note in notes if note.level == "warning"] + [str(w) for w in warnings_told]))
    guessed = list(dict.fromkeys(note.text for note in notes if note.level == "inferred"))
    known = [(label, text) for label, text in facts(field) if text] + [("missing", f"{missing:.1%} of the values")]
    known = [("file", str(field.source))] + known if getattr(field, "source", None) else known
    said = page.bullets([("warning", text) for text in wrong])
    more = page.fold("What was guessed, and can be overruled by an option", page.bullets([("inferred", text) for text in guessed]))
    note = "Read this first: an answer to a file that was misread is worth nothing." if wrong or guessed else ""
    return page.section("What was understood of the file", note, said, page.pairs(known), more)


def compared(scores: pd.DataFrame | None, notes: tuple[str, ...] = (), title: str = "Beside plain methods") -> str:
    """The table of scores in words of people."""
    said = page.bullets([("inferred", text) for text in notes])
    if scores is None or not len(scores):
        return page.section(title, "", said) if said else ""
    split = scores.attrs.get("split")
    count = len(scores.attrs.get("origins", ()))
    moments = f" {count} earlier {'moment' if count == 1 else 'moments'}." if count else ""
    note = FAIR + moments + (f" {split[:1].upper()}{split[1:]}." if split else "")
    if "mae" not in scores:
        return page.section(title, note, _plain_table(scores), _meanings(scores, list(scores.columns)), said)
    ranked = score_table(scores.drop(columns=["rmse"], errors="ignore"))
    rows: list[list[str]] = []
    kinds: dict[tuple[int, int], str] = {}
    for i, row in enumerate(ranked.rows):
        words = [row[0]]
        for j, (heading, cell) in enumerate(zip(ranked.columns[1:], row[1:]), 1):
            words.append(_beside(ranked.values.iloc[i][heading]) if "/" in heading else cell)
            kinds |= {(i, j): "loss"} if i in ranked.ours and words[-1].endswith((" farther", "times as far")) else {}
        rows.append(words)
    columns = ["method", *(PLAIN.get(c, c) for c in ranked.columns[1:])]
    return page.section(title, note, page.table(columns, rows, ranked.best, ranked.ours, kinds), _meanings(scores, ranked.columns), said)


def _beside(ratio: float) -> str:
    if not np.isfinite(ratio):
        return "–"
    if abs(ratio - 1) < 0.0005:
        return "the same"
    if ratio >= 2:
        return f"{number_words(ratio)} times as far"
    return f"{abs(1 - ratio):.1%} {'closer' if ratio < 1 else 'farther'}"


def _meanings(scores: pd.DataFrame, columns: list[str]) -> str:
    definitions = scores.attrs.get("definitions")
    known = definitions if isinstance(definitions, Mapping) else {}
    names: dict[str, str] = {**HEADINGS, **{str(name): str(name) for name in known if name not in HEADINGS}}
    said = [(PLAIN.get(heading, heading), str(known[name])) for name, heading in names.items() if name in known and heading in columns]
    return page.fold("What the columns mean", page.pairs(said))


def _plain_table(scores: pd.DataFrame) -> str:
    """A table without absolute errors, as events have it."""
    hidden = {"seconds", "broken", "outside", "variable", "peak_mb"}
    columns = [c for c in scores.columns if c not in hidden]
    rows = [[_cell(value) for value in row] for row in scores[columns].itertuples(index=False)]
    ours = {i for i, name in enumerate(scores["model"]) if not is_floor(str(name))}
    return page.table([str(c) for c in columns], rows, set(), ours)


def _cell(value: Any) -> str:
    return number_words(float(value)) if isinstance(value, (int, float, np.number)) else _said(value)


def provenance(meta: Mapping[str, Any], command: str = "") -> str:
    """Model, weights, versions, hash of the data, seed, and the line that does it again."""
    meta = {k: v for k, v in meta.items() if k != "warnings" and v is not None and _said(v)}
    first = [(key.replace("_", " "), _said(meta.pop(key))) for key in PREFERRED if key in meta]
    more = page.fold(
        "Everything that was kept about this answer", page.pairs([(str(k).replace("_", " "), _said(v)) for k, v in meta.items()])
    )
    again = f'<p class="note">The same again:</p>\n{page.line_of_code(command)}' if command else ""
    return page.section("Where this comes from", "", page.pairs(first), again, more)


def static_pictures(made: Any, kind: str) -> str:
    """Pictures of answers that have no series at fixed places: paths, rows, vectors."""
    draw: dict[str, tuple[tuple[Callable[..., Any], str], ...]] = {
        "paths": (
            (map_paths, "Where the objects went, and where they are expected; shaded: 80 of 100 cases at the last step."),
            (plot_axes, ""),
        ),
        "rows": ((map_rows, "The median at each row that was asked."), (plot_rows, "")),
        "vectors": (
            (plot_vectors, "Near dots behave alike."),
            (map_vectors, "The same colours on the map."),
        ),
        "listed": ((map_listed, "Grey: what was seen."),),
    }
    drawn = []
    for k, (one, words) in enumerate(draw.get(kind, ())):
        try:
            made_of = one(made)
        except KindError:  # no coordinates, or one vector in all
            continue
        drawn.append((inline_svg(getattr(made_of, "figure", made_of), f"{kind}{k}", words or kind), words))
    rows = _listed(made) if kind == "listed" else ""
    return page.section("The answer", "", page.figures(drawn, wide=True), rows) if drawn or rows else ""


def _listed(made: Any) -> str:
    """The first rows of what an answer lists."""
    table, count = table_listed(made)
    if not count:
        return '<p class="note">Nothing was found.</p>'
    more = f'<p class="note">The first {len(table)} of {count:,} rows.</p>' if len(table) < count else ""
    return (
        page.table([str(c) for c in table], [[_cell(value) for value in row] for row in table.itertuples(index=False)], set(), set()) + more
    )


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_said(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple, np.ndarray)):
        return ", ".join(_said(v) for v in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return time_words(value) if isinstance(value, (np.datetime64, pd.Timestamp)) else str(value)
