"""Builder: a manifest becomes a packed corpus with its record - sources, licences, hashes, weights - and no copy of what is kept out.

A manifest is a YAML list of sets, as `chronotope pretrain` reads it, or a mapping with `sets` and `temperature`. Every set may also name
its `source` and `cadence`. What is built is what `chronotope.training.corpus` reads, and nothing else has to know of it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from chronotope.errors import ArgumentError, DataError, NoFileError, OutputExistsError
from chronotope.training.copies import Copy, find_copies, series_of
from chronotope.training.sources import Entry, load_packed, pack

FORBIDDEN = re.compile(
    r"non-?commercial|\bBY-NC|\bNC-|-NC\b|\bNC\b|-ND\b|\bND\b|unchanged|no derivatives|all rights reserved|"
    r"research (use )?only|for research|research and teaching|^\s*(no|none|none stated|unclear|unknown)\s*$",
    re.IGNORECASE,
)
SIZE_POWER = 0.2  # as the corpus draws: a set's share grows with its size to this power
RECORD, SETS = "record.json", "corpus.yaml"


@dataclass(frozen=True)
class Manifest:
    """Sets of a corpus, and how evenly their domains are drawn.

    Attributes:
        entries: the sets.
        sources, cadences: by name of the set, where the manifest names them.
        temperature: a domain's share is its size (weights times sizes) to the power 1 / temperature: 1 leaves it, larger is more even.
    """

    entries: tuple[Entry, ...]
    sources: Mapping[str, str]
    cadences: Mapping[str, str]
    temperature: float = 1.0


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file.

    Raises:
        NoFileError: there is none.
        DataError: it is no manifest; a set has no licence, or one that forbids training.
        ArgumentError: the temperature is not positive.
    """
    import yaml

    if not path.exists():
        raise NoFileError(f"A manifest must be there; {path} is not.")
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise DataError(f"A manifest must hold YAML; {path} does not: {' '.join(str(error).split())}.") from None
    rows = found.get("sets") if isinstance(found, dict) else found
    temperature = float(found.get("temperature", 1.0)) if isinstance(found, dict) else 1.0
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"A manifest must hold a list of sets, each with name, path, domain and licence; {path} does not.")
    if temperature <= 0:
        raise ArgumentError(f"temperature must be above 0; found {temperature:g} in {path}.")
    entries = tuple(_entry(row, path) for row in rows)
    names = [entry.name for entry in entries]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise DataError(f"A name may stand in a manifest once; {twice!r} stands in {path} more often.")
    sources, cadences = ({row["name"]: str(row[key]) for row in rows if row.get(key)} for key in ("source", "cadence"))
    return Manifest(entries, sources, cadences, temperature)


def build(
    manifest: Manifest,
    data: Path,
    folder: Path,
    kept_out: Mapping[str, Mapping[str, np.ndarray]],
    overwrite: bool = False,
    progress: Callable[[str], Any] = lambda line: None,
) -> dict[str, Any]:
    """Pack every set, refuse copies of what is kept out, and write the record; returns it. The same manifest and data give the same hash.

    Args:
        manifest: of `read_manifest`.
        data: folder that the paths are relative to.
        folder: of the corpus; it appears whole or not at all.
        kept_out: series (t,) of every evaluation set, by name of the set and of the series.
        overwrite: replace the folder.
        progress: called with a line for every set.

    Raises:
        OutputExistsError: the folder is there.
        NoFileError: a file is not.
        DataError: a set holds a copy of a series that is kept out, or of an earlier set; the message names both.
    """
    if folder.exists() and not overwrite:
        raise OutputExistsError(f"An existing corpus is kept; {str(folder)!r} is there. Choose another folder, or say so with --overwrite.")
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        record = _filled(manifest, data, draft, kept_out, progress)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return record


def verify(folder: Path, kept_out: Mapping[str, Mapping[str, np.ndarray]]) -> list[str]:
    """What is wrong with a built corpus: sets that changed since, copies of what is kept out. Empty if nothing is.

    Raises:
        NoFileError: the folder holds no record.
    """
    if not (folder / RECORD).exists():
        raise NoFileError(f"A corpus must hold {RECORD}; {str(folder)!r} does not. Build it with chronotope corpus build.")
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    wrong = []
    for one in record["sets"]:
        if not (folder / one["name"] / "about.json").exists():
            wrong.append(f"{one['name']} is not there")
            continue
        if packed_hash(folder / one["name"]) != one["packed"]:
            wrong.append(f"{one['name']} has changed since it was built")
        wrong += [f"{one['name']}: {copy}" for copy in leaks(folder / one["name"], kept_out)[:3]]
    strays = {path.parent.name for path in folder.glob("*/about.json")} - {one["name"] for one in record["sets"]}
    return wrong + [f"{name} is in no record" for name in sorted(strays)]


def leaks(packed: Path, kept_out: Mapping[str, Mapping[str, np.ndarray]]) -> list[Copy]:
    """Series that are kept out and are copies - pieces, shifts, rescalings, resamplings - of series of a packed set."""
    panel, about = load_packed(packed)
    series = series_of(np.asarray(panel.values), about["name"], range(panel.values.shape[1]), panel.variables)
    return find_copies({name: x for those in kept_out.values() for name, x in those.items()}, series)


