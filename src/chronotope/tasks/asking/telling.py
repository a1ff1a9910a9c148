"""Telling: what places are like, and what does not fit."""

from __future__ import annotations

from typing import Any

from chronotope.data.arguments import switch
from chronotope.data.field import Field
from chronotope.errors import KindError
from chronotope.pace import working
from chronotope.tasks.asking.common import Asked, as_field, no_cells, only_of_values, voiced
from chronotope.tasks.detect import detect
from chronotope.tasks.embed import embed
from chronotope.tasks.events.clusters import detect_clusters
from chronotope.tasks.events.detection import EventDetection
from chronotope.tasks.points.detect import detect_points
from chronotope.tasks.results.detection import Detection
from chronotope.tasks.results.embedding import Embedding
from chronotope.tasks.tracks.detect import detect_tracks
from chronotope.tasks.tracks.embed import embed_tracks
from chronotope.tasks.watch import Stream, detect_causal, watch


class Telling(Asked):
    """The verbs about what was observed."""

    def embed(
        self, field: Field, per: str = "place", *, target: Any = None, window: Any = None, context: Any = None, budget: Any = None
    ) -> Embedding:
        """Vectors that say what places are like: near ones behave alike, wherever they lie and whatever their unit.

        Positions and the order of places do not enter, nor does the level or the spread of a series; a gap is no value. Of tracks they
        say how objects move: where, in what heading, how large and when does not enter, and the rate of fixes little.

        Args:
            field: what `chronotope.open` returns.
            per: "place" (of tracks also called "object") for one vector each, "window" for one of each stretch of time at each place,
                "field" for one in all.
            target: variables that are described, all by default; the vector of a place is the mean of theirs.
            window: steps (or a duration) of a window, 128 by default; counted back from the end, the first holds what is left over.
            context: read only the last so many steps (or such a duration).

        Returns:
            An Embedding with `embedding` `(place, feature)`, `(window, place, feature)` or `(feature,)`; a grid's own dims stand for
            `place`, of tracks `object` does. A place of which nothing was observed has NaN, and an object with fewer than 8 fixes.

        Raises:
            ArgumentError: an argument is not as above, or the model gives no vectors.
            DataError: nothing is observed.
            KindError: the field has no frame of fixed places, and is not of tracks.
        """
        field = as_field(field)
        if field.kind == "tracks":
            only_of_values(field, target=target)
            with working("describing", budget):
                return voiced(embed_tracks(self.predictor, field, per, window=window, context=context))
        with working("describing", budget):
            return voiced(embed(self.predictor, field, per, target=target, window=window, context=context))

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
    ) -> Detection | EventDetection:
        """How surprising every observed value is, and the events that this adds up to.

        Each value is expected from the rest: its own past and future, other places, other variables; blocks of steps are hidden in
        turn, so that no value speaks for itself, and what is grossly off speaks for nobody. Tail probabilities are those of the field's
        own residuals, alone, in their stretch and in runs of one value. A fix of tracks is expected from the fixes around it, by the rules
        that fill gaps; moves that undo each other, exchanged objects and stuck positions are looked for. A value of
        moving sensors is told by kriging in space and time. Of events clusters are found.

        Args:
            field: what `chronotope.open` returns.
            rate: about the share of clean values that is flagged, between 0 and 0.5.
            target: variables to look at, all by default; the others are still read.
            context: the model reads only so many steps (or such a duration) before and after those that are answered together, which are
                at most as many. With `causal` the rows that are remembered, 512 by default.
            causal: judge each value by nothing but what came before it and what came at the same step, as a `watch` does; the first
                steps, before a habit shows, have no score. Of the kinds there are `point`, `level`, `drift` and `inconsistent`.

        Returns:
            A Detection: for each variable VAR `VAR_expected`, `VAR_low`, `VAR_high`, `VAR_score` and `VAR_flag`, all with the dims of the
            input, and `.events()`. Of tracks the two position variables, both with the score of the fix. An EventDetection of events.

        Raises:
            ArgumentError: an argument is not as above.
            DataError: nothing is observed, there are fewer than 8 steps, or 20 fixes between others.
            KindError: the field has no frame of fixed places, and is not of tracks, points or events.
        """
        field = as_field(field)
        if field.kind == "events":
            only_of_values(field, target=target, context=context, causal=causal)
            clusters = detect_clusters(field, rate=rate, step=step, cell=cell)
            clusters = voiced(clusters)
            return clusters
        no_cells(field, step, cell)
        if field.kind == "tracks":
            only_of_values(field, target=target, context=context, causal=causal)
            with working("detecting", budget):
                return voiced(detect_tracks(self.predictor, field, rate=rate))
        if field.kind == "points":
            only_of_values(field, context=context, causal=causal)
            with working("detecting", budget):
                return voiced(detect_points(self.predictor, field, rate=rate, target=target))
        verb = detect_causal if switch(causal, "causal") else detect
        with working("detecting", budget):
            return voiced(verb(self.predictor, field, rate=rate, target=target, context=context), field)

    def watch(self, field: Field, rate: float = 0.01, *, target: Any = None, context: Any = None) -> Stream:
        """A stream that judges steps as they come; `push` takes the next one.

        Args:
            field: what has come so far; it is gone through once, so that the stream knows what is usual.
            rate, target: as in `detect`.
            context: rows that are remembered, 512 by default, at least 24.

        Returns:
            A Stream. What `stream.push(step)` says is what `detect(whole, causal=True)` says of that step of the whole.

        Raises:
            ArgumentError, DataError: as `detect`.
            KindError: the field is of tracks, events or points, whose detectors read both sides.
        """
        field = as_field(field)
        if field.kind in ("tracks", "events", "points"):
            raise KindError(f"watch needs values at fixed places, step by step; this field is {field.kind}. Ask detect of what has come.")
        return watch(self.predictor, field, rate=rate, target=target, context=context)
