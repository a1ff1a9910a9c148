"""The frame of the report: one self-contained page, light and dark, for screens of any width and for paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files


def page(title: str, lead: str, sections: Iterable[str]) -> str:
    """The whole document; `title` and `lead` are plain text, `sections` are HTML."""
    css = files("chronotope.view").joinpath("report.css").read_text(encoding="utf-8")
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{css}</style>\n</head>\n"
    )
    body = "\n".join(part for part in sections if part)
    return f'{head}<body>\n<main>\n<h1>{escape(title)}</h1>\n<p class="lead">{escape(lead)}</p>\n{body}\n</main>\n</body>\n</html>\n'


def section(title: str, note: str, *parts: str) -> str:
    """A heading, a sentence, and what follows; empty if nothing follows."""
    inside = "\n".join(part for part in parts if part)
    if not inside:
        return ""
    said = f'<p class="note">{escape(note)}</p>\n' if note else ""
    return f"<section>\n<h2>{escape(title)}</h2>\n{said}{inside}\n</section>"


def headline(numbers: Sequence[tuple[str, str]]) -> str:
    """The few numbers that matter: (number, what it is)."""
    if not numbers:
        return ""
    return '<div class="numbers">' + "".join(f"<div><b>{escape(n)}</b><span>{escape(what)}</span></div>" for n, what in numbers) + "</div>"


def figures(drawn: Sequence[tuple[str, str]], wide: bool = False) -> str:
    """Figures side by side: (svg, caption)."""
    if not drawn:
        return ""
    inside = "\n".join(f"<figure>{svg}{f'<figcaption>{escape(words)}</figcaption>' if words else ''}</figure>" for svg, words in drawn)
    return f'<div class="figures{" wide" if wide else ""}">\n{inside}\n</div>'


def key(marks: Sequence[tuple[str, str]]) -> str:
    """A legend shared by several figures: (class of the mark, words)."""
    return '<p class="key">' + "".join(f'<span><i class="{mark}"></i>{escape(words)}</span>' for mark, words in marks) + "</p>"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], best: set[tuple[int, int]], ours: set[int]) -> str:
    """A table of plain words; cells (row, column) in `best` and rows in `ours` stand out."""
    head = "".join(f"<th>{escape(c)}</th>" for c in columns)
    lines = []
    for i, row in enumerate(rows):
        cells = "".join(f"<td{' class=best' if (i, j) in best else ''}>{escape(cell)}</td>" for j, cell in enumerate(row))
        lines.append(f"<tr{' class=ours' if i in ours else ''}>{cells}</tr>")
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n' + "\n".join(lines) + "\n</tbody>\n</table></div>"


def pairs(entries: Sequence[tuple[str, str]]) -> str:
    """A list of terms and what they are."""
    return "<dl>" + "".join(f"<dt>{escape(term)}</dt><dd>{escape(said)}</dd>" for term, said in entries) + "</dl>" if entries else ""


def bullets(lines: Sequence[tuple[str, str]]) -> str:
    """A list of sentences: (class, sentence)."""
    return "<ul>" + "".join(f'<li class="{kind}">{escape(text)}</li>' for kind, text in lines) + "</ul>" if lines else ""
