"""Explain of tracks: a leader comes first, effects are those of hiding, shares add up to the path, nothing later is read."""

import numpy as np
import pandas as pd
import pytest
from tests.tasks.tracks.test_forecast import START, walks

from chronotope.data.scene import scene_of
from chronotope.errors import ArgumentError
from chronotope.opening.open import open_field
from chronotope.questions import Paths
from chronotope.tasks.load import load
from chronotope.tasks.tracks.forecast import RECENT, Call, question_of

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.errors.DataWarning")
MIX = load("baseline:paths_mix")
NAMES = ("leader", "second", "third", "fourth", "fifth")


def convoy(seed=0, steps=120, delay=6, strangers=3):
    """Five walkers one after the other on a way whose every step is a surprise to who walks in front; others far away."""
    rng = np.random.default_rng(seed)

    def way(n):
        return np.cumsum(2 * np.exp(1j * rng.uniform(0, 2 * np.pi, n)) + 1.0)

    n = steps + delay * len(NAMES)
    lead = way(n)
    noise = 0.05 * (rng.standard_normal((len(NAMES), steps)) + 1j * rng.standard_normal((len(NAMES), steps)))
    at = {name: lead[n - steps - delay * k : n - delay * k] + noise[k] for k, name in enumerate(NAMES)}
    at |= {f"stranger {k}": way(steps) + 3000 * (k + 1) for k in range(strangers)}
    rows = [(name, START + pd.Timedelta(seconds=t), one[t].real, one[t].imag) for name, one in at.items() for t in range(steps)]
    return pd.DataFrame(rows, columns=["id", "time", "x", "y"])


def explained(table, horizon=4, place="second", model=MIX, **options):
    return model.explain(open_field(table, kind="tracks"), horizon, place=place, **options)


def test_who_walks_ahead_comes_first_and_strangers_do_little():
    first, strangers = [], []
    for seed in range(4):
        made = explained(convoy(seed), kinds="object").of("object").set_index("hidden")["moved"]
        first.append(made.index[0] == "leader")
        strangers.append(made.filter(like="stranger").max() / made["leader"])
    assert np.mean(first) == 1 and np.mean(strangers) < 0.4


def test_an_effect_is_the_path_less_that_without_the_object():
    table = convoy()
    made, whole = explained(table), MIX.forecast(open_field(table, kind="tracks"), 4)
    out = made.to_xarray()
    np.testing.assert_allclose(out["x"].sel(object="second"), whole.median["x"].sel(object="second"), atol=1e-9)
    alone = MIX.forecast(open_field(table[table["id"] != "leader"], kind="tracks"), 4)
    for name in ("x", "y"):
        expected = (whole.median[name] - alone.median[name]).sel(object="second")
        np.testing.assert_allclose(out[f"{name}_effect"].sel(hidden="leader", object="second"), expected, atol=1e-6)
    apart = [(whole.dataset[name] - alone.dataset[name]).sel(object="second") for name in ("x", "y")]
    row = made.of("object").set_index("hidden").loc["leader"]
    np.testing.assert_allclose(row["moved"], float(np.hypot(*apart).mean()), rtol=1e-6)
    assert np.isnan(out["x_effect"].sel(object="third")).all() and out["x_effect"].dims == ("hidden", "time", "object")
    assert set(made.of("time")["hidden"].str.slice(0, 14)) == {"its own before"}


@pytest.mark.parametrize("name", ["baseline:paths_mix", "tiny"])
def test_shares_add_up_to_one_and_to_the_path(name):
    field = open_field(walks(1, objects=8, steps=50), kind="tracks")
    shares = load(name).explain(field, 30, place="w1", kinds="time").shares
    told, last = load(name).forecast(field, 30).median, field.to_pandas().query("object == 'w1'").iloc[-1]
    for variable in ("x", "y"):
        rows = shares[shares["variable"] == variable]
        assert abs(rows["share"].sum() - 1) < 1e-6 and (rows["what"].str.len() > 10).all()
        way = float(told[variable].sel(object="w1").mean()) - last[variable]
        np.testing.assert_allclose((rows["share"].fillna(1) * rows["says"]).sum(), way, atol=1e-6)
        moved = float(rows[rows["what"].str.contains("network")]["says"].abs().max())
        assert moved > 1e-3 if name == "tiny" else moved < 1e-9


def test_a_single_rule_mixes_none():
    assert len(explained(walks(1, objects=8, steps=50), 6, "w1", load("baseline:constant_velocity"), kinds="time").shares) == 0


def test_shares_of_every_lead_are_the_path_itself():
    from chronotope.baselines.paths import PathMix

    scene = scene_of(
        (call := Call.of(open_field(walks(2), kind="tracks"), 40, None, None, (), ())).fixes, call.step, call.origins[0], RECENT
    )
    asked = question_of(scene, 40, Paths((0.5,)))
    found, path = PathMix().shares(asked), PathMix().answer(asked).path
    way = path - scene.panel.values[-1]
    there = np.isfinite(way)
    np.testing.assert_allclose(found.median[there], way[there], atol=1e-9)
    np.testing.assert_allclose(found.share.sum(axis=0)[there], 1.0)


def test_nothing_after_the_origin_is_read():
    table, at = convoy(), START + pd.Timedelta(seconds=99)
    poisoned = table.copy()
    poisoned.loc[poisoned["time"] > at, ["x", "y"]] = 1e6
    one, other = (explained(part, at=at) for part in (table, poisoned))
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.shares, other.shares)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"kinds": "place"}, "object, time"),
        ({"place": "nobody"}, "such as 'leader'"),
        ({"most": 0}, "at least 1"),
        ({"target": "x"}, "of tracks the positions are read"),
        ({"at": [START + pd.Timedelta(seconds=60)]}, "one time stamp"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(ArgumentError, match=words):
        explained(convoy(), **({"place": "second"} | options))


def test_the_call_writes_and_shows(tmp_path, monkeypatch):
    import chronotope as ct

    monkeypatch.chdir(tmp_path)
    convoy().to_csv("convoy.csv", index=False)
    made = ct.run(
        "explain", file="convoy.csv", kind="tracks", horizon=4, about="second", model="baseline:paths_mix", output="why.csv", most=2
    )
    table = pd.read_csv("why.csv")
    assert set(table["kind"]) == {"object", "time"} and "leader" in list(table["hidden"])
    assert made.made.plot().get_xlabel().startswith("position: moved") and made.facts["shares"]["share"].sum() == pytest.approx(2)
