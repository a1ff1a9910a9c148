"""Every rival whose package is installed obeys the contract of all models; those with weights of their own do in test_pretrained."""

import pytest

from chronotope.baselines.rivals import RIVALS, rival_class
from chronotope.evaluate.protocols.contract import CHECKS, check_model
from rivals import wanted

MADE = [name for name in RIVALS if not rival_class(name).__module__.endswith("pretrained")]
SLOW = {"auto_ets"}
SHORT = {"lightgbm": "lightgbm?trees=20"}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in MADE])
def test_rival_obeys(name, check):
    assert check_model(wanted(SHORT.get(name, name)), only=(check,)) == [check]
