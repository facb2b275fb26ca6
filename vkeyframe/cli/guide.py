"""`vkeyframe guide`."""

from __future__ import annotations

from pathlib import Path

import click

from vkeyframe.cli.command import PlainCommand
from vkeyframe.cli.terminal import emit

# A page of vkeyframe/guides for each kind of work, and what it is about.
GUIDES = {
    "editing": "Shot lists for an editing program, exact cuts, sheets; what is said and heard.",
    "datasets": "Frames of many videos to train on or to label; COCO, Label Studio, COLMAP, Python.",
    "photos": "The best stills, covers, print and web, dates and places; frames for photogrammetry.",
    "models": "Videos for a language model: requests ready to send, budgets of tokens, tools, single frames.",
    "archives": "Thousands of files: runs that go on, damaged files, metadata; a library to search, copies.",
    "cameras": "What happened before a still camera: events, tracks, live streams.",
    "comparison": "What other tools do, and do better.",
    "measurements": "All figures, and what each part gives.",
}


@click.command(cls=PlainCommand)
@click.argument("page", required=False, type=click.Choice(list(GUIDES)), metavar="[PAGE]")
def guide(page: str | None) -> None:
    """Print a page for your kind of work, or list the pages.

    Without PAGE they are listed. The pages are Markdown, with commands to copy.
    """
    if page is None:
        width = max(map(len, GUIDES))
        emit("\n".join(f"{name:{width}}  {about}" for name, about in GUIDES.items()))
    else:
        emit(page_of(page).read_text("utf-8").rstrip("\n"))


def page_of(name: str) -> Path:
    """Return the file of a page."""
    return Path(__file__).parents[1] / "guides" / f"{name}.md"
