"""The page itself: one file of HTML, which asks the server for all that it shows."""

from __future__ import annotations

from pathlib import Path

from vkeyframe.export.html import render

_PARTS = Path(__file__).parent / "page"
# Pictures come from the server, and from what was dropped or pasted.
_SOURCES = "img-src 'self' blob: data:; connect-src 'self'"


def draw_page(library: Path) -> str:
    """Return the page of a library."""
    name = library.name.encode("utf-8", "replace").decode()
    return render("browse.html.jinja", ["browse.js"], styles=["browse.css"], folder=_PARTS, sources=_SOURCES, title=name)
