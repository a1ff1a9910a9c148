"""Films know how bright they can be and how fast they run, and what is forecast of them keeps both, colours in their order."""

import numpy as np
import pytest

import chronotope as ct


def film():
    rng = np.random.default_rng(0)
    shade = np.clip(np.cumsum(rng.normal(0, 40, (14, 9, 9)), axis=0) + 128, 0, 255)
    return np.stack([shade, 255 - shade, 0 * shade + 255], axis=-1).astype(np.uint8)


def test_what_is_forecast_stays_between_black_and_white_with_colours_in_order(tmp_path):
    np.save(tmp_path / "film.npy", film())
    told = ct.load("baseline:drift").forecast(ct.open(tmp_path / "film.npy"), 4).to_xarray()["value"]
    assert told.dims == ("quantile", "time", "y", "x", "c") and told.attrs["valid_max"] == 255
    assert float(told.min()) == 0 and float(told.max()) == 255
    assert float(told.isel(c=2).min()) > 250  # the colour that is always full


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_the_length_of_a_frame_is_that_of_the_file(tmp_path, suffix):
    from PIL import Image

    frames = [Image.fromarray(frame) for frame in film()]
    frames[0].save(tmp_path / f"film.{suffix}", save_all=True, append_images=frames[1:], duration=40)
    assert ct.open(tmp_path / f"film.{suffix}").frame.freq == "40ms"
