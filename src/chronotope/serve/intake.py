"""A request becomes a call: JSON or a form with files, read within the limits, and laid into a folder of its own."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from chronotope.calls.saved import checked
from chronotope.calls.schema import Call
from chronotope.errors import ArgumentError, DataError
from chronotope.serve.contents import check_name
from chronotope.serve.limits import Limits
from chronotope.serve.verbs import Verb

if TYPE_CHECKING:
    from starlette.requests import Request

SAMPLE = "sample:"
MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")
MOST_TEXT = 2000  # characters of a value
PAGE = "picture"  # what the page asks beside: numbers to draw


@dataclass
class Asked:
    """What a request holds.

    Attributes:
        values: plain values by name.
        files: uploads by name: (file name, an open file), or what JSON holds in their place.
        formats: of the answer, the first one is sent.
        beside: further outputs.
        picture: whether numbers to draw are wanted.
    """

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    formats: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    picture: bool = False


async def asked_of(request: Request, verb: Verb, limits: Limits) -> Asked:
    """What a request asks of a verb.

    Raises:
        ArgumentError: it holds what the verb does not take.
        TooMuch: it is too large.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    length = request.headers.get("content-length", "")
    limits.check_bytes(int(length) if length.isdigit() else 0)
    if kind == "multipart/form-data":
        return _sorted_out(verb, await _form(request, limits))
    body = b"".join([block async for block in _counted(request, limits)])
    if kind == "application/x-www-form-urlencoded" and not body.lstrip().startswith(b"{"):  # curl -d calls JSON so too
        pairs = parse_qs(body.decode("utf-8", "replace"), max_num_fields=500)
        return _sorted_out(verb, {key: values[0] if len(values) == 1 else values for key, values in pairs.items()})
    return _sorted_out(verb, await _json(body))


async def _counted(request: Request, limits: Limits) -> AsyncGenerator[bytes, None]:
    size = 0
    async for block in request.stream():
        size += len(block)
        limits.check_bytes(size)
        yield block


async def _json(body: bytes) -> dict[str, Any]:
    from anyio import to_thread

    try:
        found = await to_thread.run_sync(json.loads, body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"A request must hold JSON, or a form with files; its body cannot be read ({error}).") from error
    if not isinstance(found, dict):
        raise ArgumentError(f"A request must hold an object such as {{'horizon': 12}}; found {type(found).__name__}.")
    return found


async def _form(request: Request, limits: Limits) -> dict[str, Any]:
    from starlette.formparsers import MultiPartException, MultiPartParser

    try:
        form = await MultiPartParser(request.headers, _counted(request, limits), max_files=16, max_fields=500).parse()
    except MultiPartException as error:
        raise ArgumentError(f"A form must be whole; it cannot be read ({error.message}).") from error
    made: dict[str, Any] = {}
    for key, value in form.multi_items():
        made.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in made.items()}


def _sorted_out(verb: Verb, found: dict[str, Any]) -> Asked:
    """Names to their places; an empty word of a form counts as not given."""
    asked = Asked()
    for key, value in found.items():
        if key not in (*verb.words, PAGE):
            raise ArgumentError(f"{verb.name} takes {', '.join(verb.words)}; found {key!r}.")
        if value is None or value == "":
            continue
        if key in verb.inputs:
            asked.files[key] = value
        elif key == "format":
            asked.formats = [str(word) for word in (value if isinstance(value, list) else str(value).split(","))]
        elif key == PAGE:
            asked.picture = _truth(key, value)
        elif key in verb.beside:
            asked.beside += [key] if _truth(key, value) else []
        else:
            asked.values[key] = _checked_words(key, value, verb)
    asked.formats = asked.formats or list(verb.formats[:1])
    odd = next((name for name in asked.formats if name not in verb.formats), None)
    if odd is not None:
        raise ArgumentError(f"format must be {' or '.join(verb.formats)}; found {odd!r}.")
    return asked


def _truth(key: str, value: Any) -> bool:
    if str(value).lower() not in ("true", "false", "1", "0", "on", "off"):
        raise ArgumentError(f"{key} must be true or false; it asks for a file that is fetched afterwards. Found {value!r}.")
    return str(value).lower() in ("true", "1", "on")


