"""How fast worlds are made: milliseconds per draw and values per core-second, one thread, every family and every structure of `compose`.

Run: OMP_NUM_THREADS=1 python benchmarks/worlds.py [--places 48] [--steps 1024] [--draws 40]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from chronotope.worlds import FAMILIES, STRUCTURES, World, compose, draw


def main() -> None:
    """Print one line per family, one for the training mixture, and one per structure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=48)
    parser.add_argument("--steps", type=int, default=1024)
    parser.add_argument("--draws", type=int, default=40)
    asked = parser.parse_args()
    size = {"places": asked.places, "steps": asked.steps}
    print(f"{'draw':16s} {'median ms':>9s} {'mean ms':>9s} {'p95 ms':>9s} {'values per core-second':>23s}")
    for family in FAMILIES:
        _line(family, partial(draw, family=family, **size), asked.draws)
    _line("mixture", partial(draw, **size), 4 * asked.draws)
    print("compose")
    for spatial in STRUCTURES:
        _line(spatial, partial(compose, spatial=spatial, **size), asked.draws)


def _line(name: str, make: Callable[[int], World], draws: int) -> None:
    make(10**6)  # imports and caches
    spent, values = [], 0
    for seed in range(draws):
        start = time.process_time()
        world = make(seed)
        spent.append(time.process_time() - start)
        values += world.truth.size
    ms = 1e3 * np.array(spent)
    print(f"{name:16s} {np.median(ms):9.1f} {ms.mean():9.1f} {np.quantile(ms, 0.95):9.1f} {values / sum(spent):23,.0f}", flush=True)


if __name__ == "__main__":
    main()
