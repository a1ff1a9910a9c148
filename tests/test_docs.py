"""The examples of the README and of docs/ run as they stand, their links lead somewhere, and the model card is that of the weights.

Blocks tagged `python` of one page run one after the other in one namespace; blocks tagged `bash` may hold `chronotope` calls only. Both run
in a folder with the files of `prepare`. A block after `<!-- not run: REASON -->` is skipped, one after `<!-- needs: MODULE, MODULE -->`
where a module is not installed. Where no weights ship yet, the default model is the floors' mix.
"""

from __future__ import annotations

import importlib.util
import os
import re
import runpy
import shlex
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from chronotope.backbone.mixers import MIXERS
from chronotope.cli.main import app
from chronotope.heads.registry import HEADS
from chronotope.model.load import list_models
from chronotope.opening.readers.formats import READERS
from chronotope.tasks import load as loading
from chronotope.training.objectives import OBJECTIVES

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?P<skip><!-- not run: [^\n]*-->\s*\n)?(?:<!-- needs: (?P<needs>[\w, ]+) -->\s*\n)?"
    r"^```(?P<tag>python|bash|console|yaml)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def blocks(page: Path) -> list[tuple[str, str, int]]:
    """(tag, text, line) of the blocks that run."""
    text = page.read_text(encoding="utf-8")
    found = [m for m in BLOCK.finditer(text) if not m["skip"] and not lacking(m["needs"])]
    return [(m["tag"], m["text"], text[: m.start("text")].count("\n") + 1) for m in found]


def lacking(needs: str | None) -> list[str]:
    """Modules of a block that are not installed."""
    return [name for name in (needs or "").replace(",", " ").split() if importlib.util.find_spec(name) is None]


def prepare(folder: Path) -> None:
    """The files that examples name: ten days of hourly flows at three sites on both sides of a gap, and a saved call."""
    times, hours = pd.date_range("2024-03-01", periods=240, freq="h"), np.arange(240)
    flow = {f"s{i}": 50 + 10 * i + 20 * np.sin(2 * np.pi * hours / 24 + i) for i in range(3)}
    rows = [(t, s, 40 + 0.1 * int(s[1]), -74 + 0.1 * int(s[1]), round(flow[s][k], 3)) for s in flow for k, t in enumerate(times)]
    table = pd.DataFrame(rows, columns=["time", "place", "lat", "lon", "flow"])
    table.drop(index=range(340, 344)).to_csv(folder / "flows.csv", index=False)
    (folder / "places.csv").write_text("name,lat,lon\nbetween,40.05,-73.95\n")
    table[["place", "lat", "lon"]].drop_duplicates().to_csv(folder / "sites.csv", index=False)
    pd.DataFrame(flow, index=pd.Index(times, name="time")).to_csv(folder / "wide.csv")
    command_line = (ROOT / "docs" / "how-to-command-line.md").read_text(encoding="utf-8")
    (folder / "call.yaml").write_text(next(m["text"] for m in BLOCK.finditer(command_line) if m["tag"] == "yaml"))


def run_calls(text: str, where: str) -> None:
    """Every line of a bash block, through the installed command."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        assert words[0] == "chronotope", f"{where}: only chronotope is run; mark other blocks <!-- not run: REASON -->: {line}"
        result = CliRunner().invoke(app, words[1:])
        assert result.exit_code == 0, f"{where}: {line}\n{result.stderr}"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The prepared folder; what examples add to a registry is gone afterwards."""
    registries = [(registry, dict(registry)) for registry in (MIXERS, READERS, HEADS, OBJECTIVES)]
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    if not list_models():
        monkeypatch.setattr(loading, "load", partial(_mix_by_default, loading.load))
    monkeypatch.setattr("chronotope.load", loading.load, raising=False)  # the roof may have kept the one it gave before
    yield tmp_path
    for registry, before in registries:
        registry.clear()
        registry.update(before)


def _mix_by_default(load, name=None, **more):
    return load("baseline:mix" if name is None else name, **more)


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p) and p.parent.name != "formats"], ids=lambda p: p.name)
def test_examples_run(page, here):
    run_page(page, here)


