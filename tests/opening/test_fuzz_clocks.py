"""Stamps in all forms of benchmarks/fuzz_clocks.py: the truth, a refusal, or a warning; never another date in silence."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "fuzz_clocks.py"
SPEC = importlib.util.spec_from_file_location("fuzz_clocks", PATH)
fuzz = importlib.util.module_from_spec(SPEC)
sys.modules["fuzz_clocks"] = fuzz
SPEC.loader.exec_module(fuzz)


@pytest.mark.parametrize("form", [*fuzz.FORMS, *fuzz.LOCAL])
def test_no_form_is_read_as_another_date_in_silence(form, tmp_path):
    found = [fuzz.outcome(case, tmp_path) for case in (fuzz.case_of(number, 3, form) for number in range(4))]
    assert {what for what, _ in found} <= {"right", "refused", "warned"}, found
    assert "right" in {what for what, _ in found} or form in ("yy/month/day",), found


def test_calendars_go_on_right():
    assert fuzz.ahead(150, 0) == []
