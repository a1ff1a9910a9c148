"""Servers: one with real workers for the whole run, and quick ones with planted calls."""

import importlib.util
import time
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

NEEDED = ("fastapi", "uvicorn", "multipart", "prometheus_client", "fastapi_offline", "httpx2")
LACKING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
collect_ignore_glob = ["test_*.py"] if LACKING else []  # of the serve and dev extras

if not LACKING:
    from starlette.testclient import TestClient

    from chronotope.calls import CALLS
    from chronotope.serve.app import make_app
    from chronotope.serve.limits import Limits
    from planted_calls import PLANTED, plain_worker


def flows() -> pd.DataFrame:
    """Ten days of hourly flows at three places, with a daily rhythm and a gap."""
    hours = pd.date_range("2024-03-01", periods=240, freq="h")
    rows = [
        (t, f"s{i}", 40 + 0.1 * i, -74 + 0.1 * i, round(50 + 10 * i + 20 * np.sin(2 * np.pi * k / 24 + i), 3))
        for i in range(3)
        for k, t in enumerate(hours)
        if not (i == 1 and 100 <= k < 104)
    ]
    return pd.DataFrame(rows, columns=["time", "place", "lat", "lon", "flow"])


def served(folder, limits=None, **options):
    """A client of a server that is warm."""
    return warm(make_app(limits or Limits(), folder, **options))


@contextmanager
def warm(app, wait=120.0):
    """A client of an application, once it can work."""
    with TestClient(app, base_url="http://localhost") as client:
        until = time.monotonic() + wait
        while client.get("/health").status_code != 200:
            assert time.monotonic() < until, "the worker did not get ready"
            time.sleep(0.05)
        yield client


@pytest.fixture(scope="session")
def client(tmp_path_factory):
    """A server as it is, for all tests that leave it as it was."""
    with served(tmp_path_factory.mktemp("server"), Limits(megabytes=2, rows=20_000, values=300_000, horizon=100, members=50)) as made:
        yield made


@pytest.fixture(scope="session")
def napper(tmp_path_factory):
    """A quick server with the calls of `planted_calls.py`, for all tests that leave it working."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CALLS, "nap", PLANTED["nap"])
        app = make_app(Limits(), tmp_path_factory.mktemp("napper"), hosts=("localhost", "127.0.0.1"), work=plain_worker)
    with warm(app) as made:
        yield made


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """`planted(limits, ...)`: such a server of one's own."""
    monkeypatch.setitem(CALLS, "nap", PLANTED["nap"])
    stack = []

    def start(limits=None, folder=tmp_path / "server", **options):
        made = served(folder, limits, work=plain_worker, **options)
        stack.append(made)
        return made.__enter__()

    yield start
    for made in reversed(stack):
        made.__exit__(None, None, None)


@pytest.fixture(scope="session")
def table():
    """The flows as CSV."""
    return flows().to_csv(index=False).encode()
