"""What every objective says about itself, and what they share; `chronotope.training.objectives` lists them."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor


class Objective:
    """A loss of every example of a batch, in proportion to the example's share of the batch's weight.

    So the losses of all examples, and of all parts of a batch, add up to that of the whole. Tensors stay on the device of the batch.

    Attributes:
        want: the kind of answer that it judges, as the heads name them.
        views: how many views of one window a batch must hold.
    """

    want: ClassVar[str]
    views: ClassVar[int] = 1

    def losses(self, answer: Any, batch: dict) -> Tensor:
        """Loss of each example (e,), under its number; numbers that no series has stay zero."""
        raise NotImplementedError

    def plain(self, batch: dict) -> Any:
        """What is answered without a network, to be judged beside it; None if there is nothing."""
        return None


def by_example(values: Tensor, batch: dict) -> Tensor:
    """Sums over the examples: (s, ...) to (e,), where e is at most s."""
    example = batch["example"]
    return values.new_zeros(len(example)).index_add_(0, example, values.flatten(1).sum(1) if values.dim() > 1 else values)
