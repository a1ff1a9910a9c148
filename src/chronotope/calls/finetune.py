"""finetune: a network goes on learning on a file, and a folder of weights is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown
from chronotope.calls.schema import DEVICE, MODEL, WRITING, Device, Length, Minutes, Opening, SomeCount, option
from chronotope.calls.work import model_of, open_and_warn, set_up
from chronotope.errors import listed

METHOD = "what moves: lora (low-rank steps), head, full (every weight), prompt (tokens in front), or trees on its misses; lora by default"


class FinetuneCall(Opening):
    """Let a network go on learning on your data, and keep it if it answers the last fifth better than before.

    The folder that is written is a model: chronotope forecast FILE --model FOLDER.
    """

    method: Literal["lora", "head", "full", "prompt", "trees"] = option("lora", METHOD, metavar="METHOD")
    minutes: Minutes = option(None, "of wall clock for all of it; 5 unless --steps is given", metavar="M")
    steps: SomeCount = option(
        None, "of training (of trees: past origins); the same seed then gives the same weights bit by bit", metavar="N"
    )
    model: str | None = option(None, MODEL, "--model", "-m", metavar="NAME")
    device: Device = option("cpu", DEVICE, metavar="DEVICE")
    horizon: Length | None = option(None, "steps (or a time) ahead that trees learn; 24 by default", "--horizon", metavar="STEPS")
    known_future: list[str] = option([], "variables that trees may read ahead; repeat", "--known-future", metavar="NAME")
    seed: int = option(0, "seed of everything drawn at random", metavar="N")
    output: Path = option(..., "folder of the new model", "--output", "-o", metavar="FOLDER", panel=WRITING)
    overwrite: bool = option(False, "replace a model that is already there", panel=WRITING)


def run(call: FinetuneCall, progress: Progress = SILENT) -> Result:
    """The tuned model, or the one of before, written to a folder with the table of the validation."""
    from chronotope.tasks.finetune import check_folder

    check_folder(call.output, call.overwrite)
    field = open_and_warn(call, progress)
    set_up(call)
    with progress.working("fine-tuning"):
        options: dict[str, Any] = {key: getattr(call, key) for key in ("minutes", "steps", "seed", "target", "horizon")}
        options["known_future"] = tuple(call.known_future)
        tuned = model_of(call.model, call.device).finetune(field, call.method, **options)
        tuned.save(call.output, overwrite=call.overwrite)
    report = tuned.report
    assert report is not None
    kept = report[report["kept"]]
    gain, where = 1 - (kept["after"] / kept["before"]).mean(), "parts of the time left out" if call.method == "trees" else "the last fifth"
    if not len(kept):
        said = f"no better than before on {where}: the model is kept as it was"
    elif len(kept) < len(report):
        said = f"{gain:.1%} less loss than before on {where} for {listed(kept['variable'], 4)}; the rest is answered as before"
    else:
        said = f"{gain:.1%} less loss than before on {where}"
    facts = {"output": call.output, "kept": bool(len(kept)), "warnings": list(field.warnings), "rows": report}
    facts["definitions"] = report.attrs["definitions"]
    return Result(
        tuned,
        facts,
        (Shown(report, hidden=("moved", "floors", "error", "shape", "held_before", "held_after")), said, f"wrote {call.output}"),
    )
