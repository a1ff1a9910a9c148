"""Real samples that ship with the package (sample_files/ORIGIN.md says where they come from)."""

from __future__ import annotations

import pandas as pd

from chronotope.data.field import Field
from chronotope.opening.open import open_field
from chronotope.opening.shipped import PREFIX, SAMPLES, sample_path

__all__ = ["SAMPLES", "sample", "sample_path", "samples"]


def samples() -> pd.DataFrame:
    """A table of the samples: name, kind, what, licence, bytes."""
    rows = [(name, s.kind, s.what, s.licence, sample_path(name).stat().st_size) for name, s in SAMPLES.items()]
    return pd.DataFrame(rows, columns=["name", "kind", "what", "licence", "bytes"]).set_index("name")


def sample(name: str) -> Field:
    """A shipped sample as a Field; `sample:NAME` stands for its file wherever a file is taken.

    Raises:
        ArgumentError: there is no sample of that name.
    """
    return open_field(f"{PREFIX}{name}")
