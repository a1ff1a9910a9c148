"""The answers of the shipped weights stay what they were while walls move; tests/reference/pinned.py says how and when to remake them."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.weights
TOLERANCE = 1e-3  # of a deviation of the answer: other processors sum in another order


def _pinned():
    path = Path(__file__).parent / "reference" / "pinned.py"
    spec = importlib.util.spec_from_file_location("pinned", path)
    module = sys.modules.setdefault("pinned", importlib.util.module_from_spec(spec))
    if not hasattr(module, "FILE"):
        spec.loader.exec_module(module)
    return module


PINNED = _pinned()
STORED = dict(np.load(PINNED.FILE))


@pytest.fixture(scope="module")
def sources():
    return PINNED.sources()


@pytest.mark.parametrize("name", PINNED.WEIGHTS)
@pytest.mark.parametrize("source", sorted({key.split("/")[1] for key in STORED}))
def test_answers_are_the_stored_ones(name, source, sources):
    found = PINNED.answers(name, source, sources[source])
    assert set(found) == {key for key in STORED if key.startswith(f"{name}/{source}/")}
    for key, values in found.items():
        assert values.shape == STORED[key].shape, key
        moved = np.abs(values - STORED[key]).max() / STORED[key].std()
        assert moved < TOLERANCE, f"{key} moved by {moved:.2g} of its deviation"
