"""Model: a predictor with the verbs that users call."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataWarning, KindError
from chronotope.pace import said, working
from chronotope.questions import QUANTILE_LEVELS, Predictor, Samples
from chronotope.tasks.arrival import Arrivals, arrival
from chronotope.tasks.calibrate import calibrate
from chronotope.tasks.clusters import detect_clusters
from chronotope.tasks.detect import detect
from chronotope.tasks.downscale import downscale
from chronotope.tasks.embed import embed
from chronotope.tasks.embedding import Embedding
from chronotope.tasks.event_draws import simulate_events
from chronotope.tasks.events import forecast_events
from chronotope.tasks.explain import KINDS, explain
from chronotope.tasks.explanation import Explanation
from chronotope.tasks.finer_steps import finer_steps
from chronotope.tasks.finetune import finetune, save_model
from chronotope.tasks.forecast import forecast
from chronotope.tasks.impute import impute
from chronotope.tasks.interpolate import interpolate
from chronotope.tasks.moving import interpolate_rows
from chronotope.tasks.paths import forecast_paths, simulate_paths
from chronotope.tasks.points import forecast_points, impute_points
from chronotope.tasks.reconcile import told_of
from chronotope.tasks.result import Forecast
from chronotope.tasks.simulate import simulate, wanted
from chronotope.tasks.simulation import Simulation
from chronotope.tasks.supposed import WhatIf
from chronotope.tasks.track_gaps import impute_tracks
from chronotope.tasks.watch import Stream, detect_causal, watch
from chronotope.tasks.whatif import whatif
from chronotope.wrappers.reconciled import Reconciled
from chronotope.wrappers.turned import Turned

R = TypeVar("R", Forecast, Embedding, Simulation, Arrivals, Explanation)


@dataclass(frozen=True)
class Model:
    """Any predictor - the network, a floor, a wrapped third-party method - behind the same verbs.

    Attributes:
        predictor: who answers.
        report: of a model that `finetune` gave: a table of its validation, with the meaning of its columns in `attrs["definitions"]`.
    """

    predictor: Predictor
    report: pd.DataFrame | None = dataclass_field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The predictor's name."""
        return self.predictor.name

    def forecast(
        self,
        field: Field,
        horizon: Any,
        *,
        at: Any = None,
        target: Any = None,
        quantiles: Any = QUANTILE_LEVELS,
        context: Any = None,
        known_future: Any = (),
        step: Any = None,
        cell: Any = None,
        along: Any = None,
        reconcile: Any = None,
        budget: Any = None,
    ) -> Any:
        """Quantiles of the steps after an origin; of events the expected number in every cell and step.

        Args:
            field: what `chronotope.open` returns.
            horizon: steps, or a duration such as "1h" that is a multiple of the step.
            at: the origin, a time stamp or a list of them; the value at `at` is the last that is read, the first lead is the step
                after it. A moment between two steps stands for the step before it. The last step by default. A list gives
                dims `init_time, lead_time` in the place of `time`.
            target: variables to answer, all by default; the others are still read.
            quantiles: levels between 0 and 1, increasing.
            context: read only the last so many steps (or such a duration) before the origin.
            known_future: variables that are read in the asked steps too, and not answered.
            step: of events only: the length of a step, such as "7D"; step k is (at + (k - 1) step, at + k step]. By default the step that
                the field was opened with, or the longest round one of which sixty fit into the past.
            cell: of events only: the side of a cell in the field's own coordinates (degrees, or units of the plane); a round size chosen
                from the events by default. `meta` says both.
            reconcile: which places are sums of which - a mapping or table from places to parents, over several levels; parents need not be
                places - or a table of flows (place, source, target) whose nodes keep what comes in. Medians then add up exactly.
            budget: a length of time such as "60s" that the call may take, as of every verb; refused where its first pieces show that it
                is too short.

        Returns:
            A Forecast with dims `quantile` + those of the input; places that were never observed before the origin stay NaN.
            Of tracks the two position variables (`lat` and `lon`, or `x` and `y`), dims `quantile, time, object`: quantiles along the
            axes around the most likely path, NaN for objects that were not seen in the last steps before the origin. Longitudes go on
            past 180 rather than jump. A predictor that gives no paths is stood in for by the mix of the rules of motion
            (`meta["estimator"]`).
            Of events an EventForecast
            with `rate` (time, y, x), the expected number, and its quantiles `count` (quantile, time, y, x); `time` is the end of a
            step, and the cells cover all past events.

        Raises:
            ArgumentError: an argument is not as above.
            TimeError: `at` lies outside the data, or known_future beyond its end.
            DataError: nothing is observed before the origin, or too few events.
            KindError: the field has no frame of fixed places, and is not of tracks.
            BudgetError: it would take longer than the budget.
        """
        field = as_field(field)
        if field.kind == "events":
            _only_of_values(target=target, known_future=tuple(known_future), reconcile=reconcile is not None)
            with working("forecasting", budget):
                counted = forecast_events(self.predictor, field, horizon, step=step, cell=cell, at=at, quantiles=quantiles, context=context)
            _warn(field.source, counted.meta["warnings"])
            return counted
        _no_cells(field, step, cell)
        if along is not None and field.kind != "points":
            raise ArgumentError(f"along is for points, whose places change; this field is {field.kind}. Leave it out.")
        verb = forecast_paths if field.kind == "tracks" else forecast
        verb = partial(forecast_points, along=along) if field.kind == "points" else verb
        predictor = self._adding_up(field, reconcile)
        options: dict[str, Any] = {"at": at, "target": target, "quantiles": quantiles, "context": context, "known_future": known_future}
        with working("forecasting", budget):
            made = verb(predictor, field, horizon, **options)
            made = made if reconcile is None else replace(made, meta=made.meta | told_of(predictor, field))
            return _said(made, field if at is None else _up_to(field, made.meta["origin"]))

    def _adding_up(self, field: Field, reconcile: Any) -> Predictor:
        """The predictor, wrapped where its answers are to add up."""
        if reconcile is None:
            return self.predictor
        if field.kind == "tracks":
            raise ArgumentError("reconcile is for fields of places; objects on their way do not add up. Leave it out.")
        return Reconciled(self.predictor, reconcile)

    def impute(
        self, field: Field, *, target: Any = None, quantiles: Any = QUANTILE_LEVELS, context: Any = None, budget: Any = None
    ) -> Forecast:
        """Quantiles of the missing values; observed values stay as they are, at every quantile.

        Steps that are missing in a regular clock are gaps too and are filled; places that were never observed stay NaN.

        Args:
            field: what `chronotope.open` returns.
            target: variables to fill and to give back, all by default; the others are still read.
            quantiles: as in `forecast`.
            context: read only so many steps (or such a duration) before and after the gaps that are filled together, which span at most as
                many; a gap of which they show nothing stays empty.

        Returns:
            A Forecast whose `filled` tells the filled values from the observed ones, as does a column of that name of its table.

        Raises:
            ArgumentError: `target`, `quantiles` or `context` is not as in `forecast`.
            DataError: nothing is observed.
        """
        field = as_field(field)
        verb = impute_tracks if field.kind == "tracks" else impute_points if field.kind == "points" else impute
        with working("filling", budget):
            return _said(verb(self.predictor, field, target=target, quantiles=quantiles, context=context))

    def interpolate(
        self, field: Field, at: Any, *, target: Any = None, quantiles: Any = QUANTILE_LEVELS, context: Any = None, budget: Any = None
    ) -> Forecast:
        """Quantiles at other places, also such as were never observed, for every step of the field.

        Args:
            field: what `chronotope.open` returns, with positions.
            at: a table with columns lat, lon (or x, y on the field's own plane) and perhaps a name; pairs of numbers; or an xarray object
                with one-dimensional lat and lon, which stands for a grid. Order and further columns of a table are kept.
            target, quantiles: as in `forecast`.
            context: read only so many steps (or such a duration) before and after those that are answered together, which are at most as
                many.

        Returns:
            A Forecast with dims `quantile, time, place`, or `quantile, time, lat, lon` for a grid. Of points and tracks, whose sensors
            move, `at` is a table with a column `time` as well, and the answer has dims `quantile, row` in the order of the table; rows
            before the first or after the last value are NaN. They are answered by kriging in space and time, whatever the model.

        Raises:
            DataError: the field has no positions, or a place of `at` has none that can be.
        """
        field = as_field(field)
        if not field.variables:
            _need_values(field, "interpolate", "impute says where they were in the gaps")
        verb = interpolate_rows if field.kind in ("points", "tracks") else interpolate
        with working("reading between the places", budget):
            return _said(verb(self.predictor, field, at, target=target, quantiles=quantiles, context=context))

    def simulate(
        self,
        field: Field,
        horizon: Any = 24,
        n: Any = 50,
        seed: Any = 0,
        *,
        fill: bool = False,
        at: Any = None,
        target: Any = None,
        context: Any = None,
        known_future: Any = (),
        reconcile: Any = None,
        rehearse: Any = 0,
        step: Any = None,
        cell: Any = None,
        budget: Any = None,
    ) -> Any:
        """Joint draws: whole, coherent futures after an origin, or whole records without gaps.

        Every cell is distributed as `forecast` (or `impute`) says, and cells belong together: leads, places and variables miss
        together as they did in the past, and a gap's members join what is seen around it. A predictor that gives samples itself is
        asked for them.

        Args:
            field: what `chronotope.open` returns.
            horizon: steps, or a duration that is a multiple of the step; nothing with `fill`.
            n: members.
            seed: the same seed gives the same members; those from an origin do not depend on the other origins asked.
            fill: draw the gaps instead of the future; observed values are the same in every member.
            at, target, context, known_future: as in `forecast` (with `fill` target and context as in `impute`).
            reconcile: as in `forecast`; every member adds up. Not with `fill`.
            rehearse: past origins, such as 8, at which the model is asked first; members are wider by what it missed there, single cells
                and sums over places (`meta["rehearsed"]`). Not for gaps, objects on their way, events, or with `reconcile`.

        Returns:
            A Simulation with dims `member` + those of the input; places that were never observed stay NaN.

        Raises:
            ArgumentError, TimeError, DataError, KindError: as `forecast` and `impute`; or `n` or `seed` is no whole number that goes.
        """
        field = as_field(field)
        if field.kind == "events":
            _only_of_values(target=target, known_future=tuple(known_future), fill=fill, rehearse=rehearse)
            drawn = simulate_events(self.predictor, field, horizon, wanted(n, seed), step=step, cell=cell, at=at, context=context)
            _warn(field.source, drawn.meta["warnings"])
            return drawn
        _no_cells(field, step, cell)
        if field.kind == "tracks":
            if rehearse:
                raise ArgumentError("rehearse is for fields of places; paths are drawn from misses of the past anyway. Leave it out.")
            return self._paths(field, horizon, wanted(n, seed), fill, at=at, target=target, context=context, known_future=known_future)
        options: dict[str, Any] = {"fill": fill, "at": at, "target": target, "context": context, "known_future": known_future}
        options["rehearse"] = rehearse
        if fill and reconcile is not None:
            raise ArgumentError("reconcile is for futures; with fill=True it must be left out, as what is observed is not changed.")
        if rehearse and reconcile is not None:
            raise ArgumentError("rehearse widens members and reconcile moves them; only one of them can be given. Leave the other out.")
        predictor = self._adding_up(field, reconcile)
        with working("drawing", budget):
            made = simulate(predictor, field, horizon, n, seed, **options)
            made = made if reconcile is None else replace(made, meta=made.meta | told_of(predictor, field))
            return _said(made, field if at is None else _up_to(field, made.meta["origin"]))

    def _paths(self, field: Field, horizon: Any, want: Samples, fill: bool, **options: Any) -> Simulation:
        if fill:
            raise ArgumentError(
                "fill=True is for fields with values; of tracks the gaps are filled by impute, with quantiles. Leave it out."
            )
        made = simulate_paths(self.predictor, field, horizon, want, **options)
        return _said(made, field if options["at"] is None else _up_to(field, made.meta["origin"]), 4)

    def arrival(
        self,
        tracks: Field,
        places: Any,
        horizon: Any,
        *,
        radius: Any,
        n: Any = 200,
        seed: Any = 0,
        at: Any = None,
        quantiles: Any = QUANTILE_LEVELS,
        context: Any = None,
    ) -> Arrivals:
        """When objects come to places, how likely that is, and which place is the next: counted in drawn paths.

        Args:
            tracks: what `chronotope.open` returns.
            places: a table with columns lat, lon (or x, y) and perhaps a name, or pairs of numbers.
            horizon: steps, or a duration that is a multiple of the step.
            radius: metres (or units of the plane) around a place within which an object has come.
            n, seed: how many paths, and their seed.
            at, context: as in `forecast`; one origin.
            quantiles: of the time of arrival among the paths that arrive.

        Returns:
            Arrivals with `chance` and `next` `(place, object)` and `arrival` `(quantile, place, object)`.

        Raises:
            ArgumentError, TimeError, KindError: as `forecast`; or `radius` is no distance.
            DataError: a place has no position.
        """
        tracks = as_field(tracks)
        options: dict[str, Any] = {"radius": radius, "n": n, "seed": seed, "at": at, "quantiles": quantiles, "context": context}
        made = arrival(self.predictor, tracks, places, horizon, **options)
        return _said(made, tracks if at is None else _up_to(tracks, made.meta["origin"]))

    def downscale(
        self,
        field: Field,
        factor: Any = None,
        *,
        to: Any = None,
        like: Any = None,
        step: Any = None,
        how: str = "mean",
        target: Any = None,
        quantiles: Any = QUANTILE_LEVELS,
        budget: Any = None,
    ) -> Forecast:
        """Quantiles on finer cells inside those of a grid, or in finer steps; means of the median are the values of the field.

        Args:
            field: what `chronotope.open` returns, a grid or a video.
            factor: fine cells along the side of a coarse one, or two numbers, along the first and the second dim.
            to: instead of `factor`, the finer grid: a field, an xarray object or a dict with the field's two dims, whose cells lie inside
                the field's.
            like: a field of the same variables on the finer grid, in other steps (an earlier period, say), from which is learned what lies
                inside each cell; it may stand for `to`.
            step: instead of `factor`, a finer step such as "1h", for fields of any fixed places; a stamp stands for the time that begins
                with it. `like` is then a field in these steps at other times, which shows how a step looks inside.
            how: with `step`, whether values are the "mean" or the "sum" of their finer steps.
            target, quantiles: as in `forecast`.

        Returns:
            A Forecast with dims `quantile` + those of the input, on finer cells; missing cells stay missing, and values stay within what
            the variable can be (rain does not fall below zero).

        Raises:
            KindError: the field is no grid or video.
            ArgumentError: an argument is not as above, or the finer cells do not fit into the field's.
            DataError: nothing is observed.
        """
        like = None if like is None else as_field(like)
        options: dict[str, Any] = {"like": like, "target": target, "quantiles": quantiles}
        if step is not None and (factor is not None or to is not None):
            raise ArgumentError("downscale goes to finer cells (factor= or to=) or to finer steps (step=), one after the other.")
        with working("looking inside the cells", budget):
            if step is not None:
                return _said(finer_steps(self.predictor, as_field(field), step, how=how, **options))
            return _said(downscale(self.predictor, as_field(field), factor, to=to, **options))

    def embed(
        self, field: Field, per: str = "place", *, target: Any = None, window: Any = None, context: Any = None, budget: Any = None
    ) -> Embedding:
        """Vectors that say what places are like: near ones behave alike, wherever they lie and whatever their unit.

        Positions and the order of places do not enter, nor does the level or the spread of a series; a gap is no value.

        Args:
            field: what `chronotope.open` returns.
            per: "place" for one vector each, "window" for one of each stretch of time at each place, "field" for one in all.
            target: variables that are described, all by default; the vector of a place is the mean of theirs.
            window: steps (or a duration) of a window, 128 by default; counted back from the end, the first holds what is left over.
            context: read only the last so many steps (or such a duration).

        Returns:
            An Embedding with `embedding` `(place, feature)`, `(window, place, feature)` or `(feature,)`; a grid's own dims stand for
            `place`. A place of which nothing was observed has NaN.

        Raises:
            ArgumentError: an argument is not as above, or the model gives no vectors.
            DataError: nothing is observed.
            KindError: the field has no frame of fixed places.
        """
        field = as_field(field)
        _need_values(field, "embed", "count them first: chronotope count FILE --cell SIZE --step STEP -o counts.nc, or tracks_to_counts")
        with working("describing", budget):
            return _said(embed(self.predictor, field, per, target=target, window=window, context=context))

    def detect(
        self,
        field: Field,
        rate: float = 0.01,
        *,
        target: Any = None,
        context: Any = None,
        causal: bool = False,
        step: Any = None,
        cell: Any = None,
        budget: Any = None,
    ) -> Any:
        """How surprising every observed value is, and the events that this adds up to.

        Each value is expected from the rest: its own past and future, other places, other variables; blocks of steps are hidden in
        turn, so that no value speaks for itself, and what is grossly off speaks for nobody. Tail probabilities are those of the field's
        own residuals, alone, in their stretch and in runs of one value.

        Args:
            field: what `chronotope.open` returns.
            rate: about the share of clean values that is flagged, between 0 and 0.5.
            target: variables to look at, all by default; the others are still read.
            context: the model reads only so many steps (or such a duration) before and after those that are answered together, which are
                at most as many. With `causal` the rows that are remembered, 512 by default.
            causal: judge each value by nothing but what came before it and what came at the same step, as a `watch` does; the first
                steps, before a habit shows, have no score.

        Returns:
            A Detection: for each variable VAR `VAR_expected`, `VAR_low`, `VAR_high`, `VAR_score` and `VAR_flag`, all with the dims of the
            input, and `.events()`.

        Raises:
            ArgumentError: an argument is not as above.
            DataError: nothing is observed, or there are fewer than 8 steps.
            KindError: the field has no frame of fixed places.
        """
        read = as_field(field)
        if read.kind == "events":
            _only_of_values(target=target, context=context, causal=causal)
            clusters = detect_clusters(read, rate=rate, step=step, cell=cell)
            _warn(read.source, clusters.meta["warnings"])
            return clusters
        _no_cells(read, step, cell)
        _need_values(
            read,
            "detect",
            "print(field) counts fixes that lie apart from their tracks; to watch how many come where, count them first: chronotope "
            "count FILE --cell SIZE --step STEP -o counts.nc, or tracks_to_counts",
        )
        with working("detecting", budget):
            made = (detect_causal if causal else detect)(self.predictor, read, rate=rate, target=target, context=context)
            return replace(made, meta=_warned(read, made.meta))

    def watch(self, field: Field, rate: float = 0.01, *, target: Any = None, context: Any = None) -> Stream:
        """A stream that judges steps as they come; `push` takes the next one.

        Args:
            field: what has come so far; it is gone through once, so that the stream knows what is usual.
            rate, target: as in `detect`.
            context: rows that are remembered, 512 by default, at least 24.

        Returns:
            A Stream. What `stream.push(step)` says is what `detect(whole, causal=True)` says of that step of the whole.

        Raises:
            ArgumentError, DataError, KindError: as `detect`.
        """
        return watch(self.predictor, as_field(field), rate=rate, target=target, context=context)

    def whatif(
        self,
        field: Field,
        horizon: Any,
        *,
        set: Any = None,
        close: Any = (),
        at: Any = None,
        target: Any = None,
        quantiles: Any = QUANTILE_LEVELS,
        context: Any = None,
        known_future: Any = (),
    ) -> WhatIf:
        """The forecast if a variable had other values, or a place were closed, beside the forecast as things are.

        The difference is what followed such values in the past of the field - beside the rhythm of hours and days, beside what a series
        remembers of itself, and beside the variables of `known_future` - and not what they cause. It is learnt by a regression on values
        now, before and over a day; its interval is that of the coefficients, by leaving out blocks of time, and that of `then` joins it
        to the interval of the forecast.

        Args:
            field: what `chronotope.open` returns.
            horizon: steps, or a duration that is a multiple of the step.
            set: a mapping from variables to what they are to be in the asked steps: a number, "+2", "-2", "*1.1" or "+10%" of what they
                would be, an array (h,) or (h, n), a series with time stamps, or an xarray object. What they would be is known where they
                lie beside the field (`future=` of `chronotope.open`) or are named in `known_future`, else their own forecast.
            close: places that are closed in the asked steps; they must have been closed before.
            at, target, quantiles, context, known_future: as in `forecast`; variables that are set are not answered.

        Returns:
            A WhatIf with the forecasts `as_it_is`, `then` and `difference`, a `summary`, and `words`.

        Raises:
            DataError: the past does not show that anything asked follows what is set; it is set to what was never seen; a place was never
                closed; or the past is shorter than 64 steps.
            ArgumentError: an argument is not as above, or what is asked is a direction or a running total.
            TimeError: as for `forecast`.
        """
        read = as_field(field)
        options = {"at": at, "target": target, "quantiles": quantiles, "context": context, "known_future": known_future}
        made = whatif(self.predictor, read, horizon, set, close, **options)
        return replace(made, meta=_warned(read if at is None else _up_to(read, made.meta["origin"]), made.meta))

    def explain(
        self,
        field: Field,
        horizon: Any,
        *,
        place: Any = None,
        at: Any = None,
        target: Any = None,
        context: Any = None,
        known_future: Any = (),
        kinds: Any = KINDS,
        most: int = 24,
        budget: Any = None,
    ) -> Explanation:
        """Which places, times and variables moved a forecast: each is hidden in turn and the same is asked again.

        Of what says the same twice, hiding one half changes little; the table tells what the answer would be without a part, not what the
        part would say alone. Models that mix candidates also give the exact share that each of them has.

        Args:
            field: what `chronotope.open` returns.
            horizon: as in `forecast`.
            place: the place whose answer is explained; all by default, each by what is not itself.
            at: one time stamp; the last step by default.
            target, context, known_future: as in `forecast`.
            kinds: what is hidden: "place" (all of its values), "time" (stretches of the past: the latest quarter of a day, the rest of it,
                the days before one by one, what is older) and "variable" (past and known future).
            most: places that are hidden, those that go most alike with what is asked.
            budget: as in `forecast`.

        Returns:
            An Explanation: `table`, `shares`, `plot()`, and `to_xarray()` with the effect of each part on every asked cell.

        Raises:
            ArgumentError: an argument is not as above.
            DataError, TimeError, KindError: as `forecast`.
        """
        field = as_field(field)
        options: dict[str, Any] = {"place": place, "at": at, "target": target, "context": context, "known_future": known_future}
        with working("hiding one part after the other", budget):
            made = explain(self.predictor, field, horizon, kinds=kinds, most=most, **options)
        return _said(made, field if at is None else _up_to(field, made.meta["origin"]))

    def calibrated(self, field: Field, horizon: Any, *, budget: Any = None, **options: Any) -> Model:
        """The same model with intervals corrected by its own past misses on `field`; see `tasks.calibrate.calibrate` for the options.

        Args:
            field, horizon: what is tried on, and how far ahead.
            budget: a length of time such as "60s"; fewer past origins are tried where it is too short for all, which is said.
            options: of `calibrate`.

        Raises:
            ArgumentError: an option is unknown, or the field is too short for it.
            BudgetError: the budget is too short for eight origins.
        """
        with working("calibrating", budget):
            return Model(calibrate(self.predictor, as_field(field), horizon, **options))

    def finetune(
        self,
        field: Field,
        method: str = "lora",
        *,
        minutes: float | None = None,
        steps: int | None = None,
        seed: int = 0,
        target: Any = None,
    ) -> Model:
        """A new model that went on learning on the first four fifths of a field, if that helps on the last fifth; else the same one.

        Args:
            field: what `chronotope.open` returns; at least 64 steps.
            method: what moves: "lora" (low-rank steps beside the layers), "head", "full" (every weight) or "prompt" (tokens in front).
            minutes: of wall clock for all of it; 5 where neither `minutes` nor `steps` is given.
            steps: of training; with the same seed the new weights are the same bit by bit, however long it takes.
            seed: of every draw.
            target: variables that are learned from, all by default.

        Returns:
            A Model whose `report` says how the validation went and whether the tuned weights were kept; `save(folder)` writes them, and
            `chronotope.load(folder)` reads them. This model stays as it is.

        Raises:
            ArgumentError: an argument is not as above, or the model is no network.
            DataError: the field is too short, or too empty.
            KindError: the field has no frame of fixed places.
        """
        with working("fine-tuning"):
            predictor, report = finetune(
                self.predictor, as_field(field), method=method, minutes=minutes, steps=steps, seed=seed, target=target
            )
            report.attrs |= {"said": said()} if said() else {}
        return Model(predictor, report)

    def save(self, folder: Any, overwrite: bool = False) -> Path:
        """Write the weights of a network with their card to a folder, which `chronotope.load` takes; it appears whole or not at all.

        Raises:
            ArgumentError: the model is no network.
            OutputExistsError: the folder is there and `overwrite` is not given.
            NoFileError: the folder that should hold it is not there.
        """
        return save_model(self.predictor, Path(folder), self.report, overwrite)

    def turned(self, ways: int = 8) -> Model:
        """The same model, asked about the field turned and mirrored in all ways, whose answers turn with the field; so many times as slow.

        For scalar variables at places of a plane; places without positions are asked once.

        Args:
            ways: 8, quarter turns and mirrors; or 4, mirrors alone, where north is not east.

        Raises:
            ArgumentError: `ways` is neither.
        """
        return Model(Turned(self.predictor, ways))

    def __repr__(self) -> str:
        return f"<Model {self.name}>"


