"""The package's types as a user's checker sees them: right lines pass, wrong ones are found."""

import re
import shutil
from pathlib import Path

import pytest

SNIPPET = Path(__file__).with_name("snippet.py")
CONFIG = """[mypy]
strict = true
follow_imports = silent
ignore_missing_imports = true
[mypy-torch.*,xarray.*,matplotlib.*,scipy.*,pydantic.*,rich.*,typer.*,zarr.*,einops.*,sklearn.*,pandas.*,geopandas.*]
follow_imports = skip
follow_imports_for_stubs = true
"""  # what the package's own types do not hang on is not read, which takes ten times as long


def test_a_users_lines_are_typed(tmp_path, monkeypatch):
    api = pytest.importorskip("mypy.api")
    shutil.copy(SNIPPET, tmp_path / "snippet.py")
    source = Path(__file__).resolve().parents[2] / "src"
    (tmp_path / "mypy.ini").write_text(CONFIG)
    monkeypatch.setenv("MYPYPATH", str(source))
    monkeypatch.chdir(tmp_path)
    said, _, _ = api.run(["--config-file=mypy.ini", "--no-incremental", "snippet.py"])
    lines = [line for line in said.splitlines() if line.startswith("snippet.py:")]
    wrong = {int(line.split(":")[1]) for line in lines if " error: " in line}
    marked = {k for k, line in enumerate(SNIPPET.read_text().splitlines(), 1) if line.endswith("# wrong")}
    assert wrong == marked, said
    assert re.search(r"Revealed type is .*Forecast", said), said