def packed_hash(packed: Path) -> str:
    """Hash of the arrays of a packed set and of what its description says of them."""
    digest = hashlib.sha256()
    for path in sorted(packed.glob("*.npy")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    digest.update((packed / "about.json").read_bytes())
    return digest.hexdigest()


def domain_weights(rows: list[dict[str, Any]], temperature: float) -> list[float]:
    """The weights of packed sets (about.json) that give domains shares in proportion to their size to the power 1 / temperature."""
    size = np.array([row["weight"] * float(np.prod(row["shape"])) ** SIZE_POWER for row in rows])
    domains = np.array([row["domain"] for row in rows])
    total = {domain: size[domains == domain].sum() for domain in dict.fromkeys(domains)}
    if temperature == 1 or not size.sum():
        return [float(row["weight"]) for row in rows]
    wanted = {domain: (value / size.sum()) ** (1 / temperature) for domain, value in total.items()}
    scale = {domain: wanted[domain] / sum(wanted.values()) * size.sum() / total[domain] for domain in total}
    return [round(float(row["weight"] * scale[row["domain"]]), 6) for row in rows]


def _entry(row: dict[str, Any], path: Path) -> Entry:
    known = {field.name for field in fields(Entry)}
    absent = [key for key in ("name", "path", "domain", "licence") if not row.get(key)]
    if absent:
        raise DataError(f"A set of a manifest must name its {absent[0]}; {row.get('name', 'one')!r} in {path} does not.")
    unknown = sorted(set(row) - known - {"source", "cadence"})
    if unknown:
        allowed = ", ".join(sorted(known))
        raise DataError(f"A set of a manifest may hold {allowed}, source and cadence; {row['name']!r} holds {unknown[0]!r}.")
    if FORBIDDEN.search(row["licence"]):
        said = f"{row['name']!r} says {row['licence']!r}"
        raise DataError(f"The licence of a set must allow training of weights that are passed on; {said}. Leave it out.")
    return Entry(**{key: value for key, value in row.items() if key in known})


def _filled(
    manifest: Manifest, data: Path, folder: Path, kept_out: Mapping[str, Mapping[str, np.ndarray]], progress: Callable[[str], Any]
) -> dict[str, Any]:
    abouts, files = [], []
    for entry in manifest.entries:
        source = data / entry.path
        if not source.exists():
            raise NoFileError(f"The file of {entry.name!r} must be below the data folder; {source} is not there.")
        abouts.append(pack(entry, data, folder))
        files.append(_file_hash(source))
        found = leaks(folder / entry.name, kept_out)
        if found:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            raise DataError(f"A corpus must hold nothing that is kept out; in {entry.name!r} {found[0]}{more}. Leave the set out.")
        progress(f"{entry.name}: {' x '.join(map(str, abouts[-1]['shape']))}, no copies of {len(kept_out)} sets that are kept out")
    weights = domain_weights(abouts, manifest.temperature)
    rows = []
    for entry, about, weight, file in zip(manifest.entries, abouts, weights, files):
        about["weight"] = weight
        (folder / entry.name / "about.json").write_text(json.dumps(about, indent=1))
        rows.append(_row(manifest, entry, about, file, packed_hash(folder / entry.name)))
    size = np.array([row["weight"] * float(np.prod(row["shape"])) ** SIZE_POWER for row in rows])
    for row, share in zip(rows, size / size.sum()):
        row["share"] = round(float(share), 5)
    code = hashlib.sha256(json.dumps([(row["name"], row["packed"], row["licence"]) for row in rows]).encode()).hexdigest()
    record = {"hash": code, "temperature": manifest.temperature, "compared_with": sorted(kept_out), "sets": rows}
    (folder / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
    _write_sets(manifest, weights, folder)
    return record


def _row(manifest: Manifest, entry: Entry, about: dict[str, Any], file: str, packed: str) -> dict[str, Any]:
    return {
        "name": entry.name, "domain": entry.domain, "licence": entry.licence, "source": manifest.sources.get(entry.name, entry.path),
        "cadence": manifest.cadences.get(entry.name, about["freq"]), "shape": about["shape"], "weight": about["weight"],
        "file": file, "packed": packed,
    }  # fmt: skip


def _write_sets(manifest: Manifest, weights: list[float], folder: Path) -> None:
    """The list of sets as `chronotope pretrain` reads it, beside the packed sets."""
    import yaml

    rows = []
    for entry, weight in zip(manifest.entries, weights):
        said = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(entry).items()}
        rows.append(said | {"weight": weight})
    (folder / SETS).write_text(yaml.safe_dump(rows, sort_keys=False), encoding="utf-8")


def _file_hash(path: Path) -> str:
    """SHA-256 of a file, or of the files of a folder (Zarr)."""
    digest = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        digest.update(file.relative_to(path).as_posix().encode() if path.is_dir() else b"")
        digest.update(file.read_bytes())
    return digest.hexdigest()
