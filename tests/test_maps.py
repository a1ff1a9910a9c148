"""The docstring of a crowded room is a map: it names every file and folder in it."""

import ast
import re

import pytest
from walk import SOURCE

CROWD = 12  # files; smaller rooms are seen at a glance
BY_REGISTRY = {"calls", "worlds", "backbone/mixers", "evidence/candidates", "opening/readers", "baselines/networks", "tasks/detecting"}
ROOMS = [
    room
    for room in sorted(str(path.parent.relative_to(SOURCE)) for path in SOURCE.rglob("__init__.py"))
    if room not in BY_REGISTRY | {"."} and len(list((SOURCE / room).glob("*.py"))) > CROWD
]


@pytest.mark.parametrize("room", ROOMS)
def test_a_crowded_room_names_its_files(room):
    words = set(re.findall(r"\w+", ast.get_docstring(ast.parse((SOURCE / room / "__init__.py").read_text())) or ""))
    files = {path.stem for path in (SOURCE / room).glob("*.py")} - {"__init__"}
    folders = {path.parent.name for path in (SOURCE / room).glob("*/__init__.py")}
    assert files | folders <= words, f"not on the map: {sorted((files | folders) - words)}"
