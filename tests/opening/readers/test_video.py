"""Folders of images: the dates in their names are their stamps."""

import numpy as np
from PIL import Image

from chronotope.opening.open import open_field


def test_images_named_by_their_dates_stand_at_them_and_a_missing_one_is_a_gap(tmp_path):
    for minute in (0, 5, 10, 20, 25):
        Image.fromarray(np.full((6, 8), minute, np.uint8)).save(tmp_path / f"radar_20240601_12{minute:02d}.png")
    field = open_field(tmp_path)
    assert field.panel().freq == "5min" and field.panel().values.shape[0] == 6
    assert np.isnan(field.panel().values[3]).all() and str(field.times[-1])[:16] == "2024-06-01T12:25"
