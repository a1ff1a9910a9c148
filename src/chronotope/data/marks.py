"""What files that were written from a Field say of its layout, so that nothing has to be inferred when they are read."""

from __future__ import annotations

import json

import xarray as xr

from chronotope.data.field import Field

LAYOUT = "chronotope_layout"


def marked(field: Field) -> xr.Dataset:
    """The dataset of `field` with its layout among the attributes."""
    dataset = field.to_xarray()
    dates = [str(name) for name, array in dataset.variables.items() if array.dtype.kind == "M"]
    layout = {"kind": field.kind, "variables": field.variables, "space": field.space, "step": field.step, "dates": dates}
    return dataset.assign_attrs({LAYOUT: json.dumps(layout)})