# the readers whose work the examples of a page of docs/formats/ show, and what those need that may not be installed
SHOWN = {
    "gridded.md": {"netcdf": "", "zarr": "", "grib": "eccodes, cfgrib", "raster": "rasterio"},
    "tables.md": {"table": "", "zipped": "", "parquet": "", "json": "", "sql": "", "vector": "geopandas"},
    "graphs.md": {"hdf5": "", "arrays": "", "json": "", "gtfs": ""},
    "moving.md": {"table": "", "gpx": "", "best_tracks": "", "netcdf": ""},
    "arrays.md": {"arrays": "", "video": "", "film": "av"},
    "elsewhere.md": {"refused": "", "table": "fsspec, aiohttp"},
}


@pytest.mark.parametrize("name", SHOWN)
def test_examples_of_formats_run_and_show_their_readers(name, here, monkeypatch):
    used = set()
    for key, reader in dict(READERS).items():
        read = partial(_remembered, used, key, reader.read)
        monkeypatch.setitem(READERS, key, SimpleNamespace(matches=reader.matches, read=read))
    run_page(ROOT / "docs" / "formats" / name, here)
    assert {key for key, needs in SHOWN[name].items() if not lacking(needs)} <= used


def _remembered(used, key, read, path, options):
    used.add(key)
    return read(path, options)


def test_every_reader_has_an_example_and_every_page_of_formats_is_linked():
    assert {key for readers in SHOWN.values() for key in readers} == set(READERS)
    pages = {p.name for p in (ROOT / "docs" / "formats").glob("*.md")}
    index = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert pages == set(SHOWN) and all(f"(formats/{name}#" in index for name in pages)


def test_anchors_of_the_formats_lead_to_a_headline():
    index = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    for name, anchor in re.findall(r"\(formats/([\w.]+)#([\w-]+)\)", index):
        heads = re.findall(r"^#+ (.*)$", (ROOT / "docs" / "formats" / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}, f"{name}#{anchor}"


def run_page(page: Path, here: Path) -> None:
    names: dict = {"__name__": page.stem}
    for tag, text, line in blocks(page):
        where = f"{page.name}:{line}"
        if tag == "python":
            exec(compile("\n" * line + text, str(page), "exec"), names)
        elif tag in ("bash", "console"):
            for old in ("forecast.nc", "forecast.html", "filled.csv", "filled.nc"):
                (here / old).unlink(missing_ok=True)
            run_calls(text, where)


def test_a_wrong_example_would_be_found(here):
    with pytest.raises(AssertionError, match="absent.csv"):
        run_calls("chronotope info absent.csv", "made up")
    with pytest.raises(AssertionError, match="only chronotope is run"):
        run_calls("rm flows.csv", "made up")


def test_every_block_is_tagged_and_closed():
    for page in PAGES:
        fences = re.findall(r"^```.*$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(fences) % 2 == 0 and all(fence == "```" for fence in fences[1::2]), page.name
        assert all(fence[3:] in ("python", "bash", "console", "yaml", "text", "json") for fence in fences[::2]), (page.name, fences)


WRITTEN_ELSEWHERE = {"benchmark.md"}  # still on its way


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http") and Path(target).name not in WRITTEN_ELSEWHERE:
                assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert [p.name for p in (ROOT / "docs").glob("*.md") if p.name != "index.md" and f"({p.name})" not in index] == []


def test_the_model_card_is_that_of_the_weights():
    made = runpy.run_path(os.fspath(ROOT / "scripts" / "make_model_card.py"))["model_card"]()
    assert (ROOT / "docs" / "model-card.md").read_text(encoding="utf-8") == made, "run python scripts/make_model_card.py"


def test_pictures_are_small():
    assert all(p.stat().st_size < 300_000 for p in (ROOT / "docs" / "figures").glob("*"))


@pytest.fixture(autouse=True)
def registries_as_they_were():
    """What a page adds to a registry is gone after it."""
    from chronotope.calls import CALLS
    from chronotope.evaluate.metrics import METRICS

    before = [(room, dict(room)) for room in (CALLS, METRICS)]
    yield
    for room, kept in before:
        room.clear()
        room.update(kept)
