"""Every table of an answer stands on the clock of the source."""

import numpy as np
import pandas as pd

from chronotope.harmonize.clean import clean
from chronotope.opening.open import open_field
from chronotope.tasks.load import load


def test_events_windows_and_masked_values_stand_in_the_zone_of_the_data():
    hours = pd.date_range("2023-06-20", periods=240, freq="h", tz="Europe/Berlin")
    load_ = 50 + 20 * np.sin(np.arange(240) / 24 * 2 * np.pi) + np.random.default_rng(0).normal(0, 1, 240)
    load_[205] = 500.0
    field, model = open_field(pd.DataFrame({"time": hours, "load": load_})), load("baseline:linear")
    events = model.detect(field).events()
    assert hours[205] in list(events["start"]) and events["end"].dt.tz is not None
    assert list(clean(field, ["spike"])[1]["first"]) == [hours[205]]
    windows = load("tiny").embed(field, per="window").to_pandas()["window"]
    assert windows.iloc[0] == hours[0]
    hidden = load("baseline:mix").explain(field, 3, kinds="time").to_pandas()["hidden"]
    assert any(text.endswith(" to 2023-06-29 23:00") for text in hidden)
