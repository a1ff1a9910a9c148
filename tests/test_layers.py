"""The order of the floors: a room imports only from rooms below it, also inside functions and by name, and no files import in circles.

The house is drawn in docs/architecture.md; `scripts/walk.py` holds its floors, and looks through it.
"""

from __future__ import annotations

import pytest
from walk import FLOOR_OF, SOURCE, arrows_back, circles, import_graph, made_forecast, opened_table, room_graph

IN_LINE = ("data", "opening", "inspect", "view")  # rooms without circles, inside and among each other
RETURNS, CLIMBS = 8, 2  # of a table opened, and of a forecast made


def test_no_import_points_back():
    assert arrows_back(SOURCE) == []


def test_every_room_is_drawn():
    rooms = {p.name for p in SOURCE.iterdir() if p.is_dir() and p.name != "__pycache__" and any(p.rglob("*.py"))}
    assert rooms <= set(FLOOR_OF), f"rooms outside the drawing: {sorted(rooms - set(FLOOR_OF))}"


def test_no_imports_go_in_circles():
    graph = import_graph(SOURCE)
    found = [*circles(graph), *circles(room_graph(graph))]
    assert [one for one in found if any(name.split("/")[0] in IN_LINE for name in one)] == []


BAD_LINES = {
    "upwards": ("data/open.py", "from chronotope.tasks.results.forecast import Forecast"),
    "upwards from a package": ("data/open.py", "from chronotope import tasks"),
    "lazy and upwards": ("model/load.py", "def load():\n    import chronotope.tasks.verbs as verbs\n    return verbs"),
    "sideways": ("baselines/naive.py", "from chronotope.training.loop import train"),
    "relative and upwards": ("heads/quantile.py", "from ..model.load import load_predictor"),
    "relative through a package": ("data/frame.py", "from .. import view"),
    "at the roof": ("view/report.py", "import chronotope as ct"),
    "a name of the roof": ("view/report.py", "from chronotope import load"),
    "from the last but one floor to the one above": ("heads/quantile.py", "from chronotope.backbone.network import Network"),
    "for types only": ("errors.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from chronotope.data.panel import Panel"),
    "from an undrawn room": ("misc/helpers.py", "from chronotope.errors import DataError"),
    "by name": (
        "tasks/results/forecast.py",
        "from importlib import import_module\nscore = import_module('chronotope.evaluate.protocols.backtest')",
    ),
    "by the name of its module": ("view/maps.py", "import importlib\nimportlib.import_module(name='chronotope.tasks')"),
    "by a name put together": ("data/field.py", "def look(room):\n    return import_module(f'chronotope.view.{room}')"),
    "by a relative name": ("data/field.py", "import importlib\nimportlib.import_module('..opening.open', __package__)"),
    "data at its opening": ("data/field.py", "def again(path):\n    import chronotope.opening.open as opener\n    return opener"),
    "inspection at what it looks at": ("inspect/checks.py", "from chronotope.data.field import Field"),
    "the view at tasks": ("view/report.py", "from chronotope.tasks.results.forecast import Forecast"),
    "evidence at questions": ("evidence/trials.py", "from chronotope.questions.wants import Want"),
    "wrappers at tasks": ("wrappers/conformal.py", "from chronotope.tasks.verbs import Model"),
    "a verb's file at the command line": ("calls/forecast.py", "from chronotope.cli.main import app"),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_an_arrow_back_is_found(tmp_path, case):
    path, text = BAD_LINES[case]
    house = built(tmp_path, {path: text})
    assert len(arrows_back(house)) == 1


def test_arrows_down_inside_a_room_and_to_other_packages_are_let_through(tmp_path):
    house = built(
        tmp_path,
        {
            "__init__.py": "from chronotope.cli.main import app",
            "cli/demo.py": "import rich\nimport chronotope as ct\nfrom chronotope.view import report\nfrom ..errors import DataError",
            "cli/info.py": "from . import main",
            "model/card.py": "from chronotope import __version__",
            "opening/readers/text.py": "from ...data.panel import Panel\nfrom chronotope.heads.quantile import QuantileHead",
            "baselines/rivals.py": "import importlib\nimportlib.import_module('sklearn')\nimportlib.import_module(f'{__name__}.base')",
            "tasks/results/forecast.py": "import importlib\ndef draw():\n    return importlib.import_module('chronotope.view.maps')",
        },
    )
    assert arrows_back(house) == []


CIRCLES = {
    "of two files": {"data/a.py": "from chronotope.data.b import x", "data/b.py": "from chronotope.data import a"},
    "inside a function": {"data/a.py": "from chronotope.data.b import x", "data/b.py": "def f():\n    import chronotope.data.a"},
    "for types only": {
        "data/a.py": "from chronotope.data.b import x",
        "data/b.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from chronotope.data.a import A",
    },
    "by name": {"data/a.py": "from chronotope.data.b import x", "data/b.py": "import_module('chronotope.data.a')"},
    "of three files": {
        "data/a.py": "from chronotope.data.b import x",
        "data/b.py": "from chronotope.data.c import x",
        "data/c.py": "from chronotope.data.a import x",
    },
    "through a package": {"data/__init__.py": "from chronotope.data.a import x", "data/a.py": "from chronotope.data import x"},
}


@pytest.mark.parametrize("case", CIRCLES)
def test_a_circle_is_found(tmp_path, case):
    assert circles(import_graph(built(tmp_path, CIRCLES[case]))) == [sorted(CIRCLES[case])]


def test_a_circle_of_rooms_is_found_where_no_file_stands_in_one(tmp_path):
    files = {
        "opening/a/one.py": "from chronotope.opening.b.one import x",
        "opening/b/two.py": "from chronotope.opening.a.two import x",
        "opening/b/one.py": "",
        "opening/a/two.py": "",
    }
    graph = import_graph(built(tmp_path, files))
    assert circles(graph) == [] and circles(room_graph(graph)) == [["opening/a", "opening/b"]]


def test_a_table_is_opened_and_a_forecast_made_without_straying():
    opened, made = opened_table(), made_forecast()
    assert len(opened.returns) <= RETURNS, opened.stays
    assert len(made.climbs) <= CLIMBS, made.climbs
    assert opened.climbs == []


def built(folder, files):
    """A house of these files."""
    house = folder / "chronotope"
    for path, text in files.items():
        (house / path).parent.mkdir(parents=True, exist_ok=True)
        (house / path).write_text(text)
    for parent in {path.parent for path in house.rglob("*.py")} | {house}:
        if not (parent / "__init__.py").exists():
            (parent / "__init__.py").write_text("")
    return house
