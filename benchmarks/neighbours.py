"""What hiding the other places costs on simulated worlds, with controls: python benchmarks/neighbours.py [--worlds 24]

Seeds that no training draws; 12 steps ahead from one origin; pinball loss without neighbours over that with them.
"""

from __future__ import annotations

import argparse

import numpy as np

from chronotope.data.panel import Panel
from chronotope.model.load import load_predictor
from chronotope.questions import QUANTILE_LEVELS, Predictor, Question
from chronotope.worlds.draw import draw

FIRST_SEED = 2**33  # training draws below 2**32
HORIZON = 12


def loss(predictor: Predictor, panel: Panel) -> float:
    """Mean pinball loss of the last `HORIZON` steps, in units of each series' spread."""
    past = panel.slice_time(0, len(panel.values) - HORIZON)
    longer = past.extend(HORIZON)
    truth = panel.values[-HORIZON:]
    asked = np.zeros(longer.values.shape, bool)
    asked[-HORIZON:] = past.mask.any(axis=0)
    answer = predictor.answer(Question(longer, longer.mask, asked)).values
    levels = np.array(QUANTILE_LEVELS)[:, None, None, None]
    miss = truth - answer
    spread = np.nanstd(past.values, axis=0) + 1e-9
    return float(np.nanmean(np.maximum(levels * miss, (levels - 1) * miss) / spread))


def main() -> None:
    """Print one line for each kind of world."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=24)
    args = parser.parse_args()
    network = load_predictor()
    for family in ("controls", "travelling", "advection", "network", "traffic"):
        logs = []
        for k in range(args.worlds):
            panel = draw(FIRST_SEED + k, family=family, places=24, steps=512).panel
            logs.append(np.log(loss(network.options(neighbours=False), panel) / loss(network, panel)))
        spread = np.std(logs) / np.sqrt(len(logs))
        print(f"{family}: hidden over seen {np.exp(np.mean(logs)):.3f} (standard error {spread:.3f}, {len(logs)} worlds)", flush=True)


if __name__ == "__main__":
    main()
