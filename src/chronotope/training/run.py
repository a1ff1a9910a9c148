"""Pretraining as a whole: from a configuration to weights with a card."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from chronotope.errors import ArgumentError, DataError, NoFileError, OutputExistsError
from chronotope.training.config import PretrainConfig

if TYPE_CHECKING:
    from chronotope.backbone.network import Network
    from chronotope.training.corpus import Corpus
    from chronotope.training.distributed import Batches, Team
    from chronotope.training.loop import LoopConfig

Tell = Callable[[dict], None]


def pretrain(config: dict, resume: bool = False, tell: Tell = lambda line: None, minutes: float | None = None) -> Path:
    """Train a network on worlds and real data, and write weights with their card.

    Under `torchrun` all processes call it; the first one writes.

    Args:
        config: fields of `PretrainConfig`.
        resume: go on from the checkpoint in the output folder; the result equals an unbroken run bit by bit on one machine.
        tell: called with every line of the log.
        minutes: end within so much time, with a checkpoint and the weights as they are then.

    Returns:
        the folder with `weights.safetensors` and `card.json`.

    Raises:
        NoFileError: a file or folder that the configuration names does not exist.
        OutputExistsError: the output folder holds a checkpoint and `resume` is not set.
        ArgumentError: the device is not there, there are more processes than `parallel` allows, or `start` has another shape.
        DataError: checkpoint or shards are those of another configuration.
    """
    deadline = time.monotonic() + 60 * (float("inf") if minutes is None else minutes)
    options = PretrainConfig.model_validate(config)
    import torch

    from chronotope.model.card import write_weights
    from chronotope.training.checkpoint import saved_step
    from chronotope.training.distributed import join
    from chronotope.training.log import LOGS
    from chronotope.training.loop import train

    first = saved_step(options.out) or 0
    if first and not resume:
        raise OutputExistsError(f"`out` must hold no training yet; {options.out} has {first} steps. Add --resume, or name another.")
    if options.threads:
        torch.set_num_threads(options.threads)
    said = options.model_dump(mode="json", exclude={"out", "data", "packed", "corpus", "shards"})
    with join(options.parallel, options.device) as team, ExitStack() as stack:
        torch.manual_seed(options.seed)
        network = build_network(options)
        tokens = _begin(network, options) if options.start and not first else 0
        corpus, check, sets = open_corpora(options, team)
        logs = [LOGS[name](options.out, options.name, said, first) for name in options.log if team.writes]
        tells: list[Tell] = [tell, *(stack.enter_context(closing(log)) for log in logs)]
        loop = loop_of(options)
        every = lambda line: _each(tells, line)  # noqa: E731
        average, report = train(network, corpus, check, loop, options.out, resume, every, team, deadline, tokens)
        if team.writes:
            plain = build_network(options)
            plain.load_state_dict(average)
            write_weights(options.out, plain, options.name, {"config": said, "loop": asdict(loop), "corpus": sets, "report": report})
        team.wait()
    return options.out


def pack_shards(config: dict, count: int, tell: Tell = lambda line: None) -> Path:
    """Draw the first `count` batches of a configuration into its `shards` folder, where training then finds them.

    Raises:
        NoFileError: the configuration names no such folder, or another file that does not exist.
    """
    from chronotope.training.shards import pack_batches

    options = PretrainConfig.model_validate(config)
    if options.shards is None:
        raise NoFileError("--pack needs `shards`, a folder for packed batches; the configuration names none. Add it.")
    sets = pack_missing(options)
    pack_batches(live_corpus(options, sets), options.shards, count, signature(options, sets), options.workers, tell)
    return options.shards


def build_network(options: PretrainConfig) -> Network:
    """An untrained network of the configured shape for today's tokens."""
    from chronotope.backbone.network import Network, NetworkConfig
    from chronotope.evidence.candidates import FLOORS
    from chronotope.tokens import tokenizer

    shape = NetworkConfig(
        tokenizer.CONTEXT_WIDTH, tokenizer.QUERY_WIDTH, tokenizer.RELATIONS, tokenizer.PATCH, len(FLOORS),
        options.width, options.blocks, options.heads, options.factor, options.time, options.space, options.detail,
    )  # fmt: skip
    return Network(shape)


