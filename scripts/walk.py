"""How the house is walked: imports that point up, circles of imports, and the ways of a call through the rooms.

    python scripts/walk.py            # the figures
    python scripts/walk.py --trail    # and each stay, return and climb, one a line

A room is a folder of `src/chronotope`, such as `opening/readers`; its floor is that of its outermost folder in `FLOORS`.

How a walk is counted. Calls are traced while a small table is opened, or a forecast made of it; a first, untraced round loads what is
loaded once. A stay in a room begins when one of its functions is called while none of them is at work, and ends when the last of them
returns: a room that waits for another that it called is not left. A return is a stay in a room that was left before. A climb is a call
from a function into one of a higher floor, each pair of functions counted once; parts of an expression (comprehensions) are no calls.
Opening is walked through the rooms of `opening`; those below it (`data`, `inspect`, `errors`) and `opening/asked`, the caller's words, are
the ground on which all its rooms stand.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

SOURCE = Path(__file__).resolve().parents[1] / "src" / "chronotope"
FLOORS: tuple[tuple[str, ...], ...] = (  # top to bottom; rooms on one floor do not look at each other
    ("cli", "adapters"),
    ("serve",),
    ("calls",),
    ("evaluate",),
    ("tasks",),
    ("wrappers",),
    ("baselines", "training"),
    ("model",),
    ("tokens",),
    ("questions",),
    ("evidence",),
    ("view",),
    ("opening",),
    ("worlds",),
    ("harmonize",),
    ("data",),
    ("inspect",),
    ("backbone",),
    ("heads",),
    ("pace",),
    ("errors",),
)
UNDER_THE_ROOF = ("cli", "serve")  # these call the public names as users do; the roof imports none of them
VERSION = "chronotope.__version__"  # a plain word that anyone may read
FLOOR_OF = {room: height for height, rooms in enumerate(reversed(FLOORS)) for room in rooms}
GROUND = ("", "data", "inspect", "pace", "errors", "opening/asked")


def imported_names(path: Path, package: tuple[str, ...]) -> list[tuple[int, str]]:
    """(line, absolute dotted name) of every import in a file, wherever it stands, by statement or by `import_module`.

    Args:
        path: the file.
        package: the package that holds it, by its words.
    """
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join((*base, *([node.module] if node.module else [])))
            found += [(node.lineno, f"{stem}.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Call) and _called(node.func) in ("import_module", "__import__"):
            words = [*node.args, *(word.value for word in node.keywords if word.arg == "name")]
            found += [(node.lineno, name) for name in (_told(words[0], package) if words else [])]
    return found


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def _told(word: ast.expr, package: tuple[str, ...]) -> list[str]:
    """The module that an expression names, as far as its words stand there: f"chronotope.view.{room}" is "chronotope.view"."""
    text = ""
    for part in word.values if isinstance(word, ast.JoinedStr) else [word]:
        if not (isinstance(part, ast.Constant) and isinstance(part.value, str)):
            break
        text += part.value
    up = len(text) - len(text.lstrip("."))
    words = [*(package[: len(package) - up + 1] if up else ()), *(text.strip(".").split(".") if text.strip(".") else ())]
    return [".".join(words)] if text else []


def arrows_back(source: Path) -> list[str]:
    """Every import under the package folder `source` that looks up, sideways, or at the roof."""
    name, wrong = source.name, []
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        if parts in (("__init__",), ("__main__",)):
            continue  # the roof looks anywhere
        for line, target in imported_names(path, (name, *parts[:-1])):
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


def import_graph(source: Path) -> dict[str, set[str]]:
    """File -> the files it imports, by their path below `source`; those for types alone count, those of the roof do not."""
    files = {_module(path, source): path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    graph: dict[str, set[str]] = {}
    for path in source.rglob("*.py"):
        here = path.relative_to(source)
        if here.as_posix() in ("__init__.py", "__main__.py"):
            continue
        for _, target in imported_names(path, (source.name, *here.parts[:-1])):
            while target and target not in files:
                target = target.rpartition(".")[0]
            if target and target != source.name and files[target] != here.as_posix():
                graph.setdefault(here.as_posix(), set()).add(files[target])
    return graph


def _module(path: Path, source: Path) -> str:
    parts = (source.name, *path.relative_to(source).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_graph(graph: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """The same between folders."""
    rooms: dict[str, set[str]] = {}
    for one, others in graph.items():
        here = one.rpartition("/")[0]
        rooms.setdefault(here, set()).update(room for room in (other.rpartition("/")[0] for other in others) if room != here)
    return rooms


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Sets of nodes from each of which all others are reached: the strongly connected components of more than one node."""
    reach = {node: _reached(graph, node) for node in graph}
    found = {frozenset(other for other in reach[node] if node in reach.get(other, ())) for node in graph}
    return sorted(sorted(one) for one in found if len(one) > 1)


