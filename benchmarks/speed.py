"""Time and memory of a forecast against places and steps, on simulated panels: python benchmarks/speed.py [--places 50000]

Each figure is the median of several warm runs in one process; slopes are of log time against log size.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.model.load import load_predictor
from chronotope.questions import Question
from chronotope.worlds.draw import draw


def panel_of(places: int, steps: int) -> Panel:
    """A simulated panel of travelling waves, its places repeated beside one another until there are enough.

    Noise makes sure that its values are no small counts, of which past origins are asked too.
    """
    world = draw(5, family="travelling", places=min(places, 512), steps=min(max(steps, 32), 8192)).panel
    copies = -(-places // world.values.shape[1])
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, np.sqrt(places), (places, 2))
    values = np.tile(world.values[:steps, :, :1], (1, copies, 1))[:, :places]
    values = values + np.float32(0.1 * np.nanstd(values)) * rng.standard_normal(values.shape, dtype=np.float32)
    return replace(world, values=values, times=world.times[:steps], variables=("value",), xy=xy, edges=None, places=None)


def seconds(places: int, steps: int, horizon: int, runs: int) -> float:
    """Median seconds of a warm forecast."""
    predictor = load_predictor()
    panel = panel_of(places, steps).extend(horizon)
    asked = np.zeros(panel.values.shape, bool)
    asked[-horizon:] = True
    question = Question(panel, panel.mask, asked)
    times = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        answer = predictor.answer(question).values
        times.append(time.perf_counter() - began)
    assert np.isfinite(answer[:, :, panel.mask.any(axis=(0, 2))]).all()
    return float(np.median(times[1:] if runs > 1 else times))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=0, help="also one run with so many places")
    args = parser.parse_args()
    print(f"207 places x 288 steps -> 12: {seconds(207, 288, 12, 9):.3f} s; peak memory so far {peak():.0f} MB")
    for label, sizes, at in (("places", (256, 1024, 4096), lambda k: (k, 288, 12)), ("steps", (512, 2048, 8192), lambda k: (64, k, 12))):
        times = [seconds(*at(k), 3) for k in sizes]
        slope = np.polyfit(np.log(sizes), np.log(times), 1)[0]
        print(f"{label}: " + ", ".join(f"{k}: {t:.2f} s" for k, t in zip(sizes, times, strict=True)) + f"; slope {slope:.2f}")
    for horizon in (1, 720):
        print(f"64 places x 2048 steps -> {horizon}: {seconds(64, 2048, horizon, 3):.2f} s")
    if args.places:
        print(f"{args.places} places x 288 steps -> 12: {seconds(args.places, 288, 12, 1):.1f} s; peak memory {peak():.0f} MB")


def peak() -> float:
    """Peak memory of the process, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
