"""Examples drawn once, kept by source (a domain of real sets, or the simulated worlds) and kind of question, for many small trainings.

A training takes examples from the pools in the shares it wants, so that leaving out a domain, the worlds, or a kind of question is a choice
of pools, and nothing is drawn anew.
"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from chronotope.questions.kinds import SHARES, draw_kind
from chronotope.tokens import tokenizer
from chronotope.training.batch import Batch, side_by_side
from chronotope.training.corpus import Corpus
from chronotope.training.shards import ShardedCorpus, pack_batches
from chronotope.training.sources import TRAIN_SHARE

WORLDS = "worlds"
GROUPS = {kind: (kind,) for kind in ("forecast", "gaps", "places")}
GROUPS["others"] = tuple(kind for kind in SHARES if kind not in GROUPS)
Pool = tuple[str, str, str]  # source, group of kinds, "train" or "validation"


def group_shares() -> dict[str, float]:
    """The groups' shares in the default mixture of kinds."""
    return {group: sum(SHARES[kind] for kind in kinds) for group, kinds in GROUPS.items()}


@dataclass(frozen=True)
class Pools:
    """Pools of single examples in a folder.

    Attributes:
        folder: for the pools.
        packed: of the real sets.
        seed: of the draws.
    """

    folder: Path
    packed: Path
    seed: int = 0
    opened: dict[Pool, ShardedCorpus] = field(default_factory=dict, repr=False)

    @cached_property
    def sets(self) -> list[dict]:
        """Descriptions of the packed sets, with their shares of the draws."""
        corpus = Corpus(self.packed, 0)
        return [about | {"share": float(share)} for (_, about), share in zip(corpus.real, corpus.share)]

    @cached_property
    def domains(self) -> dict[str, float]:
        """The domains of the sets and their shares of the draws."""
        out = Counter[str]()
        for about in self.sets:
            out[about["domain"]] += about["share"]
        return dict(sorted(out.items()))

    def live(self, pool: Pool) -> Corpus:
        """Where the examples of a pool come from; no two pools share their chance."""
        source, group, part = pool
        seed = self.seed * 2**32 + zlib.crc32("|".join(pool).encode())
        kinds = {kind: SHARES[kind] for kind in GROUPS[group]}
        others = [domain for domain in self.domains if domain != source]
        folder, share = (None, 1.0) if source == WORLDS else (self.packed, 0.0)
        return Corpus(folder, seed, part, worlds=share, examples=1, kinds=kinds, leave_out=others)

    def room(self, pool: Pool) -> bool:
        """Whether a set of the source is long and wide enough for a kind of the group."""
        source, group, part = pool
        kinds, some = {kind: SHARES[kind] for kind in GROUPS[group]}, np.random.default_rng(0)
        share = TRAIN_SHARE if part == "train" else 1.0
        shapes = [(int(about["shape"][0] * share), *about["shape"][1:]) for about in self.sets if about["domain"] == source]
        return source == WORLDS or any(draw_kind(some, shape, kinds) is not None for shape in shapes)

    def fill(self, pool: Pool, count: int) -> None:
        """Draw what is missing to so many examples."""
        self.opened.pop(pool, None)
        pack_batches(self.live(pool), self.folder / "-".join(pool), count, self._about(pool))

    def example(self, pool: Pool, number: int) -> Batch:
        """An example of a pool that was filled; past the last one they begin anew."""
        if pool not in self.opened:
            self.opened[pool] = ShardedCorpus(self.folder / "-".join(pool), self._about(pool))
        return self.opened[pool].batch(number)

    def _about(self, pool: Pool) -> dict:
        widths = [tokenizer.CONTEXT_WIDTH, tokenizer.QUERY_WIDTH, tokenizer.RELATIONS, tokenizer.PATCH]
        return {"pool": list(pool), "seed": self.seed, "token widths": widths, "kinds": SHARES}


@dataclass(frozen=True)
class Mixture:
    """Batches of so many steps from pools in given shares, each example once while the pools last.

    Attributes:
        pools: where examples are.
        sources, groups: shares, in proportion.
        seed: of the order; every seed begins at another place of the pools.
        steps: how many batches there are.
        examples: of a batch.
    """

    pools: Pools
    sources: dict[str, float]
    groups: dict[str, float]
    seed: int
    steps: int
    examples: int = 4

    @cached_property
    def order(self) -> list[list[tuple[Pool, int]]]:
        """Pool and number of every example of every batch; a source without room for a group is asked forecasts."""
        chance = np.random.default_rng(self.seed).random((self.steps, self.examples, 2))
        sources, groups = _picked(self.sources, chance[..., 0]), _picked(self.groups, chance[..., 1])
        room = {pair: self.pools.room((*pair, "train")) for pair in set(zip(sources, groups))}
        taken: list[Pool] = [(source, group if room[source, group] else "forecast", "train") for source, group in zip(sources, groups)]
        whole, used, numbers = Counter(taken), Counter[Pool](), []
        for pool in taken:
            numbers.append(used[pool] + self.seed * whole[pool])
            used[pool] += 1
        flat = list(zip(taken, numbers))
        return [flat[first : first + self.examples] for first in range(0, len(flat), self.examples)]

    def need(self) -> dict[Pool, int]:
        """How many examples of each pool are read."""
        out: dict[Pool, int] = {}
        for pool, number in (one for batch in self.order for one in batch):
            out[pool] = max(out.get(pool, 0), number + 1)
        return out

    def batch(self, step: int) -> Batch:
        """The batch of a step."""
        return side_by_side([self.pools.example(*one) for one in self.order[step]])


def _picked(shares: dict[str, float], chance: np.ndarray) -> list[str]:
    """A name for every number in [0, 1), in proportion to the shares."""
    names, ends = list(shares), np.cumsum(list(shares.values()))
    index = np.minimum(np.searchsorted(ends / ends[-1], chance.ravel(), side="right"), len(names) - 1)
    return [names[i] for i in index]
