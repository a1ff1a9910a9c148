"""stress: models on a file that is disturbed on purpose."""

from __future__ import annotations

from typing import Any

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown
from chronotope.calls.schema import MODELS, Length, Opening, SomeWords, TableCall, option
from chronotope.calls.work import check_outputs, model_of, open_and_warn, set_up, write_table


class StressCall(TableCall, Opening):
    """Plant drifts and faults of known size, and score models before, at and after.

    Without --drift and --fault all of them are planted, one at a time.
    """

    horizon: Length = option(24, "steps ahead, or a length of time such as 6h or 2d", "--horizon", metavar="STEPS")
    models: SomeWords = option(None, MODELS, "--model", "-m", metavar="NAME")
    drift: SomeWords = option(None, "step or ramp; may be repeated", metavar="KIND")
    fault: SomeWords = option(None, "outage, noise or units; may be repeated", metavar="KIND")
    size: float = option(1.0, "of drifts and noise, in standard deviations of each place", metavar="X")
    every: int = option(1, "steps from one origin to the next", metavar="STEPS")
    before: int = option(120, "steps before the break that are forecast", metavar="STEPS")
    after: int = option(72, "steps after its first 24 that are forecast", metavar="STEPS")
    rate: float = option(0.05, "accepted share of false alarms", metavar="SHARE")
    seed: int = option(0, "seed of everything drawn at random", metavar="N")


def run(call: StressCall, progress: Progress = SILENT) -> Result:
    """The table, perhaps written."""
    check_outputs(call)
    field = open_and_warn(call, progress)
    set_up(call)
    with progress.working("disturbing"):
        from chronotope.evaluate.protocols.stress import stress
        from chronotope.evaluate.scores.table import broken_lines

        models = [model_of(name) for name in call.models or (None, "baseline:mix")]
        options: dict[str, Any] = {key: getattr(call, key) for key in ("size", "every", "before", "after", "rate", "seed", "target")}
        if call.drift or call.fault:
            options |= {"drift": call.drift or (), "faults": call.fault or ()}
        table = stress(models, field, call.horizon, **options)
        write_table(call, table)
    shown = Shown(table, f"disturbed from {table.attrs['break']} on", ("rmse", "bias", "r2", "wql", "n", "broken"))
    facts = {"output": call.output, **table.attrs, "warnings": list(field.warnings), "rows": table}
    return Result(table, facts, (shown, *broken_lines(table)))
