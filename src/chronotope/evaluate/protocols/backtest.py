"""Back-test: forecasts from many past origins, scored beside the floors on the same cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines import BASELINES, FLOORS
from chronotope.data.arguments import whole_number
from chronotope.data.field import Field
from chronotope.data.frame import advance
from chronotope.data.known_future import joined, split_known
from chronotope.data.panel import Panel
from chronotope.data.regions import quarters
from chronotope.data.stamps import on_the_clock, wall_clock, zone_of
from chronotope.errors import ArgumentError, OutputExistsError
from chronotope.evaluate.protocols.rolling import rolling_together
from chronotope.evaluate.scores.groups import check_by
from chronotope.evaluate.scores.saved import file_of, rescore, save_run
from chronotope.evaluate.scores.sums import refuse_if_all_broke
from chronotope.evaluate.scores.table import Entry, Run, table_of
from chronotope.inspect.circle import ways_of
from chronotope.pace import say, working
from chronotope.questions import QUANTILE_LEVELS
from chronotope.questions.predictor import shown_name
from chronotope.tasks.forecast import Ask, channels_of, to_answer
from chronotope.tasks.load import as_models
from chronotope.tasks.times import context_of, origins_of, steps_of
from chronotope.tasks.verbs import Model, as_field
from chronotope.wrappers.refitted import Refitted

__all__ = ["backtest", "rescore"]


def backtest(
    models: Any,
    field: Field,
    horizon: Any,
    every: Any = None,
    *,
    origins: Any = None,
    start: Any = None,
    target: Any = None,
    context: Any = None,
    known_future: Any = (),
    by: str | None = None,
    regions: Any = None,
    against: str | None = None,
    refit: int | None = None,
    save: str | Path | None = None,
    overwrite: bool = False,
    step: Any = None,
    cell: Any = None,
    budget: Any = None,
) -> pd.DataFrame:
    """Scores of models from rolling origins; nothing after an origin is read. Events, tracks and moving
    sensors have the columns of `backtest_events`, `backtest_tracks` and `backtest_points`.

    Args:
        models: one or several: Model, name ("tiny", "baseline:mix", a folder), or any predictor (`name`, `kind`, `gives`, `answer`).
        field: what `chronotope.open` returns, or anything it opens.
        horizon: steps or a duration; every lead of it is scored.
        every: steps or a duration between origins; the horizon by default.
        origins: the origins themselves (time stamps), or how many to spread over the test part; `every` is not needed then.
        start: first origin; by default four fifths of the way through the data. Stamps are on the clock of the source, as for `forecast`.
        target: variables to score, all by default; the others are still read.
        context: read only so many steps (or such a duration) before each origin.
        known_future: variables that are read in the asked steps too, as the record holds them, and not scored.
        by: a row for each "lead", "place", "region", "hour" or "season" too; their means, weighted by `n` (wql: by `size`), are the totals.
        regions: a label for every place, in order or by name (a mapping, a Series); quarters around the median position by default.
        against: a model of the call; columns then say how far the others' errors differ from its, and whether that may be luck.
        refit: models that learn (have `fit(panel, horizon)`) are fitted on what lies before the first origin (0), or anew before every
            so many origins; by default they are taken as they are.
        save: a .nc or .zarr file, or a folder, for all forecasts and truths, from which `rescore` makes the tables again.
        overwrite: replace what `save` names.
        step, cell: of events only, as for `Model.forecast`; `horizon` and `every` are numbers of steps, `origins` how many.
        budget: a length of time such as "60s" that the answers may take. Origins are thinned, and the slowest floors left out, where the
            first origins show that it is too short for all; `df.attrs["said"]` says so.

    Returns:
        One row per model and variable, best wql first, with the columns of `df.attrs["definitions"]`; `df.attrs` also holds
        the origins, the horizon, the best floors, and in "said" what the reader should know. Floors that are not named are run to have
        something to compare with if no floor is among the models.

    Raises:
        ArgumentError: an argument is not as above.
        OutputExistsError: `save` is already there.
        DataError: nothing can be scored.
        BudgetError: the budget is too short for four origins.
    """
    chosen = as_models(models)
    check_by(by)
    if save is not None:
        save = _checked_save(Path(save), overwrite)
    field = as_field(field)
    given = {"start": start, "by": by, "regions": regions, "against": against, "refit": refit, "save": save}
    given["known_future"] = known_future or None
    if field.kind == "events":
        given |= {"target": target, "context": context}
        return _of_events(chosen, field, horizon, every, origins, step, cell, given)
    if field.kind == "tracks" and step is None and cell is None:
        return _of_tracks(chosen, field, horizon, every, origins, context, given | {"target": target})
    if field.kind == "points" and step is None and cell is None:
        from chronotope.evaluate.protocols.point_backtest import backtest_points, check_options

        check_options(given | {"context": context})
        return backtest_points(chosen, field, horizon, every, origins=origins, target=target)
    if step is not None or cell is not None:
        raise ArgumentError(f"step and cell are for events, which are counted in them; this field is {field.kind}. Leave them out.")
    known, beside = split_known(field, known_future)
    names = to_answer(field, target, known)
    panel, added = joined(field, field.panel(exact=True), beside, 0)
    steps = steps_of(horizon, panel, "horizon")
    zone = zone_of(field.dataset)
    origins, start = on_the_clock(origins, zone), on_the_clock(start, zone)
    rows = _origins(panel, steps, steps if every is None else steps_of(every, panel, "every"), origins, start)
    cut = context_of(context, panel)
    seen = np.append(channels_of(field, known), np.ones(added, bool))
    ask = Ask(steps, rows, cut, _widened(channels_of(field, names), added), seen, QUANTILE_LEVELS)
    everyone = chosen if any(one.predictor.kind == "floor" for one in chosen) else [*chosen, *(Model(BASELINES[name]()) for name in FLOORS)]
    if refit is not None:
        refit = whole_number(refit, "refit", 0)
        everyone = [_refitted(model, refit) for model in everyone]
    predictors = [model.predictor for model in everyone]
    with working("scoring", budget) as work:
        _say_of_known((*known, *beside), chosen)
        asked, rows = rolling_together(predictors, panel, ask, by is not None, save is not None)
        told = list(work.sentences)
    ask, mine = replace(ask, origins=rows), {id(one) for one in predictors[: len(chosen)]}
    made = [(one, one.sums(len(rows)), id(one.predictor) in mine) for one in asked]
    refuse_if_all_broke([sums for _, sums, own in made if own])
    entries = tuple(Entry(shown_name(one.predictor), sums, one.predictor.kind == "floor", own) for one, sums, own in made)
    channels = {name: _widened(channels_of(field, (name,)), added) for name in names}
    run = Run(entries, channels, *_frame(panel, ask, _regions(regions, panel), zone), tuple(told))
    table = table_of(run, by, against)
    if save is not None:
        truth = np.stack([panel.after(row, steps) for row in rows])
        ways = ways_of(panel.values, panel.called, panel.units)
        Path(save).parent.mkdir(parents=True, exist_ok=True)
        save_run(save, run, [one.answers(len(rows)) for one in asked], np.where(ask.target, truth, np.nan), overwrite, ways)
    return table


def _widened(channels: np.ndarray, added: int) -> np.ndarray:
    """Channels of a field (v,), and none of so many that lie beside it."""
    return np.append(channels, np.zeros(added, bool))


def _say_of_known(names: tuple[str, ...], models: list[Model]) -> None:
    """What the scores take as known, and who of the models does not read it."""
    if not names:
        return
    said = f"{', '.join(names)}: read after each origin as the record holds it"
    say(f"{said}; where that was measured later, the scores are those with a perfect forecast of it")
    blind = [shown_name(one.predictor) for one in models if not getattr(one.predictor, "reads_known", True)]
    if blind:
        say(f"{', '.join(blind)} {'reads' if len(blind) == 1 else 'read'} nothing that is known ahead")


def _of_events(
    models: list[Model], field: Field, horizon: Any, every: Any, origins: Any, step: Any, cell: Any, given: dict[str, Any]
) -> pd.DataFrame:
    """Events have a table of their own."""
    from chronotope.evaluate.protocols.event_backtest import backtest_events

    name = next((name for name, value in given.items() if value is not None), None)
    if name is not None:
        raise ArgumentError(f"{name} is not for events, which are scored as rates in all cells together. Leave it out.")
    return backtest_events(models, field, horizon, every, origins=origins, step=step, cell=cell)


def _of_tracks(
    models: list[Model], field: Field, horizon: Any, every: Any, origins: Any, context: Any, given: dict[str, Any]
) -> pd.DataFrame:
    """Paths have a table of their own."""
    from chronotope.evaluate.protocols.track_backtest import backtest_tracks

    name = next((name for name, value in given.items() if value is not None), None)
    if name is not None:
        raise ArgumentError(f"{name} is not for tracks, whose paths are scored as wholes. Leave it out.")
    return backtest_tracks(models, field, horizon, every, origins=origins, context=context)


def _checked_save(path: Path, overwrite: bool) -> Path:
    """The file that `save` stands for; its folder is made only when there is something to put into it."""
    from chronotope.data.writers import check_output

    file = file_of(path)
    if file != path and path.exists() and not path.is_dir():
        raise OutputExistsError(f"save must name a folder, or a file that ends in .nc or .zarr; {path} is another file. Name another.")
    if file == path or path.is_dir():
        check_output(file, overwrite)
    return file


def _refitted(model: Model, every: int) -> Model:
    return Model(Refitted(model.predictor, every)) if hasattr(model.predictor, "fit") else model


def _regions(regions: Any, panel: Panel) -> np.ndarray:
    """Labels (n,), given or quarters."""
    count = panel.values.shape[1]
    if regions is None:
        return quarters(panel.latlon[:, ::-1] if panel.latlon is not None else panel.xy, count)
    if isinstance(regions, (Mapping, pd.Series)):
        named = {str(place): label for place, label in regions.items()}
        places = [str(place) for place in panel.places] if panel.places is not None else []
        lost = [place for place in places if place not in named]
        if lost:
            raise ArgumentError(f"regions must hold a label for each place of the data; {lost[0]!r} has none ({len(lost)} in all).")
        regions = [named[place] for place in places]
    labels = np.asarray(regions).astype(str)
    if labels.shape != (count,):
        raise ArgumentError(f"regions must be a label for each of the {count} places; found shape {labels.shape}.")
    return labels


def _frame(
    panel: Panel, ask: Ask, regions: np.ndarray, zone: str | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, str, int]:
    """Origins and valid times as the clock of the source shows them, labels of places and regions, step, how many origins share steps."""
    rows = np.array(ask.origins)
    stamps = np.stack([_stamps(panel, row, ask.horizon) for row in ask.origins])
    places = np.arange(panel.values.shape[1]) if panel.places is None else np.asarray(panel.places)
    gap = int(np.median(np.diff(rows))) if len(rows) > 1 else ask.horizon
    origins, stamps = wall_clock(panel.times[rows], zone), wall_clock(stamps, zone)
    return origins, stamps, places, regions, panel.freq, max(-(-ask.horizon // max(gap, 1)), 1)


def _stamps(panel: Panel, row: int, steps: int) -> np.ndarray:
    """Stamps (h,) of the steps after a row, also beyond the end."""
    found = panel.times[row + 1 : row + 1 + steps]
    return np.concatenate([found, advance(panel.times[-1], steps - len(found), panel.freq)]) if len(found) < steps else found


def _origins(panel: Panel, horizon: int, every: int, origins: Any, start: Any) -> list[int]:
    """Rows of the origins: those given, or from `start` on, `every` apart, as long as the horizon fits."""
    last = len(panel.times) - 1 - horizon
    number = whole_number(origins, "origins") if isinstance(origins, (int, float, np.number)) else None
    if origins is not None and number is None:
        return origins_of(list(np.atleast_1d(origins)) if not isinstance(origins, (list, tuple)) else origins, panel)[0]
    first = origins_of(start, panel)[0][0] if start is not None else min(int(0.8 * len(panel.times)), last)
    if last < max(first, 0) or first < 0:
        raise ArgumentError(
            f"horizon must leave room for an origin and something before it; {horizon} steps after step {max(first, 0)} "
            f"of {len(panel.times)} do not fit. Give a shorter horizon or an earlier start."
        )
    if number is not None:
        return sorted(set(np.linspace(first, last, number).round().astype(int).tolist()))
    return list(range(first, last + 1, every))
