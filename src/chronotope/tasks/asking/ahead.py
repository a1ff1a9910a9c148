"""Ahead: what comes next, at best, in whole futures, and when it comes where."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.pace import working
from chronotope.questions import QUANTILE_LEVELS
from chronotope.tasks.asking.common import Asked, as_field, no_cells, only_of_values, up_to, voiced
from chronotope.tasks.events.forecast import forecast_events
from chronotope.tasks.forecast import forecast
from chronotope.tasks.points.forecast import forecast_points
from chronotope.tasks.reconcile import told_of
from chronotope.tasks.tracks.arrival import Arrivals, arrival
from chronotope.tasks.tracks.forecast import forecast_paths


class Ahead(Asked):
    """The verbs about what comes next."""

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
            along: of points only: a table of time and position, all after the origin, that is answered row by row in the place of the
                objects' own likely ones. A column named as that of the objects in the data (or `object`) says whose each row is; where
                objects' own last reports did better in the past, they are heard, and `meta["own"]` says with which share.
            reconcile: which places are sums of which - a mapping or table from places to parents, over several levels; parents need not be
                places - or a table of flows (place, source, target) whose nodes keep what comes in. Medians then add up exactly.
            budget: a length of time such as "60s" that the call may take, as of every verb; refused where its first pieces show that it
                is too short.

        Returns:
            A Forecast with dims `quantile` + those of the input; places that were never observed before the origin stay NaN.
            Of tracks the two position variables (`lat` and `lon`, or `x` and `y`), dims `quantile, time, object`: quantiles along the
            axes around the most likely path, NaN for objects that were not seen in the last steps before the origin. Longitudes are
            -180 to 180, or 0 to 360 where those of the input are. A predictor that gives no paths is stood in for by the mix of the rules
            of motion (`meta["estimator"]`).
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
            only_of_values(field, target=target, known_future=tuple(known_future), reconcile=reconcile is not None)
            with working("forecasting", budget):
                counted = forecast_events(self.predictor, field, horizon, step=step, cell=cell, at=at, quantiles=quantiles, context=context)
            return voiced(counted, field if at is None else up_to(field, counted.meta["origin"]))
        no_cells(field, step, cell)
        if along is not None and field.kind != "points":
            raise ArgumentError(f"along is for points, whose places change; this field is {field.kind}. Leave it out.")
        verb = forecast_paths if field.kind == "tracks" else forecast
        verb = partial(forecast_points, along=along) if field.kind == "points" else verb
        predictor = self._adding_up(field, reconcile)
        options: dict[str, Any] = {"at": at, "target": target, "quantiles": quantiles, "context": context, "known_future": known_future}
        with working("forecasting", budget):
            made = verb(predictor, field, horizon, **options)
            made = made if reconcile is None else replace(made, meta=made.meta | told_of(predictor, field))
            return voiced(made, field if at is None else up_to(field, made.meta["origin"]))

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
        return voiced(made, tracks if at is None else up_to(tracks, made.meta["origin"]))
