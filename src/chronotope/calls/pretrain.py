"""pretrain: a configuration or a preset to weights with their card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result
from chronotope.calls.saved import options_of
from chronotope.calls.schema import READING, Minutes, SomeCount, Working, option
from chronotope.calls.work import set_up
from chronotope.errors import ArgumentError


class PretrainCall(Working):
    """Train a network from a configuration, from a preset, or from a preset with some of its fields replaced by a configuration.

    A run that was stopped goes on from its last checkpoint with --resume. Under torchrun many processes share the work.
    """

    file: Path | None = option(None, "the configuration", metavar="CONFIG.yaml", panel=READING, argument=True)
    preset: str | None = option(None, "tiny, small or base", metavar="NAME", panel=READING)
    resume: bool = option(False, "go on from the last checkpoint")
    minutes: Minutes = option(None, "end within so much time, with a checkpoint", metavar="M")
    pack: SomeCount = option(None, "only draw so many batches beforehand, into the folder `shards`", metavar="COUNT")
    dry_run: bool = option(False, "only say what it would take: parameters, memory, work")


def run(call: PretrainCall, progress: Progress = SILENT) -> Result:
    """What the call asks for: a plan, or the folder of packed batches or of weights.

    Raises:
        ArgumentError: neither a configuration nor a preset is named, or one of the fields is wrong.
    """
    set_up(call)
    return _work(call, configuration(call), progress)


def configuration(call: PretrainCall) -> dict[str, Any]:
    """The preset's fields for the device that is there, replaced by those of the file."""
    if call.file is None and call.preset is None:
        raise ArgumentError("CONFIG.yaml or --preset must be given; neither was. See --help for what it takes.")
    own = {} if call.file is None else options_of("CONFIG.yaml", call.file)
    if call.preset is None:
        return own
    from chronotope.training.config import preset
    from chronotope.training.distributed import pick_device

    return preset(call.preset, pick_device(str(own.get("device", "auto"))).type != "cpu") | own


def _work(call: PretrainCall, config: dict[str, Any], progress: Progress) -> Result:
    if call.dry_run:
        from chronotope.training.plan import plan

        facts = plan(config)
        words = "\n".join(f"{key:>14}  {value if isinstance(value, str) else f'{value:,.0f}'}" for key, value in facts.items())
        return Result(facts, facts, (words,))
    from chronotope.training.run import pack_shards, pretrain

    def told(line: dict[str, Any]) -> None:
        words = (f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}" for key, value in line.items())
        progress.line("  ".join(words), detail=False)

    folder = pretrain(config, call.resume, told, call.minutes) if call.pack is None else pack_shards(config, call.pack, told)
    return Result(folder, {"folder": folder}, (f"wrote {folder}",))
