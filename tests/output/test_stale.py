"""What killed runs left behind is removed, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from vkeyframe.output.stale import remove_leftovers


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def test_what_dead_processes_left_is_removed(place: Path) -> None:
    dead = 2**22 + 1
    mine, theirs = f".vkeyframe-{dead}-0a1b2c3d", f".vkeyframe-{os.getppid()}-0a1b2c3d"
    touch(f"out/{mine}/0.jpg", f"out/deep/{mine}/0.jpg", f"out/deep/{theirs}/0.jpg", "out/.vkeyframe-notes/x", "elsewhere/x")
    touch(f"out/done/{mine}/x", "out/done/report.json", f"out/.vkeyframe-{dead}-ffff0000")
    Path(f"out/.vkeyframe-{dead}-aaaa").symlink_to(Path("elsewhere").absolute())
    remove_leftovers(Path("out"))
    left = sorted(str(path) for path in Path("out").rglob("*") if not path.is_dir())
    assert left == sorted([f"out/deep/{theirs}/0.jpg", "out/.vkeyframe-notes/x", f"out/done/{mine}/x", "out/done/report.json"])
    assert Path("elsewhere/x").exists()


def test_where_asked_the_folders_below_are_not_searched(place: Path) -> None:
    dead = 2**22 + 1
    touch(f"out/.vkeyframe-{dead}-0a1b/0.jpg", f"out/deep/.vkeyframe-{dead}-0a1b/0.jpg")
    remove_leftovers(Path("out"), deep=False)
    assert [str(path) for path in Path("out").rglob("*") if path.is_file()] == [f"out/deep/.vkeyframe-{dead}-0a1b/0.jpg"]
    # There may be nothing to search.
    remove_leftovers(Path("missing"))
