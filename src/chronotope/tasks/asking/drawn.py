"""Drawn: whole futures, and gaps as they may have been."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.pace import working
from chronotope.questions import Samples
from chronotope.tasks.asking.common import Asked, as_field, no_cells, only_of_values, up_to, voiced
from chronotope.tasks.events.draws import simulate_events
from chronotope.tasks.points.simulate import simulate_points
from chronotope.tasks.reconcile import told_of
from chronotope.tasks.results.simulation import Simulation
from chronotope.tasks.simulate import simulate, wanted
from chronotope.tasks.tracks.forecast import simulate_paths


class Drawn(Asked):
    """The verb about what may be."""

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
        step: Any = None,
        cell: Any = None,
        budget: Any = None,
    ) -> Any:
        """Joint draws: whole, coherent futures after an origin, or whole records without gaps.

        Every cell is distributed as `forecast` (or `impute`) says, and cells belong together: leads, places and variables miss
        together as they did in the past, and a gap's members join what is seen around it. Where the mean of all places, told as one
        series, is less sure than the members of a forecast, they are wider by what they have in common. A predictor that gives
        samples itself is asked for them.

        Args:
            field: what `chronotope.open` returns.
            horizon: steps, or a duration that is a multiple of the step; nothing with `fill`.
            n: members.
            seed: the same seed gives the same members; those from an origin do not depend on the other origins asked.
            fill: draw the gaps instead of the future; observed values are the same in every member.
            at, target, context, known_future: as in `forecast` (with `fill` target and context as in `impute`).
            reconcile: as in `forecast`; every member adds up. Not with `fill`.

        Returns:
            A Simulation with dims `member` + those of the input; places that were never observed stay NaN.

        Raises:
            ArgumentError, TimeError, DataError, KindError: as `forecast` and `impute`; or `n` or `seed` is no whole number that goes.
        """
        field = as_field(field)
        if field.kind == "events":
            only_of_values(field, target=target, known_future=tuple(known_future), fill=fill)
            drawn = simulate_events(self.predictor, field, horizon, wanted(n, seed), step=step, cell=cell, at=at, context=context)
            drawn = voiced(drawn, field if at is None else up_to(field, drawn.meta["origin"]))
            return drawn
        no_cells(field, step, cell)
        if field.kind in ("tracks", "points"):
            return self._paths(field, horizon, wanted(n, seed), fill, at=at, target=target, context=context, known_future=known_future)
        options: dict[str, Any] = {"fill": fill, "at": at, "target": target, "context": context, "known_future": known_future}
        if fill and reconcile is not None:
            raise ArgumentError("reconcile is for futures; with fill=True it must be left out, as what is observed is not changed.")
        predictor = self._adding_up(field, reconcile)
        with working("drawing", budget):
            made = simulate(predictor, field, horizon, n, seed, **options)
            made = made if reconcile is None else replace(made, meta=made.meta | told_of(predictor, field))
            return voiced(made, field if at is None else up_to(field, made.meta["origin"]))

    def _paths(self, field: Field, horizon: Any, want: Samples, fill: bool, **options: Any) -> Simulation:
        if fill:
            raise ArgumentError(
                "fill=True is for fields of places; of what moves the gaps are filled by impute, with quantiles. Leave it out."
            )
        draw = simulate_points if field.kind == "points" else simulate_paths
        made = draw(self.predictor, field, horizon, want, **options)
        return voiced(made, field if options["at"] is None else up_to(field, made.meta["origin"]), 4)