def _checked_words(key: str, value: Any, verb: Verb) -> Any:
    """A plain value: numbers and short words. Models by name alone, as a path would be a folder of the server."""
    annotation = str(verb.schema.model_fields[key].annotation)
    if isinstance(value, dict) and "dict[" in annotation:
        return {str(name)[:MOST_TEXT]: _checked_words(key, one, verb) for name, one in value.items()}
    for word in value if isinstance(value, list) else [value]:
        if not isinstance(word, (str, int, float, bool)):
            raise ArgumentError(f"{key} must be a value, not {'a file' if hasattr(word, 'file') else type(word).__name__}.")
        if isinstance(word, str) and (len(word) > MOST_TEXT or "\x00" in word):
            raise ArgumentError(f"{key} must be a few words; found {len(word):,} characters.")
        if key in ("model", "models", "against") and not (MODEL_NAME.fullmatch(str(word)) and ".." not in str(word)):
            raise ArgumentError(f"{key} must be a name such as small or baseline:mix, see /v1/models; found {str(word)[:80]!r}.")
    is_many = any(word in annotation for word in ("list[", "dict[", "tuple["))
    if isinstance(value, list) and not is_many:
        raise ArgumentError(f"{key} must be given once; found {len(value)} of it.")
    return value


def laid_out(asked: Asked, verb: Verb, folder: Path, limits: Limits) -> Call:
    """The call, its files laid into `folder`; every path in it is one below that folder.

    Raises:
        ArgumentError: a value is not as the schema says, in one sentence.
        DataError: a file is of no kind that is taken.
        TooMuch: see `Limits`.
    """
    values = dict(asked.values)
    for key in [name for name in verb.inputs if verb.inputs[name].is_required()]:
        if key not in asked.files:
            more = f", or '{SAMPLE}NAME'" if key == "file" else ""
            raise ArgumentError(f"{key} must be sent, as a file of a form or as JSON records{more}; it was not.")
    (folder / "out").mkdir(parents=True)
    for key, value in asked.files.items():
        made = _lay(key, value, folder / key)
        values[key] = made.relative_to(folder)
        if key == "file" and isinstance(value, str):
            values = {**_sample(value)[1], **values}
    values |= {name: Path(path) for name, path in verb.outputs(asked.formats, asked.beside).items()}
    call = checked(verb.schema, values)
    limits.check_call(call)
    return call


def _lay(key: str, value: Any, folder: Path) -> Path:
    folder.mkdir()
    if hasattr(value, "filename"):
        name = safe_name(value.filename or f"{key}.csv")
        check_name(name)
        with (folder / name).open("wb") as out:
            value.file.seek(0)
            shutil.copyfileobj(value.file, out, 1 << 20)
        return folder / name
    if key == "file" and isinstance(value, str):
        source = _sample(value)[0]
        return Path(shutil.copyfile(source, folder / source.name))
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return _records(value, folder / f"{key}.json") if key == "file" else _table(value, folder / f"{key}.csv")
    if key == "file" and isinstance(value, dict):
        return _records(value, folder / ("file.geojson" if value.get("type") == "FeatureCollection" else "file.json"))
    found = f"the text {str(value)[:60]!r}, and no path of the server is opened" if isinstance(value, str) else type(value).__name__
    raise ArgumentError(f"{key} must be an upload, or records in JSON{f', or {SAMPLE}NAME' if key == 'file' else ''}; found {found}.")


def _sample(value: str) -> tuple[Path, dict[str, Any]]:
    """The file of a sample, and the options that it is opened with."""
    from chronotope.opening.samples import SAMPLES, sample_path

    name = value.removeprefix(SAMPLE)
    if not value.startswith(SAMPLE) or name not in SAMPLES:
        known = ", ".join(SAMPLE + word for word in SAMPLES)
        raise ArgumentError(f"file must be an upload, JSON records, or one of {known}; found the text {value[:60]!r}, which is not opened.")
    return sample_path(name), SAMPLES[name].options


def _records(value: Any, path: Path) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def _table(rows: list[dict[str, Any]], path: Path) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if any(isinstance(cell, (dict, list)) for row in rows for cell in row.values()):
        raise DataError(f"{path.stem} must be records of plain values; one of them holds a list or an object.")
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def safe_name(name: str) -> str:
    """A file name without folders and odd characters; its letters in any script stay."""
    last = re.split(r"[\\/]", name)[-1]
    plain = re.sub(r"[^\w.\- ]", "_", last).strip()[-100:].rstrip(" .")
    return plain if plain and plain[0] not in "-. " else f"data{plain[plain.rfind('.') :] if '.' in plain else ''}"
