"""Pack coastlines and borders for maps: python scripts/build_outlines.py WORLD_ATLAS US_ATLAS

The two folders are the npm packages `world-atlas` 2.0.2 (Natural Earth 1:50m) and `us-atlas` 3.0.1 (U.S. Census Bureau), both in the public
domain, as `npm pack` gives them. Lines are simplified to three hundredths of a degree and kept as steps of a hundredth.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

OUT = Path(__file__).resolve().parents[1] / "src" / "chronotope" / "view" / "outlines.npz"
TOLERANCE, UNIT, SMALLEST = 0.03, 0.01, 0.12  # degrees; islands below the last are left out


def arcs_of(topology: dict[str, Any]) -> list[np.ndarray]:
    """Every arc as (k, 2) longitudes and latitudes."""
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    return [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]


def rings(shape: dict[str, Any]) -> Iterator[int]:
    """Numbers of the arcs of a polygon or several."""
    found = np.concatenate([np.ravel(ring) for part in shape.get("arcs", []) for ring in (part if shape["type"] != "Polygon" else [part])])
    yield from (int(i) if i >= 0 else ~int(i) for i in found)


def uses(topology: dict[str, Any], name: str) -> Counter[int]:
    """How many shapes of a layer have each arc."""
    return Counter(i for shape in topology["objects"][name]["geometries"] if shape.get("arcs") for i in set(rings(shape)))


def simplified(line: np.ndarray) -> np.ndarray | None:
    """Whole hundredths of a degree (k, 2); None for what is too small to be seen."""
    closed = np.allclose(line[0], line[-1])
    if closed and np.ptp(line, axis=0).max() < SMALLEST:
        return None
    points = shapely.get_coordinates(shapely.simplify(shapely.LineString(line), TOLERANCE)) if len(line) > 2 else line
    return np.round(points / UNIT).astype(np.int32)


def main() -> None:
    """Write outlines.npz."""
    world = json.loads((Path(sys.argv[1]) / "countries-50m.json").read_text())
    states = json.loads((Path(sys.argv[2]) / "states-10m.json").read_text())
    shared = uses(world, "countries")
    lines = [(line, 0 if shared[i] == 1 else 1) for i, line in enumerate(arcs_of(world)) if shared[i]]
    between = uses(states, "states")
    lines += [(line, 2) for i, line in enumerate(arcs_of(states)) if between[i] == 2]
    kept = [(points, kind) for line, kind in lines if (points := simplified(line)) is not None and len(points) > 1]
    steps = np.concatenate([np.diff(points, axis=0, prepend=np.zeros((1, 2), int)) for points, _ in kept])
    lengths, kinds = [len(points) for points, _ in kept], [kind for _, kind in kept]
    np.savez_compressed(OUT, steps=steps.astype(np.int32).T.copy(), lengths=np.array(lengths, np.int32), kinds=np.array(kinds, np.int8))
    print(f"{len(kept)} lines, {len(steps)} points, {OUT.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
