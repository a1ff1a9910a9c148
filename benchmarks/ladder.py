"""Small trainings side by side: sizes and tokens with a fitted law, domains left out, worlds or real data alone, forecasts alone.

Run: OMP_NUM_THREADS=1 python benchmarks/ladder.py --packed runs/packed --pools runs/pools --keep results.json
     [--parts ladder,transfer,ablations] [--minutes 55] [--commit NAME] [--write]

Every finished training goes into the file of `--keep` and is not repeated; examples are drawn once into `--pools`, whatever is then trained
on them; `--write` puts the tables into docs/scaling.md.
"""

from __future__ import annotations

import argparse
import datetime
import json
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from ladder_pools import WORLDS, Mixture, Pool, Pools, group_shares
from ladder_tables import rate_of, tables, write

from chronotope.training.batch import Batch, side_by_side
from chronotope.training.config import PretrainConfig
from chronotope.training.distributed import Team
from chronotope.training.loop import Run, to_torch
from chronotope.training.run import build_network

DECAY, WARMUP, CHUNK = 0.2, 40, 16  # share of the steps, steps, examples that are validated at once


@dataclass(frozen=True)
class Plan:
    """What is trained.

    Attributes:
        sizes: width and blocks of the networks.
        cuts: steps of the trainings of the ladder, each with its own decay.
        rates: learning rates that are tried at the sizes `tried` (numbers in `sizes`) for `sweep` steps.
        small: the size of all other trainings, and `steps` their steps.
        seeds: of the other trainings.
        examples: of a batch.
        checks: validation examples of every source.
        worlds: share of the simulated worlds.
        unseen: domains that the ladder does not draw, only validates on.
    """

    sizes: tuple[tuple[int, int], ...] = ((32, 1), (48, 2), (64, 3), (96, 3), (128, 4))
    cuts: tuple[int, ...] = (380, 760, 1520, 3040)
    rates: tuple[float, ...] = (7e-4, 1.4e-3, 2.8e-3)
    tried: tuple[int, ...] = (1, 3)
    sweep: int = 380
    small: int = 1
    steps: int = 500
    seeds: int = 3
    examples: int = 4
    checks: int = 96
    worlds: float = 0.5
    unseen: tuple[str, ...] = ("events", "air")


@dataclass(frozen=True)
class Training:
    """One training of the plan: the results of its cuts stand under `name|steps`."""

    name: str
    size: tuple[int, int]
    rate: float | None  # None: what the tried rates advise for the size
    cuts: tuple[int, ...]
    sources: dict[str, float]
    groups: dict[str, float]
    seed: int

    def mixture(self, pools: Pools, examples: int) -> Mixture:
        return Mixture(pools, self.sources, self.groups, self.seed, self.cuts[-1], examples)


def trainings(plan: Plan, domains: dict[str, float], parts: list[str]) -> Iterator[Training]:
    """All trainings, the seeds outermost so that an early stop is fair to all."""
    groups, every = group_shares(), sources(plan, domains)
    inside = sources(plan, domains, plan.unseen)
    for number in plan.tried:
        for rate in plan.rates:
            width, blocks = plan.sizes[number]
            yield Training(f"sweep|{width}x{blocks}|{rate:g}", (width, blocks), rate, (plan.sweep,), inside, groups, 0)
    if "ladder" in parts:
        for width, blocks in plan.sizes:
            yield Training(f"ladder|{width}x{blocks}", (width, blocks), None, plan.cuts, inside, groups, 0)
    for seed in range(plan.seeds):
        variants = {"all": (every, groups)}
        if "ablations" in parts:
            variants["worlds only"] = {WORLDS: 1.0}, groups
            variants["real only"] = {name: share for name, share in every.items() if name != WORLDS}, groups
            variants["forecasts only"] = every, {"forecast": 1.0}
        if "transfer" in parts:
            variants |= {f"without {domain}": (sources(plan, domains, (domain,)), groups) for domain in domains}
        for name, (shares, kinds) in variants.items() if {"transfer", "ablations"} & set(parts) else ():
            yield Training(f"{name}|{seed}", plan.sizes[plan.small], None, (plan.steps,), shares, kinds, seed)


def sources(plan: Plan, domains: dict[str, float], without: tuple[str, ...] = ()) -> dict[str, float]:
    """Shares of worlds and domains; those of the domains that are left are raised alike."""
    left = {domain: share for domain, share in domains.items() if domain not in without}
    return {WORLDS: plan.worlds} | {domain: (1 - plan.worlds) * share / sum(left.values()) for domain, share in left.items()}


def fill(pools: Pools, plan: Plan, todo: list[Training], tell: Callable[[str], None] = lambda line: None) -> None:
    """Draw what the trainings and the validation read."""
    need: dict[Pool, int] = {}
    for training in todo:
        for pool, count in training.mixture(pools, plan.examples).need().items():
            need[pool] = max(need.get(pool, 0), count)
    need |= {(*cell, "validation"): count for cell, count in checked(plan, pools).items()}
    for pool, count in need.items():
        began = time.perf_counter()
        pools.fill(pool, count)
        tell(f"{' '.join(pool)}: {count} examples in {time.perf_counter() - began:.0f} s")


def checked(plan: Plan, pools: Pools) -> dict[tuple[str, str], int]:
    """Validation examples of every source and group of kinds that it has room for."""
    cells = {(source, group): share for source in [WORLDS, *pools.domains] for group, share in group_shares().items()}
    return {cell: max(2, round(plan.checks * share)) for cell, share in cells.items() if pools.room((*cell, "validation"))}


