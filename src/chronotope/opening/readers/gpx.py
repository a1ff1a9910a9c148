"""GPX: the fixes of GPS tracks and routes, one object per track."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import DataError, TimeError, listed, whole
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.roles.roles import find_columns
from chronotope.opening.sniff.text import zip_names
from chronotope.opening.tables.moving import tracks_field


def matches(path: Path) -> bool:
    """True for `.gpx`, and for a folder or zip of them."""
    if path.is_dir():
        return any(_is_gpx(item.name) for item in path.iterdir())
    return _is_gpx(path.name) or (path.suffix.lower() == ".zip" and any(map(_is_gpx, zip_names(path))))


def read(path: Path, options: OpenOptions) -> Field:
    """The tracks as a Field; `ele` is height in metres. Tracks of one name stay tracks of their own.

    Raises:
        DataError: a file is no GPX, or none holds fixes.
        TimeError: the fixes have no times.
    """
    tracks = [(file, *track) for file, text in _texts(path) for track in _tracks(text, file)]
    labels = _apart([(file, name) for file, name, _ in tracks])
    rows = [(label, *fix) for label, (_, _, fixes) in zip(labels, tracks, strict=True) for fix in fixes]
    if not rows:
        raise DataError(f"A GPX file must hold track points; {path.name} has none.")
    table = pd.DataFrame(rows, columns=["id", "time", "lat", "lon", "ele"]).dropna(axis=1, how="all")
    if "time" not in table:
        raise TimeError(f"The points of a track must have times; those of {path.name} have none. Export it with times.")
    field = tracks_field(table, find_columns(table, OpenOptions(time="time", place="id")), options, path.name)
    renamed = [label for label, (_, name, _) in zip(labels, tracks, strict=True) if label != name]
    said = f"{len(renamed)} tracks share the name of another and are told apart: {listed(renamed, 3, repr)}"
    field = field.with_findings(Finding("inferred", said)) if renamed else field
    others = [item.name for item in sorted(path.iterdir()) if not _is_gpx(item.name)] if path.is_dir() else []
    left = f"{len(others)} other files of the folder were left aside, {', '.join(others[:3])} the first"
    return field.with_findings(Finding("warning", left)) if others else field


def _is_gpx(name: str) -> bool:
    return name.lower().endswith(".gpx") and not name.startswith("._")


def _texts(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file, in the order of their names."""
    if path.is_dir():
        yield from ((item.name, item.read_bytes()) for item in sorted(path.iterdir()) if _is_gpx(item.name))
    elif path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            yield from ((Path(name).name, archive.read(name)) for name in zip_names(path) if _is_gpx(name))
    else:
        yield path.name, path.read_bytes()


def _tracks(text: bytes, file: str) -> list[tuple[str, list[tuple[str | None, float, float, float | None]]]]:
    """(name, fixes) of each track and route of one file."""
    if b"<!ENTITY" in text:  # entities can be nested to fill the memory, and GPX needs none
        raise DataError(f"A GPX file must not define entities; {file} does. Remove its <!DOCTYPE>.")
    with whole("A GPX file must be whole XML", file, "Export it again.", ElementTree.ParseError):
        root = ElementTree.fromstring(text)
    return [_fixes(track, index, file) for index, track in enumerate(_parts(root, "trk") + _parts(root, "rte"))]


def _apart(names: list[tuple[str, str]]) -> list[str]:
    """A label for each (file, track): its name; with the file where files share it, and numbered where that is not enough."""
    files = {name: {file for file, other in names if other == name} for _, name in names}
    labels = [name if len(files[name]) == 1 else f"{Path(file).stem} {name}" for file, name in names]
    out: list[str] = []
    for label in labels:
        numbered = (label if number == 1 else f"{label} ({number})" for number in count(1))
        out.append(next(word for word in numbered if word not in out))
    return out


def _parts(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [item for item in root.iter() if item.tag.rsplit("}", 1)[-1] == name]


def _fixes(track: ElementTree.Element, index: int, file: str) -> tuple[str, list[tuple[str | None, float, float, float | None]]]:
    own = {child.tag.rsplit("}", 1)[-1]: child.text for child in track}
    label = (own.get("name") or f"track{index}").strip()
    rows = []
    for number, point in enumerate([*_parts(track, "trkpt"), *_parts(track, "rtept")], 1):
        inside = {child.tag.rsplit("}", 1)[-1]: (child.text or "").strip() for child in point}
        try:
            height = float(inside["ele"]) if inside.get("ele") else None
            rows.append((inside.get("time"), float(point.attrib["lat"]), float(point.attrib["lon"]), height))
        except (ValueError, KeyError):
            raise DataError(
                f"A track point must have numbers lat and lon; point {number} of {label!r} in {file} has {dict(point.attrib)}, {inside}."
            ) from None
    return label, rows
