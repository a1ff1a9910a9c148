"""Edges beside the values: matrices by name and by order, lists, costs, and what does not fit."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import xarray as xr

from chronotope.errors import DataError
from chronotope.opening.open import open_field

PLACES = ["north", "south", "east", "west"]
ORDER = ["west", "east", "south", "north"]  # of the matrix, not of the data
TRUE = [("west", "east", 0.9), ("south", "north", 0.4)]


def values(names=PLACES):
    table = pd.DataFrame(np.random.default_rng(0).normal(50, 3, (12, len(names))), columns=names)
    return table.assign(time=pd.date_range("2024-01-01", periods=12, freq="h"))


def matrix(names=ORDER):
    square = pd.DataFrame(np.zeros((4, 4)), list(names), list(names))
    square.iloc[0, 1], square.iloc[2, 3] = 0.9, 0.4
    return square


def triples(field):
    names = [str(name) for name in field.dataset["place"].values]
    return [(names[a], names[b], round(float(w), 4)) for a, b, w in zip(field.edges.source, field.edges.target, field.edges.weight)]


def warnings_of(field):
    return [finding.text for finding in field.findings if finding.level == "warning"]


def _plain(path):
    matrix().to_csv(path)


def _index_named(path):
    matrix().rename_axis("station").to_csv(path)


def _semicolons(path):
    matrix().to_csv(path, sep=";", decimal=",")


def _tabs(path):
    matrix().to_csv(path, sep="\t")


def _rows_in_another_order(path):
    matrix().loc[PLACES].to_csv(path)


def _names_above_only(path):
    matrix().to_csv(path, index=False)


def _as_r_writes(path):
    lines = matrix().to_csv(sep=" ").splitlines()
    path.write_text("\n".join([lines[0].strip(), *lines[1:]]))


def _blanks(path):
    path.write_text(matrix().to_csv().replace("west", " west ").replace("south", '"South"'))


def _padded_by_a_comma(path):
    path.write_text("\n".join(line + "," for line in matrix().to_csv().splitlines()))


def _names_at_the_left_only(path):
    matrix().to_csv(path, header=False)


def _dashes_for_nothing(path):
    matrix().replace(0.0, np.nan).to_csv(path, na_rep="-")


@pytest.mark.parametrize(
    "write",
    [
        _names_at_the_left_only,
        _dashes_for_nothing,
        _plain,
        _index_named,
        _semicolons,
        _tabs,
        _rows_in_another_order,
        _names_above_only,
        _as_r_writes,
        _blanks,
        _padded_by_a_comma,
    ],
)
def test_a_matrix_of_text_is_read_by_its_names(tmp_path, write):
    write(tmp_path / "m.csv")
    field = open_field(values(), edges=tmp_path / "m.csv")
    assert sorted(triples(field)) == sorted(TRUE) and not warnings_of(field)
    assert any("by the names" in finding.text for finding in field.findings)


def test_frames_xarray_and_named_arrays_are_read_by_their_names(tmp_path):
    square = matrix()
    array = xr.DataArray(square.values, dims=("from", "to"), coords={"from": ORDER, "to": ORDER}, name="weight")
    array.to_netcdf(tmp_path / "m.nc", engine="h5netcdf")
    np.savez(tmp_path / "m.npz", adj=square.values, sensor_ids=np.array(ORDER))
    square.to_parquet(tmp_path / "m.parquet")
    columns = square.rename_axis("place").reset_index()
    arrays = {"w": square.values, "names": ORDER}
    for edges in (square, array, tmp_path / "m.nc", tmp_path / "m.npz", tmp_path / "m.parquet", columns, arrays):
        assert sorted(triples(open_field(values(), edges=edges))) == sorted(TRUE)


@pytest.mark.parametrize("names", [[104, 103, 102, 101], [104.0, 103.0, 102.0, 101.0], ["104", "103", "102", "101"]])
def test_numbers_as_names_are_one_name_in_every_type(tmp_path, names):
    matrix(names).to_csv(tmp_path / "m.csv")
    for edges in (matrix(names), tmp_path / "m.csv"):
        assert triples(open_field(values(["101", "102", "103", "104"]), edges=edges)) == [("102", "101", 0.4), ("104", "103", 0.9)]


def test_names_that_only_count_are_the_order_of_the_places(tmp_path):
    square = pd.DataFrame(np.eye(4, k=1))
    square.to_csv(tmp_path / "pandas.csv")
    square.set_axis(["V1", "V2", "V3", "V4"], axis=1).set_axis([1, 2, 3, 4], axis=0).to_csv(tmp_path / "r.csv")
    for edges in (square, tmp_path / "pandas.csv", tmp_path / "r.csv"):
        assert triples(open_field(values(), edges=edges)) == [("north", "south", 1.0), ("south", "east", 1.0), ("east", "west", 1.0)]
    counted = open_field(values(["1", "2", "3", "4"]), edges=tmp_path / "pandas.csv")
    assert triples(counted)[0] == ("1", "2", 1.0), "0 to 3 are positions where the places are called 1 to 4"


def test_a_matrix_of_some_of_the_places_says_which_have_no_edge():
    part = open_field(values(), edges=matrix().drop(index="north", columns="north"))
    assert triples(part) == [("west", "east", 0.9)]
    assert "'north'" in warnings_of(part)[0]
    more = matrix().reindex(index=[*ORDER, "up"], columns=[*ORDER, "up"], fill_value=0.5)
    field = open_field(values(), edges=more)
    assert sorted(triples(field)) == sorted(TRUE) and "'up'" in warnings_of(field)[0]


def test_names_that_do_not_match_are_told_by_the_first_ones():
    with pytest.raises(DataError, match=r"'a', 'b', 'c'.*'north', 'south', 'east'"):
        open_field(values(), edges=matrix(list("abcd")))
    with pytest.raises(DataError, match="'west' twice"):
        open_field(values(), edges=matrix(["west", "west", "south", "north"]))


@pytest.mark.parametrize("size", [2, 3, 4, 6])
def test_a_matrix_of_the_wrong_size_is_told_as_such(tmp_path, size):
    square = np.full((size, size), 0.1) + np.eye(size)
    np.savetxt(tmp_path / "m.csv", square, delimiter=",")
    np.savetxt(tmp_path / "m.txt", square, header="weights")
    np.save(tmp_path / "m.npy", square)
    np.savez(tmp_path / "m.npz", adj=square)
    sp.save_npz(tmp_path / "csr.npz", sp.csr_matrix(square))
    sp.save_npz(tmp_path / "coo.npz", sp.coo_matrix(square))
    files = [tmp_path / name for name in ("m.csv", "m.txt", "m.npy", "m.npz", "csr.npz", "coo.npz")]
    for edges in (*files, square, pd.DataFrame(square), sp.coo_array(square)):
        with pytest.raises(DataError, match=f"is {size} x {size}, the data has 5 places"):
            open_field(values(list("abcde")), edges=edges)


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "dia", "bsr"])
def test_every_sparse_matrix_of_scipy_is_read(tmp_path, kind):
    sp.save_npz(tmp_path / "m.npz", sp.csr_matrix(np.eye(4, k=1)).asformat(kind))
    assert [w for *_, w in triples(open_field(values(), edges=tmp_path / "m.npz"))] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_a_matrix_of_the_right_size_needs_no_names(tmp_path, size):
    np.savetxt(tmp_path / "m.csv", np.eye(size, k=1), fmt="%d", delimiter=",")
    edges = open_field(values(list("abcde")[:size]), edges=tmp_path / "m.csv").edges
    assert edges.source.tolist() == list(range(size - 1)) and edges.target.tolist() == list(range(1, size))


def listed(**columns):
    return pd.DataFrame({"from": ["west", "east", "south"], "to": ["east", "south", "north"]} | columns)


@pytest.mark.parametrize("costs", [[500.0] * 3, [500.0, 501.0, 502.0], [3.0, 3.0, np.nan]])
def test_costs_that_are_nearly_alike_still_join_the_places(costs):
    field = open_field(values(), edges=listed(cost=costs))
    known = np.array(costs)[np.isfinite(costs)]
    np.testing.assert_allclose(field.edges.weight, np.exp(-np.square(known / known.mean())), rtol=1e-6)


def test_what_is_no_edge_is_told():
    cases = {
        "weights below 0, such as -0.4": listed(weight=[-0.4, 0.5, 0.6]),
        "edges without a weight": listed(weight=[np.nan, 0.5, 0.6]),
        "costs below 0, such as -1": listed(cost=[-1.0, 5.0, 6.0]),
        "joins no two places": listed(weight=[0.0, 0.0, 0.0]),
        "joined already": listed(weight=[0.2, 0.5, 0.6]).set_axis([0, 1, 2]).iloc[[0, 0, 1]].assign(weight=[0.2, 0.3, 0.5]),
        "not in the data ('moon')": listed(weight=[0.2, 0.5, 0.6]).replace("north", "moon"),
    }
    for words, edges in cases.items():
        assert any(words in text for text in warnings_of(open_field(values(), edges=edges))), words
    assert triples(open_field(values(), edges=cases["joined already"])) == [("west", "east", 0.3), ("east", "south", 0.5)]
    with pytest.raises(DataError, match="line 2 holds 'strong'"):
        open_field(values(), edges=listed(weight=["strong", "0.5", "0.6"]))


def test_a_matrix_of_distances_is_doubted_and_by_its_name_turned_into_weights(tmp_path):
    away = pd.DataFrame([[0, 12, 30, 90], [12, 0, 20, 80], [30, 20, 0, 70], [90, 80, 70, 0]], ORDER, ORDER, dtype=float)
    assert "look like distances" in warnings_of(open_field(values(), edges=away))[0]
    away.to_csv(tmp_path / "distances.csv")
    field = open_field(values(), edges=tmp_path / "distances.csv")
    assert not warnings_of(field)
    apart = away.values[~np.eye(4, dtype=bool)]
    near = {(a, b): w for a, b, w in triples(field)}[("west", "east")]
    assert near == pytest.approx(np.exp(-((12 / apart.std()) ** 2)), abs=1e-4)


def test_one_way_edges_and_places_without_one_are_told():
    field = open_field(values(), edges=listed(weight=[0.1, 0.5, 0.6]).iloc[:1])
    assert any("2 places have no edge; every edge runs one way" in finding.text for finding in field.findings)


def test_json_networkx_and_lists_of_python_are_read(tmp_path):
    square = matrix()
    for orient in ("split", "columns"):
        (tmp_path / f"{orient}.json").write_text(square.to_json(orient=orient))
    (tmp_path / "named.json").write_text('{"names": ["west", "east", "south", "north"], "matrix": ' + str(square.values.tolist()) + "}")
    pd.DataFrame(TRUE, columns=["source", "target", "weight"]).to_json(tmp_path / "rows.json", orient="records")
    for name in ("split", "columns", "named", "rows"):
        assert sorted(triples(open_field(values(), edges=tmp_path / f"{name}.json"))) == sorted(TRUE), name
    pairs = pd.Series([0.9, 0.4], index=pd.MultiIndex.from_tuples([TRUE[0][:2], TRUE[1][:2]], names=["from", "to"]))
    for edges in (TRUE, [list(edge) for edge in TRUE], pairs, pairs.to_frame("weight")):
        assert sorted(triples(open_field(values(), edges=edges))) == sorted(TRUE)


def test_a_graph_of_networkx_keeps_its_directions():
    networkx = pytest.importorskip("networkx")
    graph = networkx.DiGraph()
    graph.add_weighted_edges_from(TRUE)
    assert sorted(triples(open_field(values(), edges=graph))) == sorted(TRUE)
    both = triples(open_field(values(), edges=graph.to_undirected()))
    assert sorted(both) == sorted([*TRUE, *((target, source, weight) for source, target, weight in TRUE)])


@pytest.mark.parametrize(
    "lines", ["west,east,0.9\nsouth,north,0.4\n", "west;east;0,9\nsouth;north;0,4\n", "west east 0.9\nsouth north 0.4\n"]
)
def test_a_list_without_a_header_keeps_its_first_edge(tmp_path, lines):
    (tmp_path / "e.csv").write_text(lines)
    assert sorted(triples(open_field(values(), edges=tmp_path / "e.csv"))) == sorted(TRUE)


def test_two_rows_of_three_numbers_are_not_guessed():
    with pytest.raises(DataError, match="two edges .* or three edges"):
        open_field(values(), edges=np.array([[0, 1, 2], [1, 2, 3]]))
    four = open_field(values(), edges=np.array([[0, 1, 2, 3], [1, 2, 3, 0]])).edges
    assert four.source.tolist() == [0, 1, 2, 3] and four.target.tolist() == [1, 2, 3, 0]


def test_a_list_with_further_columns_stays_a_list():
    roads = pd.DataFrame({"u": [104, 102], "v": [103, 101], "key": [0, 0], "lanes": [2, 1], "weight": [0.9, 0.4]})
    places = values(["101", "102", "103", "104"])
    for edges in (roads, roads.rename(columns={"u": "first", "v": "second"})):
        assert sorted(triples(open_field(places, edges=edges))) == [("102", "101", 0.4), ("104", "103", 0.9)]


def test_numbers_of_a_list_that_are_no_weights_are_said_and_kilometres_are_costs():
    pairs = pd.DataFrame({"from": ["north", "south"], "to": ["south", "east"], "lanes": [2, 3]})
    assert any("without weights (lanes not read)" in note.text for note in open_field(values(), edges=pairs).findings)
    far = open_field(values(), edges=pairs.assign(length_km=[1.0, 9.0]))
    assert any("a list with 'length_km'" in note.text for note in far.findings) and far.edges.weight[0] > 0.9
