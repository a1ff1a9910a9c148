"""`chronotope stress`: models on a file that is disturbed on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import field_validator

from chronotope.cli.schemas import MODELS, WRITING, Opening, option
from chronotope.cli.work import check_outputs, open_and_warn, set_up, tell_table, waiting


class StressCall(Opening):
    """Plant drifts and faults of known size, and score models before, at and after.

    Without --drift and --fault all of them are planted, one at a time.
    """

    horizon: str = option("24", "steps ahead, or a length of time such as 6h or 2d", "--horizon", metavar="STEPS")
    models: list[str] | None = option(None, MODELS, "--model", "-m", metavar="NAME")
    drift: list[str] | None = option(None, "step or ramp; may be repeated", metavar="KIND")
    fault: list[str] | None = option(None, "outage, noise or units; may be repeated", metavar="KIND")
    size: float = option(1.0, "of drifts and noise, in standard deviations of each place", metavar="X")
    every: int = option(1, "steps from one origin to the next", metavar="STEPS")
    before: int = option(120, "steps before the break that are forecast", metavar="STEPS")
    after: int = option(72, "steps after its first 24 that are forecast", metavar="STEPS")
    rate: float = option(0.05, "accepted share of false alarms", metavar="SHARE")
    seed: int = option(0, "seed of everything drawn at random", metavar="N")
    output: Path | None = option(None, "also write the table: .csv or .parquet", "--output", "-o", metavar="OUT", panel=WRITING)
    overwrite: bool = option(False, "replace what is already there", panel=WRITING)

    @field_validator("models", "drift", "fault", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


def run(call: StressCall) -> None:
    """Print, and perhaps write, the table."""
    check_outputs(call)
    field = open_and_warn(call)
    set_up(call)
    with waiting(call, "disturbing"):
        import chronotope as ct
        from chronotope.evaluate.protocols.stress import stress

        models = [ct.load(name) for name in call.models] if call.models else [ct.load(), ct.load("baseline:mix")]
        options: dict[str, Any] = {key: getattr(call, key) for key in ("size", "every", "before", "after", "rate", "seed", "target")}
        if call.drift or call.fault:
            options |= {"drift": call.drift or (), "faults": call.fault or ()}
        table = stress(models, field, int(call.horizon) if call.horizon.strip().isdigit() else call.horizon, **options)
        if call.output is not None:
            from chronotope.data.writers import write

            write(table, call.output, overwrite=call.overwrite)
    shown = table if call.json_output or call.verbose else table.drop(columns=["rmse", "bias", "r2", "wql", "n"])
    tell_table(call, shown, f"disturbed from {table.attrs['break']} on", output=call.output, **table.attrs)
