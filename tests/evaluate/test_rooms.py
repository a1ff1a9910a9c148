"""Inside the room the arrows point one way too: protocols, then sets and scores, then metrics; and no file stands in a circle."""

import ast
from pathlib import Path

ROOM = Path(__file__).resolve().parents[2] / "src" / "chronotope" / "evaluate"
BELOW = {
    "protocols": {"protocols", "sets", "scores", "metrics", "asking"},
    "scores": {"scores", "metrics", "asking"},
    "sets": {"sets"},
    "metrics": {"metrics"},
    "asking": set(),
}


def imports(path):
    """Files of the room that a file imports, also inside functions, as names below the room."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chronotope.evaluate."):
            base = node.module.removeprefix("chronotope.evaluate.")
            inner = [f"{base}.{one.name}" for one in node.names if (ROOM / base.replace(".", "/") / f"{one.name}.py").exists()]
            found |= set(inner) or {base}
    return found


GRAPH = {".".join(p.relative_to(ROOM).with_suffix("").parts): imports(p) for p in ROOM.rglob("*.py") if p.name != "__init__.py"}
MINE = {name: goals for name, goals in GRAPH.items() if name.split(".")[0] in BELOW}


def test_rooms_look_down():
    wrong = [(name, goal) for name, goals in MINE.items() for goal in goals if goal.split(".")[0] in BELOW
             and goal.split(".")[0] not in BELOW[name.split(".")[0]]]  # fmt: skip
    assert wrong == [] and len(MINE) > 30


def test_no_file_stands_in_a_circle():
    left = {name: goals & set(MINE) for name, goals in MINE.items()}
    while free := [name for name, goals in left.items() if not goals]:
        left = {name: goals - set(free) for name, goals in left.items() if name not in free}
    assert left == {}
