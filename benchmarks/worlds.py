"""How fast worlds are drawn: milliseconds per draw and values per core-second, one thread, every family.

Run: OMP_NUM_THREADS=1 python benchmarks/worlds.py [--places 48] [--steps 1024] [--draws 40]
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from chronotope.worlds.draw import FAMILIES, draw


def main() -> None:
    """Print one line per family and one for the training mixture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=48)
    parser.add_argument("--steps", type=int, default=1024)
    parser.add_argument("--draws", type=int, default=40)
    asked = parser.parse_args()
    print(f"{'family':14s} {'median ms':>9s} {'mean ms':>9s} {'p95 ms':>9s} {'values per core-second':>23s}")
    for family in [*FAMILIES, None]:
        _line(family, asked.places, asked.steps, asked.draws * (1 if family else 4))


def _line(family: str | None, places: int, steps: int, draws: int) -> None:
    draw(10**6, family=family, places=places, steps=steps)  # imports and caches
    spent, values = [], 0
    for seed in range(draws):
        start = time.process_time()
        world = draw(seed, family=family, places=places, steps=steps)
        spent.append(time.process_time() - start)
        values += world.truth.size
    ms = 1e3 * np.array(spent)
    print(f"{family or 'mixture':14s} {np.median(ms):9.1f} {ms.mean():9.1f} {np.quantile(ms, 0.95):9.1f} {values / sum(spent):23,.0f}")


if __name__ == "__main__":
    main()
