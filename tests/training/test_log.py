"""Lines of the log: speed by a clock of our own, means over the steps there were, and where lines go."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from chronotope.errors import MissingExtraError
from chronotope.training.distributed import Team
from chronotope.training.log import LOGS, Meter


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


def _steps(meter, clock, count, wait, work, tokens=50, **parts):
    for _ in range(count):
        with meter.waiting():
            clock.time += wait
        clock.time += work
        meter.step(parts, 2.0, tokens)


def test_speed_counts_from_the_first_batch_of_this_run_and_waiting_from_the_last_line():
    clock = Clock()
    meter = Meter(100, 40, Team(), clock)
    with meter.waiting():
        clock.time += 30  # the start: processes, imports
    clock.time += 0.75
    meter.step({"loss": 1.0}, 2.0, 50)
    _steps(meter, clock, 1, 0.25, 0.75, loss=3.0)
    assert meter.report({"tokens": 7}) == {"tokens": 107}
    first = meter.line(42, 0.1)
    assert first == {
        "step": 42, "loss": 2.0, "norm": 2.0, "rate": 0.1, "tokens_per_s": round(100 / 1.75), "wait": round(0.25 / 1.75, 3),
        "left_s": round(58 * 1.75 / 2),
    }  # fmt: skip
    _steps(meter, clock, 2, 0.5, 0.5, loss=5.0)
    meter.report({"tokens": 7})
    second = meter.line(44, 0.1)
    assert second["loss"] == 5.0 and second["wait"] == 0.5 and second["tokens_per_s"] == round(200 / 3.75)


def test_steps_left_out_are_counted_and_not_averaged():
    meter = Meter(10, 0, Team(), Clock())
    meter.step({"loss": 1.0}, 2.0, 10)
    meter.step({"loss": float("nan")}, float("nan"), 10)
    assert meter.report({"tokens": 0}) == {"tokens": 20, "skipped": 1}
    line = meter.line(2, 0.1)
    assert line["skipped"] == 1 and line["loss"] == 1.0 and line["norm"] == 2.0
    meter.step({"loss": float("nan")}, float("inf"), 10)
    assert meter.line(3, 0.1).keys() == {"step", "rate", "tokens_per_s", "wait", "left_s", "skipped"}


LINES = [{"step": 2, "loss": 0.5, "rate": 0.1}, {"step": 4, "loss": 0.25, "rate": 0.05}]


def test_tensorboard_gets_a_curve_for_every_number(tmp_path, monkeypatch):
    told = []

    class Writer:
        def __init__(self, folder, purge_step):
            told.append((folder, purge_step))

        def add_text(self, name, text, step):
            told.append((name, text, step))

        def add_scalar(self, name, value, step):
            told.append((name, value, step))

        def flush(self): ...

        def close(self):
            told.append("closed")

    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    log = LOGS["tensorboard"](tmp_path, "mini", {"width": 32}, 1)
    for line in LINES:
        log(line)
    log.close()
    assert told[0] == (str(tmp_path / "tensorboard"), 2) and told[1] == ("config", "    width: 32", 1)
    assert told[2:] == [("loss", 0.5, 2), ("rate", 0.1, 2), ("loss", 0.25, 4), ("rate", 0.05, 4), "closed"]


def test_mlflow_goes_on_in_the_run_that_was_begun(tmp_path, monkeypatch):
    told = []

    def start_run(run_name=None, run_id=None):
        told.append(run_name or run_id)
        return SimpleNamespace(info=SimpleNamespace(run_id="abc"))

    fake = ModuleType("mlflow")
    fake.start_run, fake.end_run = start_run, lambda: told.append("ended")
    fake.log_params, fake.log_metrics = told.append, lambda numbers, step: told.append((numbers, step))
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    log = LOGS["mlflow"](tmp_path, "mini", {"width": 32}, 0)
    log(LINES[0])
    log.close()
    assert told == ["mini", {"width": 32}, ({"loss": 0.5, "rate": 0.1}, 2), "ended"]
    LOGS["mlflow"](tmp_path, "mini", {"width": 32}, 2)
    assert told[4:] == ["abc"]


@pytest.mark.parametrize("name, module", [("tensorboard", "torch.utils.tensorboard"), ("mlflow", "mlflow")])
def test_what_is_not_installed_is_named(tmp_path, monkeypatch, name, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"extra 'tracking'; {name} is not installed"):
        LOGS[name](tmp_path, "mini", {}, 0)


def test_curves_of_tensorboard_can_be_read_back(tmp_path):
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    log = LOGS["tensorboard"](tmp_path, "mini", {"width": 32}, 0)
    for line in LINES:
        log(line)
    log.close()
    read = events.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(e.step, e.value) for e in read.Scalars("loss")] == [(2, 0.5), (4, 0.25)]
