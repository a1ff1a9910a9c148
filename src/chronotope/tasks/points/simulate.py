"""Members of moving points: whole ways, and values along them, each cell as `forecast` tells it.

ways and carried numbers, drawn together --ranks--> evenly spread scores --quantiles of the forecast--> values
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from chronotope.data.field import Field
from chronotope.data.fixes import fixes_of
from chronotope.errors import KindError
from chronotope.questions import Predictor, Samples
from chronotope.tasks.forecast import answered
from chronotope.tasks.points.forecast import forecast_points, past_of
from chronotope.tasks.points.interpolate import pair_of, support_in
from chronotope.tasks.points.profiles import at_depths, depths_asked, gathered, has_levels
from chronotope.tasks.results.simulation import Simulation
from chronotope.tasks.tracks.forecast import simulate_paths
from chronotope.wrappers.joint.margins import LEVELS, evened, values_at


def simulate_points(
    predictor: Predictor, field: Field, horizon: Any, want: Samples, *, at: Any = None, target: Any = None, context: Any = None,
    known_future: Any = (),
) -> Simulation:  # fmt: skip
    """Members (member, time, object) of positions and values after an origin; see `Model.simulate`.

    Values go together as the numbers that objects carry did: their members stand in the order of those, and are distributed as
    `forecast` says.

    Raises:
        KindError: the points have no object.
        ArgumentError, TimeError, DataError: as `forecast`.
    """
    names = answered(field, target)
    if "object" not in field.dataset.variables:
        raise KindError("Points without an object have no positions ahead, so none can be drawn; ask forecast with along=.")
    past, _ = past_of(field, at)
    if has_levels(field, names):
        depths = depths_asked(past, names, None)
        flat = at_depths(field, names, depths)
        made = simulate_points(predictor, flat, horizon, want, at=at, context=context, known_future=known_future)
        return gathered(made, field, names, depths, None)
    told = forecast_points(
        predictor, field, horizon, at=at, quantiles=LEVELS, context=context, target=list(names), known_future=known_future
    )
    carried = [name for name in names if name in fixes_of(past).variables]
    drawn = simulate_paths(predictor, field, horizon, want, at=at, target=carried or pair_of(field)[0])
    data: dict[str, Any] = {name: drawn.dataset[name] for name in pair_of(field)}
    order, rng = drawn.dataset[pair_of(field)[0]], np.random.default_rng(want.seed)
    within = rng.standard_normal((1, *order.shape[1:]))
    for name in names:
        like = drawn.dataset[name] if name in carried else order
        quantiles = told.dataset[name].transpose("quantile", "time", "object").values
        scores = evened(np.concatenate([like.transpose("member", "time", "object").values, within]))
        flat_scores, flat_quantiles = (one.reshape(len(one), -1)[:, :, None, None] for one in (scores, quantiles))
        values = values_at(flat_scores, flat_quantiles, support_in(past, name))[..., 0, 0].reshape(scores.shape)
        data[name] = (("member", "time", "object"), values, dict(field.dataset[name].attrs))
    dataset = drawn.dataset[list(pair_of(field))].assign(data)
    return replace(drawn, dataset=dataset, history=field, meta=drawn.meta | {"estimator": told.meta["estimator"]})
