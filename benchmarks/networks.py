"""Networks that are trained per data set, beside the floors: python benchmarks/networks.py --parts discs,edges --scores scores.json

Parts: discs (a film of bouncing discs), field (6-hourly air temperature over North America), road (one week of METR-LA), edges (planted
edges found again), tracks (ETH and UCY pedestrians, one scene left out at a time), memory (what attention among all tokens costs). What is
already in the scores file is not run again. `--page` writes the tables of docs/baseline-networks.md from it. One core; minutes per part and
seed.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from chronotope.baselines import BASELINES
from chronotope.baselines.networks import NETWORKS
from chronotope.baselines.networks.fit import Training
from chronotope.baselines.networks.panel_network import PanelNetwork
from chronotope.baselines.networks.st_transformer import STTransformer
from chronotope.baselines.networks.track_graph import TRAINING, TrackGraph, draw
from chronotope.baselines.networks.track_windows import stretches
from chronotope.baselines.networks.windows import Shape
from chronotope.data.panel import Panel
from chronotope.evaluate.sets.suites import data_root, sets_named
from chronotope.opening.open import open_field
from chronotope.questions import QUANTILE_LEVELS
from chronotope.tasks.forecast import Ask, answer
from chronotope.worlds.bouncing import bouncing
from chronotope.worlds.network import simulate

PAGE = Path(__file__).resolve().parents[1] / "docs" / "baseline-networks.md"
Scores = dict[str, float]


def errors(network: PanelNetwork, panel: Panel, origins: np.ndarray) -> np.ndarray:
    """Errors (k, h, n, v) of the median after each origin; NaN where there is no truth."""
    assert network.trained is not None
    horizon = network.trained.start.horizon
    truth = panel.values[origins[:, None] + np.arange(1, horizon + 1)]
    return network.trained.answer(panel.values.astype(float), panel, origins)[..., 4] - truth


def parameters(network: Any) -> float:
    """Numbers that were trained, of one member."""
    return float(sum(p.numel() for p in network.parameters()))


def discs(name: str, seed: int, **options: Any) -> Scores:
    """Mean squared error over six frames, of the median and of copying the last frame; a new film for each seed."""
    side = 16
    film = bouncing(np.random.default_rng(seed), 700, side, discs=2, radius=2.0, speed=0.9)
    y, x = np.divmod(np.arange(side * side), side)
    times = pd.date_range("2024-01-01", periods=len(film), freq="1s").values.astype("datetime64[ns]")
    panel = Panel(film.reshape(len(film), -1, 1).astype(np.float32), times, "1s", ("light",), xy=np.stack([x, -y], 1).astype(float))
    training = Training(steps=1000, batch=8, rate=1e-2, again=False, seed=seed)
    network = NETWORKS[name](context=6, start="last", width=16, training=training, **options).fit(panel.slice_time(0, 560), 6)
    origins = np.arange(560, 693, 2)
    copied = panel.values[origins][:, None] - panel.values[origins[:, None] + np.arange(1, 7)]
    return {"mse": float(np.square(errors(network, panel, origins)).mean()), "copied": float(np.square(copied).mean()), "n": len(origins)}


def field(name: str, seed: int) -> Scores:
    """Root mean squared error in kelvin at 6 and 24 hours, on 32 origins of the last fifth; trained on the first four fifths."""
    panel = _air()
    cut, origins = _origins(panel)
    training = Training(steps=160, batch=8, rate=5e-3, again=False, seed=seed)
    network = NETWORKS[name](context=6, width=16, training=training).fit(panel.slice_time(0, cut), 4)
    return _at_leads(errors(network, panel, origins), "rmse", {"6 h": 0, "24 h": 3})


def field_floor(name: str, seed: int) -> Scores:
    """The same of a floor, which reads everything before each origin."""
    panel = _air()
    found = [_floor_error(name, panel, int(row), 4) for row in _origins(panel)[1]]
    return _at_leads(np.stack(found), "rmse", {"6 h": 0, "24 h": 3})


def road(name: str, seed: int, **options: Any) -> Scores:
    """Mean absolute error in mph at 15, 30 and 60 minutes over all 392 origins of the last fifth; trained on the first four fifths."""
    panel, _ = sets_named(("metr_la_week",))[0].open(data_root())
    cut = int(0.8 * len(panel.times))
    network = NETWORKS[name](training=Training(seed=seed, **options.pop("training")), **options).fit(panel.slice_time(0, cut), 12)
    origins = np.arange(cut, len(panel.times) - 12)
    missed = errors(network, panel, origins)
    missed[panel.values[origins[:, None] + np.arange(1, 13)] == 0] = np.nan
    out = _at_leads(missed, "mae", {"15 min": 2, "30 min": 5, "60 min": 11})
    return out | {"parameters": parameters(network.trained.members[0].network), "steps": float(network.trained.members[0].steps)}


def edges(name: str, seed: int) -> Scores:
    """Chance that a planted edge is ranked above a pair without one, by the learned adjacency.

    24 places follow two others each, weakly beside their own past; a third of the shocks' variance is common to all.
    """
    rng, n = np.random.default_rng(seed), 24
    matrix = 0.5 * np.eye(n)
    for i in range(n):
        matrix[i, rng.permutation(np.delete(np.arange(n), i))[:2]] = 0.2
    shocks = rng.standard_normal((1000, n)) + 0.7 * rng.standard_normal((1000, 1))
    values = simulate(matrix[None], shocks)[..., None].astype(np.float32)
    times = pd.date_range("2024-01-01", periods=len(values), freq="1s").values.astype("datetime64[ns]")
    training = Training(steps=400, batch=32, rate=5e-3, decay=0.0, again=False, seed=seed)
    network = NETWORKS[name](adjacency="learned", width=8, context=3, training=training).fit(Panel(values, times, "1s", ("x",)), 1)
    score, others = network.trained.members[0].network.learned().detach().numpy(), ~np.eye(n, dtype=bool)
    correlation = np.abs(np.corrcoef(values[1:, :, 0].T, values[:-1, :, 0].T)[:n, n:])
    found = {"auroc": score, "auroc of lag-1 correlation": correlation}
    return {label: _area(ranked, matrix > 0, others) for label, ranked in found.items()} | {"n": n * (n - 1)}


SCENES = {
    "eth": ("biwi_eth",),
    "hotel": ("biwi_hotel",),
    "univ": ("students001", "students003"),
    "zara1": ("crowds_zara01",),
    "zara2": ("crowds_zara02",),
}
ONLY_TRAINED = ("crowds_zara03", "uni_examples")


def tracks(scene: str, seed: int) -> Scores:
    """Mean and final displacement in metres over 12 steps of 0.4 s, on a scene never trained on: straight on, and best of 20 samples."""
    others = [file for name, files in SCENES.items() if name != scene for file in files]
    panels = [_walkers(file) for file in (*others, *ONLY_TRAINED)]
    training = Training(**{**TRAINING.__dict__, "steps": 500, "seed": seed})
    trained = TrackGraph(training=training).fit(panels).trained
    assert trained is not None
    rng = np.random.default_rng(seed)
    noise = MatchedNoise(np.concatenate([w for p in panels for w in stretches(p.values.astype(float), 20)]))
    windows = [w for file in SCENES[scene] for w in stretches(_walkers(file).values.astype(float), 20)]
    parts = [_displacements(draw(trained, w[:, :8], 20, rng), w[:, 8:]) for w in windows]
    beside = [_displacements(noise.sample(w[:, :8], 20, rng), w[:, 8:]) for w in windows]
    plain = [_displacements(straight_on(w[:, :8])[None].transpose(0, 2, 1, 3), w[:, 8:]) for w in windows]
    rows = {"straight on": plain, "straight on + noise": beside, "track_graph": parts}
    mean = lambda found, i: float(np.concatenate([part[i] for part in found]).mean())  # noqa: E731
    out = {f"{name} {score}": mean(found, i) for name, found in rows.items() for i, score in enumerate(("ade", "fde"))}
    return out | {"n": float(sum(len(w) for w in windows)), "parameters": parameters(trained.fitted.network)}


class MatchedNoise:
    """A Gaussian for all 12 steps together, along and across the heading, matched to how far straight walking was off in training."""

    def __init__(self, windows: np.ndarray) -> None:
        off = np.einsum("nji,nhj->nhi", headings(windows[:, :8]), windows[:, 8:] - straight_on(windows[:, :8]))
        flat = off.reshape(len(off), -1)
        self.root = np.linalg.cholesky(flat.T @ flat / len(flat) + 1e-9 * np.eye(flat.shape[1]))

    def sample(self, past: np.ndarray, members: int, rng: np.random.Generator) -> np.ndarray:
        """Paths (m, h, n, 2)."""
        off = (rng.standard_normal((members, len(past), len(self.root))) @ self.root.T).reshape(members, len(past), -1, 2)
        return (straight_on(past) + np.einsum("nij,mnhj->mnhi", headings(past), off)).transpose(0, 2, 1, 3)


def straight_on(past: np.ndarray) -> np.ndarray:
    """Positions (n, 12, 2) with the last move kept."""
    return past[:, -1:] + (past[:, -1:] - past[:, -2:-1]) * np.arange(1, 13)[:, None]


def headings(past: np.ndarray) -> np.ndarray:
    """Rotations (n, 2, 2) from along-and-across to the plane."""
    way = past[:, -1] - past[:, 0]
    length = np.linalg.norm(way, axis=-1, keepdims=True)
    along = np.where(length > 1e-9, way / np.maximum(length, 1e-9), [1.0, 0.0])
    return np.stack([along, np.stack([-along[:, 1], along[:, 0]], -1)], -1)


def _displacements(paths: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least mean and least final distance (n,) of paths (m, h, n, 2) to truth (n, h, 2), each over the members."""
    away = np.linalg.norm(paths - truth.transpose(1, 0, 2), axis=-1)
    return away.mean(axis=1).min(axis=0), away[:, -1].min(axis=0)


