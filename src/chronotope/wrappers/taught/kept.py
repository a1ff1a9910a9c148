"""Kept: what was learned on disk, arrays of numbers beside the weights; reading runs nothing."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from chronotope.errors import DataError
from chronotope.questions import Predictor
from chronotope.wrappers.taught.taught import Taught, taught_again

FILE, ABOUT = "trees.safetensors", "about"


def write_taught(folder: Path, taught: Taught) -> None:
    """Write the trees of a predictor beside the weights of the one inside."""
    save_file(taught.arrays(), folder / FILE, {ABOUT: json.dumps(taught.about())})


def with_taught(folder: Path, base: Predictor) -> Predictor:
    """The predictor with the trees that lie in a folder; as it is where there are none.

    Raises:
        DataError: they cannot be read.
    """
    if not (folder / FILE).exists():
        return base
    try:
        with safe_open(folder / FILE, "numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}
            return taught_again(base, json.loads(file.metadata()[ABOUT]), arrays)
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        found = str(error).splitlines()[0]
        raise DataError(f"{folder / FILE} must hold what `Model.save` wrote; it does not ({found}). Copy the folder again.") from error
