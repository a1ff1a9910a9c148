"""Sources at an address, from memory only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import builders
from chronotope.errors import ArgumentError, NoFileError
from chronotope.opening.open import open_field

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def memory():
    files = fsspec.filesystem("memory")
    yield files
    files.rm("/", recursive=True) if files.ls("/") else None


def test_a_file_and_a_folder_at_an_address(memory, tmp_path):
    memory.pipe("/bucket/wide.csv", builders.wide_table().to_csv(index=False).encode())
    np.testing.assert_array_equal(
        open_field("memory://bucket/wide.csv").dataset["value"].values, open_field(builders.wide_table()).dataset["value"].values
    )
    builders.grid().to_zarr(tmp_path / "g.zarr", zarr_format=2)
    memory.put(str(tmp_path / "g.zarr"), "/bucket/g.zarr", recursive=True)
    field = open_field("memory://bucket/g.zarr")
    np.testing.assert_array_equal(field.dataset["sst"].values, builders.grid()["sst"].values)


def test_nothing_there_and_no_such_address(memory):
    with pytest.raises(NoFileError, match=r"memory://bucket/absent\.csv"):
        open_field("memory://bucket/absent.csv")
    with pytest.raises(ArgumentError, match="nosuch://"):
        open_field("nosuch://a/b.csv")


def test_side_files_at_an_address(memory):
    sites = pd.DataFrame({"place": ["p0", "p1", "p2"], "lat": [1.0, 2.0, 3.0], "lon": [4.0, 5.0, 6.0], "height": [7, 8, 9]})
    memory.pipe("/bucket/sites.csv", sites.to_csv(index=False).encode())
    memory.pipe("/bucket/adj.csv", b"from,to\np0,p1\n")
    field = open_field(
        builders.wide_table(), sites="memory://bucket/sites.csv", edges="memory://bucket/adj.csv", notes="memory://bucket/no.csv"
    )
    assert field.side.static["height"].values.tolist() == [7, 8, 9] and field.edges.target.tolist() == [1]
    assert "notes= names a file that is not there (memory://bucket/no.csv)" in str(field)