def _up_to(field: Field, origin: str | list[str]) -> Field:
    """The part of a field that a forecast reads: what comes later must not even be warned of."""
    stamps = [pd.Timestamp(stamp) for stamp in ([origin] if isinstance(origin, str) else origin)]
    last = max(stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo else stamp for stamp in stamps)
    if "event" in field.dataset["time"].dims:
        return field.isel(event=np.flatnonzero(field.times <= last.to_datetime64()))
    stop = int(np.searchsorted(field.times, last.to_datetime64(), side="right"))
    return field.isel(time=slice(0, max(1, stop)))


def _no_cells(field: Field, step: Any, cell: Any) -> None:
    """Refuse what has sense for events alone."""
    if step is not None or cell is not None:
        said = f"step and cell are for events, which are counted in them; this field is {field.kind}. Give step= when you open it."
        raise ArgumentError(said)


def _need_values(field: Field, verb: str, way: str) -> None:
    """Refuse tracks where values at places are looked at."""
    if field.kind == "tracks":
        raise KindError(f"{verb} looks at values at places; this field is tracks, whose objects move. For tracks {way}.")


def _only_of_values(**given: Any) -> None:
    """Refuse what has no sense for events, which have no values."""
    name = next((name for name, value in given.items() if value), None)
    if name is not None:
        raise ArgumentError(f"{name} is for fields with values; events are counted, and their count is what is forecast. Leave it out.")


