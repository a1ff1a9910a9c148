"""GPX: the fixes of GPS tracks and routes, one object per track."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from chronotope.data.columns import find_columns
from chronotope.data.field import Field
from chronotope.data.moving import tracks_field
from chronotope.data.options import OpenOptions
from chronotope.data.readers.text import reason
from chronotope.errors import DataError, TimeError


def matches(path: Path) -> bool:
    """True for `.gpx`."""
    return path.suffix.lower() == ".gpx"


def read(path: Path, options: OpenOptions) -> Field:
    """The tracks as a Field; `ele` is height in metres.

    Raises:
        DataError: the file is no GPX, or holds no fixes.
        TimeError: the fixes have no times.
    """
    try:
        text = path.read_bytes()
        if b"<!ENTITY" in text:  # entities can be nested to fill the memory, and GPX needs none
            raise DataError(f"A GPX file must not define entities; {path.name} does. Remove its <!DOCTYPE>.")
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise DataError(f"A GPX file must be whole XML; {path.name} cannot be read ({reason(error)}). Export it again.") from error
    rows = [row for index, track in enumerate(_parts(root, "trk") + _parts(root, "rte")) for row in _fixes(track, index, path.name)]
    if not rows:
        raise DataError(f"A GPX file must hold track points; {path.name} has none.")
    table = pd.DataFrame(rows, columns=["id", "time", "lat", "lon", "ele"]).dropna(axis=1, how="all")
    if "time" not in table:
        raise TimeError(f"The points of a track must have times; those of {path.name} have none. Export it with times.")
    return tracks_field(table, find_columns(table, OpenOptions(time="time", place="id")), options, path.name)


def _parts(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [item for item in root.iter() if item.tag.rsplit("}", 1)[-1] == name]


def _fixes(track: ElementTree.Element, index: int, file: str) -> list[tuple[str, str | None, float, float, float | None]]:
    own = {child.tag.rsplit("}", 1)[-1]: child.text for child in track}
    label = (own.get("name") or f"track{index}").strip()
    rows = []
    for number, point in enumerate([*_parts(track, "trkpt"), *_parts(track, "rtept")], 1):
        inside = {child.tag.rsplit("}", 1)[-1]: (child.text or "").strip() for child in point}
        try:
            height = float(inside["ele"]) if inside.get("ele") else None
            rows.append((label, inside.get("time"), float(point.attrib["lat"]), float(point.attrib["lon"]), height))
        except (ValueError, KeyError):
            raise DataError(
                f"A track point must have numbers lat and lon; point {number} of {label!r} in {file} has {dict(point.attrib)}, {inside}."
            ) from None
    return rows
