"""What every mixer says about itself; the four ways to call one are in `chronotope.backbone.mixers`."""

from __future__ import annotations

from typing import ClassVar

from torch import nn


class Mixer(nn.Module):
    """Tokens (s, t, d) read one another along one axis; built as `Mixer(width, heads, **options)`.

    Attributes:
        axis: "time" or "place".
        third: what `forward` takes to know who may be read: "bias" or "mask" along time, "balls" or "edges" across places.
        needs: what else must hold, in words.
        doubles: whether its parameters can be those of one of half the width and heads that answers alike.
    """

    axis: ClassVar[str]
    third: ClassVar[str]
    needs: ClassVar[str]
    doubles: ClassVar[bool] = True
