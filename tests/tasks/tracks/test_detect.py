"""Detect in tracks: planted faults come first, a clean field is flagged about as often as asked, and a turned scene is told the same."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

import chronotope as ct

MODEL = ct.load("baseline:mix")
START = pd.Timestamp("2024-05-01")


def walks(seed=0, objects=12, steps=80):
    """x and y (objects, steps) of walkers that turn slowly, read with an error."""
    rng = np.random.default_rng(seed)
    heading = rng.uniform(0, 6.3, (objects, 1)) + np.cumsum(rng.normal(0, 0.15, (objects, steps)), axis=1)
    way = np.cumsum(rng.uniform(0.8, 1.5, (objects, 1)) * np.exp(1j * heading), axis=1) + rng.uniform(-60, 60, (objects, 1)) * (1 + 1j)
    return way + 0.02 * (rng.standard_normal(way.shape) + 1j * rng.standard_normal(way.shape))


def tracks(way, degrees=False):
    """As a field; in degrees around 60 north, a tenth of a kilometre a step."""
    names, stamps = [f"w{k}" for k in range(len(way))], START + pd.to_timedelta(10 * np.arange(way.shape[1]), unit="s")
    east, north = (way.real, way.imag) if not degrees else (7 + way.real * 1e-3 / np.cos(np.deg2rad(60)), 60 + way.imag * 1e-3)
    columns = ("lon", "lat") if degrees else ("x", "y")
    table = pd.DataFrame({"id": np.repeat(names, way.shape[1]), "time": np.tile(stamps, len(way))})
    return ct.open(table.assign(**dict(zip(columns, (east.ravel(), north.ravel())))), kind="tracks")


def scores(found, way):
    """Scores (objects, steps), NaN as 0."""
    name = found.variables[0]
    return np.nan_to_num(found.dataset[f"{name}_score"].transpose("object", "time").values).reshape(way.shape)


def planted(kind):
    """Faulty ways and where the faults are."""
    way, truth = walks(), np.zeros((12, 80), bool)
    if kind == "jump":
        for k, t in ((1, 20), (4, 50), (9, 33), (11, 70)):
            way[k, t] += 4 * np.exp(1j * k)
            truth[k, t] = True
    elif kind == "offset":
        way[3, 30:42] += 5 - 3j
        truth[3, 30:42] = True
    elif kind == "stuck":
        way[6, 40:50] = way[6, 40]
        truth[6, 40:50] = True
    else:
        way[[2, 7], 25:45] = way[[7, 2], 25:45]
        truth[[2, 7], 25:45] = True
    return way, truth


@pytest.mark.parametrize("kind", ["jump", "offset", "stuck", "swapped"])
def test_planted_faults_come_first_and_are_named(kind):
    way, truth = planted(kind)
    found = MODEL.detect(tracks(way))
    speed = np.abs(np.diff(way, axis=1, prepend=way[:, :1]))
    plain = np.abs(speed - np.median(speed)) / np.median(np.abs(speed - np.median(speed)))
    reached = average_precision_score(truth.ravel(), scores(found, way).ravel())
    assert reached > 0.85 and reached > average_precision_score(truth.ravel(), plain.ravel()) + 0.3
    event = found.events().iloc[0]
    k, t = np.argwhere(truth)[0]
    assert kind in set(found.events()["kind"].head(4)) and f"w{k}" in {name for names in found.events()["places"].head(4) for name in names}
    if kind != "jump":
        assert event["kind"] == kind and event["places"][0] in event["evidence"]
        assert abs(event["start"] - (START + pd.Timedelta(10 * t, "s"))) <= pd.Timedelta("10s")


def test_dims_names_and_order_are_those_of_the_field():
    field = tracks(walks(), degrees=True)
    data = MODEL.detect(field, rate=0.05).to_xarray()
    assert set(data.data_vars) == {f"{name}_{part}" for name in ("lat", "lon") for part in ("expected", "low", "high", "score", "flag")}
    assert data["lat_score"].dims == ("time", "object") and list(data["object"].values) == list(field.dataset["object"].values)
    assert data["lat_flag"].dtype == bool and (data["lat_score"].values == data["lon_score"].values).all()
    inside = np.isfinite(data["lat_expected"].values)
    assert inside.mean() > 0.95 and (data["lat_low"].values[inside] <= data["lat_expected"].values[inside]).all()
    held = [
        (data[f"{name}_low"].values <= field.dataset[name].values) & (field.dataset[name].values <= data[f"{name}_high"].values)
        for name in ("lat", "lon")
    ]
    assert 0.9 < (held[0] & held[1])[inside].mean() < 1


@pytest.mark.parametrize("rate", [0.05, 0.01])
def test_about_the_rate_is_flagged_of_clean_walks(rate):
    shares = [MODEL.detect(tracks(walks(seed, 20, 100)), rate=rate).meta["flagged"] / 2000 for seed in range(3)]
    assert 0.5 * rate < np.mean(shares) < 1.5 * rate


def test_a_shifted_or_larger_scene_has_the_same_scores_and_a_turned_one_nearly():
    way = planted("offset")[0]
    plain = scores(MODEL.detect(tracks(way)), way)
    moved = scores(MODEL.detect(tracks(1000 - 500j + 3 * way)), way)
    np.testing.assert_allclose(moved, plain, atol=1e-3)
    turned = scores(MODEL.detect(tracks(1j * way)), way)  # other stretches are tried where there are too many for all
    assert np.corrcoef(turned.ravel(), plain.ravel())[0, 1] > 0.995


def test_a_jump_does_not_speak_for_the_fixes_beside_it():
    way = walks()
    clean = MODEL.detect(tracks(way)).dataset["x_expected"].transpose("object", "time").values
    way[1, 20] += 500
    found = MODEL.detect(tracks(way)).dataset["x_expected"].transpose("object", "time").values
    assert np.abs(found - clean)[1, 18:23].max() < 2


def test_what_cannot_be_told_has_no_score_and_says_so():
    table = tracks(walks()).to_pandas().rename(columns={"object": "id"})
    alone = pd.DataFrame({"id": ["lone"], "time": [START], "x": [0.0], "y": [0.0]})
    with pytest.warns(ct.DataWarning, match="no score"):
        found = MODEL.detect(ct.open(pd.concat([table, alone]), kind="tracks"))
    assert np.isnan(found.to_pandas().set_index("object").loc["lone", "score"])
    with pytest.raises(ct.DataError, match="between two others"):
        MODEL.detect(tracks(walks(0, 2, 8)))
    with pytest.raises(ct.ArgumentError, match="of tracks the positions are read"):
        MODEL.detect(tracks(walks()), target="x")
    with pytest.raises(ct.ArgumentError, match="rate"):
        MODEL.detect(tracks(walks()), rate=2)


def test_it_is_drawn_told_and_written(tmp_path):
    found = MODEL.detect(tracks(planted("offset")[0], degrees=True))
    assert found.plot("w3").get_title(loc="left").startswith("w3, ") and found.map() is not None
    assert "fixes are flagged" in found.report(tmp_path / "r.html").read_text() and "Detection" in found._repr_html_()
    rows = pd.read_csv(found.save(tmp_path / "d.csv"))
    assert len(rows) == 12 * 80 and list(rows)[:2] == ["time", "object"] and rows["flag"].sum() == found.meta["flagged"]
    with pytest.raises(ct.ArgumentError, match="place must be an object"):
        found.plot("nobody")


def test_the_order_of_the_rows_and_of_the_objects_changes_nothing():
    rng = np.random.default_rng(0)
    times = pd.date_range("2024-01-01", periods=40, freq="h")
    steps = rng.normal(0, 0.01, (2, 5, 40)).cumsum(axis=2)
    table = pd.DataFrame(
        {"object": np.repeat(list("abcde"), 40), "time": np.tile(times, 5), "lat": 50 + steps[0].ravel(), "lon": 8 + steps[1].ravel()}
    )
    one, other = (MODEL.detect(ct.open(rows, kind="tracks")) for rows in (table, table.iloc[::-1]))
    found = other.to_xarray().sel(object=list("abcde"))
    for name, array in one.to_xarray().data_vars.items():
        np.testing.assert_array_equal(found[name].values, array.values)
    assert one.events().astype(str).equals(other.events().astype(str))