def _begin(network: Network, options: PretrainConfig) -> int:
    """Take over the weights that the configuration begins with; returns the tokens that they have seen."""
    from chronotope.model.card import read_card, read_network
    from chronotope.model.load import find_weights
    from chronotope.training.growth import begin_from

    folder = find_weights(options.start)
    begin_from(network, read_network(folder), options.seed)
    return int(read_card(folder).get("report", {}).get("tokens", 0))


def loop_of(options: PretrainConfig) -> LoopConfig:
    """The part of a configuration that the loop reads."""
    from chronotope.training.loop import LoopConfig, Schedule

    names = (
        "accumulate", "average", "bf16", "recompute", "compile", "every_log", "every_save", "every_check", "workers", "objective",
    )  # fmt: skip
    schedule = Schedule(options.steps, options.rate, options.warmup, options.decay)
    return LoopConfig(schedule, **{name: getattr(options, name) for name in names})


def open_corpora(options: PretrainConfig, team: Team) -> tuple[Batches, Batches, list[dict]]:
    """What is trained on, what is validated on, and descriptions of the real sets; the first process packs what is not packed yet."""
    from chronotope.training.prefetch import Remembered
    from chronotope.training.shards import ShardedCorpus

    if not team.writes:
        team.wait()
    sets = pack_missing(options)
    if team.writes:
        team.wait()
    check = Remembered(live_corpus(options, sets, "validation"))
    live = live_corpus(options, sets)
    if options.shards is None:
        return live, check, sets
    sharded = ShardedCorpus(options.shards, signature(options, sets))
    sharded.compare(live)
    return sharded, check, sets


def live_corpus(options: PretrainConfig, sets: list[dict], part: str = "train") -> Corpus:
    """Batches drawn when they are asked for."""
    from chronotope.training.corpus import Corpus

    seed = options.seed + (part != "train")
    return Corpus(options.packed if sets else None, seed, options.worlds, options.examples, part, options.kinds, options.leave_out)


def signature(options: PretrainConfig, sets: list[dict]) -> dict:
    """What decides the draws of a configuration, as the shards keep it."""
    from chronotope.tokens import tokenizer

    widths = [tokenizer.CONTEXT_WIDTH, tokenizer.QUERY_WIDTH, tokenizer.RELATIONS, tokenizer.PATCH]
    names = [entry["name"] for entry in sets]
    return {
        "seed": options.seed, "examples": options.examples, "worlds": options.worlds, "kinds": options.kinds, "sets": names,
        "token widths": widths,
    }  # fmt: skip


def pack_missing(options: PretrainConfig) -> list[dict]:
    """Descriptions of the sets of the manifest that are drawn from, after packing all that are not packed yet."""
    from chronotope.training.builder import read_manifest
    from chronotope.training.sources import load_packed, pack

    if options.corpus is None:
        return []
    if not options.corpus.exists():
        raise NoFileError(f"`corpus` must name a manifest; {options.corpus} does not exist.")
    if options.packed is None:
        raise NoFileError("A corpus needs `packed`, a folder for packed sets; the configuration names none. Add it.")
    out, entries = [], read_manifest(options.corpus).entries
    for entry in entries:
        if not (options.packed / entry.name / "about.json").exists():
            if options.data is None:
                raise NoFileError(
                    f"`data` must name the folder that the corpus' paths are relative to; {entry.name} is to be packed. Add it."
                )
            pack(entry, options.data, options.packed)
        out.append(load_packed(options.packed / entry.name)[1])
    strays = {path.parent.name for path in options.packed.glob("*/about.json")} - {entry.name for entry in entries}
    if strays:
        found = f"{options.packed} also has {sorted(strays)[0]}"
        raise DataError(f"`packed` must hold the sets of the manifest alone, since all are drawn from; {found}. Name another folder.")
    domains = {about["domain"] for about in out}
    unknown = sorted(set(options.leave_out) - domains)
    if unknown or domains <= set(options.leave_out):
        found = f"found {unknown[0]!r}" if unknown else "found all of them, and worlds alone need no `corpus`"
        raise ArgumentError(f"`leave_out` must name some domains of the manifest ({', '.join(sorted(domains))}); {found}.")
    return [about for about in out if about["domain"] not in options.leave_out]


def _each(tells: list[Tell], line: dict) -> None:
    for tell in tells:
        tell(line)
