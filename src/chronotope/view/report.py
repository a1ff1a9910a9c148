"""The report: one page that a stranger can read - what was forecast, how good it is, how sure, from what, by what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.inspect.checks import value_findings
from chronotope.inspect.describe import facts, frame_findings, place_findings
from chronotope.view import page
from chronotope.view.calibration import Calibration, calibration_of
from chronotope.view.charts import draw_coverage, draw_pit
from chronotope.view.maps import map_forecast
from chronotope.view.output import writing
from chronotope.view.scores import HEADINGS, ScoreTable, is_floor, score_table
from chronotope.view.series import draw_fan
from chronotope.view.slices import Slice, origins_of, slice_forecast, variables_of
from chronotope.view.style import house_style, new_figure, span_words, time_words
from chronotope.view.svg import inline_svg

PLACES_SHOWN, VARIABLES_SHOWN = 6, 3
FAIR = "The same origins, places and leads for every method; floors (baseline:) are the plain methods that any model has to beat."


def write_report(
    path: str | Path,
    fc: Any,
    scores: pd.DataFrame | None = None,
    truth: Any = None,
    *,
    trials: Any = None,
    beside: Mapping[str, pd.DataFrame] | None = None,
    title: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a self-contained page about a forecast; it needs no network and holds no script.

    Args:
        path: the file, for example report.html.
        fc: the Forecast to show, with quantiles.
        scores: a back-test's table, for the comparison with the floors.
        truth: a Field or Dataset with values after the origin; the forecast's own history by default.
        trials: a Forecast from several past origins, on which calibration is counted; `fc` by default.
        beside: back-tests of other data by their titles, shown after that of this one.
        title: the heading; made of the variables by default.
        overwrite: replace an existing file.

    Returns:
        The path written.

    Raises:
        OutputExistsError: the file is there and `overwrite` is not given.
        KindError: the forecast has no quantiles.
    """
    with writing(path, overwrite) as draft:
        draft.write_text(report_page(fc, scores, truth, trials=trials, beside=beside, title=title), encoding="utf-8")
    return Path(path)


def report_page(
    fc: Any,
    scores: pd.DataFrame | None = None,
    truth: Any = None,
    *,
    trials: Any = None,
    beside: Mapping[str, pd.DataFrame] | None = None,
    title: str | None = None,
) -> str:
    """The page that `write_report` writes, as text."""
    names = variables_of(fc)
    parts = [slice_forecast(fc, name, truth=truth) for name in names[:VARIABLES_SHOWN]]
    found = calibration_of(fc if trials is None else trials, truth)
    ranked = None if scores is None or not len(scores) else score_table(scores)
    with house_style():
        sections = [
            page.headline(_numbers(fc, parts[0], ranked, found)),
            _against_floors(ranked, scores),
            *(_against_floors(score_table(other), other, words) for words, other in (beside or {}).items()),
            *(_fans(part, f"fan{i}") for i, part in enumerate(parts)),
            _maps(fc, parts[0]),
            _calibrated(found),
            _inferred(fc),
            _provenance(fc),
        ]
    return page.page(title or f"Forecast of {_listed(names)}", _summary(fc, parts[0]), sections)


def _summary(fc: Any, part: Slice) -> str:
    ahead = f"{len(part.times)} steps" if len(part.times) > 1 else "one step"
    start = time_words(part.past_times[-1]) if len(part.past_times) else time_words(part.times[0])
    where = f"{len(part.labels):,} places" if len(part.labels) > 1 else "one place"
    model, end = fc.meta.get("model", ""), f"{time_words(part.times[-1])} {part.clock}".rstrip()
    return f"{ahead} ahead of {start}, up to {end}, at {where}{f', by {model}' if model else ''}."


def _numbers(fc: Any, part: Slice, ranked: ScoreTable | None, found: Calibration | None) -> list[tuple[str, str]]:
    numbers = []
    if ranked is not None:
        numbers += _against(ranked)
    if found is not None:
        share, covered = found.at(0.8)
        numbers.append((f"{covered:.0%}", f"of {found.count:,} known values fell inside the {share:.0%} interval"))
    start = part.past_times[-1] if len(part.past_times) else part.times[0]
    numbers.append((span_words(part.times[-1] - start), "ahead at the last step"))
    numbers.append((f"{len(part.labels):,}", "places" if len(part.labels) != 1 else "place"))
    return numbers


