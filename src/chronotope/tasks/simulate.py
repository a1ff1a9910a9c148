"""Simulate: the steps after an origin, or the gaps, drawn as wholes."""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.data.arguments import switch, whole_number
from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.pace import paced
from chronotope.questions import Predictor, Samples
from chronotope.tasks.forecast import answer, prepared
from chronotope.tasks.impute import filled_gaps
from chronotope.tasks.results.simulation import Simulation
from chronotope.wrappers.joined import Joined

MOST_MEMBERS = 10_000


def simulate(
    predictor: Predictor,
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
) -> Simulation:
    """Members of the `horizon` steps after each origin, or of the gaps; see `Model.simulate`."""
    want = wanted(n, seed)
    able = drawing(predictor)
    along = "draw" if "member" in field.dataset.dims else "member"  # an ensemble has members of its own
    more = {"seed": want.seed, "members": want.number, "dependence": "its own" if able is predictor else "of past errors"}
    if switch(fill, "fill"):
        if at is not None or (known_future is not None and len(known_future)):
            raise ArgumentError("fill=True draws the gaps of the whole field; at= and known_future= must be left out, found one.")
        dataset, filled, about = filled_gaps(able, field, want, (along, np.arange(want.number)), target, context)
        return Simulation(dataset, field, {"task": "simulate", "fill": True} | about | more, filled)
    ready = prepared(field, horizon, at=at, target=target, context=context, known_future=known_future)
    parts = [answer(able, ready.panel, ready.ask, row, want) for row in paced(ready.ask.origins)]
    dataset = ready.labelled(parts, along, np.arange(want.number))
    return Simulation(dataset, field, ready.described(predictor) | {"task": "simulate"} | more)


def drawing(predictor: Predictor) -> Predictor:
    """The predictor, or one around it, that gives samples."""
    return predictor if Samples in predictor.gives else Joined(predictor)


def wanted(n: Any, seed: Any) -> Samples:
    """So many members under a seed.

    Raises:
        ArgumentError: one of them is no whole number that goes.
    """
    return Samples(whole_number(n, "n", 1, MOST_MEMBERS), whole_number(seed, "seed", 0, 2**63 - 1))
