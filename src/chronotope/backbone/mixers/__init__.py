"""Ways to mix tokens along one axis."""

from chronotope.backbone.mixers.attention import TimeAttention
from chronotope.backbone.mixers.ball import BallAttention

MIXERS = {"time_attention": TimeAttention, "ball_attention": BallAttention}
