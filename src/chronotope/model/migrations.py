"""Migrations: weights that were trained on an older list of token names, carried to today's by name.

What a layer read or wrote under a name it keeps; what is new is not read and adds nothing, so that answers start from
what the new floors' own errors say of them. Names that are gone end the migration in a sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chronotope.errors import DataError
from chronotope.evidence.candidates import FLOORS, SPREADS
from chronotope.evidence.clock import SLOTS
from chronotope.tokens.schema import CONTEXT_WIDTH, QUERY_WIDTH, SERIES, context_names, query_names

if TYPE_CHECKING:
    from torch import Tensor

_PERIODS = tuple(f"{kind}{k}" for kind in ("repeat", "phase", "phase_all", "anomaly") for k in range(SLOTS))
FLOORS_0_1 = (
    "last", "level", "damped", *_PERIODS, "near", "near_anomaly", "ridge", *(f"anomaly_all{k}" for k in range(SLOTS)), "around",
    "marginal", "phase_quantiles", "residual", "residual_phase",
)  # fmt: skip
SPREADS_0_1 = FLOORS_0_1[-4:]
SERIES_0_1 = tuple(name for name in SERIES if name != "moves")


def token_names(card: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The floors, the distributions among them and what describes a series, as a card's network read them; cards of 0.1.0 do not say."""
    told = card.get("tokens", {})
    known = {"floors": FLOORS_0_1, "spreads": SPREADS_0_1, "series": SERIES_0_1}
    floors, spreads, series = (tuple(told.get(name, before)) for name, before in known.items())
    return floors, spreads, series


def carried(card: dict[str, Any], state: dict[str, Tensor], folder: object) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Architecture and weights of a card under today's names; both as they are where the names are today's.

    Raises:
        DataError: the network reads names that no token has today.
    """
    floors, spreads, series = token_names(card)
    architecture = dict(card["architecture"])
    if (floors, spreads, series) == (FLOORS, SPREADS, SERIES):
        return architecture, state
    gone = [name for name in (*floors, *series) if name not in (*FLOORS, *SERIES)]
    if gone or spreads != SPREADS:
        raise DataError(
            f"Weights must be made for floors that this version has; those in {folder} read {', '.join(gone or spreads)}. "
            "Train them again, or use the version on their card."
        )
    per_step = tuple(f"{kind}.{floor}" for kind in ("apart", "size") for floor in FLOORS)
    old_step = tuple(f"{kind}.{floor}" for kind in ("apart", "size") for floor in floors)
    new = {
        "embed_context": (context_names(floors, series), context_names()),
        "embed_query": (query_names(floors, spreads, series), query_names()),
        "head.gate": (floors, FLOORS), "head.steps.own": (old_step, per_step), "head.steps.outer": (floors, FLOORS),
    }  # fmt: skip
    out = dict(state)
    for name in [name for name in state if name.startswith("embed_") and name.endswith(("inner.weight", "skip.weight"))]:
        out[name] = _moved(state[name], *new[name.split(".")[0]], axis=1)
    for name in [name for name in state if name.startswith(("head.gate.", "head.steps.outer."))]:
        out[name] = _moved(state[name], *new[name.rsplit(".", 1)[0]], axis=0)
    if "head.steps.own.weight" in state:
        out["head.steps.own.weight"] = _moved(state["head.steps.own.weight"], *new["head.steps.own"], axis=1)
    architecture |= {"context_width": CONTEXT_WIDTH, "query_width": QUERY_WIDTH, "floors": len(FLOORS)}
    return architecture, out


def _moved(a: Tensor, old: tuple[str, ...], new: tuple[str, ...], axis: int) -> Tensor:
    """`a` with the part under `old` names laid out as `new`, zero where a name is new; what lies behind them follows as it was."""
    import torch

    a = a.movedim(axis, 0)
    laid = a.new_zeros(len(new), *a.shape[1:])
    laid[torch.tensor([new.index(name) for name in old])] = a[: len(old)]
    return torch.cat([laid, a[len(old) :]]).movedim(0, axis).contiguous()
