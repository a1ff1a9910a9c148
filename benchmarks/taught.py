"""What learning from own misses is worth: a model before and after it was taught on a set's past, and the best plain method, on its future.

    python benchmarks/taught.py --model small --sets first

Of every held-out set at most `--places` places are taken. The model is taught on what lies before the first of the benchmark's origins
(the last fifth of the time), asked from `--asked` of its moments, and both answer the same later origins, which it never saw. Weighted
quantile loss of each; the plain method is the best of three, chosen afterwards.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np

from chronotope.baselines import BASELINES
from chronotope.errors import DataError
from chronotope.evaluate.sets.suites import HeldOut, data_root, sets_named
from chronotope.questions import QUANTILE_LEVELS, Predictor
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.load import load
from chronotope.wrappers.taught.teach import teach

FLOORS = ("ridge", "mix", "anomaly_persistence")
ROWS = 4000  # read before an origin
LEVELS = np.array(QUANTILE_LEVELS)[:, None, None, None]


def scored(
    predictors: list[Predictor], entry: HeldOut, panel, rows: list[int], target: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Losses (p, v), shares held by the middle 80 % (p, v) and cells (v,) of forecasts from rows."""
    shape = (len(predictors), int(target.sum()))
    loss, held, count = np.zeros(shape), np.zeros(shape), np.zeros(shape[1])
    for row in rows:
        question, truth = ahead(panel, row, entry.horizon, context=ROWS, target=target), panel.after(row, entry.horizon)[..., target]
        answers = [one.answer(question).values[..., target].astype(float) for one in predictors]
        known = np.isfinite(truth) & np.isfinite(answers[0][0])
        count += known.sum(axis=(0, 1))
        for k, told in enumerate(answers):
            miss = truth - told
            loss[k] += np.where(known, np.maximum(LEVELS * miss, (LEVELS - 1) * miss).mean(axis=0), 0.0).sum(axis=(0, 1))
            held[k] += (known & (told[0] <= truth) & (truth <= told[-1])).sum(axis=(0, 1))
    return loss, held / count, count


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--model", default="tiny")
    words.add_argument("--sets", default="first")
    words.add_argument("--places", type=int, default=40)
    words.add_argument("--asked", type=int, default=100)
    words.add_argument("--origins", type=int, default=12)
    call = words.parse_args()
    base, gains = load(call.model).predictor, {}
    print(f"| set | variable | n | {call.model} / best plain | taught / {call.model} | 80 % holds, before | after | share |")
    print("|---|---|---|---|---|---|---|---|")
    for entry in sets_named(tuple(call.sets.split(","))):
        began = time.process_time()
        panel, targets = entry.open(data_root())
        panel = panel.take_places(np.unique(np.linspace(0, panel.values.shape[1] - 1, min(panel.values.shape[1], call.places)).astype(int)))
        rows = entry.rows(panel, len(targets))
        rows = [rows[k] for k in np.unique(np.linspace(0, len(rows) - 1, call.origins).astype(int))]
        target = np.arange(panel.values.shape[2]) < min(len(targets), 2)
        past = panel.slice_time(0, rows[0] + 1)
        try:
            taught, verdicts, _ = teach(
                base, past.slice_time(max(0, len(past.times) - 4 * ROWS), len(past.times)), entry.horizon, target=target, origins=call.asked
            )
        except DataError as error:
            print(f"| {entry.name} | {error} |", flush=True)
            continue
        share = {one.variable: one.share for one in verdicts}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loss, held, count = scored([base, taught, *(BASELINES[name]() for name in FLOORS)], entry, panel, rows, target)
        for v in range(loss.shape[1]):
            best = int(loss[2:, v].argmin())
            print(
                f"| {entry.name} | {panel.variables[v]} | {count[v]:.0f} | {loss[0, v] / loss[2 + best, v]:.3f} ({FLOORS[best]}) | "
                f"{loss[1, v] / loss[0, v]:.3f} | {held[0, v]:.2f} | {held[1, v]:.2f} | {share.get(panel.variables[v], 0):.2f} |",
                flush=True,
            )
        gains[entry.name] = [
            np.log(loss[1] / loss[0]).mean(),
            np.log(loss[0] / loss[2:].min(axis=0)).mean(),
            held[0].mean(),
            held[1].mean(),
        ]
        print(f"  {entry.name}: {time.process_time() - began:.0f} processor seconds", flush=True)
    every = np.array(list(gains.values()))
    mean, error = np.exp(every[:, 0].mean()), every[:, 0].std(ddof=1) / np.sqrt(len(every))
    print(f"\n{len(every)} sets: taught over {call.model} {mean:.3f} (se {error:.3f}), worst {np.exp(every[:, 0].max()):.3f}; ", end="")
    print(
        f"over the best plain method {np.exp(every[:, 1].mean()):.3f} before and {np.exp(every[:, :2].sum(axis=1).mean()):.3f} after; ",
        end="",
    )
    print(f"80 % hold {every[:, 2].mean():.3f} and {every[:, 3].mean():.3f}")


if __name__ == "__main__":
    main()
