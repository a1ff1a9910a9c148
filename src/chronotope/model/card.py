"""Weights on disk: half-precision safetensors beside a JSON card. Loading never unpickles and never opens the network."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from chronotope.errors import DataError, NoFileError

if TYPE_CHECKING:
    from chronotope.backbone.network import Network

WEIGHTS, CARD = "weights.safetensors", "card.json"


def write_weights(folder: Path, network: Network, name: str, about: dict) -> Path:
    """Write `weights.safetensors` (float16) and `card.json` to `folder`."""
    import torch
    from safetensors.torch import save_file

    from chronotope import __version__

    folder.mkdir(parents=True, exist_ok=True)
    parameters = sum(p.numel() for p in network.parameters())
    card = {"name": name, "version": __version__, "architecture": network.config.to_dict(), "parameters": parameters, **about}
    halves = {k: v.detach().to(torch.float16).contiguous() for k, v in network.state_dict().items()}
    save_file(halves, folder / (WEIGHTS + ".partial"))
    os.replace(folder / (WEIGHTS + ".partial"), folder / WEIGHTS)
    (folder / (CARD + ".partial")).write_text(json.dumps(card, indent=1))
    os.replace(folder / (CARD + ".partial"), folder / CARD)
    return folder


def read_card(folder: Path) -> dict:
    """The card of the weights in `folder`.

    Raises:
        NoFileError: the folder holds no card.
    """
    path = folder / CARD
    if not path.exists():
        raise NoFileError(
            f"A model folder must hold {CARD} and {WEIGHTS}; {folder} has no {CARD}. Point to a folder that `chronotope pretrain` wrote."
        )
    return json.loads(path.read_text())


def read_network(folder: Path) -> Network:
    """The network whose weights lie in `folder`, in float32, ready to answer.

    Raises:
        NoFileError: a file is missing.
        DataError: the weights do not fit the card, or were made for other tokens than this version's.
    """
    import torch
    from safetensors.torch import load_file

    from chronotope.backbone.network import Network, NetworkConfig

    card = read_card(folder)
    if not (folder / WEIGHTS).exists():
        raise NoFileError(f"A model folder must hold {WEIGHTS}; {folder} does not. Copy it there or train again.")
    network = Network(NetworkConfig(**card["architecture"]))
    state = {k: v.to(torch.float32) for k, v in load_file(folder / WEIGHTS).items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        found = str(error).splitlines()[0]
        raise DataError(
            f"The weights in {folder} must fit their card; they do not ({found}). Train them again with this version."
        ) from error
    return network.eval()
