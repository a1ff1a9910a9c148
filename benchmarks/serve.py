"""How quickly a server answers: one, four and fifty clients that each ask for a forecast of 207 places x 288 steps, 12 ahead.

    python benchmarks/serve.py [--workers 1] [--seconds 60] [--model NAME]

Every request sends another panel, so that nothing is answered from memory. Beside each figure stands its ratio to the same call made
directly in one process at the same time, as other work on the machine slows both; and how busy the machine was with other work.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd

PLACES, STEPS, HORIZON = 207, 288, 12


def panel(seed: int) -> bytes:
    """A day of speeds in five minutes, a column per sensor, as CSV."""
    rng = np.random.default_rng(seed)
    hours = np.arange(STEPS)[:, None]
    values = 62 - 18 * np.exp(-(((hours - 100 - 30 * rng.random(PLACES)) / 28) ** 2)) + rng.normal(size=(STEPS, PLACES))
    times = pd.date_range("2012-03-01", periods=STEPS, freq="5min")
    frame = pd.DataFrame(values.round(2), index=pd.Index(times, name="time"), columns=[f"s{k}" for k in range(PLACES)])
    return frame.to_csv().encode()


def body(table: bytes, model: str | None) -> tuple[bytes, str]:
    """A form with the table, and its content type."""
    fields = {"horizon": str(HORIZON), "format": "csv", **({"model": model} if model else {})}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields.items()]
    parts += [b'--b\r\nContent-Disposition: form-data; name="file"; filename="panel.csv"\r\n\r\n', table, b"\r\n--b--\r\n"]
    return b"".join(parts), "multipart/form-data; boundary=b"


def ask(port: int, sent: tuple[bytes, str]) -> tuple[float, int]:
    """Seconds and status of one request."""
    start = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("POST", "/v1/forecast?wait=600", sent[0], {"Content-Type": sent[1]})
    answer = connection.getresponse()
    count = answer.read().count(b"\n")
    connection.close()
    return time.perf_counter() - start, answer.status if answer.status != 200 or count == PLACES * HORIZON + 1 else -1


def clients(port: int, count: int, seconds: float, sent: list[tuple[bytes, str]]) -> list[tuple[float, int]]:
    """What so many clients saw who ask one call after the other."""
    made: list[tuple[float, int]] = []
    until = time.monotonic() + seconds

    def one(number: int) -> None:
        turn = number
        while time.monotonic() < until:
            made.append(ask(port, sent[turn % len(sent)]))
            turn += count

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made


def direct(tables: list[bytes], model: str | None) -> list[float]:
    """Seconds of the same call in this process."""
    import torch

    import chronotope as ct

    torch.set_num_threads(1)
    loaded, times = ct.load(model), []
    with tempfile.TemporaryDirectory() as folder:
        for k, table in enumerate(tables):
            path = Path(folder) / "panel.csv"
            path.write_bytes(table)
            start = time.perf_counter()
            loaded.forecast(ct.open(path), HORIZON).save(Path(folder) / f"{k}.csv")
            times.append(time.perf_counter() - start)
    return times[1:]  # the first one loads


def resident(pid: int) -> float:
    """Gigabytes of memory of a process and those it started."""
    total = 0.0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = place.read_text().rpartition(")")[2].split()
            if int(place.parent.name) == pid or int(words[1]) == pid:
                total += int(words[21]) * os.sysconf("SC_PAGE_SIZE") / 1e9
        except (OSError, ValueError, IndexError):
            continue
    return total


class Watch(threading.Thread):
    """The most memory that a server took."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.most, self.ended = pid, 0.0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.2):
            self.most = max(self.most, resident(self.pid))


def figures(name: str, found: list[tuple[float, int]], seconds: float, base: float, watch: Watch) -> None:
    """A line of the table."""
    times = np.array([one for one, status in found if status == 200])
    wrong = sum(status != 200 for _, status in found)
    p50, p95 = np.percentile(times, [50, 95])
    load = os.getloadavg()[0]
    print(
        f"{name:>10}  {len(times):5d} answers  {wrong} errors  {len(times) / seconds:5.2f}/s  p50 {p50:6.2f} s  p95 {p95:6.2f} s = "
        f"{p95 / base:5.2f} x direct  memory {watch.most:.2f} GB  load {load:.1f} on {os.cpu_count()} cores",
        flush=True,
    )


def main() -> None:
    """Start a server, ask it, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--model")
    parser.add_argument("--port", type=int, default=8765)
    told = parser.parse_args()
    sent = [body(panel(seed), told.model) for seed in range(24)]
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; panels of {len(sent[0][0]) / 1e3:.0f} kB")
    with tempfile.TemporaryDirectory() as folder:
        words = ["serve", "--port", str(told.port), "--folder", folder, "--workers", str(told.workers)]
        server = subprocess.Popen([sys.executable, "-m", "chronotope", *words], stderr=subprocess.DEVNULL)
        try:
            wait_for(told.port)
            watch = Watch(server.pid)
            watch.start()
            base = float(np.median(direct([panel(seed) for seed in range(6)], told.model)))
            print(f"direct: {base:.2f} s (median of 5, one thread); an idle server takes {resident(server.pid):.2f} GB")
            for count, seconds in ((1, told.seconds / 3), (4, told.seconds / 2), (50, told.seconds)):
                start = time.monotonic()
                found = clients(told.port, count, seconds, sent)
                base = float(np.median(direct([panel(seed) for seed in range(4)], told.model)))
                figures(f"{count} client{'s' if count > 1 else ''}", found, time.monotonic() - start, base, watch)
            watch.ended.set()
        finally:
            server.terminate()
            server.wait(20)


def wait_for(port: int) -> None:
    """Until the server can work."""
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("the server did not get ready")


if __name__ == "__main__":
    main()
