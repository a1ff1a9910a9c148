"""The public surface: explicit, complete, light."""

import subprocess
import sys

import pytest

import chronotope as ct


def test_the_public_names_are_these():
    assert set(ct.__all__) == {
        "__version__", "open", "load", "models", "sample", "samples", "backtest", "check_model", "Field", "Forecast", "Model", "worlds",
        "classify", "cluster", "similar", "Embedding", "Simulation", "rescore", "floors", "stress", "error_map", "run",
        "ChronotopeError", "DataError", "DimensionError", "UnitsError", "TimeError", "ArgumentError", "KindError", "NoFileError",
        "OutputExistsError", "MissingExtraError", "NotWrittenError", "DataWarning", "BudgetError",
        "clean", "convert_units", "localize", "to_local", "to_utc", "daylight_saving", "resample", "regrid", "upscale", "align",
        "events_to_counts", "tracks_to_counts", "tracks_to_flows", "points_to_grid", "points_to_means", "grid_to_points",
        "forecast", "backcast", "impute", "interpolate", "downscale", "simulate", "detect", "embed",
        "graph_from_distances", "k_nearest", "delaunay",
    }  # fmt: skip
    assert set(ct.__all__) == set(dir(ct))


@pytest.mark.parametrize("name", ct.__all__)
def test_every_public_name_is_there(name):
    assert getattr(ct, name) is not None


def test_the_names_are_the_functions_of_their_rooms():
    from chronotope.harmonize.graph import k_nearest
    from chronotope.harmonize.regrid import regrid

    assert ct.regrid is regrid and ct.k_nearest is k_nearest


def test_an_unknown_name_is_an_attribute_error_that_lists_the_known_ones():
    with pytest.raises(AttributeError, match="it has .*backtest"):
        ct.forecst  # noqa: B018


def test_importing_and_a_floor_need_no_torch_and_little_time():
    code = (
        "import time; t = time.perf_counter(); import chronotope as ct; t = time.perf_counter() - t; import sys; "
        "assert not {'torch', 'xarray', 'pandas', 'numpy', 'matplotlib'} & set(sys.modules); "
        "ct.load('baseline:mix'); assert 'torch' not in sys.modules and 'matplotlib' not in sys.modules; print(t)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 2


def test_an_unknown_model_is_refused_with_what_exists():
    with pytest.raises(ct.ArgumentError, match="baseline:seasonal_naive"):
        ct.load("baseline:naive")
    with pytest.raises(ct.ArgumentError, match="huge"):
        ct.load("huge")
    with pytest.raises(ct.ArgumentError, match="text or a folder"):
        ct.load(7)


def test_models_lists_every_floor_in_words():
    table = ct.models()
    assert "baseline:mix" in table.index and table["what"].str.len().min() > 10


def test_errors_are_also_the_builtin_ones_they_stand_for():
    assert issubclass(ct.ArgumentError, ValueError) and issubclass(ct.KindError, TypeError)
    assert issubclass(ct.NoFileError, FileNotFoundError)
