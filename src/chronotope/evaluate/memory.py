"""How much memory a piece of work takes at most."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """A list that holds, afterwards, the most memory above what was held before, in MB; NaN where the system does not tell."""
    found = [float("nan")]
    before = float("nan")
    with suppress(OSError):
        _RESET.write_text("5")  # the high-water mark starts from here
        before = _resident("VmRSS")
    try:
        yield found
    finally:
        with suppress(OSError):
            found[0] = max(_resident("VmHWM") - before, 0.0)


def _resident(key: str) -> float:
    """A line of the process's status in MB."""
    line = next((one for one in _STATUS.read_text().splitlines() if one.startswith(key)), "")
    return float(line.split()[1]) / 1024 if line else float("nan")
