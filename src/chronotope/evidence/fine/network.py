"""Network: what lies inside a cell beyond the usual kernel, as a small convolutional network learned it from coarse and fine pairs.

Its layers have no constants and the first one reads differences alone, so that an offset and a scale of the field pass through; its weights
are means over the eight rotations and mirrors of a picture, so that these do too. `scripts/fit_fine_network.py` makes it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chronotope.evidence.fine.blocks import Factor

if TYPE_CHECKING:
    from torch import Tensor

FILE = Path(__file__).with_name("network.safetensors")
PARTS = 8  # along each side of a cell, of which the network says what lies there
DEPTH = 4  # layers between the first and the last
REACH = 2 + DEPTH + 1  # cells to each side that are read
CELLS = 16_384  # coarse cells read at once


def correction(coarse: np.ndarray, factor: Factor) -> np.ndarray:
    """What to add to the usual kernel's detail of block means (t, y, x), NaN where missing: (t, y, x, fy * fx), with the mean nothing."""
    import torch

    t, y, x = coarse.shape
    values, missing = filled(coarse)
    scale = np.sqrt((values**2).mean(axis=(1, 2), keepdims=True))
    read = torch.from_numpy(np.stack([values / np.where(scale > 0, scale, 1.0), missing], axis=1).astype(np.float32))
    weights, to_cells = _weights(), torch.from_numpy(overlap(factor).astype(np.float32))
    out = np.empty((t, y, x, factor[0] * factor[1]))
    rows, steps = max(1, CELLS // x), max(1, CELLS // (y * x))
    with torch.inference_mode():
        for start, top in product(range(0, t, steps), range(0, y, rows)):
            part, first = slice(start, start + steps), max(top - REACH, 0)
            found = through(weights, read[part, :, first : top + rows + REACH])[:, :, top - first : top - first + rows]
            out[part, top : top + rows] = torch.tensordot(found, to_cells, dims=([1], [1])).numpy()
    return out * scale[..., None]


def through(weights: Mapping[str, Tensor], read: Tensor) -> Tensor:
    """Detail (b, PARTS * PARTS, y, x) of values and of what is missing, (b, 2, y, x)."""
    from torch.nn.functional import avg_pool2d, conv2d, pad, relu

    around = pad(read[:, :1], (2,) * 4, mode="replicate")
    missing = avg_pool2d(pad(read[:, 1:], (2,) * 4, value=1.0), 5, 1)
    everywhere, at_coasts = conv2d(around, weights["first"]).chunk(2, dim=1)
    found = relu(conv2d(everywhere, weights["everywhere"]) + conv2d(at_coasts * missing, weights["at_coasts"]))
    for k in range(DEPTH):
        found = found + relu(conv2d(pad(found, (1,) * 4, mode="replicate"), weights[f"layer{k}"]))
    return conv2d(pad(found, (1,) * 4, mode="replicate"), weights["last"]) + conv2d(around, weights["straight"])


def filled(coarse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values (t, y, x) less their mean in each step, those missing carried on from the cells around; and 1.0 where they were missing."""
    known = np.isfinite(coarse)
    mean = np.where(known, coarse, 0.0).sum(axis=(1, 2), keepdims=True) / np.maximum(known.sum(axis=(1, 2), keepdims=True), 1)
    out, missing = np.where(known, coarse - mean, 0.0), 1.0 - known
    y, x = coarse.shape[1:]
    for _ in range(REACH + 1):
        if known.all() or not known.any():
            break
        both = np.pad(np.stack([np.where(known, out, 0.0), known.astype(float)]), ((0, 0), (0, 0), (1, 1), (1, 1)))
        total, count = np.sum([both[:, :, i : i + y, j : j + x] for i in range(3) for j in range(3)], axis=0)
        new = ~known & (count > 0)
        out = np.where(new, total / np.maximum(count, 1), out)
        known = known | new
    return out, missing


def overlap(factor: Factor) -> np.ndarray:
    """(fy * fx, PARTS * PARTS): shares of the network's parts in the cells of a block."""
    sides = []
    for size in factor:
        cell, part = (np.linspace(0, 1, count + 1) for count in (size, PARTS))
        common = np.minimum(cell[1:, None], part[None, 1:]) - np.maximum(cell[:-1, None], part[None, :-1])
        sides.append(np.maximum(common, 0.0) * size)
    return np.kron(*sides)


@lru_cache(maxsize=1)
def _weights() -> dict[str, Tensor]:
    """From the file, made to read differences alone and to leave the means of cells: half precision is near that, not at it."""
    from safetensors.torch import load_file

    found = {name: one.float() for name, one in load_file(FILE).items()}
    for name in ("first", "straight"):
        found[name] -= found[name].mean(dim=(2, 3), keepdim=True)
    for name in ("last", "straight"):
        found[name] -= found[name].mean(dim=0, keepdim=True)
    return found
