"""Explain on planted worlds: does what drives a series come first, and do random weights lose it?

    python benchmarks/explain.py --seeds 30

Prints the table of docs/how-to-explain.md. A place follows one of four others three steps later ("place"), or it follows one of three
variables that are known ahead ("variable"). First: the share of cases in which the planted part moves the
answer most of all parts of its kind; by chance one in four places, one in three variables.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.tasks.load import load
from chronotope.tasks.verbs import Model

STEPS, PLACES, AHEAD = 360, 5, 3


def ar(rng: np.random.Generator, fade: float, count: int) -> np.ndarray:
    """(t, n) of unit variance."""
    out = rng.normal(size=(STEPS, count))
    for row in range(1, STEPS):
        out[row] = fade * out[row - 1] + np.sqrt(1 - fade**2) * out[row]
    return out


def led(seed: int) -> tuple[Field, str]:
    """Five places near each other; p0 is a place of them, three steps later."""
    rng = np.random.default_rng(seed)
    flow, leader = ar(rng, 0.9, PLACES), int(rng.integers(1, PLACES))
    flow[3:, 0] = flow[:-3, leader]
    flow[:, 0] += 0.2 * rng.normal(size=STEPS)
    coords = {"time": pd.date_range("2024-03-01", periods=STEPS, freq="h"), "place": [f"p{i}" for i in range(PLACES)]}
    return Field(xr.Dataset({"flow": (("time", "place"), 50 + 10 * flow)}, coords), "graph", ("flow",), ("place",)), f"p{leader}"


def driven(seed: int) -> tuple[Field, str]:
    """Flow at five places that follows one of three variables."""
    rng = np.random.default_rng(seed)
    names = ("heat", "rain", "wind")
    drivers, chosen = {name: ar(rng, 0.9, PLACES) for name in names}, str(rng.choice(names))
    flow = 50 + 8 * drivers[chosen] + 4 * ar(rng, 0.9, PLACES)
    coords = {"time": pd.date_range("2024-03-01", periods=STEPS, freq="h"), "place": [f"p{i}" for i in range(PLACES)]}
    arrays = {name: (("time", "place"), values) for name, values in {"flow": flow, **drivers}.items()}
    return Field(xr.Dataset(arrays, coords), "graph", ("flow", *names), ("place",)), chosen


def scrambled(model: Model, seed: int) -> Model:
    """The same network with all weights drawn at random, as wide as its own; also how much it trusts errors of candidates."""
    import copy

    import torch

    predictor, maker = copy.deepcopy(model.predictor), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in predictor.network.parameters():
            size = weight.std() if weight.numel() > 1 else 1.0
            weight.copy_(torch.randn(weight.shape, generator=maker) * size)
    return Model(predictor)


def unrelated(field: Field, planted: str, seed: int) -> Field:
    """The same field with the planted part moved along in time, so that it no longer leads or drives anything."""
    by, dataset = int(np.random.default_rng(seed).integers(60, STEPS - 60)), field.dataset.copy(deep=True)
    if planted in field.variables:
        dataset[planted].values[:] = np.roll(dataset[planted].values, by, axis=0)
    else:
        dataset["flow"].loc[{"place": planted}] = np.roll(dataset["flow"].sel(place=planted).values, by)
    return Field(dataset, field.kind, field.variables, field.space)


def first(model: Model, seed: int, kind: str, related: bool = True) -> tuple[bool, float]:
    """Whether the planted part came first, and how far before the next one."""
    field, planted = led(seed) if kind == "place" else driven(seed)
    field = field if related else unrelated(field, planted, seed)
    known = () if kind == "place" else tuple(field.variables[1:])
    horizon, at = AHEAD, field.times[-AHEAD - 1]
    made = model.explain(field, horizon, place="p0", kinds=kind, target="flow", known_future=known, at=at)
    table = made.of(kind)
    others = table[table["hidden"] != planted]["moved"].max()
    return table["hidden"].iloc[0] == planted, float(table.set_index("hidden")["moved"][planted] / max(others, 1e-12))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("-m", "--models", nargs="*", default=["tiny", "small", "baseline:mix", "baseline:last_value"])
    call = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in call.models:
        model = load(name)
        ways = ["", "what is planted moved in time", *(["random weights"] if model.predictor.kind == "network" else [])]
        for way in ways:
            label = f"{name}, {way}" if way else name
            for kind in ("place", "variable"):
                found = [
                    first(scrambled(model, seed) if way == "random weights" else model, seed, kind, way != ways[1])
                    for seed in range(call.seeds)
                ]
                hits, ratio = np.array([hit for hit, _ in found]), np.median([ratio for _, ratio in found])
                print(
                    f"| {label} | {kind} | {hits.mean():.2f} ({np.sqrt(hits.mean() * (1 - hits.mean()) / len(hits)):.2f}) | {ratio:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
