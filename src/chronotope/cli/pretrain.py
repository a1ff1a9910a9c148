"""`chronotope pretrain`: a configuration or a preset to weights with their card."""

from __future__ import annotations

import os
import sys
from typing import Any

from chronotope.cli.house import refuse
from chronotope.cli.schemas import PretrainCall
from chronotope.cli.work import set_up, tell


def run(call: PretrainCall) -> None:
    """Train, and say where the weights are."""
    set_up(call)
    work(call, configuration(call))


def configuration(call: PretrainCall) -> dict[str, Any]:
    """The preset's fields for the device that is there, replaced by those of the file."""
    from chronotope.cli.verb import read_yaml

    if call.file is None and call.preset is None:
        refuse("CONFIG.yaml or --preset must be given; neither was. See --help for what it takes.")
    own = {} if call.file is None else read_yaml("CONFIG.yaml", str(call.file))
    if call.preset is None:
        return own
    from chronotope.training.config import preset
    from chronotope.training.distributed import pick_device

    return preset(call.preset, pick_device(str(own.get("device", "auto"))).type != "cpu") | own


def work(call: PretrainCall, config: dict[str, Any]) -> None:
    """What the call asks for: a plan, packed batches, or a training."""
    if call.dry_run:
        from chronotope.training.plan import plan

        facts = plan(config)
        tell(call, "\n".join(f"{key:>14}  {value if isinstance(value, str) else f'{value:,.0f}'}" for key, value in facts.items()), facts)
        return
    from chronotope.training.run import pack_shards, pretrain

    if call.pack is not None:
        folder = pack_shards(config, call.pack, lambda line: _progress(call, line))
    else:
        folder = pretrain(config, call.resume, lambda line: _progress(call, line), call.minutes)
    if os.environ.get("RANK", "0") == "0":
        tell(call, f"wrote {folder}", {"folder": folder})


def _progress(call: PretrainCall, line: dict[str, Any]) -> None:
    """One line of the log on stderr."""
    if not call.quiet and not call.json_output:
        words = (f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}" for key, value in line.items())
        print("  ".join(words), file=sys.stderr)
