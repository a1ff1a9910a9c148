"""From a name to a rival, and the sentences for names, arguments and folders that are wrong."""

import sys

import pytest

from chronotope.baselines.rivals import RIVALS, rival, rival_class
from chronotope.baselines.rivals.base import AbstractRival
from chronotope.errors import ArgumentError, MissingExtraError, NoFileError
from chronotope.tasks.load import load, models

PACKAGES = {"fracast": "fracast", "flair": "flaircast", "pykrige": "pykrige", "lightgbm": "lightgbm", "auto_ets": "statsforecast.models"}


@pytest.mark.parametrize("name", RIVALS)
def test_every_rival_has_a_class_with_its_name_and_a_sentence(name):
    made = rival_class(name)
    assert issubclass(made, AbstractRival) and made.name == name and len(made.__doc__.splitlines()[0]) > 20
    assert models().loc[f"rival:{name}", "kind"] == "rival"


@pytest.mark.parametrize("name", PACKAGES)
def test_a_missing_extra_is_named_with_the_command_that_installs_it(monkeypatch, name):
    monkeypatch.setitem(sys.modules, PACKAGES[name], None)
    with pytest.raises(MissingExtraError, match=rf"rival:{name} needs {PACKAGES[name].split('.')[0]}; install it with: pip install"):
        load(f"rival:{name}")


def test_wrong_names_arguments_and_folders_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match="rival:auto_ets.*found 'rival:prophet'"):
        load("rival:prophet")
    with pytest.raises(ArgumentError, match=r"rival:chronos2 takes path, context; found 'speed'"):
        rival("chronos2?speed=3")
    with pytest.raises(ArgumentError, match=r"chronos2\?context must be a whole number above 0; found 'all'"):
        rival(f"chronos2?path={tmp_path}&context=all")
    with pytest.raises(ArgumentError, match=r"Write rival:toto\?path=FOLDER"):
        rival("toto")
    with pytest.raises(NoFileError, match="does not exist"):
        rival(f"tirex?path={tmp_path / 'nothing'}")