def memory(kernel: str, seed: int) -> Scores:
    """Exponents of the tokens in the numbers kept for the backward pass and in multiplications, from 256 to 2048 tokens."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    chosen = {"written out": SDPBackend.MATH, "fused": SDPBackend.FLASH_ATTENTION}[kernel]
    tokens, kept, work = np.array([256, 512, 1024, 2048]), [], []
    for count in tokens:
        shape = Shape(places=count // 4, variables=1, context=4, horizon=4, past=5, future=5)
        network = STTransformer(shape, torch.ones(shape.places, 17), patch=1, width=16, heads=2, blocks=1, dropout=0.0)
        past, future, sizes = torch.randn(1, 4, shape.places, 5), torch.randn(1, 4, shape.places, 5), []
        keep = lambda x: (sizes.append(x.numel()), x)[1]  # noqa: B023, E731
        with sdpa_kernel(chosen), torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x), FlopCounterMode(display=False) as counter:
            network(past, future)
        kept.append(sum(sizes))
        work.append(counter.get_total_flops())
    last = np.log(tokens[-2:])
    slope = lambda y: float(np.diff(np.log(y[-2:]))[0] / np.diff(last)[0])  # noqa: E731
    out = {"memory exponent": slope(kept), "MB at 2048 tokens": kept[-1] * 4 / 2**20}
    return out | ({"work exponent": slope(work)} if kernel == "written out" else {})  # the counter does not see the fused kernel


LA = {"steps": 300, "batch": 16, "rate": 3e-3, "again": True}
PARTS: dict[str, dict[str, Callable[[int], Scores]]] = {
    "discs": {
        "conv_lstm": lambda s: discs("conv_lstm", s),
        "cnn_lstm": lambda s: discs("cnn_lstm", s),
        "cnn_lstm without the CNN": lambda s: discs("cnn_lstm", s, kernel=1),
    },
    "field": {
        "anomaly_persistence": lambda s: field_floor("anomaly_persistence", s),
        "ridge": lambda s: field_floor("ridge", s),
        "conv_lstm": lambda s: field("conv_lstm", s),
        "cnn_lstm": lambda s: field("cnn_lstm", s),
    },
    "road": {
        "st_gnn": lambda s: road("st_gnn", s, adjacency="given", training=LA),
        "st_gnn, given and learned": lambda s: road("st_gnn", s, adjacency="both", training=LA),
        "st_transformer": lambda s: road("st_transformer", s, patch=4, training=LA),
        "st_gnn, three together": lambda s: road("st_gnn", s, adjacency="given", training=LA | {"members": 3}),
    },
    "edges": {"st_gnn": lambda s: edges("st_gnn", s)},
    "tracks": {scene: (lambda s, scene=scene: tracks(scene, s)) for scene in SCENES},
    "memory": {kernel: (lambda s, kernel=kernel: memory(kernel, s)) for kernel in ("written out", "fused")},
}  # fmt: skip
ONCE = {"anomaly_persistence", "ridge", "written out", "fused", "st_gnn, three together"}  # no seed changes them, or one is enough


def _air() -> Panel:
    return open_field(data_root() / "ncep_air_temperature" / "air_temperature_2013_2014.nc").panel()


def _origins(panel: Panel) -> tuple[int, np.ndarray]:
    cut = int(0.8 * len(panel.times))
    return cut, np.linspace(cut, len(panel.times) - 5, 32).round().astype(int)


def _floor_error(name: str, panel: Panel, row: int, horizon: int) -> np.ndarray:
    ask = Ask(horizon, [row], None, np.ones(1, bool), np.zeros(1, bool), QUANTILE_LEVELS)
    return answer(BASELINES[name](), panel, ask, row)[0][4] - panel.values[row + 1 : row + 1 + horizon]


def _at_leads(missed: np.ndarray, score: str, leads: dict[str, int]) -> Scores:
    made = {"rmse": lambda e: np.sqrt(np.nanmean(np.square(e))), "mae": lambda e: np.nanmean(np.abs(e))}[score]
    out = {f"{score} {label}": float(made(missed[:, lead])) for label, lead in leads.items()}
    return out | {"n": float(np.isfinite(missed[:, 0]).sum())}


def _area(score: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    yes, no = score[where & truth], score[where & ~truth]
    return float((yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean())


def _walkers(file: str) -> Panel:
    """A scene with a row per frame that was marked, whoever is in it; steps of 0.4 s."""
    table = np.loadtxt(data_root() / "eth_ucy" / f"{file}.txt")
    frames, row = np.unique(table[:, 0], return_inverse=True)
    people, place = np.unique(table[:, 1], return_inverse=True)
    values = np.full((len(frames), len(people), 2), np.nan, np.float32)
    values[row, place] = table[:, 2:]
    times = pd.date_range("2000-01-01", periods=len(frames), freq="400ms").values.astype("datetime64[ns]")
    return Panel(values, times, "400ms", ("x", "y"))


def wanted(parts: list[str], seeds: int) -> Iterator[tuple[str, Callable[[], Scores]]]:
    """(key, call) of every run: all runs of the first seed, then of the next."""
    for seed in range(seeds):
        for part in parts:
            for name, call in PARTS[part].items():
                if seed == 0 or name not in ONCE:
                    yield f"{part}/{name}/{seed}", lambda call=call, seed=seed: call(seed)


def tables(scores: dict[str, Scores]) -> str:
    """A table for each part: mean over seeds, and the spread between the lowest and highest seed."""
    out = []
    for part, runs in PARTS.items():
        rows = {name: [scores[k] for k in scores if k.rsplit("/", 1)[0] == f"{part}/{name}"] for name in runs}
        rows = {name: found for name, found in rows.items() if found}
        if rows:
            columns = list(dict.fromkeys(c for found in rows.values() for c in found[0] if c != "seconds"))
            cells = [[part, *columns, "seeds"], ["---", *["---:"] * (len(columns) + 1)]]
            cells += [[name, *(_cell(found, c) for c in columns), str(len(found))] for name, found in rows.items()]
            out += [f"| {' | '.join(line)} |" for line in cells] + [""]
    return "\n".join(out)


def _cell(found: list[Scores], column: str) -> str:
    values = [f[column] for f in found if column in f]
    if not values:
        return ""
    if all(v == int(v) for v in values):
        return f"{int(values[0])}" if min(values) == max(values) else f"{int(min(values))} to {int(max(values))}"
    spread = f" ({min(values):.4g} to {max(values):.4g})" if min(values) < max(values) else ""
    return f"{np.mean(values):.4g}{spread}"


def main() -> None:
    """Run what is missing, keep it, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="", help=f"out of {', '.join(PARTS)}, separated by commas; all by default")
    parser.add_argument("--only", default="", help="only runs whose key holds this text")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--scores", type=Path, default=Path("networks.json"), help="where results are kept")
    parser.add_argument("--page", action="store_true", help="write the tables into docs/baseline-networks.md; runs nothing")
    args = parser.parse_args()
    scores: dict[str, Scores] = json.loads(args.scores.read_text()) if args.scores.exists() else {}
    torch.set_num_threads(1)
    for key, call in [] if args.page else wanted(args.parts.split(",") if args.parts else list(PARTS), args.seeds):
        if key in scores or args.only not in key:
            continue
        started = time.process_time()
        scores[key] = call() | {"seconds": time.process_time() - started}
        args.scores.write_text(json.dumps(scores, indent=1))
        print(key, {k: round(v, 4) for k, v in scores[key].items()}, flush=True)
    print(tables(scores))
    if args.page:
        text = PAGE.read_text(encoding="utf-8")
        between = re.compile(r"(?<=<!-- scores: begin -->\n).*(?=<!-- scores: end -->)", re.DOTALL)
        PAGE.write_text(between.sub(lambda _: "\n" + tables(scores) + "\n", text), encoding="utf-8")


if __name__ == "__main__":
    main()
