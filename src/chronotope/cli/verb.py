"""A schema and a function become a verb: options from the schema's fields, a saved call from --config, errors to exit codes."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, get_origin

import typer
from pydantic.fields import FieldInfo

from chronotope.calls.many import run_many
from chronotope.calls.perform import perform
from chronotope.calls.progress import Progress
from chronotope.calls.result import Result
from chronotope.calls.saved import VERB, checked, options_of
from chronotope.calls.schema import READING, RUNNING, WRITING, Call, Opening, extra_of, flag_of
from chronotope.cli.completion import COMPLETED
from chronotope.cli.house import ending
from chronotope.cli.printing import Manner, Watcher, show
from chronotope.cli.streams import STREAM, streamed
from chronotope.errors import ArgumentError

CONFIG = Annotated[
    str | None, typer.Option("--config", metavar="FILE", help="a saved call: option names and values in YAML", rich_help_panel=RUNNING)
]


def add_verb(app: typer.Typer, name: str, schema: type[Call], run: Callable[[Any, Progress], Result]) -> None:
    """Make `chronotope NAME` call `run` with a checked `schema`, and print what comes of it."""
    fields = {**schema.model_fields, **Manner.model_fields}

    def command(**given: Any) -> None:
        saved = given.pop("config", None)
        words = {key: value for key, value in given.items() if value not in (None, [], ())}
        ending(lambda: _perform(run, schema, {**saved_call(name, saved), **words}), bool(given.get("verbose")))

    parameters = [_parameter(key, field, several(schema)) for key, field in fields.items()]
    parameters.sort(key=lambda parameter: _rank(fields[parameter.name]))
    parameters.append(inspect.Parameter("config", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=CONFIG))
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__doc__ = schema.__doc__
    app.command(name)(command)


def saved_call(name: str, path: str | None) -> dict[str, Any]:
    """Options from the file that --config names, under the names of the schema; none without one.

    Raises:
        ArgumentError: the file cannot be read, or holds a call of another verb.
    """
    options = {} if path is None else options_of("--config", path)
    verb = options.pop(VERB, name)
    if verb != name:
        raise ArgumentError(f"--config must name a saved call of {name}; {path} holds one of {verb}.")
    return options


def _perform(run: Callable[[Any, Progress], Result], schema: type[Call], values: dict[str, Any]) -> None:
    manner = checked(Manner, {key: values.pop(key) for key in Manner.model_fields if key in values}, typed=True)
    check = lambda given: checked(schema, given, typed=True)  # noqa: E731
    with streamed(values) as given:
        files: list[str] = []
        if several(schema) and given.get("file"):
            from chronotope.opening.readers.formats import files_of

            files = files_of(given["file"])
        given |= {"file": files[0]} if len(files) == 1 else {}
        many = len(files) > 1
        result = run_many(run, check, given, files, Watcher(manner)) if many else perform(run, check(given), Watcher(manner))
        goes_out = values.get("output") == STREAM
        show(replace(result, said=kept(result)) if goes_out else result, manner, sys.stderr if goes_out else sys.stdout)


def kept(result: Result) -> tuple[Any, ...]:
    """What is said of a result whose output is a stream: not where it was written."""
    return tuple(said for said in result.said if not (isinstance(said, str) and said.startswith("wrote ")))


def several(schema: type[Call]) -> bool:
    """Whether a verb takes several files."""
    return issubclass(schema, Opening)


def _parameter(key: str, field: FieldInfo, many: bool) -> inspect.Parameter:
    extra, kind = extra_of(field), _plain_type(field)
    kind = list[str] if many and key == "file" else kind
    marker: Any
    if extra["argument"]:
        marker = typer.Argument(metavar=extra["metavar"], help=field.description, show_default=False)
    else:
        flags = extra["flags"] or [flag_of(key, field)]
        metavar = None if kind is bool else extra["metavar"]
        words = {"metavar": metavar, "help": field.description, "rich_help_panel": extra["panel"], "autocompletion": COMPLETED.get(key)}
        marker = typer.Option(*flags, **words, show_default=False)
    return inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, marker])  # type: ignore[valid-type]


def _plain_type(field: FieldInfo) -> Any:
    """Words go to the schema as they were typed; it alone says what is right."""
    text = str(field.annotation)
    if field.annotation is bool:
        return bool
    return list[str] if get_origin(field.annotation) is list or text.startswith("list[") else str


def _rank(field: FieldInfo) -> tuple[int, bool]:
    """The order of the help: the file, what to run with what must be given first, what to write, what to read."""
    extra = extra_of(field)
    return 0 if extra["argument"] else 1 + (RUNNING, WRITING, READING).index(extra["panel"]), not field.is_required()
