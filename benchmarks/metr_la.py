"""One week of METR-LA: every origin of the last fifth, and sensors never seen; python benchmarks/metr_la.py --model tiny

The protocols of `docs/benchmark.md`: mean absolute error of the median in miles per hour at 15, 30 and 60 minutes over all sensors, and
at a hidden quarter of the sensors, whose whole week is asked from the others (several draws, floors on the same cells).
"""

from __future__ import annotations

import argparse

import numpy as np

from chronotope.data.panel import Panel
from chronotope.evaluate.sets.suites import data_root, sets_named
from chronotope.questions import Predictor, Question
from chronotope.tasks.load import load

LEADS = (3, 6, 12)
SHARE = 0.25
DRAWS = 4


def ahead(predictor: Predictor, panel: Panel, every: int) -> np.ndarray:
    """Errors at the leads, means over origins and sensors."""
    values = panel.values
    rows = len(values)
    origins = range(int(rows * 0.8) - 1, rows - max(LEADS), every)
    total = np.zeros(len(LEADS))
    for origin in origins:
        part = panel.slice_time(0, origin + 1 + max(LEADS))
        asked = np.zeros(part.values.shape, bool)
        asked[origin + 1 :] = True
        answer = predictor.answer(Question(part, part.mask & ~asked, asked).wanting((0.5,))).values[0]
        total += [np.abs(answer[lead - 1] - values[origin + lead]).mean() for lead in LEADS]
    return total / len(origins)


def hidden(predictor: Predictor, panel: Panel, seed: int, last: bool = False) -> tuple[float, float, float]:
    """Errors at hidden sensors: of the model, of the mean of graph neighbours, of the mean of all others."""
    n = panel.values.shape[1]
    away = np.random.default_rng(seed).permutation(n)[: int(n * SHARE)]
    asked = np.zeros(panel.values.shape, bool)
    asked[:, away] = True
    rows = np.zeros(len(panel.values), bool)
    first, every = (int(0.8 * len(rows)), 24) if last else (0, 64)
    rows[np.arange(first, len(rows) - 8, every)[:, None] + np.arange(8)] = True
    asked &= rows[:, None, None]
    seen = panel.mask.copy()
    seen[:, away] = False
    answer = predictor.answer(Question(panel, seen, asked).wanting((0.5,))).values[0][:, away, 0]
    truth = panel.values[rows][:, away, 0]
    others = np.setdiff1d(np.arange(n), away)
    known = panel.values[rows][:, others, 0]
    link = np.zeros((n, n))
    assert panel.edges is not None
    link[panel.edges.source, panel.edges.target] = panel.edges.weight
    weight = np.maximum(link, link.T)[np.ix_(away, others)]
    mass = weight.sum(1)
    everyone = known.mean(1, keepdims=True)
    near = np.where(mass > 0, known @ weight.T / np.maximum(mass, 1e-9), everyone)
    return tuple(float(np.abs(a - truth).mean()) for a in (answer, near, everyone))  # type: ignore[return-value]


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--every", type=int, default=1, help="steps between origins")
    parser.add_argument("--last", action="store_true", help="ask hidden sensors in the last fifth only")
    args = parser.parse_args()
    panel, _ = sets_named(("metr_la_week",))[0].open(data_root())
    predictor = load(args.model).predictor
    found = np.array([hidden(predictor, panel, seed, args.last) for seed in range(DRAWS)])
    for name, mean, spread in zip((args.model, "graph neighbours", "all others"), found.mean(0), found.std(0, ddof=1), strict=True):
        print(f"hidden sensors, {name}: {mean:.2f} (spread over {DRAWS} draws {spread:.2f})")
    print(f"{args.model}, 15 / 30 / 60 minutes: " + " / ".join(f"{e:.3f}" for e in ahead(predictor, panel, args.every)))


if __name__ == "__main__":
    main()
