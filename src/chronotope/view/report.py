"""The report: one page that a stranger can read - what the file is, what comes, how sure, how good, from what, by what."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.view import page
from chronotope.view.answers import kind_of, names_of, slice_of
from chronotope.view.calibration import Calibration, calibration_of
from chronotope.view.charts import draw_reliability, draw_skill
from chronotope.view.cutting import origins_of
from chronotope.view.output import writing
from chronotope.view.packed import ROOM, packed, palettes
from chronotope.view.sections import compared, provenance, static_pictures, understood
from chronotope.view.slices import Slice
from chronotope.view.style import house_style, new_figure, span_words, stamp_words
from chronotope.view.svg import inline_svg
from chronotope.view.trials import Skill, Trials
from chronotope.view.verdict import badge_of, verdict_of

VARIABLES_SHOWN = 3
TASKS = {
    "forecast": "Forecast", "backcast": "Before the record", "impute": "Filled gaps", "interpolate": "Between the places",
    "downscale": "Inside the cells",
    "simulate": "Possible futures", "detect": "What is surprising", "embed": "What behaves alike", "arrival": "Arrivals",
    "explain": "What moved the answer",
}  # fmt: skip


def write_report(
    path: str | Path, made: Any, scores: pd.DataFrame | None = None, truth: Any = None, *, overwrite: bool = False, **options: Any
) -> Path:
    """Write a self-contained page about an answer; it needs no network and works from a disk.

    Args:
        path: the file, for example report.html.
        made: the answer of any verb.
        scores, truth, options: see `report_page`.
        overwrite: replace an existing file.

    Returns:
        The path written.

    Raises:
        OutputExistsError: the file is there and `overwrite` is not given.
        KindError: a page cannot show the answer.
    """
    with writing(path, overwrite) as draft:
        draft.write_text(report_page(made, scores, truth, **options), encoding="utf-8")
    return Path(path)


def report_page(
    made: Any,
    scores: pd.DataFrame | None = None,
    truth: Any = None,
    *,
    trials: Any = None,
    beside: Mapping[str, pd.DataFrame] | None = None,
    title: str | None = None,
    command: str = "",
    notes: tuple[str, ...] = (),
    now: Any = None,
) -> str:
    """The page that `write_report` writes, as text.

    Args:
        made: the answer of any verb.
        scores: a table of scores of the same model and of plain methods on the same data: `ct.backtest` or `ct.floors`.
        truth: a Field or Dataset with values after the origin; the answer's own history by default.
        trials: what `backtest(..., save=...)` wrote (a path or the Dataset), for skill by lead and reliability; or a Forecast from several
            past origins, for reliability alone; by default reliability is counted on the answer itself, if its truth is known.
        beside: tables of scores of other data by their titles.
        title: the heading; made of the variables by default.
        command: the line that makes the same answer again.
        notes: sentences that the page should say below the comparison.
        now: what the clock says (datetime64); with it young forecasts speak of today and tomorrow.
    """
    kind = kind_of(made)
    parts = (
        [slice_of(made, name, truth=truth) for name in names_of(made)[:VARIABLES_SHOWN]]
        if kind not in ("paths", "rows", "vectors", "listed")
        else []
    )
    first = parts[0] if parts else None
    tried = Trials.of(trials) if trials is not None and not hasattr(trials, "history") else None
    found, skill = _reliability(made, kind, truth, trials, tried), None if tried is None else tried.skill()
    badge = badge_of(scores, skill, str(made.meta.get("model", "")))
    shown, left_out = _data(parts)
    with house_style():
        sections = [
            page.verdict(verdict_of(made, first, now), badge.kind, badge.words if badge.kind != "none" else "", badge.detail),
            understood(made.history, made.meta.get("warnings", ())),
            page.answer(" ".join([_how_to(parts), *left_out])) if shown else static_pictures(made, kind),
            compared(scores, notes),
            *(compared(other, (), words) for words, other in (beside or {}).items()),
            _charts(found, skill),
            provenance(made.meta, command),
        ]
    return page.page(title or _title(made, first), _summary(made, first), sections, shown)


def scores_page(
    scores: pd.DataFrame, field: Any, *, trials: Any = None, model: str = "", command: str = "", title: str | None = None
) -> str:
    """A page about a back-test alone.

    Args:
        scores: its table.
        field: what was back-tested.
        trials: what it saved, for skill by lead and reliability.
        model: the model that the badge is about; the first that is no plain method by default.
        command, title: as for `report_page`.
    """
    tried = None if trials is None else Trials.of(trials)
    skill = None if tried is None else tried.skill()
    badge = badge_of(scores, skill, model)
    names = list(dict.fromkeys(scores["variable"])) if "variable" in scores else ["events"]
    ours = model or next((str(name) for name in scores["model"] if not str(name).startswith("baseline:")), str(scores["model"].iloc[0]))
    meta = {
        "model": ours,
        "version": version("chronotope"),
        "horizon": scores.attrs.get("horizon"),
        "origins": len(scores.attrs.get("origins", ())),
    }
    with house_style():
        sections = [
            page.verdict([f"{ours} is {badge.words}." if badge.kind != "none" else "Nothing to compare with."], badge.kind, "", ""),
            *(f'<p class="note">{escape(words)}</p>' for words in (badge.detail, *scores.attrs.get("said", ())) if words),
            understood(field),
            compared(scores),
            _charts(None if tried is None else tried.calibration(), skill),
            provenance(meta, command),
        ]
    return page.page(title or f"Back-test of {_listed(names)}", "", sections)


def _title(made: Any, part: Slice | None) -> str:
    task = TASKS.get(str(made.meta.get("task", "forecast")), "Answer")
    names = names_of(made) if part is not None else ()
    what = "events" if part is not None and part.expected is not None else _listed([part.words, *names[1:]]) if part is not None else ""
    return f"{task} of {what}" if what and task in ("Forecast", "Filled gaps") else f"{task}: {what}" if what else task


def _summary(made: Any, part: Slice | None) -> str:
    model = made.meta.get("model", "")
    by = f", by {model}" if model else ""
    if part is None:
        return f"From {made.history.source}{by}." if getattr(made.history, "source", "") else ""
    end, count = f"{stamp_words(part.times[-1], part.times)} {part.clock}".rstrip(), len(part.labels)
    where = (
        f"{count:,} {'cells' if len(part.shape) == 2 else 'places'}"
        if count > 1
        else part.titles[0]
        if part.names is not None
        else "one place"
    )
    steps = f"{len(part.times):,} steps" if len(part.times) > 1 else "one step"
    if part.is_backcast:
        first = part.past_times[0]
        back = f"{span_words(first - part.times[0])}) before {stamp_words(first, part.past_times)}"
        return f"{steps} ({back}, from {stamp_words(part.times[0], part.times)} {part.clock}".rstrip() + f", at {where}{by}."
    if len(part.past_times):
        several = " (the last of several origins)" if origins_of(made) > 1 else ""
        last = part.past_times[-1]
        ahead = f"{span_words(part.times[-1] - last)}) after {stamp_words(last, part.past_times)}"
        return f"{steps} ({ahead}{several}, up to {end}, at {where}{by}."
    return f"{steps} from {stamp_words(part.times[0], part.times)} to {end}, at {where}{by}."


def _how_to(parts: list[Slice]) -> str:
    if not parts:
        return ""
    mapped = parts[0].east is not None and len(parts[0].labels) > 1
    return "Click a place on the map, or choose one, to see its series; move the time to see the map change." if mapped else ""


def _data(parts: list[Slice]) -> tuple[dict[str, Any] | None, list[str]]:
    """What the page's script reads, and sentences about what is not on the page."""
    shown = [part for part in parts if np.isfinite(part.values).any()]
    if not shown:
        return None, []
    made = [packed(part, ROOM // len(shown)) for part in shown]
    notes = list(dict.fromkeys(note for one in made for note in one.notes))
    return {"variables": {part.name: one.data for part, one in zip(shown, made)}, "palettes": palettes()}, notes


def _reliability(made: Any, kind: str, truth: Any, trials: Any, tried: Trials | None) -> Calibration | None:
    if tried is not None:
        return tried.calibration()
    if trials is not None:
        return calibration_of(trials, truth)
    filled = getattr(made, "filled", None) is not None  # observed values stand at every level: nothing can be counted on them
    return calibration_of(made, truth) if kind in ("values", "members", "events") and not filled else None


def _charts(found: Calibration | None, skill: Skill | None) -> str:
    drawn = []
    if skill is not None and len(skill.gain):
        figure = new_figure(4.6, 3.1)
        draw_skill(figure.add_subplot(), skill)
        drawn.append((inline_svg(figure, "skill", "skill by lead"), _luck(skill.band)))
    if found is not None:
        figure = new_figure(4.6, 3.1)
        draw_reliability(figure.add_subplot(), found)
        share, covered = found.at(0.8)
        said = f"{covered:.0%} of {found.count:,} values fell inside the {share:.0%} interval. {_luck(found.band)}"
        drawn.append((inline_svg(figure, "reliability", "reliability"), said))
    note = "Counted on values that were known afterwards; nothing after an origin was read."
    return page.section("How good, and do the intervals hold?", note, page.figures(drawn)) if drawn else ""


def _luck(band: np.ndarray | None) -> str:
    if band is None:
        return "Too few earlier moments to tell how much of this is luck."
    return "Shaded: where 90 % of the curves lie when blocks of neighbouring moments are drawn anew."


def _listed(words: Any) -> str:
    words = [str(word) for word in words]
    words = [*words[:4], f"{len(words) - 4} more"] if len(words) > 5 else words
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
