"""What a request may hold, read off the schemas of the calls: files that come in, files that go out, and plain values.

No field of a request names a file of the server. Whatever a schema holds as a path is an upload, or an output that the server places.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from chronotope.calls.result import Result
from chronotope.calls.schema import WRITING, Call, extra_of

FORMATS = {"json": ".parquet", "csv": ".csv", "parquet": ".parquet", "nc": ".nc", "geojson": ".geojson"}
TABLES = ("json", "csv", "parquet")
"""Format -> suffix of the file that the call writes; JSON holds the rows of the table that Parquet holds."""

BESIDE = {"report": ".html", "events": ".csv", "save": ".nc", "card": ".json"}  # further outputs, which are asked for by `true`
FOLDERS = ("out",)  # outputs that are folders
OURS = ("threads", "device", "overwrite", "query", "cache")  # what the server decides, and SQL, which could read other files
KEPT = {  # verbs for whoever has the machine
    "run": "a saved call is sent to its own verb",
    "pretrain": "training takes hours; run it on the command line",
    "corpus": "it reads and writes folders of the machine",
    "benchmark": "it reads data sets of the machine",
}


@dataclass(frozen=True)
class Verb:
    """A call as requests know it.

    Attributes:
        inputs: fields that are files, as uploads.
        plain: fields that are values.
        beside: further outputs, by `true`.
        formats: of the answer; none where the call writes nothing.
    """

    name: str
    schema: type[Call]
    run: Callable[..., Result]
    inputs: dict[str, FieldInfo]
    plain: dict[str, FieldInfo]
    beside: tuple[str, ...]
    formats: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Every name that a request may hold."""
        return (*self.inputs, *self.plain, *self.beside, *(("format",) if self.formats else ()))

    def outputs(self, formats: list[str], beside: list[str]) -> dict[str, str]:
        """Paths below the folder of a job for what the call writes."""
        made = {name: f"out/{name}{BESIDE[name]}" for name in beside}
        if "output" in self.schema.model_fields:
            made["output"] = f"out/result{FORMATS[formats[0]]}"
        return made | {name: "out" for name in FOLDERS if name in self.schema.model_fields}


def verbs_of(calls: Mapping[str, tuple[type[Call], Callable[..., Result]]]) -> dict[str, Verb]:
    """Those calls that can be served: every file they read can be sent, every file they write can be fetched."""
    made = {name: _verb(name, schema, run) for name, (schema, run) in calls.items() if name not in KEPT}
    return {name: verb for name, verb in made.items() if verb is not None}


def _verb(name: str, schema: type[Call], run: Callable[..., Result]) -> Verb | None:
    fields = schema.model_fields
    paths = {key: field for key, field in fields.items() if holds_path(field.annotation)}
    out = {key: field for key, field in paths.items() if extra_of(field)["panel"] == WRITING}
    known = (*BESIDE, *FOLDERS)
    if any(field.is_required() and not _is_result(key, field) for key, field in out.items()):
        return None  # it writes what no format of ours holds
    plain = {key: field for key, field in fields.items() if key not in paths and key not in OURS}
    inputs = {key: field for key, field in paths.items() if key not in out and key not in OURS}
    result = out.get("output")
    formats = () if result is None else tuple(FORMATS) if result.is_required() else TABLES
    return Verb(name, schema, run, inputs, plain, tuple(key for key in out if key in known and key not in FOLDERS), formats)


def _is_result(key: str, field: FieldInfo) -> bool:
    return key == "output" and extra_of(field)["metavar"] == "OUT"


def holds_path(annotation: Any) -> bool:
    """True if a field may be a path."""
    if get_origin(annotation) in (Union, types.UnionType) or get_args(annotation):
        return any(holds_path(part) for part in get_args(annotation))
    return annotation is Path
