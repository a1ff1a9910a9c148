"""Which weights there are, and how a name becomes a predictor."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from chronotope.errors import ArgumentError
from chronotope.model.card import CARD, read_card, read_network
from chronotope.model.model import NetworkPredictor

SHIPPED = Path(__file__).parent / "weights"
DEFAULT = "small"


def list_models() -> list[dict[str, Any]]:
    """Name, parameters and tokens seen of the weights that ship with the package."""
    cards = [read_card(p.parent) for p in sorted(SHIPPED.glob(f"*/{CARD}"))]
    return [{"name": c["name"], "parameters": c["parameters"], "tokens": c.get("report", {}).get("tokens")} for c in cards]


def load_predictor(name: str | Path | None = None, device: str = "cpu") -> NetworkPredictor:
    """The network by name, or from a folder that `chronotope pretrain` wrote; None is the best that ships.

    Raises:
        ArgumentError: no such name or folder, or the device is not there.
        NoFileError, DataError: the folder is incomplete or does not fit.
    """
    folder = find_weights(name)
    _let_idle_threads_sleep()
    place = "cpu" if device == "cpu" else found_device(device)
    return NetworkPredictor(read_network(folder).to(place), folder.name, device=place)


def found_device(name: str) -> str:
    """The device of a name as torch knows it; "auto" is the best that is there.

    Raises:
        ArgumentError: there is none of that name.
    """
    import torch

    there = ["cpu", *(["mps"] if torch.backends.mps.is_available() else [])]
    there += ["cuda", *(f"cuda:{k}" for k in range(torch.cuda.device_count()))] if torch.cuda.is_available() else []
    if name == "auto":
        return "cuda" if "cuda" in there else there[-1]
    if name not in there:
        raise ArgumentError(f"device (--device) must be auto or one that is there ({', '.join(there)}); found {name!r}.")
    return name


def find_weights(name: str | Path | None = None) -> Path:
    """The folder of the weights by name, or the folder itself; None is the best that ships.

    Raises:
        ArgumentError: no such name or folder.
    """
    folder = SHIPPED / str(name or DEFAULT)
    if not folder.is_dir() and name is not None and Path(name).is_dir():
        folder = Path(name)
    if not folder.is_dir():
        known = ", ".join(m["name"] for m in list_models()) or "none"
        raise ArgumentError(f"A model must be one of the shipped names ({known}), a folder or 'baseline:NAME'; found {str(name)!r}.")
    return folder


def _let_idle_threads_sleep() -> None:
    """Between its many small products torch's idle threads would spin, and make everything beside them several times slower.

    Read once, when torch is loaded; whoever sets the variable, or has torch loaded already, keeps what they have.
    """
    if "torch" not in sys.modules:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
