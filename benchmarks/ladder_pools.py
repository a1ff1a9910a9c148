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

from chronotope.tokens import tokenizer
from chronotope.tokens.masks import KINDS
from chronotope.training.corpus import Batch, Corpus, side_by_side
from chronotope.training.shards import ShardedCorpus, pack_batches

WORLDS = "worlds"
GROUPS = {kind: (kind,) for kind in ("forecast", "impute", "interpolate")}
GROUPS["others"] = tuple(kind for kind in KINDS if kind not in GROUPS)
Pool = tuple[str, str, str]  # source, group of kinds, "train" or "validation"


def group_shares() -> dict[str, float]:
    """The groups' shares in the default mixture of kinds."""
    return {group: sum(KINDS[kind] for kind in kinds) for group, kinds in GROUPS.items()}


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
    def domains(self) -> dict[str, float]:
        """The domains of the sets and their shares of the draws, as a corpus gives them."""
        corpus, out = Corpus(self.packed, 0), Counter[str]()
        for (_, about), share in zip(corpus.real, corpus.share):
            out[about["domain"]] += float(share)
        return dict(sorted(out.items()))

    def live(self, pool: Pool) -> Corpus:
        """Where the examples of a pool come from; no two pools share their chance."""
        source, group, part = pool
        seed = self.seed * 2**32 + zlib.crc32("|".join(pool).encode())
        kinds = {kind: KINDS[kind] for kind in GROUPS[group]}
        others = [domain for domain in self.domains if domain != source]
        return Corpus(None if source == WORLDS else self.packed, seed, float(source == WORLDS), 1, part, kinds, others)

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
        return {"pool": list(pool), "seed": self.seed, "token widths": widths, "kinds": KINDS}


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
        """Pool and number of every example of every batch."""
        chance = np.random.default_rng(self.seed).random((self.steps, self.examples, 2))
        sources, groups = _picked(self.sources, chance[..., 0]), _picked(self.groups, chance[..., 1])
        whole, used = Counter(zip(sources, groups)), Counter[tuple[str, str]]()
        out: list[list[tuple[Pool, int]]] = []
        for number, key in enumerate(zip(sources, groups)):
            if number % self.examples == 0:
                out.append([])
            out[-1].append(((*key, "train"), used[key] + self.seed * whole[key]))
            used[key] += 1
        return out

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
    names = [name for name, share in shares.items() if share > 0]
    ends = np.cumsum([shares[name] for name in names])
    index = np.minimum(np.searchsorted(ends / ends[-1], chance.ravel(), side="right"), len(names) - 1)
    return [names[i] for i in index]
