"""What a training step minimises: a weighted sum of objectives, and perhaps no more of one question than a cap allows."""

from __future__ import annotations

from typing import Any

import torch
from pydantic import ConfigDict, Field, field_validator
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from chronotope.training.objectives import OBJECTIVES
from chronotope.training.objectives.objective import by_example

BEFORE = {"quantile_regression": "pinball"}  # names in configurations of 0.1.0


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Goal:
    """Knobs of what is minimised; called as `goal(network, batch) -> (loss, parts)`, where parts are numbers for the log that add up.

    `loss` of the parts is the sum without the cap, `mix` that of what is answered without a network.
    """

    objective: dict[str, float] = Field(
        default_factory=lambda: {"pinball": 1.0}, description="what is minimised: a name in `OBJECTIVES`, or several with their weights"
    )
    cap: float | None = Field(default=None, gt=0, description="most that the mean loss of one question weighs; None for no cap")

    @field_validator("objective", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        weights = value if isinstance(value, dict) else {value: 1.0}
        return {BEFORE.get(name, name): weight for name, weight in weights.items()}

    @field_validator("objective")
    @classmethod
    def _known(cls, value: dict[str, float]) -> dict[str, float]:
        if not value or not set(value) <= set(OBJECTIVES) or not all(0 < weight < float("inf") for weight in value.values()):
            raise ValueError(f"must be one of {', '.join(OBJECTIVES)}, or several of them with weights above 0")
        if len({OBJECTIVES[name].want for name in value}) > 1:
            raise ValueError("must be of objectives that judge the same kind of answer")
        return value

    @property
    def want(self) -> str:
        """The kind of answer that it judges."""
        return OBJECTIVES[next(iter(self.objective))].want

    @property
    def views(self) -> int:
        """How many views of one window it needs."""
        return max(OBJECTIVES[name].views for name in self.objective)

    def __call__(self, network: nn.Module, batch: dict) -> tuple[Tensor, dict[str, float]]:
        losses = self._losses(network(**batch["tokens"]), batch)
        total = torch.stack(list(losses.values())).sum(0)
        with torch.no_grad():
            plain = {name: OBJECTIVES[name].plain(batch) for name in losses}
            parts = {"loss": float(total.sum())}
            if len(losses) > 1:
                parts |= {name: float(loss.sum()) for name, loss in losses.items()}
            if all(answer is not None for answer in plain.values()):
                parts["mix"] = sum(self.objective[name] * float(OBJECTIVES[name].losses(plain[name], batch).sum()) for name in losses)
        return (total * self._kept(total.detach(), batch)).sum(), parts

    def _losses(self, answer: Any, batch: dict) -> dict[str, Tensor]:
        return {name: weight * OBJECTIVES[name].losses(answer, batch) for name, weight in self.objective.items()}

    def _kept(self, losses: Tensor, batch: dict) -> Tensor:
        """The share of each example's loss and slope that counts: what brings its mean down to the cap."""
        if self.cap is None:
            return torch.ones_like(losses)
        return (self.cap * by_example(batch["weight"], batch) / losses.clamp(min=1e-12)).clamp(max=1)
