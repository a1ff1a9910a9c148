"""Pages that lie beside `docs/` join the site, and the navigation is the one of `docs/index.md`."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
BESIDE = {"README.md": "start.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
SECTION = re.compile(r"^\| (?P<name>[^|\[]+?) \| \|$", re.MULTILINE)
ENTRY = re.compile(r"^\| \[[^\]]+\]\((?P<page>[^)#]+\.md)\)", re.MULTILINE)


def on_config(config):
    """The navigation: the tables of the index, section by section; what they leave out stands at the end."""
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    heads = list(SECTION.finditer(text))
    nav = [{"All pages": "index.md"}]
    for head, after in zip(heads, [*heads[1:], None]):
        part = text[head.end() : after.start() if after else None]
        nav.append({head["name"].capitalize(): [_inside(found["page"]) for found in ENTRY.finditer(part)]})
    named = {page for section in nav[1:] for pages in section.values() for page in pages}
    rest = sorted(str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md"))
    config.nav = [*nav, {"More": [*(page for page in rest if page not in named | {"index.md"}), "changelog.md"]}]
    return config


def on_files(files, config):
    """README, CONTRIBUTING and CHANGELOG as pages."""
    for name, page in BESIDE.items():
        files.append(File.generated(config, page, content=_moved((ROOT / name).read_text(encoding="utf-8"))))
    return Files(files)


def on_page_markdown(markdown, page, config, files):
    """Links to what lies beside `docs/` lead to its page."""
    for name, goal in BESIDE.items():
        up = "../" * page.file.src_uri.count("/")
        markdown = markdown.replace(f"](../{up}{name}", f"]({up}{goal}")
    return markdown


def _inside(page: str) -> str:
    return next((goal for name, goal in BESIDE.items() if page.endswith(name)), page)


def _moved(text: str) -> str:
    """A page of the root as one of `docs/`."""
    text = text.replace("](docs/", "](")
    for name, goal in BESIDE.items():
        text = text.replace(f"]({name}", f"]({goal}")
    return re.sub(r"\[([^\]]+)\]\((LICENSE|LAB\.md)\)", r"\1", text)
