"""Teach the network of `chronotope.evidence.fine.network` on pairs of coarse and fine fields, and keep it where the package reads it.

    python scripts/fit_fine_network.py --steps 4000       # reads CHRONOTOPE_DATA, writes network.safetensors

Half of the patches are of simulated pictures (`fine_scenes.py`), half of the sets below, the last fifth of each one's steps kept out.
Patches are read at several resolutions and in units of their own detail; values without a floor are turned upside down as often as not.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from fine_scenes import scene
from torch import Tensor, nn

from chronotope.evaluate.sets.suites import data_root
from chronotope.evidence.fine.blocks import block_means, inside
from chronotope.evidence.fine.kernels import USUAL, around, details
from chronotope.evidence.fine.network import DEPTH, FILE, PARTS, filled, overlap, through

SEED, SCENES, SIDE, BATCH = 1, 1200, 12, 32  # SIDE coarse cells to a patch
WIDTH, RATE, AVERAGE = 48, 2e-3, 0.998
FACTORS = {4: 0.6, 2: 0.2, 8: 0.2}
SETS: tuple[tuple[str, str, bool, float, int], ...] = (  # file, variable, whether it has a floor, weight, every so manyth step
    ("radar_united_states/mrms_box_1km.nc", "rain_rate", True, 1.5, 1),
    ("radar_united_states/mrms_conus_0p1deg.nc", "rain_rate", True, 1.0, 1),
    ("ncep_air_temperature/air_temperature_2013_2014.nc", "air", False, 0.6, 4),
    ("ccsm_temperature_20c/TREFHT.B06.69.atm.1890-1999ANN.nc", "TREFHT", False, 0.8, 1),
    ("hadcm_scenario_north_america/A1B_north_america.nc", "air_temperature", False, 0.4, 1),
    ("eofs_reanalysis/hgt_djf.nc", "z", False, 0.2, 1),
    ("blizzard_1996_fields/storm_1996_01.nc", "u", False, 0.25, 1),
    ("blizzard_1996_fields/storm_1996_01.nc", "v", False, 0.25, 1),
    ("blizzard_1996_fields/storm_1996_01.nc", "t", False, 0.25, 1),
    ("blizzard_1996_fields/storm_1996_01.nc", "p", False, 0.25, 1),
    ("antarctic_sea_ice_drift/vice_1890_1899.nc", "v_ice", False, 0.4, 1),
)


def turned(x: Tensor, way: int) -> Tensor:
    """The last two axes turned and mirrored, one of eight ways."""
    return torch.rot90(x.flip(-1) if way >= 4 else x, way % 4, (-2, -1))


def _ways_after() -> list[list[int]]:
    """[way][before]: the way that is both, one after the other."""
    square = torch.arange(9).view(3, 3)
    seen = [turned(square, way).tolist() for way in range(8)]
    return [[seen.index(turned(turned(square, before), way).tolist()) for before in range(8)] for way in range(8)]


AFTER = _ways_after()


def as_one(channels: int, way: int) -> Tensor:
    """Where each channel comes from when the picture is turned, for channels that stand for the picture itself."""
    return torch.arange(channels)


def as_eight(channels: int, way: int) -> Tensor:
    """The same for groups of eight channels, one for each way."""
    back = AFTER[way].index(0)
    return torch.tensor([8 * group + AFTER[back][k] for group in range(channels // 8) for k in range(8)])


def as_parts(channels: int, way: int) -> Tensor:
    """The same for the parts of a cell."""
    return turned(torch.arange(channels).view(PARTS, PARTS), way).reshape(-1)


class Turning(nn.Module):
    """Weights of a convolution, the mean over the eight ways of free ones."""

    def __init__(self, to: int, of: int, size: int, outward: Any, inward: Any, scale: float = 1.0) -> None:
        super().__init__()
        self.free = nn.Parameter(torch.randn(to, of, size, size) * scale * (8 / (of * size**2)) ** 0.5)
        self.places = [(outward(to, way), inward(of, way)) for way in range(8)]

    def forward(self) -> Tensor:
        return sum((turned(self.free[to][:, of], way) for way, (to, of) in enumerate(self.places)), torch.zeros(())) / 8


class Weights(nn.Module):
    """All weights of the network, by name."""

    def __init__(self) -> None:
        super().__init__()
        parts = PARTS**2
        self.layers = nn.ModuleDict(
            {
                "first": Turning(2 * WIDTH, 1, 5, as_eight, as_one, 3.0),
                "everywhere": Turning(WIDTH, WIDTH, 1, as_eight, as_eight),
                "at_coasts": Turning(WIDTH, WIDTH, 1, as_eight, as_eight),
                **{f"layer{k}": Turning(WIDTH, WIDTH, 3, as_eight, as_eight) for k in range(DEPTH)},
                "last": Turning(parts, WIDTH, 3, as_parts, as_eight, 0.05),
                "straight": Turning(parts, 1, 5, as_parts, as_one, 0.05),
            }
        )

    def forward(self) -> dict[str, Tensor]:
        out = {name: layer() for name, layer in self.layers.items()}
        for name in ("first", "straight"):  # differences alone
            out[name] = out[name] - out[name].mean(dim=(2, 3), keepdim=True)
        for name in ("last", "straight"):  # means of blocks stay
            out[name] = out[name] - out[name].mean(dim=0, keepdim=True)
        return out


class Pictures:
    """Simulated pictures and real ones."""

    def __init__(self, folder: Path) -> None:
        rng = np.random.default_rng(SEED)
        self.scenes = [scene(rng) for _ in range(SCENES)]
        self.real = [_steps(folder / file, variable, stride) for file, variable, _, _, stride in SETS]
        weights = np.array([weight for *_, weight, _ in SETS])
        self.share = weights / weights.sum()

    def draw(self, rng: np.random.Generator, factor: int) -> np.ndarray:
        """A patch (SIDE * factor, SIDE * factor) that says something."""
        while True:
            z, floor = self._picture(rng)
            if floor and rng.random() < 0.25:
                z = np.maximum(z, 0.0) ** rng.uniform(0.25, 0.75)
            z = _patch(rng, z, SIDE * factor)
            if not floor and rng.random() < 0.5:
                z = -z
            if rng.random() < 0.12:
                z = _behind_a_coast(rng, z)
            coarse = block_means(z, (factor, factor))
            known = np.isfinite(coarse)
            if known.sum() >= 20 and np.ptp(coarse[known]) > 1e-5 * np.abs(coarse[known]).max():
                return z

    def _picture(self, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        if rng.random() < 0.5:
            z, floor = self.scenes[rng.integers(len(self.scenes))]
        else:
            k = rng.choice(len(SETS), p=self.share)
            z, floor = self.real[k][rng.integers(len(self.real[k]))], SETS[k][2]
        most = min(z.shape)
        coarser = rng.choice(4, p=(0.5, 0.25, 0.15, 0.1) if most > 200 else (0.8, 0.2, 0, 0) if most > 60 else (1, 0, 0, 0)) + 1
        y, x = (size // coarser * coarser for size in z.shape)
        return block_means(z[:y, :x].astype(float), (coarser, coarser)), floor


def _steps(path: Path, variable: str, stride: int) -> np.ndarray:
    """All but the last fifth of the steps, (t, y, x)."""
    with xr.open_dataset(path, decode_times=False) as found:
        values = found[variable].squeeze().values.astype(np.float32)
    return values[: int(0.8 * len(values)) : stride]


def _patch(rng: np.random.Generator, z: np.ndarray, side: int) -> np.ndarray:
    """A square (side, side) of the picture, NaN beyond its edge."""
    y, x = (min(side, size) for size in z.shape)
    top, left = rng.integers(z.shape[0] - y + 1), rng.integers(z.shape[1] - x + 1)
    return np.pad(z[top : top + y, left : left + x], ((0, side - y), (0, side - x)), constant_values=np.nan)


def _behind_a_coast(rng: np.random.Generator, z: np.ndarray) -> np.ndarray:
    """The picture with nothing beyond a winding line."""
    down, along = np.indices(z.shape) - len(z) / 2
    turn, wind = rng.uniform(0, 2 * np.pi), rng.uniform(3, 9)
    return np.where(np.cos(turn) * down + np.sin(turn) * along + 3 * np.sin(along / wind) > rng.uniform(0, len(z) / 2), np.nan, z)


def batch(pictures: Pictures, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, int]:
    """What the network reads (b, 2, y, x), what it should say (b, y, x, k), NaN where nothing is known, and the factor."""
    factor = int(rng.choice(list(FACTORS), p=list(FACTORS.values())))
    fine = np.stack([pictures.draw(rng, factor) for _ in range(BATCH)])
    coarse = block_means(fine, (factor, factor))
    truth = inside(fine, (factor, factor)) - coarse[..., None]
    values, missing = filled(coarse)
    steps = (np.diff(values, axis=1) ** 2).mean(axis=(1, 2)) + (np.diff(values, axis=2) ** 2).mean(axis=(1, 2))
    size = np.sqrt(np.nanmean(truth**2, axis=(1, 2, 3)) + 0.03 * steps + np.finfo(float).tiny)[:, None, None]
    wanted = (truth - details(*around(coarse), (factor, factor), USUAL, 1.0).value) / size[..., None]
    return torch.from_numpy(np.stack([values / size, missing], axis=1)).float(), torch.from_numpy(wanted).float(), _shares(factor), factor


def _shares(factor: int) -> Tensor:
    return torch.from_numpy(overlap((factor, factor))).float()


def taught(steps: int, folder: Path) -> dict[str, Tensor]:
    """Weights after so many steps, averaged over the last of them."""
    torch.manual_seed(SEED)
    pictures, rng, model = Pictures(folder), np.random.default_rng(SEED + 1), Weights()
    mean = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE))
    optimiser = torch.optim.AdamW(model.parameters(), RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda k: min(1.0, (k + 1) / 100, max(0.02, 2 - 2 * k / steps)))
    seen: dict[int, list[tuple[float, float]]] = {factor: [] for factor in FACTORS}
    for step in range(steps):
        read, wanted, to_cells, factor = batch(pictures, rng)
        known = torch.isfinite(wanted)
        said = torch.einsum("bpyx,kp->byxk", through(model(), read), to_cells)
        loss = ((said - wanted)[known] ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        mean.update_parameters(model)
        seen[factor].append((loss.item(), (wanted[known] ** 2).mean().item()))
        if step % 250 == 249:
            print(step + 1, {f: np.sqrt(np.divide(*np.mean(one[-100:], axis=0))).round(4) for f, one in seen.items()}, flush=True)
            keep(mean.module)
    return keep(mean.module)


def keep(model: nn.Module) -> dict[str, Tensor]:
    """Write the weights in half precision."""
    from safetensors.torch import save_file

    with torch.no_grad():
        made = {name: one.detach().half().contiguous() for name, one in model.double()().items()}
    model.float()
    save_file(made, FILE)
    return made


def main() -> None:
    """Parse, teach, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=4000)
    made = taught(parser.parse_args().steps, data_root())
    print(f"{FILE}: {sum(one.numel() for one in made.values())} weights")


if __name__ == "__main__":
    main()
