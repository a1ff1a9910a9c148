"""What a training step minimises: one interface, `objective(network, batch) -> (loss, parts)`.

The loss is a sum over the batch's examples, each with the share of the batch's weight that it has, so that the losses of parts of a batch
add up to that of the whole; parts are numbers for the log, which add up as well. Tensors stay on the device of the batch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from chronotope.heads.quantile import NORMAL_BASE, pinball, plain_quantiles

LEAST_ERROR = 0.02  # scaled; series that the floors know exactly do not dominate


def quantile_regression(network: nn.Module, batch: dict) -> tuple[Tensor, dict[str, float]]:
    """Pinball loss of the asked cells, in units of the floors' own back-tested error of the example."""
    answer = network(**batch["tokens"])
    with batch["truth"].device:  # constants are made where the batch is
        levels = torch.arange(1, len(NORMAL_BASE) + 1) / (len(NORMAL_BASE) + 1)
        floor = plain_quantiles(*(batch["tokens"][name] for name in ("centre", "error", "is_available")))
    mix, error = floor[..., len(NORMAL_BASE) // 2], (floor[..., -1] - floor[..., 0]) / (2 * NORMAL_BASE[-1])
    truth, weight, example = batch["truth"], batch["weight"], batch["example"]
    bound = 30 * error.clamp(min=LEAST_ERROR)
    truth = torch.maximum(torch.minimum(truth, mix + bound), mix - bound)
    # what the floors promise and what they then miss, half and half: a loss near one means as good as they are, and no example explodes
    unit = 0.5 * (error + (truth - mix).abs())
    mass = weight.sum((1, 2))
    total = truth.new_zeros(len(example)).index_add_(0, example, (weight * unit).sum((1, 2)))
    share = torch.zeros_like(total).index_add_(0, example, mass)
    size = (total / share.clamp(min=1e-12)).clamp(min=LEAST_ERROR)
    own = ((weight * unit).sum((1, 2)) / mass.clamp(min=1e-12)).clamp(min=LEAST_ERROR)
    # half of the weight follows each series' own size, so that calm series count too
    scaled = 0.5 * weight / size[example][:, None, None] + 0.5 * weight / own[:, None, None]
    loss = 2 * (pinball(answer, truth, levels) * scaled).sum()
    with torch.no_grad():
        floor_loss = 2 * (pinball(floor, truth, levels) * scaled).sum()
    return loss, {"loss": float(loss.detach()), "mix": float(floor_loss)}


OBJECTIVES = {"quantile_regression": quantile_regression}