def _warn(source: str, texts: list[str]) -> None:
    """Tell whoever called a verb what looks wrong, unless that is this package itself."""
    ours = str(sys._getframe(2).f_globals.get("__name__", "")).startswith("chronotope.")
    for text in [] if ours else texts:
        warnings.warn(f"{source}: {text}", DataWarning, stacklevel=3)


def _said(made: R, read: Field | None = None, depth: int = 3) -> R:
    """The result, with what looks wrong in its `meta["warnings"]` and said to whoever called, unless that is this package itself.

    `read` is the part of the field that was read, where that is not all of it.
    """
    return replace(made, meta=_warned(made.history if read is None else read, made.meta, depth))


def _warned(read: Field, meta: dict[str, Any], depth: int = 2) -> dict[str, Any]:
    """`meta` with all warnings, said to whoever called the verb `depth` frames up."""
    texts = [*read.warnings, *meta.get("warnings", ())]
    ours = str(sys._getframe(depth).f_globals.get("__name__", "")).startswith("chronotope.")
    for text in [] if ours else texts:
        warnings.warn(f"{read.source}: {text}", DataWarning, stacklevel=depth + 1)
    aloud = {"said": said()} if said() else {}
    return {**meta, "warnings": texts} | aloud


def as_field(field: Any) -> Field:
    """The Field itself; anything else is opened if it can be."""
    if isinstance(field, Field):
        return field
    if field is None:
        raise ArgumentError("field must be what chronotope.open returns; found None.")
    from chronotope.opening.open import open_field

    return open_field(field)
