"""Reasons: what would be if, and what moved an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chronotope.data.field import Field
from chronotope.pace import working
from chronotope.questions import QUANTILE_LEVELS
from chronotope.tasks.asking.common import Asked, as_field, no_cells, only_of_values, up_to, voiced, warned
from chronotope.tasks.events.explain import explain_events
from chronotope.tasks.events.whatif import whatif_events
from chronotope.tasks.explain import explain
from chronotope.tasks.results.explanation import Explanation
from chronotope.tasks.results.whatif import WhatIf
from chronotope.tasks.tracks.explain import explain_tracks
from chronotope.tasks.tracks.whatif import whatif_tracks
from chronotope.tasks.whatif import whatif


class Reasons(Asked):
    """The verbs about why."""

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
        step: Any = None,
        cell: Any = None,
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
                lie beside the field (`future=` of `chronotope.open`) or are named in `known_future`, else their own forecast. Of events
                {"add": table, "remove": table} of past events, with columns time, lat, lon (or y, x), or the names of such .csv files; the
                expected numbers are moved as far as what recent events were told to bring came true at past origins.
            close: places that are closed in the asked steps; they must have been closed before. Of tracks objects that are taken out, as if
                nobody had seen them; the others are moved as far as paths that heard them came nearer to what followed at past origins.
            at, target, quantiles, context, known_future: as in `forecast`; variables that are set are not answered.
            step, cell: of events only, as in `forecast`.

        Returns:
            A WhatIf with the forecasts `as_it_is`, `then` and `difference`, a `summary`, and `words`.

        Raises:
            DataError: the past does not show that anything asked follows what is set; it is set to what was never seen; a place was never
                closed; or the past is shorter than 64 steps. Of tracks, nobody was seen to go by who is taken out.
            ArgumentError: an argument is not as above, or what is asked is a direction or a running total.
            TimeError: as for `forecast`.
        """
        read = as_field(field)
        options, beside = {"at": at, "quantiles": quantiles, "context": context}, {"target": target, "known_future": known_future}
        if read.kind == "events":
            only_of_values(read, close=close, **beside)
            made = whatif_events(self.predictor, read, horizon, set, step=step, cell=cell, **options)
            return replace(made, meta=warned(read if at is None else up_to(read, made.meta["origin"]), made.meta))
        no_cells(read, step, cell)
        if read.kind == "tracks":
            only_of_values(read, set=set, **beside)
            made = whatif_tracks(self.predictor, read, horizon, close, **options)
        else:
            made = whatif(self.predictor, read, horizon, set, close, **options, **beside)
        return replace(made, meta=warned(read if at is None else up_to(read, made.meta["origin"]), made.meta))

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
        kinds: Any = None,
        most: int = 24,
        step: Any = None,
        cell: Any = None,
        budget: Any = None,
    ) -> Explanation:
        """Which places, times and variables moved a forecast: each is hidden in turn and the same is asked again.

        Of what says the same twice, hiding one half changes little; the table tells what the answer would be without a part, not what the
        part would say alone. Models that mix candidates also give the exact share that each of them has. Of tracks other objects, and what
        an object did itself, are hidden; its rules of motion are the candidates. Of events some of those of the past are taken out, while
        what was learnt of them all is kept; the candidates are the parts that the expected number is the sum of.

        Args:
            field: what `chronotope.open` returns.
            horizon: as in `forecast`.
            place: the place, or the object, whose answer is explained; all by default, each by what is not itself. Of events a pair of
                coordinates in the cell that is asked about; all cells together by default.
            at: one time stamp; the last step by default.
            target, context, known_future: as in `forecast`.
            kinds: what is hidden: "place" (all of its values), "time" (stretches of the past: the latest quarter of a day, the rest of it,
                the days before one by one, what is older) and "variable" (past and known future). Of tracks "object" (the nearest ones, and
                all that are gone together) and "time" (what the object did before its last 2, 4, 8, ... steps). Of events "cell" (rings
                around the cell that is asked about, or the cells with most events) and "time" (the last step, the one before, the two
                before that, ...). All by default.
            most: places that are hidden, those that go most alike with what is asked, now or up to eight steps before; or objects, the
                nearest. Those that do nothing together are not told apart.
            step, cell: of events only, as in `forecast`.
            budget: as in `forecast`.

        Returns:
            An Explanation: `table`, `shares`, `plot()`, and `to_xarray()` with the effect of each part on every asked cell. Of
            tracks `moved` and `lifts` are in metres (or the unit of x and y), `lifts` along the way that the object goes. Of events
            `moved` and `lifts` are numbers of events in all asked cells and steps, and what `shares` says adds up to the expected number.

        Raises:
            ArgumentError: an argument is not as above.
            DataError, TimeError, KindError: as `forecast`.
        """
        field = as_field(field)
        options: dict[str, Any] = {"place": place, "at": at, "context": context, "kinds": kinds, "most": most}
        beside = {"target": target, "known_future": known_future}
        with working("hiding one part after the other", budget):
            if field.kind == "events":
                only_of_values(field, **beside)
                made = explain_events(self.predictor, field, horizon, step=step, cell=cell, **options)
            elif field.kind == "tracks":
                no_cells(field, step, cell)
                only_of_values(field, **beside)
                made = explain_tracks(self.predictor, field, horizon, **options)
            else:
                no_cells(field, step, cell)
                made = explain(self.predictor, field, horizon, **options, **beside)
        return voiced(made, field if at is None else up_to(field, made.meta["origin"]))
