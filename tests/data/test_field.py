"""Fields, their panels, and the way back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.errors import ArgumentError, DimensionError, KindError
from chronotope.opening.open import open_field


@pytest.mark.parametrize("build", [builders.grid, builders.curvilinear, builders.levels, builders.stations])
def test_unpanel_of_the_panel_is_the_dataset(build):
    field = open_field(build())
    panel = field.panel()
    back = field.unpanel(panel.values, panel.times, dim=None)
    for name in field.variables:
        assert back[name].dims == field.dataset[name].dims
        assert back[name].attrs == field.dataset[name].attrs
        np.testing.assert_array_equal(back[name].values, field.dataset[name].values.astype(np.float32))
    for name in ("lat", "lon"):
        xr.testing.assert_identical(back[name].reset_coords(drop=True), field.dataset[name].reset_coords(drop=True))


@pytest.mark.parametrize("build", [builders.grid, builders.levels, builders.stations])
def test_quantiles_lead_and_the_dims_of_the_input_follow(build):
    field = open_field(build())
    panel = field.panel()
    values = np.stack([panel.values[:2] + q for q in range(3)])
    back = field.unpanel(values, panel.times[:2], labels=[0.1, 0.5, 0.9])
    for name in field.variables:
        assert back[name].dims == ("quantile", *field.dataset[name].dims)
        np.testing.assert_array_equal(back[name].sel(quantile=0.9).values, field.dataset[name].isel(time=slice(2)).values + np.float32(2))
    assert back["time"].values.dtype == "datetime64[ns]"


def test_levels_are_channels_with_their_labels():
    panel = open_field(builders.levels()).panel()
    assert panel.variables == ("sst", "water[depth=0]", "water[depth=5]", "water[depth=12.5]")
    np.testing.assert_array_equal(panel.values[:, :, 2], panel.values[:, :, 0] + np.float32(0.25))


def test_a_target_picks_its_channels_both_ways():
    field = open_field(builders.levels())
    panel = field.panel("water")
    assert panel.values.shape[2] == 3
    assert tuple(field.unpanel(panel.values[None], panel.times, target="water").data_vars) == ("water",)


def test_missing_stamps_are_rows_without_values():
    whole = builders.grid(t=10)
    field = open_field(whole.isel(time=[0, 1, 2, 3, 6, 7, 8, 9]))
    panel = field.panel()
    np.testing.assert_array_equal(panel.times, whole.time.values.astype("datetime64[ns]"))
    assert not panel.mask[4:6].any()
    np.testing.assert_array_equal(panel.values[6], whole["sst"].values[6].reshape(-1, 1))
    assert panel.freq == "1h" and panel.regular


def test_extend_goes_on_where_the_stamps_end():
    panel = open_field(builders.curvilinear()).panel()
    assert panel.extend(3).times[-3:].astype("datetime64[D]").astype(str).tolist() == ["2020-05-01", "2020-06-01", "2020-07-01"]


def test_permuted_places_give_permuted_panels():
    data = builders.stations(n=5)
    order = np.array([3, 1, 4, 0, 2])
    one, two = open_field(data).panel(), open_field(data.isel(station=order)).panel()
    np.testing.assert_array_equal(one.values[:, order], two.values)
    np.testing.assert_array_equal(one.latlon[order], two.latlon)
    np.testing.assert_allclose(one.xy[order], two.xy, atol=1e-6)  # the centre is that of a sorted set, sums may differ by rounding


def test_order_of_dims_does_not_matter_and_is_kept():
    data = builders.grid()
    turned = open_field(data.transpose("lon", "time", "lat"))
    np.testing.assert_array_equal(turned.panel().values, open_field(data).panel().values)
    assert turned.unpanel(turned.panel().values[None], turned.times)["sst"].dims == ("quantile", "lon", "time", "lat")


def test_plane_coordinates_are_metres():
    data = builders.grid().rename(lat="y", lon="x")
    data["x"].attrs["units"] = data["y"].attrs["units"] = "km"
    panel = open_field(data).panel()
    assert panel.latlon is None
    np.testing.assert_allclose(panel.xy[:2], [[178000.0, 10000.0], [180000.0, 10000.0]])


def test_sel_and_isel_keep_the_layout_and_cut_edges():
    field = open_field(builders.graph_arrays())
    part = field.isel(place=[1, 2, 4], time=slice(2, 5))
    assert part.shape == (3, 3)
    assert list(zip(part.edges.source.tolist(), part.edges.target.tolist(), part.edges.weight.tolist())) == [(0, 1, 0.5)]
    assert field.sel(place="z3").shape == (7, 1)


def test_the_long_table_holds_every_observed_value_once():
    field = open_field(builders.grid())
    table = field.to_pandas()
    assert list(table.columns) == ["time", "place", "lat", "lon", "variable", "value"]
    assert len(table) == int(np.isfinite(field.dataset["sst"]).sum())
    row = table.iloc[7]
    assert row["value"] == field.dataset["sst"].sel(time=row["time"], lat=row["lat"], lon=row["lon"])


def test_the_long_table_opens_as_the_same_values():
    field = open_field(builders.stations())
    again = open_field(field.to_pandas()).sel(place=field.dataset["place"].values)  # rows without a value are not in the table
    assert again.variables == ("tmax", "rain")
    np.testing.assert_array_equal(again.panel().values, field.panel().values)


def test_events_have_no_panel_and_say_what_to_do():
    with pytest.raises(KindError, match="Ask forecast for their rates"):
        open_field(builders.events_table()).panel()


def test_wrong_shapes_and_names_are_refused():
    field = open_field(builders.grid())
    with pytest.raises(DimensionError, match=r"\(q, 2, 12, 1\)"):
        field.unpanel(np.zeros((1, 2, 5, 1)), field.times[:2])
    with pytest.raises(ArgumentError, match="sst"):
        field.panel("salt")


def test_print_names_kind_units_span_step_and_gaps():
    data = builders.grid(t=30)
    data["sst"].values[:, 0, 0] = -999.0
    text = str(open_field(data.isel(time=np.delete(np.arange(30), 4))))
    for part in ("Field (grid)", "sst [degC]", "lat 3 x lon 4", "1h", "missing", "1 stamps of the step", "missing=-999"):
        assert part in text, part


def test_a_field_of_one_stamp_has_a_panel():
    panel = open_field(builders.grid().isel(time=[0]), step="3h").panel()
    assert panel.extend(1).times[1] - panel.times[0] == np.timedelta64(3, "h")


def test_opening_reads_no_values(tmp_path):
    builders.grid().to_netcdf(tmp_path / "a.nc")
    field = open_field(tmp_path / "a.nc")
    assert not field.dataset["sst"].variable._in_memory
    assert isinstance(pd.Timestamp(field.times[0]), pd.Timestamp)
