"""An objective stays on the device of its batch: asked of tensors without values, which refuse to meet those of the processor."""

import pytest
import torch

from chronotope.training.corpus import Corpus
from chronotope.training.loop import to_torch
from chronotope.training.objectives import OBJECTIVES


@pytest.mark.parametrize("name", OBJECTIVES)
def test_constants_are_made_where_the_batch_is(packed, name):
    there = to_torch(Corpus(packed, 0, worlds=0.0, examples=2).batch(0), "meta")
    with pytest.raises(RuntimeError, match="device meta"):
        there["truth"] + torch.ones(8)
    with pytest.raises(RuntimeError, match="item.*meta"):  # all was computed; only the numbers for the log cannot be read
        OBJECTIVES[name](lambda **tokens: tokens["spread"][..., 0, :].clone(), there)
