"""Weights on disk: half-precision safetensors beside a JSON card. Loading never unpickles and never opens the network."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chronotope.errors import DataError, NoFileError

if TYPE_CHECKING:
    from chronotope.backbone.network import Network

WEIGHTS, CARD = "weights.safetensors", "card.json"


def write_weights(folder: Path, network: Network, name: str, about: dict[str, Any]) -> Path:
    """Write `weights.safetensors` (float16) and `card.json` to `folder`."""
    import torch
    from safetensors.torch import save_file

    from chronotope import __version__
    from chronotope.evidence.candidates import FLOORS, SPREADS
    from chronotope.tokens.schema import SERIES, fingerprint

    folder.mkdir(parents=True, exist_ok=True)
    parameters = sum(p.numel() for p in network.parameters())
    tokens = {"schema": fingerprint(), "floors": list(FLOORS), "spreads": list(SPREADS), "series": list(SERIES)}
    shape = network.config.to_dict()
    card = {"name": name, "version": __version__, "architecture": shape, "tokens": tokens, "parameters": parameters, **about}
    halves = {k: v.detach().to(torch.float16).contiguous() for k, v in network.state_dict().items()}
    save_file(halves, folder / (WEIGHTS + ".partial"))
    os.replace(folder / (WEIGHTS + ".partial"), folder / WEIGHTS)
    (folder / (CARD + ".partial")).write_text(json.dumps(card, indent=1))
    os.replace(folder / (CARD + ".partial"), folder / CARD)
    return folder


def read_card(folder: Path) -> dict[str, Any]:
    """The card of the weights in `folder`.

    Raises:
        NoFileError: the folder holds no card.
        DataError: the card cannot be read.
    """
    path = folder / CARD
    if not path.exists():
        raise NoFileError(
            f"A model folder must hold {CARD} and {WEIGHTS}; {folder} has no {CARD}. Point to a folder that `chronotope pretrain` wrote."
        )
    try:
        card = json.loads(path.read_text())
    except ValueError as error:
        raise DataError(f"{path} must be JSON; it cannot be read ({error}). Copy the folder again.") from error
    missing = [key for key in ("name", "architecture", "parameters") if not isinstance(card, dict) or key not in card]
    if missing:
        raise DataError(f"{path} must hold name, architecture and parameters; it has no {missing[0]}. Copy the folder again.")
    return card


def read_network(folder: Path) -> Network:
    """The network whose weights lie in `folder`, in float32, ready to answer.

    Raises:
        NoFileError: a file is missing.
        DataError: the weights do not fit the card, or were made for other tokens than this version's.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from chronotope.backbone.network import Network
    from chronotope.backbone.shape import NetworkConfig
    from chronotope.model.migrations import carried

    card = read_card(folder)
    if not (folder / WEIGHTS).exists():
        raise NoFileError(f"A model folder must hold {WEIGHTS}; {folder} does not. Copy it there or train again.")
    try:
        state = {k: v.to(torch.float32) for k, v in load_file(folder / WEIGHTS).items()}
        architecture, state = carried(card, state, folder)
        _check_tokens(folder, architecture)
        network = Network(NetworkConfig.of(architecture))
        network.load_state_dict(state)
    except DataError:
        raise
    except (RuntimeError, TypeError, ValueError, SafetensorError) as error:
        found = str(error).splitlines()[0]
        raise DataError(
            f"The weights in {folder} must fit their card; they do not ({found}). Train them again with this version."
        ) from error
    return network.eval()


def token_widths() -> dict[str, int]:
    """Sizes of this version's tokens, as an architecture names them."""
    from chronotope.evidence.candidates import FLOORS
    from chronotope.tokens import tokenizer

    return {
        "context_width": tokenizer.CONTEXT_WIDTH, "query_width": tokenizer.QUERY_WIDTH, "relations": tokenizer.RELATIONS,
        "patch": tokenizer.PATCH, "floors": len(FLOORS),
    }  # fmt: skip


def _check_tokens(folder: Path, architecture: dict[str, Any]) -> None:
    """Refuse weights that were made for other tokens than this version's."""
    for key, value in token_widths().items():
        if architecture.get(key) != value:
            raise DataError(
                f"Weights must be made for this version's tokens, {key} = {value}; those in {folder} have {architecture.get(key)}. "
                "Train them again, or use the version on their card."
            )
