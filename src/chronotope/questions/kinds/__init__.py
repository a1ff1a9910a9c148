"""Kinds of questions: `KINDS` maps a name to how its masks are drawn for training and recognised; each file also builds them for a task."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from chronotope.errors import ArgumentError
from chronotope.questions.kinds import backcast, fine, forecast, gaps, pieces, places, window
from chronotope.questions.kinds.drawing import Drawn, Kind
from chronotope.questions.question import Question

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (window.KIND, forecast.KIND, backcast.KIND, fine.KIND, places.KIND, pieces.KIND, gaps.KIND)
}
"""In the order in which they are recognised."""

SHARES = {name: kind.share for name, kind in KINDS.items() if kind.draw is not None}
"""Of the kinds that are drawn for training."""


def kind_of(question: Question) -> str:
    """The first kind that recognises a question; `gaps` takes any."""
    return next(name for name, kind in KINDS.items() if kind.recognises(question))


def draw_kind(rng: np.random.Generator, shape: tuple[int, ...], shares: Mapping[str, float] = SHARES) -> str | None:
    """A kind that a source of this shape (t, n, v) has room for, in proportion to the shares; None if it has room for none."""
    fitting = {name: shares[name] for name in SHARES if shares.get(name, 0) > 0 and KINDS[name].fits(shape)}
    if not fitting:
        return None
    share = np.array(list(fitting.values()))
    return str(rng.choice(list(fitting), p=share / share.sum()))


def draw_question(rng: np.random.Generator, observed: np.ndarray, kind: str, patches: int = 4, first: int = 0) -> Drawn | None:
    """Masks on a stretch of observed values, or None if there is no room for them or the draw finds nothing to ask.

    Args:
        rng: source of chance.
        observed: bool (t, n, v); for `fine` the first variable is the fine one and the others stay seen.
        kind: a key of `SHARES`.
        patches: query patches.
        first: nothing before this row is asked.

    Raises:
        ArgumentError: there is no such kind, or it is not drawn.
    """
    if kind not in SHARES:
        raise ArgumentError(f"draw_question(kind=) must be one of {', '.join(SHARES)}; found {kind!r}.")
    draw = KINDS[kind].draw
    drawn = draw(rng, observed, patches, first) if draw is not None and KINDS[kind].fits(observed.shape) else None
    if drawn is None or not drawn.asked.any():
        return None
    variables = drawn.asked.any(axis=(0, 1))
    return drawn if drawn.seen[..., variables].any() else None  # of what is asked something must be known, whatever else is seen
