"""The log of a training: what a line says, and where lines go beside `log.jsonl`."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from chronotope.errors import MissingExtraError
from chronotope.training.distributed import Team


class Meter:
    """Sums between two lines of the log, and the clock since the first batch of this run was there.

    Args:
        steps: of the whole schedule.
        first: step from which this run goes on.
        team: whose sums are wanted.
        now: clock, in seconds.
    """

    def __init__(self, steps: int, first: int, team: Team, now: Callable[[], float] = time.perf_counter) -> None:
        self.steps, self.first, self.team, self.now = steps, first, team, now
        self.began: float | None = None
        self.tokens = self.fresh = self.broken = 0
        self._clear()

    def _clear(self) -> None:
        self.sums: dict[str, float] = {}
        self.good, self.skipped, self.norm = 0, 0, 0.0
        self.waited, self.since = 0.0, self.now()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Around the wait for a batch. The first one is the start, and no part of a step."""
        began = self.now()
        yield
        if self.began is None:
            self.began = self.since = self.now()
        else:
            self.waited += self.now() - began

    def step(self, parts: dict[str, float], norm: float, tokens: int) -> None:
        """One step: this process's parts of the loss, the gradient's norm before clipping, the tokens read here."""
        self.fresh += tokens
        if not math.isfinite(norm):
            self.skipped, self.broken = self.skipped + 1, self.broken + 1
            return
        self.good, self.norm = self.good + 1, self.norm + norm
        for name, value in parts.items():
            self.sums[name] = self.sums.get(name, 0.0) + value

    def report(self, before: dict) -> dict:
        """`before` with the tokens that all processes read, and the steps that were left out, since this was last called."""
        fresh, broken = int(self.team.total({"tokens": self.fresh})["tokens"]), self.broken
        self.tokens, self.fresh, self.broken = self.tokens + fresh, 0, 0
        now = before | {"tokens": before["tokens"] + fresh}
        return now | {"skipped": before.get("skipped", 0) + broken} if broken else now

    def line(self, done: int, rate: float) -> dict:
        """The line after step `done`: means over the steps since the last line, speed since this run began; then sums begin anew.

        `rate` is the learning rate, `norm` the gradient's mean norm before clipping, `wait` the share of the time since the last line in
        which this process waited for batches, `skipped` how many steps were left out for a gradient that is no number.
        """
        now, began = self.now(), self.began if self.began is not None else self.now()
        spent = max(now - began, 1e-9)
        sums = self.team.total(self.sums) | {"norm": self.norm}
        line = {
            "step": done, **{k: round(v / self.good, 5) for k, v in sums.items() if self.good}, "rate": rate,
            "tokens_per_s": round(self.tokens / spent), "wait": round(self.waited / max(now - self.since, 1e-9), 3),
            "left_s": round((self.steps - done) * spent / (done - self.first)),
        }  # fmt: skip
        if self.skipped:
            line["skipped"] = self.skipped
        self._clear()
        return line


class Log(Protocol):
    """Somewhere that lines go."""

    def __call__(self, line: dict) -> None: ...

    def close(self) -> None: ...


class TensorBoard:
    """Curves in `folder/tensorboard`; after a resume they go on from step `first`."""

    def __init__(self, folder: Path, name: str, config: dict, first: int) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingExtraError(_missing("tensorboard")) from error
        self.writer = SummaryWriter(os.fspath(folder / "tensorboard"), purge_step=first + 1 if first else None)
        self.writer.add_text("config", "\n".join(f"    {key}: {value}" for key, value in config.items()), first)

    def __call__(self, line: dict) -> None:
        for name, value in line.items():
            if name != "step":
                self.writer.add_scalar(name, value, line["step"])
        self.writer.flush()

    def close(self) -> None:
        self.writer.close()


class MLflow:
    """A run of MLflow, wherever its own settings say; a resumed training goes on in the run it began."""

    def __init__(self, folder: Path, name: str, config: dict, first: int) -> None:
        try:
            import mlflow
        except ImportError as error:
            raise MissingExtraError(_missing("mlflow")) from error
        self.mlflow, note = mlflow, folder / "mlflow_run.txt"
        if first and note.exists():
            mlflow.start_run(run_id=note.read_text().strip())
            return
        run = mlflow.start_run(run_name=name)
        mlflow.log_params(config)
        folder.mkdir(parents=True, exist_ok=True)
        note.write_text(run.info.run_id)

    def __call__(self, line: dict) -> None:
        self.mlflow.log_metrics({k: float(v) for k, v in line.items() if k != "step"}, step=line["step"])

    def close(self) -> None:
        self.mlflow.end_run()


LOGS: dict[str, Callable[[Path, str, dict, int], Log]] = {"tensorboard": TensorBoard, "mlflow": MLflow}


def _missing(name: str) -> str:
    return f"`log: [{name}]` needs the extra 'tracking'; {name} is not installed. Install chronotope[tracking], or leave it out."
