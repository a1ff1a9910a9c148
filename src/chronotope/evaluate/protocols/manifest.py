"""The frozen manifest: hashes of the data and of the parts of every split, so that two machines score the same cells."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np

from chronotope.evaluate.protocols.splits import splits_of
from chronotope.evaluate.sets.sheet import Sheet
from chronotope.evaluate.sets.yardsticks import Yardstick, foreign, sheets, suite

SAME, NEW = "as frozen", "not in the manifest"


def data_hash(sheet: Sheet, exact: bool = True) -> str:
    """Hash of values and stamps; of simulated sets (not `exact`) of shape, gaps and rounded quantiles: last digits differ."""
    panel = sheet.panel
    digest = hashlib.blake2b(repr((panel.values.shape, panel.freq, str(panel.times[0]), sheet.shape)).encode(), digest_size=8)
    if exact:
        digest.update(np.ascontiguousarray(panel.values, np.float32).tobytes())
        digest.update(panel.times.astype("datetime64[ns]").tobytes())
    else:
        low, high = np.nanquantile(panel.values, [0.1, 0.9])
        marks = (np.nanquantile(panel.values, [0.05, 0.25, 0.5, 0.75, 0.95]) - low) / max(high - low, 1e-12)
        digest.update(repr([f"{mark:.2f}" for mark in marks]).encode())
        digest.update(np.packbits(np.isfinite(panel.values)).tobytes())
    return digest.hexdigest()


def entry(one: Yardstick, opened: dict[str, Sheet], chosen: Sequence[Yardstick]) -> dict[str, Any]:
    """What the manifest says of a set."""
    sheet = opened[one.name]
    splits = splits_of(sheet, one.domain, one.horizon, foreign(chosen, opened))
    return {
        "layout": one.layout, "domain": one.domain, "origin": one.origin, "horizon": one.horizon, "shape": list(sheet.panel.values.shape),
        "data": data_hash(sheet, one.origin != "world"),
        "splits": {split.name.split("/", 1)[1]: split.mask_hash() for split in splits},
    }  # fmt: skip


def frozen() -> dict[str, Any]:
    """The manifest that ships."""
    import yaml

    return yaml.safe_load(files("chronotope.evaluate.protocols").joinpath("manifest.yaml").read_text(encoding="utf-8"))["sets"]


def verify(chosen: Sequence[Yardstick], opened: dict[str, Sheet]) -> dict[str, str]:
    """For every opened set "as frozen", or what differs from the manifest that ships."""
    known = frozen()
    return {one.name: _compared(one, known, opened, chosen) for one in chosen if one.name in opened}


def _compared(one: Yardstick, known: dict[str, Any], opened: dict[str, Sheet], chosen: Sequence[Yardstick]) -> str:
    if one.name not in known:
        return NEW
    now, then = entry(one, opened, chosen), known[one.name]
    if now["data"] != then["data"]:
        return "its data differ from the frozen ones"
    wrong = [name for name, code in then["splits"].items() if now["splits"].get(name) != code]
    return f"its splits {', '.join(wrong)} differ from the frozen ones" if wrong else SAME


def freeze() -> str:
    """The manifest of today as YAML; every set of the full suite must be there."""
    import yaml

    chosen = suite("full")
    opened, absent = sheets(chosen)
    if absent:
        raise SystemExit("a manifest is frozen with every set at hand; " + "; ".join(absent.values()))
    made = {one.name: entry(one, opened, chosen) for one in chosen}
    return "# Made by python -m chronotope.evaluate.protocols.manifest; a change of it is a change of the benchmark.\n" + yaml.safe_dump(
        {"version": 1, "sets": made}, sort_keys=False, default_flow_style=None, width=140
    )


if __name__ == "__main__":
    print(freeze(), end="")
