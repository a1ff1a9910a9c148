"""Embed of tracks: laws of motion stand apart; where, heading, size, clock and order do not enter, and the rate of fixes little."""

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.tasks.alike import adjusted_rand

MODEL = ct.load("baseline:mix")
LAWS = ("walk", "leaps", "straight", "circles", "home")


def way(law, rng, steps=160):
    """Positions (t,), complex, of one mover."""
    noise = rng.standard_normal(steps) + 1j * rng.standard_normal(steps)
    if law == "walk":
        return np.cumsum(noise)
    if law == "leaps":
        return np.cumsum((rng.pareto(1.2, steps) + 1) * np.exp(2j * np.pi * rng.random(steps)))
    if law == "straight":
        return np.cumsum(np.exp(1j * rng.uniform(0, 6.3)) + 0.2 * noise)
    if law == "circles":
        return np.cumsum(np.exp(1j * (rng.uniform(0, 6.3) + 0.12 * np.arange(steps))) + 0.2 * noise)
    at = np.zeros(steps, complex)
    for k in range(1, steps):
        at[k] = 0.85 * at[k - 1] + noise[k]
    return at


def movers(seed=0, each=8):
    """Ways by name."""
    rng = np.random.default_rng(seed)
    return {f"{law}{k}": 10 ** rng.uniform(-2, 2) * way(law, rng) for law in LAWS for k in range(each)}


def field(ways, step="1min", start="2024-05-01"):
    rows = [
        pd.DataFrame({"id": name, "time": pd.date_range(start, periods=len(one), freq=step), "x": one.real, "y": one.imag})
        for name, one in ways.items()
    ]
    return ct.open(pd.concat(rows), kind="tracks")


WAYS = movers()
PLAIN = MODEL.embed(field(WAYS))


def test_laws_of_motion_stand_apart():
    labels = {name: name.rstrip("0123456789") for name in WAYS}
    assert ct.classify(PLAIN, labels, k=3).attrs["accuracy"] > 0.95
    speeds = np.array([[np.abs(np.diff(one)).mean(), np.abs(one - one.mean()).max()] for one in WAYS.values()])
    assert ct.classify(np.log(speeds), list(labels.values()), k=3).attrs["accuracy"] < 0.8
    groups = ct.cluster(PLAIN, n=len(LAWS))["cluster"]
    assert adjusted_rand(groups.to_numpy(), np.array(list(labels.values()))) > 0.6


@pytest.mark.parametrize(
    "change",
    [lambda z: 1j * z, lambda z: z + 5000 - 300j, lambda z: 40 * z, lambda z: z.conj()],
    ids=["turned", "moved", "larger", "mirrored"],
)
def test_where_how_large_and_in_what_heading_does_not_matter(change):
    other = MODEL.embed(field({name: change(one) for name, one in WAYS.items()}))
    np.testing.assert_allclose(np.asarray(other), np.asarray(PLAIN), atol=2e-3)


def test_when_how_fast_and_in_what_order_does_not_matter():
    names = list(WAYS)[::-1]
    other = MODEL.embed(field({name: WAYS[name] for name in names}, "7h", "1999-01-01"))
    rows = [list(other.places).index(name) for name in PLAIN.places]
    np.testing.assert_allclose(np.asarray(other)[rows], np.asarray(PLAIN), atol=2e-3)


def test_half_of_the_fixes_move_a_vector_little():
    thin = np.asarray(MODEL.embed(field({name: one[::2] for name, one in WAYS.items()})))
    whole = np.asarray(PLAIN)
    apart = np.sqrt(((whole[:, None] - whole) ** 2).sum(axis=2))
    moved = np.sqrt(((whole - thin) ** 2).sum(axis=1))
    assert np.median(moved) < 0.35 * np.median(apart[apart > 0])
    law = np.array([name.rstrip("0123456789") for name in PLAIN.places])
    nearest = np.sqrt(((thin[:, None] - whole) ** 2).sum(axis=2)).argmin(axis=1)
    assert (law[nearest] == law).mean() > 0.9


def test_dims_labels_windows_and_the_whole():
    assert PLAIN.vectors.dims == ("object", "feature") and PLAIN.vectors.shape == (40, 64) and PLAIN.meta["per"] == "object"
    assert list(PLAIN.places) == list(field(WAYS).dataset["object"].values) and list(PLAIN.to_pandas())[:2] == ["object", "f0"]
    windows = MODEL.embed(field(WAYS), "window", window=40)
    assert windows.vectors.dims == ("window", "object", "feature") and windows.vectors.shape == (4, 40, 64)
    assert windows.vectors["window"].values[1] == np.datetime64("2024-05-01T00:40") and np.isfinite(windows.vectors).all()
    whole = MODEL.embed(field(WAYS), "field")
    np.testing.assert_allclose(np.asarray(whole)[0], np.asarray(PLAIN).mean(axis=0), atol=1e-4)
    near = ct.similar(PLAIN, to="circles0", k=3)
    assert near["place"].str.startswith("circles").all() and len(near) == 3
    last = MODEL.embed(field(WAYS), context="60min")
    np.testing.assert_allclose(np.asarray(last), np.asarray(MODEL.embed(field({n: z[-60:] for n, z in WAYS.items()}))), atol=2e-3)


def test_what_cannot_be_described_is_nan_and_said(tmp_path):
    with pytest.warns(ct.DataWarning, match="1 of 41 objects"):
        made = MODEL.embed(field(WAYS | {"still": np.zeros(30, complex)}))
    rows = made.to_pandas().set_index("object")
    assert rows.loc["still"].isna().all() and rows.drop("still").notna().all(axis=None)
    assert made.map() is not None and made.plot() is not None
    assert "vectors of 64 numbers" in made.report(tmp_path / "r.html").read_text()
    for wrong, words in (
        ({"per": "x"}, "object"),
        ({"window": "zz", "per": "window"}, "length of time"),
        ({"target": "x"}, "positions are read"),
    ):
        with pytest.raises(ct.ArgumentError, match=words):
            MODEL.embed(field(WAYS), **wrong)
    with pytest.raises(ct.DataError, match="8 fixes"):
        MODEL.embed(field({"a": WAYS["walk0"][:5], "b": WAYS["walk1"][:5]}))
