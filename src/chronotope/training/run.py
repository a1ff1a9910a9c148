"""`chronotope pretrain`: from a configuration to weights with a card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from chronotope.errors import NoFileError


class PretrainConfig(BaseModel):
    """Everything that decides a pretraining run.

    Attributes:
        name: of the weights.
        out: folder for checkpoint, log and weights.
        seed: of initial weights and of every draw.
        width, blocks, heads, factor: shape of the network.
        steps, rate, warmup, decay, examples: schedule; `examples` questions a step.
        worlds: share of questions about simulated worlds.
        corpus: manifest of real sets, a YAML list; None for worlds only.
        data: folder the manifest's paths are relative to.
        packed: folder for the packed sets.
        workers: processes that prepare batches.
        threads: of the training process; 0 leaves torch's choice.
        bf16: autocast matrix products.
        every_save, every_check: steps between checkpoints and validations.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = "tiny"
    out: Path
    seed: int = 0
    width: int = Field(160, ge=16)
    blocks: int = Field(4, ge=1)
    heads: int = Field(5, ge=1)
    factor: int = Field(3, ge=1)
    steps: int = Field(gt=0)
    rate: float = Field(1e-3, gt=0)
    warmup: int = Field(200, ge=1)
    decay: float = Field(0.25, ge=0, le=1)
    average: float = Field(300.0, gt=0)
    examples: int = Field(4, ge=1)
    worlds: float = Field(0.5, ge=0, le=1)
    corpus: Path | None = None
    data: Path | None = None
    packed: Path | None = None
    workers: int = Field(1, ge=0)
    threads: int = Field(0, ge=0)
    bf16: bool = True
    every_log: int = Field(50, ge=1)
    every_save: int = Field(500, ge=1)
    every_check: int = Field(1000, ge=1)


def pretrain(config: dict, resume: bool = False, tell: Callable[[dict], None] = lambda line: None) -> Path:
    """Train a network on worlds and real data, and write weights with their card.

    Args:
        config: fields of `PretrainConfig`.
        resume: go on from the checkpoint in the output folder; the result equals an unbroken run bit by bit on one machine.
        tell: called with every line of the log.

    Returns:
        the folder with `weights.safetensors` and `card.json`.

    Raises:
        NoFileError: a file or folder that the configuration names does not exist.
    """
    import torch

    from chronotope.model.card import write_weights
    from chronotope.training.corpus import Corpus
    from chronotope.training.loop import LoopConfig, Schedule, train

    options = PretrainConfig.model_validate(config)
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    network = build_network(options)
    sets = _pack_missing(options)
    folder = options.packed if sets else None
    corpus = Corpus(folder, options.seed, options.worlds, options.examples)
    check = Corpus(folder, options.seed + 1, options.worlds, options.examples, part="validation")
    loop = LoopConfig(
        Schedule(options.steps, options.rate, options.warmup, options.decay), average=options.average, bf16=options.bf16,
        every_log=options.every_log, every_save=options.every_save, every_check=options.every_check, workers=options.workers,
    )  # fmt: skip
    average, report = train(network, corpus, check, loop, options.out, resume, tell)
    network.load_state_dict(average)
    said = options.model_dump(mode="json", exclude={"out", "data", "packed", "corpus"})
    about = {"config": said, "loop": asdict(loop), "corpus": sets, "report": report}
    return write_weights(options.out, network, options.name, about)


def build_network(options: PretrainConfig):  # noqa: ANN201 - torch stays unimported until a run starts
    """An untrained network of the configured shape for today's tokens."""
    from chronotope.backbone.network import Network, NetworkConfig
    from chronotope.tokens import tokenizer
    from chronotope.tokens.memory import FLOORS

    shape = NetworkConfig(
        tokenizer.CONTEXT_WIDTH, tokenizer.QUERY_WIDTH, tokenizer.RELATIONS, tokenizer.PATCH, len(FLOORS),
        options.width, options.blocks, options.heads, options.factor,
    )  # fmt: skip
    return Network(shape)


def _pack_missing(options: PretrainConfig) -> list[dict]:
    """Descriptions of the packed sets of the manifest, packing those that are not there yet."""
    from chronotope.training.sources import Entry, load_packed, pack

    if options.corpus is None:
        return []
    if not options.corpus.exists():
        raise NoFileError(f"`corpus` must name a manifest; {options.corpus} does not exist.")
    if options.data is None or options.packed is None:
        raise NoFileError(
            "A corpus needs `data`, the folder its paths are relative to, and `packed`, a folder for packed sets; "
            "give both in the configuration."
        )
    out = []
    for row in yaml.safe_load(options.corpus.read_text()):
        folder = options.packed / row["name"]
        if not (folder / "about.json").exists():
            pack(Entry(**row), options.data, options.packed)
        out.append(load_packed(folder)[1])
    return out
