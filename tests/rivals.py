"""Rivals for tests: skipped where their package is not installed."""

import pytest

from chronotope.baselines.rivals import rival
from chronotope.errors import MissingExtraError


def wanted(call):
    """The rival, or a skip."""
    try:
        return rival(call)
    except MissingExtraError as error:
        pytest.skip(str(error))
