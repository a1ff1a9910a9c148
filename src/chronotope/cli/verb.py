"""A schema and a function become a verb: options from the schema's fields, a saved call from --config, errors to exit codes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_origin

import typer
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from chronotope.cli.house import ending, refuse
from chronotope.cli.schemas import READING, RUNNING, WRITING, Call

C = TypeVar("C", bound=Call)
CONFIG = Annotated[
    str | None, typer.Option("--config", metavar="FILE", help="a saved call: option names and values in YAML", rich_help_panel=RUNNING)
]


def add_verb(app: typer.Typer, name: str, schema: type[C], run: Callable[[C], None]) -> None:
    """Make `chronotope NAME` call `run` with a checked `schema`."""

    def command(**given: Any) -> None:
        saved = given.pop("config", None)
        words = {key: value for key, value in given.items() if value not in (None, [], ())}
        ending(lambda: run(checked(schema, {**saved_call(saved), **words})), bool(given.get("verbose")))

    parameters = [_parameter(key, field) for key, field in schema.model_fields.items()]
    parameters.sort(key=lambda parameter: _rank(schema.model_fields[parameter.name]))
    parameters.append(inspect.Parameter("config", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=CONFIG))
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__doc__ = schema.__doc__
    app.command(name)(command)


def checked(schema: type[C], values: dict[str, Any]) -> C:
    """The call that `values` describe; a wrong one ends in one sentence.

    Raises:
        typer.Exit: code 2, after the sentence was said.
    """
    try:
        return schema(**values)
    except ValidationError as error:
        refuse(sentence_of(error, schema.model_fields))


def saved_call(path: str | None) -> dict[str, Any]:
    """Options from the file that --config names, under the names of the schema; none without one."""
    return {} if path is None else {key.replace("-", "_"): value for key, value in read_yaml("--config", path).items()}


def read_yaml(name: str, path: str) -> dict[str, Any]:
    """Options from a YAML file that the user knows as `name`.

    Raises:
        typer.Exit: code 2; there is no such file, or it holds no options.
    """
    import yaml

    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"{name} must name a file that can be read; {path} cannot ({getattr(error, 'strerror', None) or 'it is no text'}).")
    except yaml.YAMLError as error:
        refuse(f"{name} must hold YAML; {path} does not: {' '.join(str(error).split())}.")
    if not isinstance(found, dict):
        refuse(f"{name} must hold options such as 'horizon: 12', one per line; {path} holds {type(found).__name__}.")
    return {str(key): value for key, value in found.items()}


def flag_of(key: str, field: FieldInfo) -> str:
    """The name under which people know a field: FILE, --horizon, or its plain name where it is no option."""
    if not field.json_schema_extra:
        return key
    extra = _extra(field)
    return extra["metavar"] if extra["argument"] else (extra["flags"] or [f"--{key.replace('_', '-')}"])[0]


def _parameter(key: str, field: FieldInfo) -> inspect.Parameter:
    extra, kind = _extra(field), _plain_type(field)
    marker: Any
    if extra["argument"]:
        marker = typer.Argument(metavar=extra["metavar"], help=field.description, show_default=False)
    else:
        flags = extra["flags"] or [f"--{key.replace('_', '-')}"]
        metavar = None if kind is bool else extra["metavar"]
        marker = typer.Option(*flags, metavar=metavar, help=field.description, show_default=False, rich_help_panel=extra["panel"])
    return inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, marker])  # type: ignore[valid-type]


def _plain_type(field: FieldInfo) -> Any:
    """Words go to the schema as they were typed; it alone says what is right."""
    text = str(field.annotation)
    if field.annotation is bool:
        return bool
    return list[str] if get_origin(field.annotation) is list or text.startswith("list[") else str


def _rank(field: FieldInfo) -> tuple[int, bool]:
    """The order of the help: the file, what to run with what must be given first, what to write, what to read."""
    extra = _extra(field)
    return 0 if extra["argument"] else 1 + (RUNNING, WRITING, READING).index(extra["panel"]), not field.is_required()


def _extra(field: FieldInfo) -> dict[str, Any]:
    plain: dict[str, Any] = {"flags": [], "metavar": "", "panel": RUNNING, "argument": False}
    return plain | field.json_schema_extra if isinstance(field.json_schema_extra, dict) else plain


def sentence_of(error: ValidationError, fields: dict[str, FieldInfo], holder: str = "A saved call") -> str:
    """The first mistake that a schema found, in one sentence with the name that the user knows."""
    problem = min(error.errors(include_url=False), key=lambda found: found["type"] == "missing")  # a wrong word before a missing one
    key = str(problem["loc"][0]) if problem["loc"] else ""
    if problem["type"] == "extra_forbidden":
        return f"{holder} may hold {', '.join(fields)}; found {key!r}."
    flag = flag_of(key, fields[key]) if key in fields else key
    if problem["type"] == "missing":
        return f"{flag} must be given; it was not. See --help for what it takes."
    rule = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "must be").split(", unable")[0]
    return f"{flag} {rule}; found {problem['input']!r}."
