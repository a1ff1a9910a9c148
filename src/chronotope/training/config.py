"""The configuration of a pretraining, and the presets it may start from."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from chronotope.errors import ArgumentError
from chronotope.questions.kinds import SHARES

FOLDER = Path(__file__).parent / "presets"
PRESETS = ("tiny", "small", "base")


class PretrainConfig(BaseModel):
    """Everything that decides a pretraining run.

    Attributes:
        name: of the weights.
        out: folder for checkpoint, log and weights.
        seed: of initial weights and of every draw.
        width, blocks, heads, factor: shape of the network.
        detail: width of the head's network of single steps; 0 for none.
        start: weights to begin with (a shipped name or a folder), of the same shape or of half the width and heads; None: chance.
        time, space: its mixers, names in `MIXERS`; several joined by "+" take turns from block to block.
        objective: what is minimised, a name in `OBJECTIVES`.
        steps, rate, warmup, decay, average: schedule, and half-life of the averaged weights in steps.
        examples, accumulate: questions of a batch, and batches of a step.
        worlds: share of questions about simulated worlds.
        kinds: kinds of questions (`questions.kinds.SHARES`) and their shares, in proportion; what is not named is not asked.
        leave_out: domains of the manifest that are not drawn from; they stay packed.
        corpus: manifest of real sets, a YAML list; None for worlds only.
        data: folder the manifest's paths are relative to.
        packed: folder for the packed sets.
        shards: folder of batches drawn beforehand (`--pack`); None draws them as they are needed.
        workers: processes that prepare batches.
        threads: of the training process; 0 leaves torch's choice.
        device: auto is the accelerator where there is one.
        parallel: how many processes (`torchrun`) share the work: ddp, fsdp, or none to refuse them; a process alone needs neither.
        bf16: autocast matrix products.
        recompute: blocks in the backward pass instead of keeping what they computed: less memory, a third more work.
        compile: the feed-forward layers by torch.
        log: where lines go beside `log.jsonl`.
        every_log, every_save, every_check: steps between log lines, checkpoints and validations.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = "tiny"
    out: Path
    seed: int = 0
    width: int = Field(160, ge=16)
    blocks: int = Field(4, ge=1)
    heads: int = Field(5, ge=1)
    factor: int = Field(3, ge=1)
    detail: int = Field(0, ge=0)
    start: str | None = None
    time: str = "time_attention"
    space: str = "ball_attention"
    objective: str = "quantile_regression"
    steps: int = Field(gt=0)
    rate: float = Field(1e-3, gt=0)
    warmup: int = Field(200, ge=1)
    decay: float = Field(0.25, ge=0, le=1)
    average: float = Field(300.0, gt=0)
    examples: int = Field(4, ge=1)
    accumulate: int = Field(1, ge=1)
    worlds: float = Field(0.5, ge=0, le=1)
    kinds: dict[str, float] = dict(SHARES)
    leave_out: list[str] = []
    corpus: Path | None = None
    data: Path | None = None
    packed: Path | None = None
    shards: Path | None = None
    workers: int = Field(1, ge=0)
    threads: int = Field(0, ge=0)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    parallel: Literal["none", "ddp", "fsdp"] = "ddp"
    bf16: bool = True
    recompute: bool = False
    compile: bool = False
    log: list[Literal["tensorboard", "mlflow"]] = []
    every_log: int = Field(50, ge=1)
    every_save: int = Field(500, ge=1)
    every_check: int = Field(1000, ge=1)

    @field_validator("time", "space")
    @classmethod
    def _mixers(cls, value: str, info: ValidationInfo) -> str:
        from chronotope.backbone.mixers import MIXERS

        axis = "time" if info.field_name == "time" else "place"
        names = [name for name, mixer in MIXERS.items() if mixer.axis == axis]
        if not set(value.split("+")) <= set(names):
            raise ValueError(f"must be one of {', '.join(names)}, or several joined by +")
        return value

    @field_validator("objective")
    @classmethod
    def _objective(cls, value: str) -> str:
        from chronotope.training.objectives import OBJECTIVES

        if value not in OBJECTIVES:
            raise ValueError(f"must be one of {', '.join(OBJECTIVES)}")
        return value

    @field_validator("kinds")
    @classmethod
    def _kinds(cls, value: dict[str, float]) -> dict[str, float]:
        if not set(value) <= set(SHARES) or not all(0 <= share < float("inf") for share in value.values()) or not sum(value.values()):
            raise ValueError(f"must give shares of at least 0, one of them above it, to some of {', '.join(SHARES)}")
        return {kind: value[kind] for kind in SHARES if value.get(kind)}


def preset(name: str, accelerator: bool) -> dict:
    """Fields of a preset, for a processor or for one accelerator; a configuration may replace any of them.

    Raises:
        ArgumentError: there is no such preset.
    """
    if name not in PRESETS:
        raise ArgumentError(f"--preset must be one of {', '.join(PRESETS)}; found {name!r}.")
    fields = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    other = fields.pop("accelerator")
    return fields | other if accelerator else fields