def _reached(graph: Mapping[str, Iterable[str]], start: str) -> set[str]:
    seen, ahead = {start}, [start]
    while ahead:
        new = set(graph.get(ahead.pop(), ())) - seen
        seen |= new
        ahead += new
    return seen


@dataclass
class Walk:
    """What a call did: its stays (room, first function), and its climbs (caller, called)."""

    stays: list[tuple[str, str]] = field(default_factory=list)
    climbs: list[tuple[str, str]] = field(default_factory=list)

    @property
    def returns(self) -> list[tuple[str, str]]:
        """The stays in rooms that were left before."""
        seen: set[str] = set()
        return [stay for stay in self.stays if stay[0] in seen or seen.add(stay[0])]  # type: ignore[func-returns-value]


def walk_of(call: Callable[[], Any], inside: str | None = None) -> Walk:
    """The walk of `call()`, which is made once before; `inside` names the outermost folder whose rooms count, all of them for None."""
    call()
    walk, at_work, stack = Walk(), dict[str, int](), list[tuple[str, str]]()

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event not in ("call", "return") or (place := _place(frame)) is None:
            return
        room = place[0]
        if event == "return":
            at_work[room] = at_work.get(room, 1) - 1
            if stack:
                stack.pop()
            return
        if stack and not place[1].endswith("comp>") and not place[1].endswith("genexpr>") and _floor(room) > _floor(stack[-1][0]):
            pair = (" ".join(stack[-1]), " ".join(place))
            walk.climbs += [] if pair in walk.climbs else [pair]
        if not at_work.get(room) and room not in GROUND and (inside is None or room.split("/")[0] == inside):
            walk.stays.append(place)
        at_work[room] = at_work.get(room, 0) + 1
        stack.append(place)

    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(None)
    return walk


def _place(frame: FrameType) -> tuple[str, str] | None:
    """(room, file.function) of a frame of the package, else None."""
    file = frame.f_code.co_filename
    if not file.startswith(str(SOURCE)):
        return None
    room, _, name = file[len(str(SOURCE)) + 1 :].removesuffix(".py").rpartition("/")
    return room or name.replace("__init__", ""), f"{name}.{frame.f_code.co_name}"


def _floor(room: str) -> int:
    return FLOOR_OF.get(room.split("/")[0], len(FLOORS))


def opened_table() -> Walk:
    """The walk of `ct.open` over a long table of text: 240 hours at three places."""
    import chronotope as ct

    with tempfile.TemporaryDirectory() as folder:
        path = write_table(Path(folder) / "flows.csv")
        return walk_of(lambda: ct.open(path), "opening")


def made_forecast() -> Walk:
    """The walk of a forecast over the same table by the default model."""
    import chronotope as ct

    with tempfile.TemporaryDirectory() as folder:
        hours = ct.open(write_table(Path(folder) / "flows.csv"))
    model = ct.load()
    return walk_of(lambda: model.forecast(hours, 24))


def write_table(path: Path) -> Path:
    """The table: a daily wave at three places."""
    import numpy as np
    import pandas as pd

    times, hours = pd.date_range("2024-03-01", periods=240, freq="h"), np.arange(240)
    rows = [(t, f"s{i}", 40 + 0.1 * i, -74 + 0.1 * i) for i in range(3) for t in times]
    flow = np.concatenate([50 + 10 * i + 20 * np.sin(2 * np.pi * hours / 24 + i) for i in range(3)]).round(3)
    pd.DataFrame(rows, columns=["time", "place", "lat", "lon"]).assign(flow=flow).to_csv(path, index=False)
    return path


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trail", action="store_true", help="each stay, return and climb, one a line")
    trail = parser.parse_args().trail
    graph = import_graph(SOURCE)
    upward, rounds, between = arrows_back(SOURCE), circles(graph), circles(room_graph(graph))
    print(f"imports that point up: {len(upward)}", *upward, sep="\n  ")
    print(f"circles of files: {len(rounds)}", *map(", ".join, rounds), sep="\n  ")
    print(f"circles of rooms: {len(between)}", *map(", ".join, between), sep="\n  ")
    for title, walk in (("a CSV opened", opened_table()), ("a forecast made", made_forecast())):
        rooms = {room for room, _ in walk.stays}
        print(f"{title}: {len(walk.stays)} stays in {len(rooms)} rooms, {len(walk.returns)} returns, {len(walk.climbs)} climbs")
        if trail:
            print(*(f"  {room}: {name}" for room, name in walk.stays), sep="\n")
            print(*(f"  climb: {low} -> {high}" for low, high in walk.climbs), sep="\n")


if __name__ == "__main__":
    main()
