"""What-if of tracks: who followed is moved, strangers are not, and what nothing in the past shows is refused."""

import numpy as np
import pandas as pd
import pytest
from tests.tasks.tracks.test_explain import NAMES, convoy
from tests.tasks.tracks.test_forecast import START

from chronotope.errors import ArgumentError, DataError, KindError
from chronotope.opening.open import open_field
from chronotope.tasks.load import load
from chronotope.tasks.responding.borne_out import borne_out

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.errors.DataWarning")
MIX = load("baseline:paths_mix")


def supposed(table, close="leader", horizon=4, **options):
    return MIX.whatif(open_field(table, kind="tracks"), horizon, close=close, **options)


def test_without_who_walks_ahead_followers_go_elsewhere_and_strangers_do_not():
    table = convoy()
    made, field = supposed(table), open_field(table, kind="tracks")
    moved = made.summary.set_index("variable")
    assert moved.index[0] == "second" and set(moved.index) <= set(NAMES[1:]) and ((moved["low"] > 0) & (moved["high"] > moved["low"])).all()
    out, whole = made.to_xarray(), MIX.forecast(field, 4)
    alone = MIX.forecast(open_field(table[table["id"] != "leader"], kind="tracks"), 4)
    strangers = [name for name in out["object"].values if name.startswith("stranger")]
    assert float(np.abs(out["x_difference"].sel(object=strangers)).max()) == 0
    assert np.isnan(out["x_then"].sel(object="leader")).all()
    told = np.stack([(alone.median[name] - whole.median[name]).sel(object="second") for name in ("x", "y")])
    found = np.stack([made.difference.median[name].sel(object="second") for name in ("x", "y")])
    assert (told * found).sum() / np.sqrt((told**2).sum() * (found**2).sum()) > 0.97
    np.testing.assert_allclose(out["x_as_it_is"].sel(object="third"), whole.dataset["x"].sel(object="third"), atol=1e-9)
    change = made.then.median["x"] - made.as_it_is.median["x"] - made.difference.median["x"]
    assert float(np.abs(change).max()) < 1e-9
    assert "second is" in made.words and "not what taking leader out would cause" in made.words
    with pytest.raises(KindError, match="draw"):
        made.plot()


def test_what_followed_is_measured_where_it_came():
    assert borne_out([(2.0, 1.0)] * 6).share == 2.0
    rng = np.random.default_rng(0)
    held = []
    for _ in range(200):
        told = rng.normal(size=(16, 8))
        came = 0.7 * told + rng.normal(size=told.shape)
        found = borne_out([(float((one * two).sum()), float((one**2).sum())) for one, two in zip(told, came)])
        low, high = (found.share + found.score(level) * found.error for level in (0.1, 0.9))
        held.append(low <= 0.7 <= high)
    assert 0.7 < np.mean(held) < 0.9  # standard error 0.03
    assert borne_out([(1.0, 1.0)] * 3).sureness == 0


def test_nothing_after_the_origin_is_read():
    table, at = convoy(), START + pd.Timedelta(seconds=99)
    poisoned = table.copy()
    poisoned.loc[poisoned["time"] > at, ["x", "y"]] = 1e6
    one, other = (supposed(part, at=at) for part in (table, poisoned))
    pd.testing.assert_frame_equal(one.summary, other.summary)


@pytest.mark.parametrize(
    "options, kind, words",
    [
        ({"close": "stranger 0"}, DataError, "others go by stranger 0"),
        ({"close": "nobody"}, ArgumentError, "such as 'leader'"),
        ({"close": ()}, ArgumentError, "takes an object out"),
        ({"set": {"leader": "stay"}}, ArgumentError, "of tracks the positions are read"),
        ({"close": [*NAMES, "stranger 0", "stranger 1", "stranger 2"]}, ArgumentError, "leave somebody"),
        ({"at": START + pd.Timedelta(seconds=14)}, DataError, "at 5 origins"),
    ],
)
def test_refusals(options, kind, words):
    with pytest.raises(kind, match=words):
        supposed(convoy(), **options)


def test_the_call_writes_and_says(tmp_path, monkeypatch):
    import chronotope as ct

    monkeypatch.chdir(tmp_path)
    convoy().to_csv("convoy.csv", index=False)
    options = {"kind": "tracks", "horizon": 4, "close": "leader", "model": "baseline:paths_mix", "output": "then.csv"}
    made = ct.run("whatif", file="convoy.csv", **options)
    table = pd.read_csv("then.csv")
    assert set(table["answer"]) == {"as_it_is", "then", "difference"} and "second is" in made.facts["words"]
    with pytest.raises(KindError, match="Leave --report out"):
        ct.run("whatif", file="convoy.csv", **options | {"output": "other.csv", "report": "page.html"})
    assert not (tmp_path / "other.csv").exists()  # what is refused leaves nothing behind
