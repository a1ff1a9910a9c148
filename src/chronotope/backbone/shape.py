"""What a network is made of: knobs with their bounds and words, in this one place."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import ConfigDict, Field, ValidationInfo, field_validator
from pydantic.dataclasses import dataclass

from chronotope.backbone.block import SPACE, TIME
from chronotope.backbone.mixers import MIXERS
from chronotope.errors import unknown
from chronotope.heads.registry import HEADS

FROZEN = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=FROZEN)
class Shape:
    """Knobs of a network."""

    width: int = Field(default=160, ge=16, description="of the vectors of tokens")
    blocks: int = Field(default=4, ge=1, description="how many, one after the other")
    heads: int = Field(default=5, ge=1, description="of the mixers; they share out the width")
    factor: int = Field(default=3, ge=1, description="width of the feed-forward layers, in widths of the network")
    time: str = Field(default=TIME, description="mixer along time, a name in `MIXERS`; several joined by + take turns from block to block")
    space: str = Field(default=SPACE, description="mixer across places, likewise")
    detail: int = Field(default=0, ge=0, description="width of the head's network of single steps; 0 for none")
    head: str = Field(default="quantile", description="what it answers, a name in `HEADS`")
    prompts: int = Field(default=0, ge=0, description="learned tokens that every series reads along time; fine-tuning adds them")
    options: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="options of mixers and head under their names, as their constructors call them"
    )

    @field_validator("time", "space")
    @classmethod
    def _mixers(cls, value: str, info: ValidationInfo) -> str:
        axis = "time" if info.field_name == "time" else "place"
        names = [name for name, mixer in MIXERS.items() if mixer.axis == axis]
        if not set(value.split("+")) <= set(names):
            raise ValueError(f"must be one of {', '.join(names)}, or several joined by +")
        return value

    @field_validator("head")
    @classmethod
    def _head(cls, value: str) -> str:
        if value not in HEADS:
            raise ValueError(f"must be one of {', '.join(HEADS)}")
        return value

    @field_validator("options")
    @classmethod
    def _options(cls, value: dict[str, dict[str, Any]], info: ValidationInfo) -> dict[str, dict[str, Any]]:
        used = [name for key in ("time", "space", "head") for name in str(info.data.get(key, "")).split("+")]
        for name in value:
            if name not in used:
                raise ValueError(f"must be those of {', '.join(used)}")
        return value


@dataclass(frozen=True, config=FROZEN)
class TokenWidths:
    """Sizes of the tokens that a network reads: features, relations, steps of a patch, floors."""

    context_width: int
    query_width: int
    relations: int
    patch: int
    floors: int


@dataclass(frozen=True, config=FROZEN)
class NetworkConfig(Shape, TokenWidths):
    """The whole of a network: its tokens and its knobs; stored in the card of its weights."""

    @classmethod
    def of(cls, architecture: dict[str, Any]) -> NetworkConfig:
        """The network of a card.

        Raises:
            ArgumentError: it says something that no network has.
        """
        known = list(cls.__dataclass_fields__)
        for name in architecture:
            if name not in known:
                raise unknown("An architecture", name, known)
        return cls(**architecture)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
