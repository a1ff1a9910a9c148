"""A figure as inline SVG whose colours and fonts are those of the page, so that it follows light and dark."""

from __future__ import annotations

import io
import re

from matplotlib.figure import Figure

from chronotope.view.style import ACCENT, FAINT, INK, PAPER, SOFT, TRUTH

_VARIABLES = {INK: "--ink", SOFT: "--soft", FAINT: "--faint", ACCENT: "--accent", TRUTH: "--truth", PAPER: "--paper"}


def inline_svg(figure: Figure, name: str, title: str) -> str:
    """The figure as an <svg> element.

    Args:
        figure: drawn inside `house_style()`.
        name: prefix of its ids, unique on the page.
        title: said to those who cannot see it.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1), count=1)
    text = re.sub(r'(\bid=")', rf"\g<1>{name}-", text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(r"font: ((?:[\w.]+ )*?)([\d.]+px) [^;\"]+", r"font-size: \2", text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    return text.replace("<svg ", f'<svg role="img" aria-label="{_attribute(title)}" ', 1)


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
