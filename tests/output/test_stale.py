"""What killed runs left behind is removed, and nothing else."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.output.test_folder import SHEET_NAME, tree, write_output
from vkeyframe.output.folder import REPORT_NAME
from vkeyframe.output.owner import hidden_name
from vkeyframe.output.stale import remove_leftovers
from vkeyframe.report.records import Report

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


def killed(step: int, work: Callable[[], object]) -> bool:
    """Do work in a process that kills itself before a step of its moves; tell whether it did."""
    child = os.fork()
    if child == 0:
        steps = count()

        def counted(move: Callable[..., None]) -> Callable[..., None]:
            def step_or_die(path: str, target: str, **folders: int) -> None:
                if next(steps) == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                move(path, target, **folders)

            return step_or_die

        os.rename, os.replace = counted(os.rename), counted(os.replace)  # type: ignore[assignment]
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


@pytest.mark.parametrize("earlier", [False, True])
def test_what_was_killed_in_its_last_moves_left_the_folder_as_it_was(
    earlier: bool, place: Path, monkeypatch: pytest.MonkeyPatch, make_report: Callable[..., Report]
) -> None:
    """A folder that is filled in place holds all of the earlier output again, or nothing, or all of the new one."""
    # It stands for a mount point, or a folder in one that cannot be written.
    monkeypatch.setattr("vkeyframe.output.folder.must_stay", lambda _folder: True)
    report = make_report("a.jpg", "new.jpg")
    for step in count():
        final = Path(f"out{step}")
        final.mkdir()
        if earlier:
            write_output(final, make_report("a.jpg", "old.jpg"), content=b"old")
        before = tree(final)
        if not killed(step, partial(write_output, final, report, overwrite=True, content=b"new")):
            break
        # The clean-up may be killed too.
        for late in (0, 2, 4):
            killed(late, partial(remove_leftovers, final, deep=False))
        remove_leftovers(final, deep=False)
        assert tree(final) == before, step
    assert step > (8 if earlier else 4)
    whole = tree(final)
    assert set(whole) == {"a.jpg", "new.jpg", SHEET_NAME, REPORT_NAME}
    # The next run mends what is left.
    write_output(Path("out2"), report, overwrite=True, content=b"new")
    assert tree(Path("out2")) == whole


def test_somebody_elses_half_done_moves_are_left_to_him(
    place: Path, monkeypatch: pytest.MonkeyPatch, make_report: Callable[..., Report]
) -> None:
    """His report could name files of ours, as in a folder that all can write."""
    Path("out").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr("vkeyframe.output.folder.must_stay", lambda _folder: True)
        assert killed(4, partial(write_output, Path("out"), make_report("a.jpg")))
    before = tree(Path("out"))
    assert any(name.startswith(".vkeyframe-") for name in before)
    with monkeypatch.context() as patched:
        patched.setattr("os.geteuid", lambda: os.getuid() + 1)
        remove_leftovers(Path("out"))
    assert tree(Path("out")) == before
    remove_leftovers(Path("out"))
    assert tree(Path("out")) == {}


def test_folders_in_folders_without_end_are_searched(deep: Path) -> None:
    left = deep / name_of(DEAD)
    left.mkdir()
    remove_leftovers(Path("deep"))
    assert not left.exists()
