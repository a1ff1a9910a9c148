"""Ways for tokens to read one another along one axis; `MIXERS` holds them all, docs/mixers.md compares them.

Each is `Mixer(width, heads, **options)`, options as its constructor names them, and mixes tokens (s, t, d): series, token times, width.
Its class says what it takes and needs:

    axis     third    forward
    "time"   "bias"   (x, position (s, t), bias (s, 1, t, t))    attention: who may read whom
    "time"   "mask"   (x, position (s, t), mask (s, t))          recurrences and convolutions: who may be read; causal in token order
    "place"  "balls"  (x, index (b, g), bias (b, h, g, g))       dense inside groups of series
    "place"  "edges"  (x, (source, target), bias (e, h))         sparse

`needs` says in words what else must hold. A token that is not readable still gets an answer, and the others answer as if it were not there.
"""

from chronotope.backbone.mixers.attention import TimeAttention
from chronotope.backbone.mixers.ball import BallAttention
from chronotope.backbone.mixers.gated_delta import GatedDelta
from chronotope.backbone.mixers.graph import GraphMessages
from chronotope.backbone.mixers.linear_attention import LinearAttention
from chronotope.backbone.mixers.long_convolution import LongConvolution
from chronotope.backbone.mixers.mixer import Mixer
from chronotope.backbone.mixers.state_space import StateSpace
from chronotope.backbone.mixers.temporal_convolution import TemporalConvolution

MIXERS: dict[str, type[Mixer]] = {
    "time_attention": TimeAttention,
    "linear_attention": LinearAttention,
    "gated_delta": GatedDelta,
    "state_space": StateSpace,
    "long_convolution": LongConvolution,
    "temporal_convolution": TemporalConvolution,
    "ball_attention": BallAttention,
    "graph_messages": GraphMessages,
}
