"""Wrappers: a predictor in, a predictor out, in any order. `WRAPPERS` maps a name to what makes one.

    conformal  quantiles moved so that they held what they promise, by misses at past origins of a panel
    adaptive   the same, tried anew before every answer, so that drifts are followed
    refitted   a predictor that learns, fitted again on the past of its questions
    tiled      more places than fit at once, in tiles that overlap
    averaged   the weighted mean of several
    reconciled answers that add up as places do, over groups or where flows meet
    turned     the mean over a grid turned and mirrored in all ways, so that answers turn with the field
    joined     one that tells each cell on its own, made to draw all of them together

Two more give rates of events: `lifted.Lifted` makes them of quantiles, `mixed_rates.MixedRates` one of several.
`best.Best` steps back to a plain method where that erred less, `taught` learns from the misses of its own past.
All obey `wrapper`; `pools` says whose errors speak for a place, `misses`
and `rate_trials` what past origins told, `adding_up` the rules of `reconciled`, `joint` is what `joined` draws with.
"""

from __future__ import annotations

from collections.abc import Callable

from chronotope.wrappers.adaptive import Adaptive
from chronotope.wrappers.averaged import Averaged
from chronotope.wrappers.conformal import conformal
from chronotope.wrappers.joined import Joined
from chronotope.wrappers.reconciled import Reconciled
from chronotope.wrappers.refitted import Refitted
from chronotope.wrappers.tiled import Tiled
from chronotope.wrappers.turned import Turned
from chronotope.wrappers.wrapper import AbstractWrapper

WRAPPERS: dict[str, Callable[..., AbstractWrapper]] = {
    "conformal": conformal,
    "adaptive": Adaptive,
    "refitted": Refitted,
    "tiled": Tiled,
    "averaged": Averaged,
    "joined": Joined,
    "reconciled": Reconciled,
    "turned": Turned,
}
