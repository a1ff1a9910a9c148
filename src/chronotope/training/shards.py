"""Shards: batches drawn beforehand and memory-mapped, so that training does not wait for them.

What only enters the network's first products - token features and relations - is stored in bf16, to which autocast rounds it anyway;
floors, errors, times, truth and weights stay float32. A shard is three plain arrays (halves, singles, integers) and a table of where each
part lies.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from chronotope.errors import DataError, NoFileError
from chronotope.tokens.tokenizer import Tokens
from chronotope.training.batch import Batch, Batches
from chronotope.training.files import write_whole
from chronotope.training.prefetch import prefetch

SIZE = 16  # batches of a shard
HALVES = ("context", "query", "relation")
OWN = ("truth", "weight", "example", "view")  # what a batch holds beside its tokens
STORES = {"half": np.uint16, "single": np.float32, "whole": np.int32}


class ShardedCorpus:
    """Batches from the shards in a folder; past the last one they begin anew.

    Raises:
        NoFileError: there are none.
        DataError: they were drawn by another configuration.
    """

    def __init__(self, folder: Path, about: dict) -> None:
        self.folder, self.count = folder, len(_there(folder)) * SIZE
        if not self.count:
            raise NoFileError(f"`shards` must be a folder of packed batches; {folder} holds none. Pack some with --pack COUNT.")
        _same(folder, about)

    def batch(self, step: int) -> Batch:
        """The batch of a number; the live corpus's, its features rounded to bf16."""
        number, place = divmod(step % self.count, SIZE)
        arrays, tables = _open(str(self.folder), number)
        parts: dict[str, Any] = {name: _read(arrays, *where) for name, where in tables[place].items()}
        for name in [name.removesuffix(".0") for name in parts if name.endswith(".0")]:
            parts[name] = parts.pop(f"{name}.0"), parts.pop(f"{name}.1")
        own = {name: parts.pop(name) for name in OWN if name in parts}
        return Batch(Tokens(**parts), **own)

    def compare(self, live: Batches) -> None:
        """Draw the first batch anew and hold it against the stored one.

        Raises:
            DataError: they differ: tokens, worlds or sets are not what they were when the shards were packed.
        """
        now, then = dict(flatten(live.batch(0))), dict(flatten(self.batch(0)))
        same = now.keys() == then.keys() and all(now[k].shape == then[k].shape and np.allclose(now[k], then[k], 0.02, 0.02) for k in now)
        if not same:
            raise DataError(
                f"Packed batches must be those that would be drawn today; the first one in {self.folder} is another. "
                "Remove the folder and pack again."
            )


def pack_batches(
    corpus: Batches, folder: Path, count: int, about: dict, workers: int = 0, tell: Callable[[dict], None] = lambda line: None
) -> int:
    """Draw the first `count` batches (full shards of them) and write those that are not there yet; returns how many are there then.

    Args:
        corpus: where batches come from.
        folder: for the shards.
        about: what decides the draws; shards of another configuration are refused.
        workers: processes that draw.
        tell: called after each shard with the number of batches that are there.

    Raises:
        DataError: the folder holds shards of another configuration.
        ChronotopeError: a shard cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "about.json").exists():
        write_whole([(folder / "about.json", json.dumps(about, indent=1).encode())], 1000, "Make room and start again.")
    _same(folder, about)
    there = len(_there(folder))
    shards = range(there, -(-count // SIZE))
    batches = prefetch(corpus, (number * SIZE + place for number in shards for place in range(SIZE)), workers)
    for number in shards:
        _write(folder, number, [next(batches) for _ in range(SIZE)])
        tell({"batches": (number + 1) * SIZE})
    return (there + len(shards)) * SIZE


def flatten(batch: Batch) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of a batch by name; pairs as `name.0` and `name.1`."""
    for name, value in {**vars(batch.tokens), **batch.own()}.items():
        if isinstance(value, tuple):
            yield from ((f"{name}.{side}", part) for side, part in enumerate(value))
        else:
            yield name, value


def _write(folder: Path, number: int, batches: list[Batch]) -> None:
    pieces: dict[str, list[np.ndarray]] = {store: [] for store in STORES}
    ends = dict.fromkeys(STORES, 0)
    tables: list[dict[str, tuple]] = []
    for batch in batches:
        tables.append({})
        for name, array in flatten(batch):
            store = ("half" if name.split(".")[0] in HALVES else "single") if array.dtype.kind == "f" else "whole"
            flat = _halved(array) if store == "half" else array.astype(STORES[store])
            tables[-1][name] = (store, ends[store], list(array.shape), array.dtype.str)
            pieces[store].append(flat.ravel())
            ends[store] += flat.size
    files = [(folder / f"{number:05d}.{store}.npy", _npy(np.concatenate(parts))) for store, parts in pieces.items()]
    files.append((folder / f"{number:05d}.json", json.dumps(tables).encode()))
    then = f"Make room and pack again: the {number * SIZE} batches before are whole, and it goes on from there."
    write_whole(files, sum(len(content) for _, content in files), then)


def _read(arrays: dict[str, np.ndarray], store: str, start: int, shape: list[int], dtype: str) -> np.ndarray:
    raw = np.array(arrays[store][start : start + int(np.prod(shape))])
    if store == "half":
        raw = torch.from_numpy(raw.view(np.int16)).view(torch.bfloat16).float().numpy()
    return raw.astype(np.dtype(dtype), copy=False).reshape(shape)


def _halved(array: np.ndarray) -> np.ndarray:
    return torch.from_numpy(np.ascontiguousarray(array)).to(torch.bfloat16).view(torch.int16).numpy().view(np.uint16)


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@lru_cache(maxsize=256)
def _open(folder: str, number: int) -> tuple[dict[str, np.ndarray], list[dict]]:
    stem = Path(folder) / f"{number:05d}"
    arrays = {store: np.load(f"{stem}.{store}.npy", mmap_mode="r") for store in STORES}
    return arrays, json.loads(Path(f"{stem}.json").read_text())


def _there(folder: Path) -> list[Path]:
    """Tables of the shards that are whole; a shard's table is written last."""
    return sorted(folder.glob("[0-9]*.json"))


def _same(folder: Path, about: dict) -> None:
    found = json.loads((folder / "about.json").read_text()) if (folder / "about.json").exists() else {}
    wrong = [key for key in about if found.get(key) != json.loads(json.dumps(about[key]))]
    if wrong:
        raise DataError(
            f"Packed batches must be those of this configuration; {folder} has {wrong[0]} {found.get(wrong[0])}, not {about[wrong[0]]}. "
            "Name another folder under `shards`, or pack again."
        )
