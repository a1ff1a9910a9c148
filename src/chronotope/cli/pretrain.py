"""`chronotope pretrain`: a configuration to weights with their card."""

from __future__ import annotations

import sys
from typing import Any

from chronotope.cli.house import refuse
from chronotope.cli.schemas import PretrainCall
from chronotope.cli.work import set_up, tell


def run(call: PretrainCall) -> None:
    """Train, and say where the weights are."""
    from pydantic import ValidationError

    from chronotope.cli.verb import read_yaml, sentence_of
    from chronotope.training.run import PretrainConfig, pretrain

    config = read_yaml("CONFIG.yaml", str(call.file))
    set_up(call)
    try:
        folder = pretrain(config, resume=call.resume, tell=lambda line: _progress(call, line))
    except ValidationError as error:
        refuse(sentence_of(error, PretrainConfig.model_fields, "CONFIG.yaml"))
    tell(call, f"wrote {folder}", {"folder": folder})


def _progress(call: PretrainCall, line: dict[str, Any]) -> None:
    """One line of the log on stderr."""
    if not call.quiet and not call.json_output:
        words = (f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}" for key, value in line.items())
        print("  ".join(words), file=sys.stderr)
