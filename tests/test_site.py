"""The pages build as a site: every link leads somewhere, and nothing is fetched when it is read."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs")
pytest.importorskip("mkdocstrings_handlers.python")
ROOT = Path(__file__).resolve().parents[1]
LOADED = re.compile(
    r"<(?:script|img|iframe)[^>]* src=[\"']?(https?://[^\"'> ]+)"
    r"|<link[^>]* rel=[\"']?(?:stylesheet|icon)[^>]* href=[\"']?(https?://[^\"'> ]+)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    call = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-f", str(ROOT / "mkdocs.yml"), "-d", str(folder)]
    done = subprocess.run(call, capture_output=True, text=True, env={"PATH": "", "NO_MKDOCS_2_WARNING": "1"}, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_there(site):
    pages = {str(page.relative_to(ROOT / "docs").with_suffix(".html")) for page in (ROOT / "docs").rglob("*.md")}
    assert pages <= {str(page.relative_to(site)) for page in site.rglob("*.html")}
    assert "A foundation model" in (site / "start.html").read_text()


def test_the_reference_shows_the_docstrings(site):
    text = (site / "api.html").read_text()
    assert "ct.open" in text and "known_future" in text


def test_nothing_is_fetched_by_a_page(site):
    found = {address for page in site.rglob("*.html") for pair in LOADED.findall(page.read_text()) for address in pair if address}
    assert not found
