"""Start a run from weights made for fewer floors: what they know is kept, what is new enters with zero weight.

    python scripts/widen_weights.py OLD_CHECKPOINT.safetensors RUN_FOLDER CONFIG.yaml
    chronotope pretrain CONFIG.yaml --resume

The run's folder gets a checkpoint at step 0, with the tokens seen so far in its report.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
import yaml
from safetensors import safe_open

from chronotope.backbone.network import NetworkConfig
from chronotope.tokens import tokenizer
from chronotope.tokens.candidates import FLOORS, SPREADS
from chronotope.tokens.clock import SLOTS
from chronotope.training.checkpoint import save_checkpoint
from chronotope.training.run import PretrainConfig, build_network

KINDS = ("repeat", "phase", "phase_all", "anomaly")
OLD_SPREADS = ("marginal", "phase_quantiles")
OLD = ("last", "level", "damped", *(f"{kind}{k}" for kind in KINDS for k in range(SLOTS)), "near", "near_anomaly", "ridge", *OLD_SPREADS)


def columns(floors: tuple[str, ...], spreads: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Names of the columns of context and of query tokens, in the tokenizer's order."""
    patch = tokenizer.PATCH
    many = lambda name, count: [f"{name}.{i}" for i in range(count)]  # noqa: E731
    statics = many("static", 12) + [f"static.{f}" for f in floors]
    seen = many("seen", 4 * patch)
    context = seen + many("clock", 8) + statics
    about = [f"relative.{i}.{f}" for i in range(patch) for f in floors] + [f"error.{f}" for f in floors] + [f"there.{f}" for f in floors]
    query = seen + about + many("mix", 2 * patch) + many("clock", 8) + many("lead", 2) + [f"width.{d}" for d in spreads] + statics
    return context, query


def widened(name: str, old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    """`old` in the shape of `new`, matched by column or floor name."""
    before, after = columns(OLD, OLD_SPREADS), columns(FLOORS, SPREADS)
    out = torch.zeros_like(new)
    if name.startswith("head.gate"):
        out[[FLOORS.index(f) for f in OLD]] = old
    elif name.startswith(("embed_context", "embed_query")) and new.dim() == 2 and new.shape != old.shape:
        side = int(name.startswith("embed_query"))
        where = {c: i for i, c in enumerate(after[side])}
        out[:, [where[c] for c in before[side]]] = old
    else:
        out.copy_(old)
    return out


def main() -> None:
    """Read, widen, write."""
    source, folder, config = (Path(a) for a in sys.argv[1:4])
    options = PretrainConfig.model_validate(yaml.safe_load(config.read_text()))
    network = build_network(options)
    assert isinstance(network.config, NetworkConfig)
    with safe_open(source, "pt") as file:
        report = json.loads(file.metadata()["about"])["report"]
        old = {k.removeprefix("average."): file.get_tensor(k) for k in file.keys() if k.startswith("average.")}  # noqa: SIM118
    state = {k: widened(k, old[k].float(), v) for k, v in network.state_dict().items()}
    network.load_state_dict(state)
    optimizer = torch.optim.AdamW(network.parameters())
    save_checkpoint(folder / "checkpoint.safetensors", network, state, optimizer, {"step": 0, "report": {"tokens": report["tokens"]}})


if __name__ == "__main__":
    main()
