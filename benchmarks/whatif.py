"""What-if on planted worlds: is the difference right, does its interval hold it, is what nothing shows refused?

    python benchmarks/whatif.py --seeds 60

Prints the tables of docs/how-to-whatif.md. A series follows a driver - straight, bent, above a threshold, or a step later - beside
a day of its own and a memory of its own; the driver has a day and a memory too, and goes up by 2 for 24 hours. "Edited" is the
difference of two forecasts of the same model, one with the edited driver.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import DataError
from chronotope.tasks.load import load

AHEAD, PLACES = 24, 5
KINDS = {
    "straight": lambda x: 2 * (x - 10),
    "weak": lambda x: (x - 10) / 3,
    "bent": lambda x: (x - 10) ** 2 / 3,
    "threshold": lambda x: 2 * np.maximum(x - 11, 0),
    "a step later": lambda x: (x - 10) + (np.concatenate([x[:1], x[:-1]]) - 10),
    "nothing": lambda x: 0 * x,
}


def ar(rng: np.random.Generator, steps: int, fade: float, shared: float) -> np.ndarray:
    """(t, n) of unit variance, a share of it the same at all places."""
    push = np.sqrt(shared) * rng.normal(size=(steps, 1)) + np.sqrt(1 - shared) * rng.normal(size=(steps, PLACES))
    out = push.copy()
    for row in range(1, steps):
        out[row] = fade * out[row - 1] + np.sqrt(1 - fade**2) * push[row]
    return out


def world(seed: int, kind: str, steps: int, memory: float) -> tuple[Field, np.ndarray]:
    """A field, and what raising the driver by 2 does in its last steps, (h, n)."""
    rng, follows = np.random.default_rng(seed), KINDS[kind]
    day = np.sin(2 * np.pi * np.arange(steps) / 24)[:, None]
    temp = 10 + 3 * ar(rng, steps, 0.9, 0.8) + 4 * day
    flow = 50 + 8 * day + 4 * ar(rng, steps, memory, 0.5) + follows(temp)
    raised = temp.copy()
    raised[-AHEAD:] += 2
    coords = {"time": pd.date_range("2024-03-01", periods=steps, freq="h"), "place": [f"p{i}" for i in range(PLACES)]}
    dataset = xr.Dataset({"flow": (("time", "place"), flow), "temp": (("time", "place"), temp)}, coords)
    return Field(dataset, "graph", ("flow", "temp"), ("place",)), (follows(raised) - follows(temp))[-AHEAD:]


def tried(model: object, seed: int, kind: str, steps: int, memory: float) -> dict[str, float]:
    """What came out of one world."""
    field, true = world(seed, kind, steps, memory)
    options = {"at": field.times[-AHEAD - 1], "known_future": "temp"}
    try:
        made = model.whatif(field, AHEAD, set={"temp": "+2"}, **options)
    except DataError:
        return {"refused": 1.0}
    low, high = (side["flow"].values for side in made.difference.interval(0.8))
    told = made.difference.median["flow"].values
    dataset = field.dataset.copy(deep=True)
    dataset["temp"][-AHEAD:] += 2
    edited = model.forecast(Field(dataset, field.kind, field.variables, field.space), AHEAD, **options).median["flow"].values
    edited = edited - made.as_it_is.median["flow"].values
    size = np.abs(true).mean()
    out = {"refused": 0.0, "held": float(((low <= true) & (true <= high)).mean())}
    if size:
        moved = np.abs(true) > 0.1 * size
        out |= {"error": np.abs(told - true).mean() / size, "edited": np.abs(edited - true).mean() / size}
        out["sign"] = float((np.sign(told) == np.sign(true))[moved].mean())
    return out


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("-m", "--model", default="baseline:mix")
    call = parser.parse_args()
    warnings.simplefilter("ignore")
    model = load(call.model)
    rows = []
    for steps, memory in ((720, 0.8), (720, 0.97), (2880, 0.8)):
        for kind in KINDS:
            seeds = range(call.seeds if steps < 1000 else max(1, call.seeds // 3))
            table = pd.DataFrame([tried(model, seed, kind, steps, memory) for seed in seeds])
            row = {"steps": steps, "memory": memory, "follows": kind, "n": len(table), "refused": f"{table['refused'].mean():.2f}"}
            for name in ("held", "error", "edited", "sign"):
                known = table[name].dropna() if name in table else pd.Series(dtype=float)
                row[name] = f"{known.mean():.2f} ({known.std():.2f})" if len(known) else ""
            rows.append(row)
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main()
