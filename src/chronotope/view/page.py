"""The frame of the report: one self-contained page, light and dark, for screens of any width and for paper."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any


def page(title: str, lead: str, sections: Iterable[str], data: dict[str, Any] | None = None) -> str:
    """The whole document.

    Args:
        title, lead: plain text.
        sections: HTML.
        data: what the script of the page reads; without it the page has none.
    """
    css = _read("report.css")
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{css}</style>\n</head>\n"
    )
    body = "\n".join(part for part in sections if part)
    said = f'<p class="lead">{escape(lead)}</p>\n' if lead else ""
    return f"{head}<body>\n<main>\n<h1>{escape(title)}</h1>\n{said}{body}\n</main>\n{_script(data)}</body>\n</html>\n"


def answer(note: str) -> str:
    """The place of the large map and the large fan, and of the small ones; empty until the script fills it."""
    return (
        '<noscript><p class="note">Map and series are drawn by a script that this page carries; this reader runs none.</p></noscript>\n'
        + _read("answer.html").replace("{note}", escape(note))
    )


def _script(data: dict[str, Any] | None) -> str:
    if data is None:
        return ""
    told = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="data">{told}</script>\n<script>\n{_read("report.js")}</script>\n'


def _read(name: str) -> str:
    return files("chronotope.view").joinpath(name).read_text(encoding="utf-8")


def section(title: str, note: str, *parts: str) -> str:
    """A heading, a sentence, and what follows; empty if nothing follows."""
    inside = "\n".join(part for part in parts if part)
    if not inside:
        return ""
    said = f'<p class="note">{escape(note)}</p>\n' if note else ""
    return f"<section>\n<h2>{escape(title)}</h2>\n{said}{inside}\n</section>"


def verdict(sentences: Sequence[str], kind: str, badge: str, detail: str) -> str:
    """The answer in a few sentences, the first one large, and how the model stands beside plain methods."""
    said = "".join(f"<p{' class=verdict' if i == 0 else ''}>{escape(text)}</p>\n" for i, text in enumerate(sentences))
    if not badge:
        return said
    return f'{said}<p class="badge {kind}"><b>{escape(badge)}</b><span>{escape(detail)}</span></p>'


def figures(drawn: Sequence[tuple[str, str]], wide: bool = False) -> str:
    """Figures side by side: (svg, caption)."""
    if not drawn:
        return ""
    inside = "\n".join(f"<figure>{svg}{f'<figcaption>{escape(words)}</figcaption>' if words else ''}</figure>" for svg, words in drawn)
    return f'<div class="figures{" wide" if wide else ""}">\n{inside}\n</div>'


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    best: set[tuple[int, int]],
    ours: set[int],
    kinds: dict[tuple[int, int], str] | None = None,
) -> str:
    """A table of plain words; cells (row, column) in `best` and rows in `ours` stand out, `kinds` are classes of cells."""
    head = "".join(f"<th>{escape(c)}</th>" for c in columns)
    lines = []
    for i, row in enumerate(rows):
        marks = [(kinds or {}).get((i, j)) or ("best" if (i, j) in best else "") for j in range(len(row))]
        cells = "".join(f"<td{f' class={mark}' if mark else ''}>{escape(cell)}</td>" for mark, cell in zip(marks, row))
        lines.append(f"<tr{' class=ours' if i in ours else ''}>{cells}</tr>")
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n' + "\n".join(lines) + "\n</tbody>\n</table></div>"


def pairs(entries: Sequence[tuple[str, str]]) -> str:
    """A list of terms and what they are."""
    return "<dl>" + "".join(f"<dt>{escape(term)}</dt><dd>{escape(said)}</dd>" for term, said in entries) + "</dl>" if entries else ""


def bullets(lines: Sequence[tuple[str, str]]) -> str:
    """A list of sentences: (class, sentence)."""
    return "<ul>" + "".join(f'<li class="{kind}">{escape(text)}</li>' for kind, text in lines) + "</ul>" if lines else ""


def fold(summary: str, inside: str) -> str:
    """Something for those who want to know more."""
    return f"<details><summary>{escape(summary)}</summary>\n{inside}\n</details>" if inside else ""


def line_of_code(text: str) -> str:
    """A line that can be pasted."""
    return f"<pre><code>{escape(text)}</code></pre>" if text else ""
