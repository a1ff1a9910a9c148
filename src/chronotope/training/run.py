"""Pretraining as a whole: from a configuration to weights with a card."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path

import torch

from chronotope.backbone.network import Network
from chronotope.backbone.shape import NetworkConfig
from chronotope.errors import ArgumentError, NoFileError, OutputExistsError
from chronotope.heads.registry import HEADS
from chronotope.model.card import read_card, read_network, token_widths, write_weights
from chronotope.model.load import find_weights
from chronotope.tokens.tokenizer import Tokens
from chronotope.training.checkpoint import saved_step
from chronotope.training.config import PretrainConfig
from chronotope.training.distributed import join
from chronotope.training.growth import begin_from
from chronotope.training.log import LOGS
from chronotope.training.loop import train
from chronotope.training.sets import live_corpus, open_corpora, pack_missing, signature
from chronotope.training.shards import pack_batches

Tell = Callable[[dict], None]


def pretrain(config: dict, resume: bool = False, tell: Tell = lambda line: None, minutes: float | None = None) -> Path:
    """Train a network on worlds and real data, and write weights with their card.

    Under `torchrun` all processes call it; the first one writes.

    Args:
        config: knobs of `PretrainConfig`.
        resume: go on from the checkpoint in the output folder; the result equals an unbroken run bit by bit on one machine.
        tell: called with every line of the log.
        minutes: end within so much time, with a checkpoint and the weights as they are then.

    Returns:
        the folder with `weights.safetensors` and `card.json`.

    Raises:
        NoFileError: a file or folder that the configuration names does not exist.
        OutputExistsError: the output folder holds a checkpoint and `resume` is not set.
        ArgumentError: a knob is wrong, the device is not there, there are more processes than `parallel` allows, or `start` has another
            shape.
        DataError: checkpoint or shards are those of another configuration.
    """
    deadline = time.monotonic() + 60 * (float("inf") if minutes is None else minutes)
    options = PretrainConfig.of(**config)
    first = saved_step(options.out) or 0
    if first and not resume:
        raise OutputExistsError(f"`out` must hold no training yet; {options.out} has {first} steps. Add --resume, or name another.")
    if options.machine.threads:
        torch.set_num_threads(options.machine.threads)
    with join(options.machine) as team, ExitStack() as stack:
        torch.manual_seed(options.seed)
        network = build_network(options)
        tokens = _begin(network, options) if options.start and not first else 0
        corpus, check, sets = open_corpora(options, team)
        logs = [LOGS[name](options.out, options.name, options.knobs(), first) for name in options.log if team.writes]
        tells: list[Tell] = [tell, *(stack.enter_context(closing(log)) for log in logs)]
        every = lambda line: _each(tells, line)  # noqa: E731
        average, report = train(network, corpus, check, options.loop, options.out, resume, every, team, deadline, tokens)
        if team.writes:
            plain = build_network(options)
            plain.load_state_dict(average)
            write_weights(options.out, plain, options.name, {"config": options.knobs(), "corpus": sets, "report": report})
        team.wait()
    return options.out


def pack_shards(config: dict, count: int, tell: Tell = lambda line: None) -> Path:
    """Draw the first `count` batches of a configuration into its `shards` folder, where training then finds them.

    Raises:
        NoFileError: the configuration names no such folder, or another file that does not exist.
    """
    options = PretrainConfig.of(**config)
    folder = options.sets.shards
    if folder is None:
        raise NoFileError("--pack needs `shards`, a folder for packed batches; the configuration names none. Add it.")
    sets = pack_missing(options)
    pack_batches(live_corpus(options, sets), folder, count, signature(options, sets), options.loop.workers, tell)
    return folder


def build_network(options: PretrainConfig) -> Network:
    """An untrained network of the configured shape for today's tokens.

    Raises:
        ArgumentError: its head answers what the objective does not judge, or reads what these tokens do not hold.
    """
    head, goal = HEADS[options.network.head], options.loop.goal
    if head.want != goal.want:
        raise ArgumentError(
            f"`objective` must judge what the head answers; {', '.join(goal.objective)} judges {goal.want}, and the head "
            f"{options.network.head} answers {head.want}. Name another objective, or another head."
        )
    lacking = [name for name in head.reads if name not in Tokens.__dataclass_fields__]
    if lacking:
        raise ArgumentError(f"`head` must read what the tokens hold; {options.network.head} reads {lacking[0]}, which none has.")
    return Network(NetworkConfig.of(token_widths() | asdict(options.network)))


def _begin(network: Network, options: PretrainConfig) -> int:
    """Take over the weights that the configuration begins with; returns the tokens that they have seen."""
    folder = find_weights(options.start)
    begin_from(network, read_network(folder), options.seed)
    return int(read_card(folder).get("report", {}).get("tokens", 0))


def _each(tells: list[Tell], line: dict) -> None:
    for tell in tells:
        tell(line)
