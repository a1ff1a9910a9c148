"""Write what type checkers read of `ct.forecast` and its like: the signatures of `Model`, with data instead of a field.

python scripts/make_stubs.py
"""

from __future__ import annotations

from pathlib import Path

from chronotope.adapters import one_call
from chronotope.adapters.accessor import VERBS

FILE = Path(one_call.__file__).with_name("verbs.pyi")
HEAD = '''"""The verbs as functions of any data; written by scripts/make_stubs.py from `Model`."""

from typing import Any

from chronotope.tasks.events.detection import EventDetection
from chronotope.tasks.results.detection import Detection
from chronotope.tasks.results.embedding import Embedding
from chronotope.tasks.results.forecast import Forecast
'''


def stub(verb: str) -> str:
    """One function; defaults are left to the verb."""
    told = one_call.signature_of(verb)
    parameters = [one if one.default is one.empty else one.replace(default=...) for one in told.parameters.values()]
    words = str(told.replace(parameters=parameters)).replace("'", "").replace("Ellipsis", "...")
    return f"def {verb}{words}: ..."


def text() -> str:
    """The whole file."""
    verbs = [verb for verb in VERBS if verb != "open"]
    return "\n".join([HEAD, *map(stub, verbs)]) + "\n"


def main() -> None:
    """Write."""
    FILE.write_text(text(), encoding="utf-8")
    print(f"{FILE}: {text().count('def ')} functions")


if __name__ == "__main__":
    main()
