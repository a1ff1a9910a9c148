"""What a training step may minimise; `OBJECTIVES` holds all, `goal.Goal` sums some of them with weights.

    name           judges        by
    "pinball"      "quantiles"   pinball loss over nine levels: what the shipped weights learned
    "crps"         "quantiles"   CRPS of the distribution that the quantiles draw
    "point"        "quantiles"   absolute error of the median
    "energy"       "samples"     energy score of joint samples
    "count"        "rate"        likelihood of counts
    "contrastive"  "vectors"     InfoNCE between two views of a window

`losses(answer, batch)` are the losses of the batch's examples (e,), in proportion to their shares of its weight; `plain(batch)` is what is
answered without a network. Losses of values count in units of the floors' errors (`units.py`).
"""

from chronotope.training.objectives.contrastive import Contrastive
from chronotope.training.objectives.count import Count
from chronotope.training.objectives.crps import Crps
from chronotope.training.objectives.energy import Energy
from chronotope.training.objectives.objective import Objective
from chronotope.training.objectives.pinball import Pinball
from chronotope.training.objectives.point import Point

OBJECTIVES: dict[str, Objective] = {
    "pinball": Pinball(), "crps": Crps(), "point": Point(), "energy": Energy(), "count": Count(), "contrastive": Contrastive(),
}  # fmt: skip
