"""The description of the REST, made from the schemas of the calls, with examples that run as they stand."""

from __future__ import annotations

from typing import Any

from chronotope.serve.verbs import Verb

EXAMPLES: dict[str, dict[str, Any]] = {
    "info": {"file": "sample:us_income"},
    "forecast": {"file": "sample:us_income", "horizon": 4},
    "impute": {"file": [{"time": f"2024-03-{day:02}", "flow": None if day == 9 else 50 + day % 7} for day in range(1, 22)]},
    "backcast": {"file": "sample:us_income", "horizon": 3},
    "interpolate": {"file": "sample:us_income", "at": [{"name": "somewhere", "lat": 40.0, "lon": -95.0}], "model": "baseline:kriging"},
    "downscale": {"file": "sample:air_temperature", "factor": 2, "model": "baseline:bilinear", "quantiles": [0.5]},
    "embed": {"file": "sample:us_income"},
    "detect": {"file": "sample:us_income", "rate": 0.01, "model": "baseline:last_value"},
    "simulate": {"file": "sample:us_income", "horizon": 3, "members": 5, "model": "baseline:mix"},
    "backtest": {"file": "sample:us_income", "horizon": 3, "every": 10, "models": ["baseline:mix", "baseline:last_value"]},
    "floors": {"file": "sample:us_income", "horizon": 3, "origins": 2},
    "stress": {"file": "sample:us_income", "horizon": 2, "before": 16, "after": 4, "drift": ["step"], "models": ["baseline:last_value"]},
    "demo": {"model": "baseline:mix"},
    "count": {"file": "sample:earthquakes", "cell": 5, "step": "30D"},
    "whatif": {
        "file": "sample:nyc_weather",
        "horizon": 2,
        "set": {"dewp": "+2"},
        "target": ["temp"],
        "context": 200,
        "model": "baseline:mix",
    },
    "explain": {"file": "sample:us_income", "horizon": 2, "about": "Ohio", "most": 3, "model": "baseline:mix"},
    "arrival": {
        "file": [{"time": f"2024-03-01T{hour:02}:00", "object": "a", "lat": 54 + hour / 10, "lon": 8.0} for hour in range(12)],
        "places": [{"name": "port", "lat": 55.4, "lon": 8.0}],
        "horizon": 4,
        "radius": 20000,
        "members": 50,
    },
    "models": {},
    "samples": {},
}
"""Bodies of requests that a reader can send as they are."""

MEDIA = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "nc": "application/x-netcdf",
    "geojson": "application/geo+json",
}
TEXT = {"type": "string"}
COMPONENTS: dict[str, Any] = {
    "Answer": {
        "type": "object",
        "description": "The answer of a call.",
        "properties": {
            "said": {"type": "array", "items": TEXT, "description": "sentences for people"},
            "warnings": {"type": "array", "items": TEXT, "description": "what looks wrong in the data"},
            "facts": {"type": "object", "additionalProperties": True, "description": "what the command line prints with --json"},
            "rows": {
                "type": ["array", "null"],
                "items": {"type": "object", "additionalProperties": True},
                "description": "the table: of a forecast time, place, lat, lon, variable, q0.1, ..., q0.9",
            },
        },
        "required": ["said", "warnings", "facts", "rows"],
    },
    "Job": {
        "type": "object",
        "description": "A call that was accepted.",
        "properties": {
            "id": TEXT,
            "verb": TEXT,
            "state": {"type": "string", "enum": ["queued", "running", "done", "failed", "cancelled"]},
            "stage": {"type": "string", "description": "what it is at"},
            "ahead": {"type": "integer", "description": "calls that wait before it"},
            "seconds": {"type": ["number", "null"], "description": "of work so far, or in all"},
            "attempts": {"type": "integer", "description": "how often its work was begun"},
            "warnings": {"type": "array", "items": TEXT},
            "error": {"type": ["string", "null"], "description": "one sentence, of a job that failed"},
            "fault": {"type": ["string", "null"], "enum": ["call", "limit", "server", None]},
            "url": TEXT,
            "files": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": TEXT, "url": TEXT, "bytes": {"type": "integer"}},
                    "required": ["name", "url", "bytes"],
                },
            },
        },
        "required": ["id", "verb", "state", "url", "files"],
    },
    "Error": {
        "type": "object",
        "properties": {
            "error": {"type": "string", "description": "what must hold, what was found, what to do"},
            "fault": {"type": "string", "enum": ["call", "limit", "server"]},
        },
        "required": ["error", "fault"],
    },
}
FAILURES = {
    "401": "the token is missing or wrong",
    "413": "more than this server takes; refused before any work",
    "422": "the call or the file is wrong, in one sentence",
    "500": "a fault of the server",
    "503": "too many calls wait; come again after Retry-After seconds",
}


