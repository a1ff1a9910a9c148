"""Fetch: sets of the benchmark whose owners publish them at an address, by checksum; every other set has to be there already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chronotope.errors import DataError, MissingExtraError

_GRAPH = "https://raw.githubusercontent.com/lehaifeng/T-GCN/master/data"
_SITES = "https://raw.githubusercontent.com/liyaguang/DCRNN/master/data/sensor_graph"
_WALKS = "https://raw.githubusercontent.com/abduallahmohamed/Social-STGCNN/master/datasets/raw/all_data"


@dataclass(frozen=True)
class Remote:
    """One file: where it belongs below the data root, its address, its SHA-256."""

    path: str
    url: str
    sha256: str


REMOTE: dict[str, tuple[Remote, ...]] = {
    "metr_la_week": (
        Remote("metr_la_week/los_speed.csv", f"{_GRAPH}/los_speed.csv", "7b732d86ae32b2930595becba28aff39dacbfb2197e250fc0332e1744ce2cbf4"),
        Remote("metr_la_week/los_adj.csv", f"{_GRAPH}/los_adj.csv", "7a6eb41e10677992b5af50f5ab187c6c05c5c3a92cb973950cfddbf857361e76"),
        Remote(
            "metr_la_week/graph_sensor_locations.csv",
            f"{_SITES}/graph_sensor_locations.csv",
            "eb8ea96e07358b45d0e4ba3b89c2673fa20c54af50150249e627389e749ade6f",
        ),
    ),
    "eth_ucy": (
        Remote("eth_ucy/students003.txt", f"{_WALKS}/students003.txt", "e25798b660634330aa89f8bb259425de720e84d0873902726c1d1f4ccff21d6c"),
    ),
}
"""Files that are passed on unchanged by the repositories of their authors; the licence is theirs, and research use is what it says."""


def fetch(folder: Path, names: tuple[str, ...] = (), retrieve: Callable[..., Any] | None = None) -> list[Path]:
    """Download the files that are not below `folder` yet; returns those that were written.

    Args:
        folder: data root.
        names: of `REMOTE`; all by default.
        retrieve: what downloads (`pooch.retrieve`).

    Raises:
        MissingExtraError: pooch is not installed.
        DataError: an address cannot be reached, or what it gives has another checksum.
    """
    wanted = [file for name in names or tuple(REMOTE) for file in REMOTE[name] if not (folder / file.path).exists()]
    if not wanted:
        return []
    retrieve = retrieve or _pooch()
    made = []
    for file in wanted:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            retrieve(url=file.url, known_hash=f"sha256:{file.sha256}", fname=target.name, path=target.parent)
        except Exception as error:
            raise DataError(
                f"{target.name} could not be fetched from {file.url} ({' '.join(str(error).split())[:120]}). "
                "Connect to the network, or put the file there yourself."
            ) from None
        made.append(target)
    return made


def _pooch() -> Callable[..., Any]:
    try:
        import pooch
    except ImportError:
        raise MissingExtraError("Fetching needs pooch, which is not installed. Install it with: pip install 'chronotope[data]'.") from None
    return pooch.retrieve
