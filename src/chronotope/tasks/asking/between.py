"""Between: gaps, what was before the first step, other places, and the inside of cells and steps."""

from __future__ import annotations

from typing import Any

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, KindError
from chronotope.pace import working
from chronotope.questions import QUANTILE_LEVELS
from chronotope.tasks.asking.common import Asked, as_field, voiced
from chronotope.tasks.backcast import backcast
from chronotope.tasks.downscale import downscale
from chronotope.tasks.finer_steps import finer_steps
from chronotope.tasks.impute import impute
from chronotope.tasks.interpolate import interpolate
from chronotope.tasks.points.forecast import impute_points
from chronotope.tasks.points.interpolate import interpolate_rows
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.tracks.gaps import impute_tracks


class Between(Asked):
    """The verbs about what lies between what was observed."""

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
            return voiced(verb(self.predictor, field, target=target, quantiles=quantiles, context=context))

    def backcast(
        self, field: Field, horizon: Any, *, target: Any = None, quantiles: Any = QUANTILE_LEVELS, context: Any = None, budget: Any = None
    ) -> Forecast:
        """Quantiles of the steps before the first, from all that follows; the mean of two answers, level by level.

        One forecasts the record read backwards, the other takes the steps for the missing beginning of a longer record.

        Args:
            field: what `chronotope.open` returns, with fixed places.
            horizon: steps, or a duration such as "1D" that is a multiple of the step.
            target, quantiles: as in `forecast`.
            context: read only the first so many steps, or such a duration.

        Returns:
            A Forecast with dims `quantile` + those of the input, whose last step is the one before the first that was read.

        Raises:
            ArgumentError: an argument is not as in `forecast`.
            KindError: the field has no fixed places.
            DataError: nothing is observed in what is read.
        """
        field = as_field(field)
        if field.kind in ("events", "tracks", "points"):
            raise KindError(f"backcast is for fields of fixed places; this field is {field.kind}. forecast says what follows it.")
        with working("looking back", budget):
            return voiced(backcast(self.predictor, field, horizon, target=target, quantiles=quantiles, context=context))

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
        if field.kind == "tracks" and not field.variables:
            said = "interpolate reads values at places; the objects of this field carry none. impute says where they were in their gaps."
            raise KindError(said)
        verb = interpolate_rows if field.kind in ("points", "tracks") else interpolate
        with working("reading between the places", budget):
            return voiced(verb(self.predictor, field, at, target=target, quantiles=quantiles, context=context))

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
                return voiced(finer_steps(self.predictor, as_field(field), step, how=how, **options))
            if how != "mean":
                raise ArgumentError(
                    f"how is for finer steps (step=); the means of finer cells are the values. Leave it out; found {how!r}."
                )
            return voiced(downscale(self.predictor, as_field(field), factor, to=to, **options))
