"""Calls from elsewhere: from a file, from words and values, and back into a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from chronotope.calls.perform import perform
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.schema import Call, flag_of
from chronotope.errors import ArgumentError

if TYPE_CHECKING:
    from chronotope.calls.result import Result

VERB = "verb"  # the key of a file that says which call it holds
C = TypeVar("C", bound=Call)


def run(call: str | Path, progress: Progress = SILENT, **options: Any) -> Result:
    """Run a call: a verb of `chronotope.calls.CALLS` with its options, or a YAML file that names its `verb`.

    Args:
        call: a verb such as "forecast", or the file; options win over those of the file.
        progress: what is told while it works; nothing by default.
        options: the fields of the verb's schema, named as in Python.

    Returns:
        A Result: `made` (the Forecast, the table), `facts` and `plain()` for machines, `said` for people, `warnings`.

    Raises:
        ArgumentError: there is no such verb or file, or an option is not as its schema says.
    """
    from chronotope.calls import CALLS

    verb, saved = (str(call), {}) if str(call) in CALLS else named_call(call)
    schema, work = CALLS[verb]
    return perform(work, checked(schema, {**saved, **options}), progress)


def named_call(path: str | Path) -> tuple[str, dict[str, Any]]:
    """The verb and the options of a file.

    Raises:
        ArgumentError: it cannot be read, or names no verb that there is.
    """
    from chronotope.calls import CALLS

    if Path(path).suffix.lower() not in (".yaml", ".yml"):
        raise ArgumentError(f"A call must be one of {', '.join(CALLS)}, or a YAML file; found {str(path)!r}.")
    options = options_of("A call", path)
    verb = options.pop(VERB, None)
    if verb not in CALLS:
        raise ArgumentError(f"{path} must say which call it holds, such as 'verb: forecast'; it says {verb!r}.")
    return verb, options


def options_of(name: str, path: str | Path) -> dict[str, Any]:
    """Options from a YAML file that the user knows as `name`, under the names of the schema.

    Raises:
        ArgumentError: there is no such file, or it holds no options.
    """
    import yaml

    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ArgumentError(f"{name} must name a file that can be read; {path} cannot ({why}).") from error
    except yaml.YAMLError as error:
        raise ArgumentError(f"{name} must hold YAML; {path} does not: {' '.join(str(error).split())}.") from error
    if not isinstance(found, dict):
        raise ArgumentError(f"{name} must hold options such as 'horizon: 12', one per line; {path} holds {type(found).__name__}.")
    return {str(key).replace("-", "_"): value for key, value in found.items()}


def checked(schema: type[C], values: dict[str, Any], typed: bool = False) -> C:
    """The call that `values` describe; `typed`: in words of the command line.

    Raises:
        ArgumentError: a value is not as the schema says, in one sentence.
    """
    try:
        return schema(**values)
    except ValidationError as error:
        raise ArgumentError(sentence_of(error, schema.model_fields, typed=typed)) from error


def sentence_of(error: ValidationError, fields: dict[str, FieldInfo], holder: str = "A saved call", typed: bool = False) -> str:
    """The first mistake that a schema found, in one sentence with the name that the user knows."""
    problem = min(error.errors(include_url=False), key=lambda found: found["type"] == "missing")  # a wrong word before a missing one
    key = str(problem["loc"][0]) if problem["loc"] else ""
    if problem["type"] == "extra_forbidden":
        return f"{holder} may hold {', '.join(fields)}; found {key!r}."
    name = flag_of(key, fields[key]) if typed and key in fields else key
    if problem["type"] == "missing":
        return f"{name} must be given; it was not.{' See --help for what it takes.' if typed else ''}"
    rule = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "must be").split(", unable")[0]
    return f"{name} {rule}; found {problem['input']!r}."
