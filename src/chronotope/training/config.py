"""The configuration of a pretraining: pieces that are owned by what reads them, and the presets it may start from.

A file, a preset or a call gives knobs by their plain names (`width: 64`), each of which one piece alone has; `KNOBS` lists them all with
their owners. What a knob is called, allows and means stands in its piece.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field as Entry
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_type_hints

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from chronotope.backbone.shape import Shape
from chronotope.errors import ArgumentError, unknown
from chronotope.training.corpus import Draws
from chronotope.training.distributed import Machine
from chronotope.training.loop import LoopConfig
from chronotope.training.sources import Sets

FOLDER = Path(__file__).parent / "presets"
PRESETS = ("tiny", "small", "base")


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class PretrainConfig:
    """Everything that decides a pretraining run; made by `PretrainConfig.of(width=64, ...)`."""

    network: Shape
    draws: Draws
    sets: Sets
    loop: LoopConfig
    machine: Machine
    out: Path = Field(description="folder for checkpoint, log and weights")
    name: str = Field(default="tiny", description="of the weights")
    seed: int = Field(default=0, description="of initial weights and of every draw")
    start: str | None = Field(
        default=None, description="weights to begin with, a shipped name or a folder: of this shape, or of half its width and heads"
    )
    log: list[Literal["tensorboard", "mlflow"]] = Field(default_factory=list, description="where lines go beside `log.jsonl`")

    @classmethod
    def of(cls, **knobs: Any) -> PretrainConfig:
        """The configuration with these knobs, the others at their defaults.

        Raises:
            ArgumentError: there is no such knob, one must be given, or one is outside what it allows.
        """
        for name in knobs:
            if name not in KNOBS:
                raise unknown("A configuration", name, KNOBS)
        try:
            return TypeAdapter(cls).validate_python(_nested(cls, knobs))
        except ValidationError as error:
            raise ArgumentError(_sentence(error)) from error

    def knobs(self) -> dict[str, Any]:
        """All knobs by name, in words and numbers; folders of this machine are left out."""
        every = TypeAdapter(type(self)).dump_python(self, mode="json")
        return {name: _at(every, path) for name, path in KNOBS.items() if name != "out" and path[0] != "sets"}


def preset(name: str, accelerator: bool) -> dict:
    """Knobs of a preset, for a processor or for one accelerator; a configuration may replace any of them.

    Raises:
        ArgumentError: there is no such preset.
    """
    if name not in PRESETS:
        raise ArgumentError(f"--preset must be one of {', '.join(PRESETS)}; found {name!r}.")
    knobs = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    other = knobs.pop("accelerator")
    return knobs | other if accelerator else knobs


def _pieces(config: type) -> dict[str, tuple[Entry, type]]:
    """Fields of a piece with their types."""
    hints = get_type_hints(config)
    return {field.name: (field, hints[field.name]) for field in fields(config)}


def _paths(config: type) -> dict[str, tuple[str, ...]]:
    """Where every knob of a piece and of the pieces in it stands, by its name."""
    found: dict[str, tuple[str, ...]] = {}
    for name, (_, kind) in _pieces(config).items():
        below = {key: (name, *path) for key, path in _paths(kind).items()} if is_dataclass(kind) else {name: (name,)}
        assert not set(below) & set(found), f"two pieces have a knob of one name: {sorted(set(below) & set(found))}"
        found |= below
    return found


def _nested(config: type, knobs: Mapping[str, Any]) -> dict[str, Any]:
    """The knobs as the pieces hold them."""
    return {
        name: _nested(kind, knobs) if is_dataclass(kind) else knobs[name]
        for name, (_, kind) in _pieces(config).items()
        if is_dataclass(kind) or name in knobs
    }


def _at(tree: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        tree = tree[name]
    return tree


def _sentence(error: ValidationError) -> str:
    """The first mistake in a configuration; a wrong word before a missing one."""
    problem = min(error.errors(include_url=False), key=lambda found: found["type"] == "missing")
    name = next(str(word) for word in reversed(problem["loc"]) if word in KNOBS)
    if problem["type"] == "missing":
        return f"`{name}` must be given; the configuration does not. Add it."
    rule = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "must be").split(", unable")[0]
    return f"`{name}` {rule}; found {problem['input']!r}."


KNOBS = _paths(PretrainConfig)
