"""What killed runs left behind is removed, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from vkeyframe.output.owner import hidden_name
from vkeyframe.output.stale import remove_leftovers

# The id of no process, since ids end at 2 ** 22.
DEAD = 2**22 + 1


def name_of(process: int, number: int = 0) -> str:
    """Give a name that another process of this machine would make."""
    parts = hidden_name().split("-")
    return "-".join([parts[0], str(process), *parts[2:-1], f"{number:016x}"])


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def test_what_dead_processes_left_is_removed(place: Path) -> None:
    mine, theirs = name_of(DEAD), name_of(os.getppid())
    touch(f"out/{mine}/0.jpg", f"out/deep/{mine}/0.jpg", f"out/deep/{theirs}/0.jpg", "out/.vkeyframe-notes/x", "elsewhere/x")
    touch(f"out/done/{mine}/x", "out/done/report.json", f"out/{name_of(DEAD, 1)}")
    Path("out", name_of(DEAD, 2)).symlink_to(Path("elsewhere").absolute())
    remove_leftovers(Path("out"))
    left = sorted(str(path) for path in Path("out").rglob("*") if not path.is_dir())
    assert left == sorted([f"out/deep/{theirs}/0.jpg", "out/.vkeyframe-notes/x", f"out/done/{mine}/x", "out/done/report.json"])
    assert Path("elsewhere/x").exists()


def test_where_asked_the_folders_below_are_not_searched(place: Path) -> None:
    touch(f"out/{name_of(DEAD)}/0.jpg", f"out/deep/{name_of(DEAD)}/0.jpg")
    remove_leftovers(Path("out"), deep=False)
    assert [str(path) for path in Path("out").rglob("*") if path.is_file()] == [f"out/deep/{name_of(DEAD)}/0.jpg"]
    # There may be nothing to search.
    remove_leftovers(Path("missing"))


def test_folders_in_folders_without_end_are_searched(deep: Path) -> None:
    left = deep / name_of(DEAD)
    left.mkdir()
    remove_leftovers(Path("deep"))
    assert not left.exists()
