"""Edges by hand on a line and a square, and against brute force."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DimensionError, KindError
from chronotope.harmonize.graph import delaunay, from_distances, gaussian_kernel, k_nearest
from chronotope.inspect.sphere import distance
from chronotope.opening.open import open_field


def sites(positions, names=("y", "x")) -> Field:
    positions = np.asarray(positions, float)
    coords = {"time": pd.date_range("2020", periods=2), "place": [f"p{i}" for i in range(len(positions))]}
    coords |= {name: ("place", positions[:, k]) for k, name in enumerate(names)}
    return Field(xr.Dataset({"v": (("time", "place"), np.zeros((2, len(positions))))}, coords), "graph", ("v",), ("place",))


def edges_of(field: Field) -> dict[tuple[int, int], float]:
    assert field.edges is not None
    return {(int(s), int(t)): float(w) for s, t, w in zip(field.edges.source, field.edges.target, field.edges.weight)}


LINE = [[0, 0], [0, 1], [0, 3], [0, 7]]


def test_nearest_on_a_line_by_hand():
    one = edges_of(k_nearest(sites(LINE), 1, weights="one", symmetric=False))
    assert one == {(1, 0): 1.0, (0, 1): 1.0, (1, 2): 1.0, (2, 3): 1.0}
    assert set(edges_of(k_nearest(sites(LINE), 1, weights="one"))) == {(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)}
    assert set(edges_of(k_nearest(sites(LINE), 1, radius=2))) == {(0, 1), (1, 0), (1, 2), (2, 1)}
    far = edges_of(k_nearest(sites(LINE), 1, weights="inverse", symmetric=False))
    assert far[(2, 3)] == pytest.approx(0.5) and far[(0, 1)] == 1.0, "lengths 1, 1, 2, 4 have the mean 2"


def test_nearest_on_the_sphere_agrees_with_brute_force_across_the_dateline():
    rng = np.random.default_rng(0)
    latlon = np.stack([rng.uniform(-20, 20, 60), (rng.uniform(160, 200, 60) + 180) % 360 - 180], axis=1)
    got = edges_of(k_nearest(sites(latlon, ("lat", "lon")), 4, symmetric=False))
    metres = distance(latlon[:, None], latlon[None])
    np.fill_diagonal(metres, np.inf)
    assert set(got) == {(int(j), i) for i in range(60) for j in np.argsort(metres[i])[:4]}


def test_places_on_one_spot_are_neighbours_and_not_their_own():
    got = edges_of(k_nearest(sites([[0, 0], [0, 0], [0, 0], [5, 5]]), 2))
    assert all(a != b for a, b in got) and {(0, 1), (1, 2), (0, 2)} <= set(got)


def test_a_square_and_its_middle_make_four_triangles():
    square = [[0, 0], [0, 2], [2, 0], [2, 2], [1, 1]]
    got = edges_of(delaunay(sites(square)))
    assert set(got) == {(a, b) for x, y in [(0, 1), (0, 2), (1, 3), (2, 3), (0, 4), (1, 4), (2, 4), (3, 4)] for a, b in ((x, y), (y, x))}
    short = edges_of(delaunay(sites(square), longest=1.5))
    assert set(short) == {(a, b) for x in range(4) for a, b in ((x, 4), (4, x))}
    assert got[(0, 4)] > got[(0, 1)], "nearer is heavier"


def test_places_on_one_line_are_a_chain():
    assert set(edges_of(delaunay(sites([[0, 3], [0, 0], [0, 7], [0, 1]])))) == {(1, 3), (3, 1), (3, 0), (0, 3), (0, 2), (2, 0)}
    assert len(edges_of(delaunay(sites([[0, 0], [1, 1]])))) == 2


def test_distances_become_gaussian_weights():
    matrix = np.array([[0, 1.0, np.inf], [2.0, 0, 4.0], [np.nan, 3.0, 0]])
    got = edges_of(from_distances(sites([[0, 0]] * 3), matrix, scale=2.0, cut=0.05))
    assert got == pytest.approx({(0, 1): np.exp(-0.25), (1, 0): np.exp(-1), (2, 1): np.exp(-2.25)}, rel=1e-6)
    both = edges_of(from_distances(sites([[0, 0]] * 3), matrix, scale=2.0, cut=0.05, symmetric=True))
    assert both[(1, 0)] == both[(0, 1)] == pytest.approx(np.exp(-0.25)) and both[(1, 2)] == pytest.approx(np.exp(-2.25))
    np.testing.assert_allclose(gaussian_kernel(np.array([1.0, 3.0])), np.exp([-1.0, -9.0]), err_msg="their deviation is 1")


def test_old_edges_go_and_the_panel_carries_the_new():
    field = open_field(builders.graph_arrays())
    out = k_nearest(field, 2)
    assert field.edges is not None and len(field.edges.source) == 3, "the field that came in keeps its edges"
    assert len(out.panel().edges.source) == len(out.edges.source) >= 10 and "edges: " in out.dataset.attrs["history"]
    assert len(out.sel(place=["z0", "z1"]).edges.source) == 2


def test_refusals():
    field = sites(LINE)
    with pytest.raises(ArgumentError, match="between 1 and 3"):
        k_nearest(field, 4)
    with pytest.raises(ArgumentError, match="weights"):
        k_nearest(field, 1, weights="cosine")
    with pytest.raises(DimensionError, match="4 x 4"):
        from_distances(field, np.zeros((3, 3)))
    with pytest.raises(ArgumentError, match="0 or above"):
        from_distances(field, -np.ones((4, 4)))
    with pytest.raises(ArgumentError, match="scale"):
        gaussian_kernel(np.ones(3), 0.0)
    with pytest.raises(KindError, match="grid_to_points"):
        k_nearest(open_field(builders.grid()), 1)
    with pytest.raises(KindError, match="sites="):
        delaunay(open_field(builders.wide_table()))
