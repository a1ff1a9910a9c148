"""What requests may hold: nothing that names a file of the server, and everything else that the schemas hold."""

from pathlib import Path

import pytest

from chronotope.calls import CALLS
from chronotope.calls.schema import Call, option
from chronotope.serve.openapi import EXAMPLES
from chronotope.serve.verbs import KEPT, OURS, holds_path, verbs_of

VERBS = verbs_of(CALLS)
WORDS = {  # fields that hold text which is no path and cannot become one; a new one is looked at by whoever adds it
    *("kind", "time", "place", "lat", "lon", "target", "missing", "start", "step", "time_format", "clock", "crs", "cumulative"),
    *("context", "model", "models", "horizon", "at", "known_future", "form", "per", "window", "by", "against", "task", "drift", "fault"),
    *("set", "close", "about", "kinds", "topic", "budget", "finer_step"),
}


def test_every_verb_is_served_or_kept_for_a_reason():
    assert {name for name in CALLS if name not in VERBS} >= set(KEPT) and not set(KEPT) & set(VERBS)
    assert {"info", "forecast", "impute", "interpolate", "downscale", "embed", "detect", "simulate", "backtest", "floors"} <= set(VERBS)


@pytest.mark.parametrize("name", VERBS)
def test_no_plain_field_is_a_path_and_text_is_known(name):
    for key, field in VERBS[name].plain.items():
        assert not holds_path(field.annotation), key
        if "str" in str(field.annotation) and "Literal" not in str(field.annotation):
            assert key in WORDS, f"{name}.{key} is text: say in WORDS that it never opens a file, or make it a Path"


@pytest.mark.parametrize("name", VERBS)
def test_every_path_of_a_schema_is_an_upload_or_an_output(name):
    verb, fields = VERBS[name], CALLS[name][0].model_fields
    paths = {key for key, field in fields.items() if holds_path(field.annotation)}
    assert paths <= {*verb.inputs, *verb.outputs(list(verb.formats or ["json"]), list(verb.beside)), *OURS}
    assert not set(verb.plain) & set(OURS)


def test_a_new_verb_is_served_and_one_that_writes_a_folder_is_not():
    class Copy(Call):
        file: str | Path = option(..., "the data", argument=True)
        beside: Path | None = option(None, "more data")
        output: Path = option(..., "result", metavar="OUT", panel="What to write")

    class Train(Call):
        output: Path = option(..., "weights", metavar="FOLDER", panel="What to write")

    made = verbs_of({"copy": (Copy, None), "train": (Train, None)})
    assert list(made) == ["copy"] and set(made["copy"].inputs) == {"file", "beside"} and not made["copy"].plain
    assert made["copy"].outputs(["nc", "csv"], []) == {"output": "out/result.nc"}


def test_examples_are_of_verbs_that_are_served():
    assert set(EXAMPLES) <= set(VERBS) and {name for name in VERBS if name not in EXAMPLES} <= {"scores"}