def _against(ranked: ScoreTable) -> list[tuple[str, str]]:
    """How the best model that is no floor stands beside the best floor of each variable."""
    numbers = []
    for score, words in (("mae_ratio", "error of the median (MAE)"), ("wql_ratio", "loss of all quantiles (WQL)")):
        heading = HEADINGS[score]
        models = ranked.values.loc[[not is_floor(str(m)) for m in ranked.values.index]]
        if heading in models and models[heading].notna().any():
            change = f"{models[heading].min() - 1:+.1%}".replace("-", "−")
            numbers.append((change, f"{words} of {models[heading].idxmin()} beside the best floor"))
    return numbers


def _against_floors(ranked: ScoreTable | None, scores: pd.DataFrame | None, title: str = "Beside the floors") -> str:
    if ranked is None or scores is None:
        return ""
    count = len(scores.attrs.get("origins", ()))
    note = f"{FAIR} {count} origins." if count else FAIR
    definitions = scores.attrs.get("definitions")
    known = definitions if isinstance(definitions, Mapping) else {}
    said = [(heading, str(known[name])) for name, heading in HEADINGS.items() if name in known and heading in ranked.columns]
    shown = page.table(ranked.columns, ranked.rows, ranked.best, ranked.ours)
    return page.section(title, note, shown, page.pairs(said))


def _fans(part: Slice, name: str) -> str:
    drawn = []
    for k, where in enumerate(part.telling_places(PLACES_SHOWN)):
        figure = new_figure(3.5, 2.1)
        axes = figure.add_subplot()
        draw_fan(axes, part, where)
        axes.set_title(str(part.labels[where]) if len(part.labels) > 1 else "")
        axes.set_ylabel(part.units)
        drawn.append((inline_svg(figure, f"{name}{k}", f"{part.name} at {part.labels[where]}"), ""))
    marks = [("", "observed"), ("median", "median"), ("band", _interval_words(part))]
    marks += [("truth", "came true")] if np.isfinite(part.truth).any() else []
    few = f"{len(drawn)} of {len(part.labels):,} places, spread evenly over those that change and not chosen by score."
    note = few if len(part.labels) > len(drawn) else ""
    return page.section(f"{part.name[:1].upper()}{part.name[1:]}", note, page.key(marks), page.figures(drawn))


def _interval_words(part: Slice) -> str:
    shares = [f"{share:.0%}" for share, _, _ in part.bands()]
    return f"intervals of {_listed(shares)}" if shares else "no intervals asked"


def _maps(fc: Any, part: Slice) -> str:
    if part.east is None or len(part.labels) < 4 or origins_of(fc) > 1 or not part.bands():
        return ""
    leads = sorted({0, len(part.times) - 1})
    drawn = [(inline_svg(map_forecast(fc, lead=lead), f"map{lead}", f"map at step {lead + 1}"), "") for lead in leads]
    return page.section("On the map", "Median and width of the interval at the first and the last step.", page.figures(drawn, wide=True))


def _calibrated(found: Calibration | None) -> str:
    if found is None:
        return ""
    drawn = []
    for name, draw in (("coverage", draw_coverage), ("pit", draw_pit)):
        figure = new_figure(4.6, 2.7)
        draw(figure.add_subplot(), found)
        drawn.append((inline_svg(figure, name, name), ""))
    note = f"Counted on {found.count:,} values that were known afterwards; dashed lines show what was promised."
    return page.section("Do the intervals mean what they say?", note, page.figures(drawn))


def _inferred(fc: Any) -> str:
    field = fc.history
    missing, warnings = value_findings(field)
    notes = sorted([*field.findings, *frame_findings(field), *place_findings(field), *warnings], key=lambda note: note.level != "warning")
    known = [(label, text) for label, text in facts(field) if text] + [("missing", f"{missing:.1%} of the values")]
    lines = [(note.level, note.text) for note in notes]
    return page.section("What was understood of the data", "", page.pairs(known), page.bullets(lines))


def _provenance(fc: Any) -> str:
    entries = [(str(k).replace("_", " "), _said(v)) for k, v in fc.meta.items() if v is not None and _said(v)]
    source = getattr(fc.history, "source", None)
    entries += [("data", str(source))] if source and "data" not in fc.meta else []
    return page.section("Where this comes from", "", page.pairs(entries))


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_said(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple, np.ndarray)):
        return ", ".join(_said(v) for v in value)
    return time_words(value) if isinstance(value, (np.datetime64, pd.Timestamp)) else str(value)


def _listed(words: Any) -> str:
    words = [str(word) for word in words]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "nothing"
