"""The order of the floors: a room imports only from rooms below it, also inside functions.

The house is drawn in docs/architecture.md. `Forecast.plot`, `.map` and `.animate` find the view above them by name when they are
called; that is the only way upwards, and it is no import.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "chronotope"
FLOORS: tuple[tuple[str, ...], ...] = (  # top to bottom; rooms on one floor do not look at each other
    ("cli",),
    ("serve",),
    ("calls",),
    ("view",),
    ("evaluate",),
    ("tasks",),
    ("wrappers",),
    ("baselines", "training"),
    ("model",),
    ("tokens",),
    ("questions",),
    ("evidence",),
    ("worlds",),
    ("harmonize",),
    ("data",),
    ("backbone",),
    ("heads",),
    ("errors",),
)
UNDER_THE_ROOF = ("cli", "serve")  # these call the public names as users do; the roof imports none of them
VERSION = "chronotope.__version__"  # a plain word that anyone may read
FLOOR_OF = {room: height for height, rooms in enumerate(reversed(FLOORS)) for room in rooms}


def imported_names(path: Path, package: tuple[str, ...]) -> list[tuple[int, str]]:
    """(line, absolute dotted name) of every import in a file, wherever it stands; `package` is the package that holds the file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join((*base, *([node.module] if node.module else [])))
            found += [(node.lineno, f"{stem}.{alias.name}") for alias in node.names]
    return found


def arrows_back(source: Path) -> list[str]:
    """Every import under the package folder `source` that looks up, sideways, or at the roof."""
    name, wrong = source.name, []
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        if parts in (("__init__",), ("__main__",)):
            continue  # the roof looks anywhere
        package = (name, *parts[:-1])
        for line, target in imported_names(path, package):
            words = target.split(".")
            if words[0] != name or target == VERSION:
                continue
            goal = words[1] if len(words) > 1 and words[1] in FLOOR_OF else None
            where = f"{path.relative_to(source)}:{line}"
            if parts[0] not in FLOOR_OF:
                wrong.append(f"{where} stands in no known room; draw {parts[0]!r} into the house first")
            elif goal is None and parts[0] not in UNDER_THE_ROOF:
                wrong.append(f"{where} imports the roof ({target}); import from the room that defines it")
            elif goal is not None and goal != parts[0] and FLOOR_OF[goal] >= FLOOR_OF[parts[0]]:
                wrong.append(f"{where} looks from {parts[0]} at {goal} ({target}), which is not below it")
    return wrong


def test_no_import_points_back():
    assert arrows_back(SOURCE) == []


def test_every_room_is_drawn():
    rooms = {p.name for p in SOURCE.iterdir() if p.is_dir() and p.name != "__pycache__" and any(p.rglob("*.py"))}
    assert rooms <= set(FLOOR_OF), f"rooms outside the drawing: {sorted(rooms - set(FLOOR_OF))}"


BAD_LINES = {
    "upwards": ("data/open.py", "from chronotope.tasks.result import Forecast"),
    "upwards from a package": ("data/open.py", "from chronotope import tasks"),
    "lazy and upwards": ("model/load.py", "def load():\n    import chronotope.view.series as series\n    return series"),
    "sideways": ("training/loop.py", "from chronotope.baselines.mix import Mix"),
    "relative and upwards": ("heads/quantile.py", "from ..model.load import load_predictor"),
    "relative through a package": ("data/readers/table.py", "from ... import view"),
    "at the roof": ("view/report.py", "import chronotope as ct"),
    "a name of the roof": ("view/report.py", "from chronotope import load"),
    "from the last but one floor to the one above": ("heads/quantile.py", "from chronotope.backbone.network import Network"),
    "for types only": ("errors.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from chronotope.data.panel import Panel"),
    "from an undrawn room": ("misc/helpers.py", "from chronotope.errors import DataError"),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_an_arrow_back_is_found(tmp_path, case):
    path, text = BAD_LINES[case]
    file = tmp_path / "chronotope" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    assert len(arrows_back(tmp_path / "chronotope")) == 1


def test_arrows_down_inside_a_room_and_to_other_packages_are_let_through(tmp_path):
    house = tmp_path / "chronotope"
    for path, text in {
        "__init__.py": "from chronotope.cli.main import app",
        "cli/demo.py": "import rich\nimport chronotope as ct\nfrom chronotope.view import report\nfrom ..errors import DataError",
        "cli/info.py": "from . import main",
        "model/card.py": "from chronotope import __version__",
        "data/readers/table.py": "from ..panel import Panel\nfrom chronotope.heads.quantile import QuantileHead",
    }.items():
        (house / path).parent.mkdir(parents=True, exist_ok=True)
        (house / path).write_text(text)
    assert arrows_back(house) == []
