"""From vectors of tokens to answers; `HEADS` holds all ways.

Each is `Head(width, patch, floors, **options)`: s series, q query patches of p steps, c context patches, vectors of width d.

    name        vectors           reads                    answers
    "quantile"  query (s, q, d)   floors (1)               "quantiles": Tensor (s, q, p, levels), never crossing
    "samples"   query (s, q, d)   floors (1)               "samples": `Copula`, from which joint samples (m, s, q, p) are drawn
    "rate"      query (s, q, d)   base                     "rate": `Rate`, a distribution of counts at every step
    "probe"     context (s, c, d) key                      "vectors": Tensor (s, size), one for each series

(1) centre, error, is_available, spread: what the floors say of each step.

A head starts as good as what is known without it: `starts` says how. `reads` are parts of the tokens (`tokens.tokenizer.Tokens`); a head
that reads what the tokens do not hold cannot stand on a network of theirs.
"""

from chronotope.heads.head import Head
from chronotope.heads.probe import ProbeHead
from chronotope.heads.quantile import QuantileHead
from chronotope.heads.rate import RateHead
from chronotope.heads.samples import SamplesHead

HEADS: dict[str, type[Head]] = {"quantile": QuantileHead, "samples": SamplesHead, "rate": RateHead, "probe": ProbeHead}