def operation(verb: Verb) -> dict[str, Any]:
    """What OpenAPI says of a verb's route: the body as JSON or as a form with files, and the answers."""
    example = EXAMPLES.get(verb.name)
    body = {**({"example": example} if example is not None else {}), "schema": _schema(verb, as_form=False)}
    return {
        "requestBody": {"required": True, "content": {"application/json": body, "multipart/form-data": {"schema": _schema(verb, True)}}},
        "responses": {
            "200": {"description": "the answer, in the first format that was asked for", "content": _answers(verb)},
            "202": {"description": "it takes longer than `wait`: a job", "content": {"application/json": {"schema": _ref("Job")}}},
            **{code: failure(words) for code, words in FAILURES.items()},
        },
    }


def failure(words: str) -> dict[str, Any]:
    """An answer that is an error."""
    return {"description": words, "content": {"application/json": {"schema": _ref("Error")}}}


def _answers(verb: Verb) -> dict[str, Any]:
    made: dict[str, Any] = {"application/json": {"schema": _ref("Answer")}}
    binary = {"type": "string", "format": "binary"}
    return made | {MEDIA[name]: {"schema": binary} for name in verb.formats if name != "json"}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _schema(verb: Verb, as_form: bool) -> dict[str, Any]:
    """The fields of a request: the schema's own, files as uploads or records, and what the server adds."""
    own = verb.schema.model_json_schema()
    properties: dict[str, Any] = {}
    for key in verb.inputs:
        properties[key] = {**_upload(key, as_form), "description": verb.inputs[key].description}
    properties |= {key: _plain(own["properties"][key]) for key in verb.plain}
    for key in verb.beside:
        words = "also make " + str(verb.schema.model_fields[key].description).removeprefix("also write ") + "; fetch it from the job"
        properties[key] = {"type": "boolean", "default": False, "description": words}
    if verb.formats:
        words = "of the answer; several with commas between, of which the first is sent and the others lie with the job"
        properties["format"] = {"type": "string", "default": verb.formats[0], "description": words, "examples": list(verb.formats)}
    required = [key for key in properties if key in own.get("required", ())]
    made = {"type": "object", "title": f"{verb.schema.__name__}{'Form' if as_form else ''}", "properties": properties}
    return made | {"required": required, "additionalProperties": False}


def _upload(key: str, as_form: bool) -> dict[str, Any]:
    sample = {"type": "string", "pattern": "^sample:"}
    if as_form:
        return {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
    records = {"type": "array", "items": {"type": "object", "additionalProperties": True}, "title": "records"}
    geojson = {"type": "object", "additionalProperties": True, "title": "GeoJSON"}
    return {"anyOf": [records, geojson, sample]} if key == "file" else records


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    """A property without what only the command line needs, and without null."""
    made = {key: value for key, value in found.items() if key not in ("title", "flags", "metavar", "panel", "argument")}
    options = [option for option in made.pop("anyOf", []) if option.get("type") != "null"]
    if len(options) == 1:
        made = {**options[0], **made}
    elif options:
        made["anyOf"] = options
    return {key: value for key, value in made.items() if not (key == "default" and value is None)}