class Learner:
    """A network under training, whose state can be set aside."""

    def __init__(self, size: tuple[int, int], rate: float, steps: int, seed: int) -> None:
        torch.manual_seed(seed)
        width, blocks = size
        options = PretrainConfig.of(out=Path("ladder"), steps=steps, rate=rate, width=width, blocks=blocks, heads=max(1, round(width / 32)))
        self.network, self.config, self.rate = build_network(options), options.loop, rate
        self.run = Run(self.network, self.config, Team())

    @property
    def parameters(self) -> int:
        return sum(p.numel() for p in self.network.parameters())

    def step(self, batch: Batch, number: int, share: float = 1.0) -> int:
        """One update at a share of the rate; returns the tokens that were read."""
        for group in self.run.optimizer.param_groups:
            group["lr"] = self.rate * share * min(1.0, (number + 1) / WARMUP)
        with torch.autocast("cpu", torch.bfloat16):
            loss, _ = self.config.goal(self.network, to_torch(batch))
        loss.backward()
        self.run.finish(number)
        return len(batch.truth) * (batch.tokens.context.shape[1] + batch.tokens.query.shape[1])

    def state(self) -> tuple[dict, dict]:
        return deepcopy(self.network.state_dict()), deepcopy(self.run.optimizer.state_dict())

    def restore(self, state: tuple[dict, dict]) -> None:
        self.network.load_state_dict(state[0])
        self.run.optimizer.load_state_dict(state[1])

    def losses(self, pools: Pools, plan: Plan) -> dict[str, list[float]]:
        """Loss, and that of the floors' plain mix, on the validation examples of every source and group."""
        out = {}
        for cell, count in checked(plan, pools).items():
            total = np.zeros(2)
            for first in range(0, count, CHUNK):
                numbers = range(first, min(first + CHUNK, count))
                batch = side_by_side([pools.example((*cell, "validation"), number) for number in numbers])
                with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                    _, parts = self.config.goal(self.network, to_torch(batch))
                total += np.array([parts["loss"], parts["mix"]]) * len(numbers) / count
            out["|".join(cell)] = [round(float(value), 5) for value in total]
        return out


def train(training: Training, rate: float, pools: Pools, plan: Plan) -> Iterator[tuple[int, dict]]:
    """Steps and result of every cut: one trunk at a constant rate, from which a decay to zero branches off for each cut."""
    learner = Learner(training.size, rate, training.cuts[-1], training.seed)
    mixture = training.mixture(pools, plan.examples)
    began, done, tokens = time.process_time(), 0, 0
    for cut in training.cuts:
        fall = max(1, round(DECAY * cut))
        tokens += sum(learner.step(mixture.batch(step), step) for step in range(done, cut - fall))
        done, aside = cut - fall, learner.state()
        read = tokens + sum(learner.step(mixture.batch(step), step, (cut - step) / fall) for step in range(done, cut))
        result = {"parameters": learner.parameters, "tokens": read, "rate": rate, "loss": learner.losses(pools, plan)}
        yield cut, result | {"seconds": round(time.process_time() - began, 1)}
        learner.restore(aside)


def measure(
    pools: Pools, plan: Plan, parts: list[str], kept: dict, save: Callable[[], None] = lambda: None,
    tell: Callable[[str], None] = lambda line: None, deadline: float = float("inf"),
) -> None:  # fmt: skip
    """Train what is not kept yet, into `kept`."""
    kept.update(plan=json.loads(json.dumps(asdict(plan))), domains=pools.domains, groups=group_shares())
    runs: dict[str, dict] = kept.setdefault("runs", {})
    todo = [t for t in trainings(plan, pools.domains, parts) if any(f"{t.name}|{cut}" not in runs for cut in t.cuts)]
    fill(pools, plan, todo, tell)
    for training in todo:
        if time.monotonic() > deadline:
            tell(f"out of time before {training.name}")
            return
        rate = training.rate or rate_of(kept, Learner(training.size, 1.0, 1, 0).parameters)
        for cut, result in train(training, rate, pools, plan):
            runs[f"{training.name}|{cut}"] = result
            kept["day"] = datetime.date.today().isoformat()
            save()
            tell(f"{training.name}|{cut} {result['tokens']} tokens, {result['seconds']} s")


def main() -> None:
    """Measure what is missing, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packed", type=Path, required=True, help="packed real sets")
    parser.add_argument("--pools", type=Path, required=True, help="folder for the examples")
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--parts", default="ladder,transfer,ablations")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no training after so many")
    parser.add_argument("--commit", help="name of the code that is measured, for the page")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scaling.md")
    asked = parser.parse_args()
    began = time.monotonic()
    kept = json.loads(asked.keep.read_text()) if asked.keep.exists() else {"commit": asked.commit}
    torch.set_num_threads(1)
    parts = [part for part in asked.parts.split(",") if part]
    if parts:
        save = lambda: asked.keep.write_text(json.dumps(kept, indent=1))  # noqa: E731
        tell = lambda line: print(f"{(time.monotonic() - began) / 60:5.1f} min  {line}", flush=True)  # noqa: E731
        measure(Pools(asked.pools, asked.packed), Plan(), parts, kept, save, tell, began + 60 * asked.minutes)
    print(*tables(kept).values(), sep="\n\n")
    if asked.write:
        write(kept)


if __name__ == "__main__":
    main()
