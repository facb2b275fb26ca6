"""What is done with one video of a batch: its folder, what is skipped, and what is told when it fails."""

from __future__ import annotations

import io
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import clips
from tests.batch.conftest import make_plan, task_of, touch
from tests.output.test_folder import tree, write_output
from tests.output.test_stale import killed
from vkeyframe import extract
from vkeyframe.batch.discovery import find_tasks
from vkeyframe.batch.plan import Task
from vkeyframe.batch.storage import local_path
from vkeyframe.batch.work import process_video
from vkeyframe.export.run import export_output
from vkeyframe.process.isolation import Isolation
from vkeyframe.report.records import Report
from vkeyframe.settings import Settings

pytestmark = pytest.mark.usefixtures("place")


def test_a_video_gets_its_folder(clip: bytes, here: Isolation) -> None:
    touch("a.mp4")
    Path("a.mp4").write_bytes(clip)
    outcome = process_video(task_of("a.mp4", "clips/a.mp4", 7), make_plan(exports=("sheet",)), here)
    assert (outcome.index, outcome.path, outcome.status, outcome.exit_code) == (7, "a.mp4", "done", 0)
    assert (outcome.shots, outcome.keyframes, outcome.complete) == (2, 2, True)
    report = json.loads(Path(str(outcome.report)).read_text("utf-8"))
    assert (report["video"]["path"], report["video"]["name"]) == ("a.mp4", "a.mp4")
    files = ["sheet.jpg", "report.json", *(keyframe["file"] for keyframe in report["keyframes"])]
    assert clips.entries("out/clips/a.mp4") == sorted(files)


def test_what_is_done_is_skipped_until_anything_changes(clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    task = task_of("a.mp4")

    def status(**options: Any) -> str:
        settings = options.pop("settings", Settings())
        return process_video(task, make_plan(settings=settings, resume=True, **options), here).status

    assert status() == "done"
    assert status() == status(settings=Settings.of(threads=1)) == "skipped"
    assert status(settings=Settings.of(count=1)) == "done"
    assert status(settings=Settings.of(count=1), exports=("sheet",)) == "done"
    assert status(settings=Settings.of(count=1), exports=("sheet",)) == "skipped"
    assert status(settings=Settings.of(count=1), pictures=False) == "done"
    assert clips.entries("out/a.mp4") == ["report.json"]
    assert status() == "done"
    os.utime("a.mp4", ns=(0, 1_000_000_007))
    assert status() == "done"
    Path("a.mp4").write_bytes(clip + b"\0")
    os.utime("a.mp4", ns=(0, 1_000_000_007))
    assert status() == "done"
    Path("out/a.mp4/report.json").write_text("{")
    # What vkeyframe did not write is not replaced.
    assert status() == "failed"


@pytest.mark.parametrize(
    ("options", "status"),
    [({"overwrite": True}, "done"), ({"resume": True}, "done"), ({"skip_existing": True}, "skipped"), ({}, "failed")],
    ids=str,
)
def test_what_was_killed_in_its_last_moves_is_mended(
    options: dict[str, bool], status: str, clip: bytes, here: Isolation, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.mp4").write_bytes(clip)
    outcome = process_video(task_of("a.mp4"), make_plan(), here)
    assert outcome.content is not None
    before = tree(Path("out/a.mp4"))
    with monkeypatch.context() as patched:
        patched.setattr("vkeyframe.output.folder.must_stay", lambda _folder: True)
        # The report is written in one move, and taken away in the next.
        assert killed(3, partial(write_output, Path("out/a.mp4"), outcome.content, overwrite=True))
    assert not Path("out/a.mp4/report.json").exists()
    again = process_video(task_of("a.mp4"), make_plan(settings=Settings.of(count=1), **options), here)
    assert again.status == status
    assert (tree(Path("out/a.mp4")) == before) is (status != "done")
    assert Path("out/a.mp4/report.json").exists()


def test_python_mends_what_was_killed_in_its_last_moves(
    clip: bytes, monkeypatch: pytest.MonkeyPatch, make_report: Callable[..., Report]
) -> None:
    Path("a.mp4").write_bytes(clip)
    Path("mine").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr("vkeyframe.output.folder.must_stay", lambda _folder: True)
        assert killed(3, partial(write_output, Path("mine"), make_report("a.jpg", "b.jpg")))
    assert clips.entries("mine")
    report = extract("a.mp4", output="mine")
    assert clips.entries("mine") == sorted(report.files)


def slow_describe(_url: str) -> list[list[str]]:
    time.sleep(1.5)
    return [["ETag", "1"]]


def slow_fetch(_url: str, copy: str) -> None:
    time.sleep(1.5)
    shutil.copy("a.mp4", copy)


@pytest.mark.parametrize(("timeout", "status"), [(2.0, "failed"), (60.0, "done")])
def test_a_deadline_is_for_all_steps_of_a_video(
    timeout: float, status: str, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.mp4").write_bytes(clip)
    monkeypatch.setattr("vkeyframe.batch.remote.describe", slow_describe)
    monkeypatch.setattr("vkeyframe.batch.remote.fetch", slow_fetch)
    with Isolation(timeout) as isolation:
        for number in range(2):
            outcome = process_video(task_of("https://host/a.mp4", f"{number}.mp4"), make_plan(), isolation)
            assert outcome.status == status, outcome.error
            assert (outcome.exit_code, outcome.seconds > 1.9) == (0 if status == "done" else 5, True)
            assert outcome.error is None or "https://host/a.mp4: not done after 2 s; allow it more" in outcome.error


def delete(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    os.truncate(path, 0)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("harm", [delete, empty, cut], ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("away", [False, True], ids=["here", "away"])
def test_a_picture_that_is_no_longer_whole_is_made_anew(harm: Any, away: bool, clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    if away:
        pytest.importorskip("fsspec")
    root = f"local://{Path('out').absolute()}" if away else "out"
    task = Task(0, "a.mp4", f"{root}/a.mp4")
    plan = make_plan(root=root, resume=True)
    assert process_video(task, plan, here).status == "done"
    assert process_video(task, plan, here).status == "skipped"
    before = clips.results(Path("out"))
    harm(sorted(Path("out/a.mp4").glob("*.jpg"))[0])
    assert process_video(task, plan, here).status == "done"
    assert clips.results(Path("out")) == before
    assert process_video(task, plan, here).status == "skipped"


@pytest.mark.parametrize("harm", [delete, empty], ids=lambda harm: harm.__name__)
def test_a_further_form_that_is_gone_is_made_anew(harm: Any, clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    plan = make_plan(resume=True, exports=("sheet",))
    assert process_video(task_of("a.mp4"), plan, here).status == "done"
    harm(Path("out/a.mp4/sheet.jpg"))
    assert process_video(task_of("a.mp4"), plan, here).status == "done"
    assert process_video(task_of("a.mp4"), plan, here).status == "skipped"


def test_what_is_added_later_changes_nothing(clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    plan = make_plan(resume=True)
    assert process_video(task_of("a.mp4"), plan, here).status == "done"
    export_output(Path("out/a.mp4"), "sheet")
    assert process_video(task_of("a.mp4"), plan, here).status == "skipped"


def test_a_video_whose_server_tells_no_more_than_its_size_may_have_changed(
    clip: bytes, here: Isolation, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimpleHTTPRequestHandler, "date_time_string", lambda *_given: "")
    [task] = find_tasks([f"{server}/a.mp4"], "out")
    plan = make_plan(resume=True)
    assert process_video(task, plan, here).status == "done"
    Path("served/a.mp4").write_bytes(clip[:-1] + b"x")
    assert process_video(task, plan, here).status == "done"


@pytest.mark.parametrize("data", [None, b"", b"{", b'"pipe"', b"null"], ids=str)
@pytest.mark.parametrize("options", [{"resume": True}, {"overwrite": True}], ids=["resume", "overwrite"])
def test_a_damaged_report_is_a_failure_that_says_what_to_remove(
    data: bytes | None, options: dict[str, bool], clip: bytes, here: Isolation
) -> None:
    Path("a.mp4").write_bytes(clip)
    assert process_video(task_of("a.mp4"), make_plan(**options), here).status == "done"
    report = Path("out/a.mp4/report.json")
    report.unlink()
    if data == b'"pipe"':
        os.mkfifo(report)
    elif data is not None:
        report.write_bytes(data)
    before = clips.entries("out/a.mp4")
    outcome = process_video(task_of("a.mp4"), make_plan(**options), here)
    assert (outcome.status, outcome.exit_code) == ("failed", 6)
    assert "report.json is missing or damaged; if nothing in out/a.mp4 is yours, remove it" in str(outcome.error)
    assert clips.entries("out/a.mp4") == before


def test_a_report_whose_parts_are_missing_blocks_nothing(clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    assert process_video(task_of("a.mp4"), make_plan(), here).status == "done"
    report = Path("out/a.mp4/report.json")
    report.write_text(json.dumps(json.loads(report.read_text("utf-8")) | {"decoding": None}))
    outcome = process_video(task_of("a.mp4"), make_plan(resume=True), here)
    assert (outcome.status, outcome.exit_code) == ("failed", 6)


def test_without_resume_what_exists_is_a_failure(clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    task = task_of("a.mp4")
    assert process_video(task, make_plan(), here).status == "done"
    outcome = process_video(task, make_plan(), here)
    assert (outcome.status, outcome.exit_code) == ("failed", 6)
    assert str(outcome.error).startswith("out/a.mp4: exists already; ")
    assert all(hint in str(outcome.error) for hint in ("overwrite=…", "resume=…", "skip_existing=…", "output=…"))
    assert process_video(task, make_plan(overwrite=True), here).status == "done"


def test_a_defect_is_one_videos_misfortune(clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.mp4").write_bytes(clip)

    def fail(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(Isolation, "call", fail)
    outcome = process_video(task_of("a.mp4"), make_plan(), Isolation())
    assert (outcome.status, outcome.exit_code, outcome.error) == (
        "failed",
        1,
        "a.mp4: RuntimeError: two lines. This is a defect of vkeyframe; please report it with what verbose=… shows.",
    )
    assert clips.entries("out") == []


@pytest.mark.parametrize("name", ["missing.mp4", "text.mp4", "folder.mp4", "n" * 300])
def test_what_is_no_video_is_told_by_its_own_name(name: str, here: Isolation) -> None:
    Path("text.mp4").write_text("no video")
    Path("folder.mp4").mkdir()
    outcome = process_video(task_of(name), make_plan(), here)
    assert (outcome.status, outcome.exit_code, outcome.report) == ("failed", 3, None)
    assert str(outcome.error).startswith(f"{name}: ")


def test_a_link_does_not_lead_out_of_the_output_folder(clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    Path("elsewhere").mkdir()
    Path("out").mkdir()
    Path("out/clips").symlink_to(Path("elsewhere").absolute())
    outcome = process_video(task_of("a.mp4", "clips/deep/a.mp4"), make_plan(), here)
    assert (outcome.status, outcome.exit_code) == ("failed", 6)
    assert "link" in str(outcome.error)
    assert list(Path("elsewhere").iterdir()) == []


def test_a_video_comes_over_http(server: str, here: Isolation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    url = f"{server}/deep/b%20c.mp4"
    [task] = find_tasks([url], "out")
    outcome = process_video(task, make_plan(resume=True), here)
    assert (outcome.status, outcome.error) == ("done", None)
    report = json.loads(Path(str(outcome.report)).read_text("utf-8"))
    assert report["video"]["path"] == url
    assert process_video(task, make_plan(resume=True), here).status == "skipped"
    os.utime("served/deep/b c.mp4", (0, 0))
    assert process_video(task, make_plan(resume=True), here).status == "done"
    assert list(temporary.iterdir()) == []


def test_what_is_missing_over_http_is_told(server: str, here: Isolation) -> None:
    for url in (f"{server}/missing.mp4", "http://127.0.0.1:9/a.mp4"):
        outcome = process_video(task_of(url), make_plan(), here)
        assert (outcome.status, outcome.exit_code) == ("failed", 3)
        assert str(outcome.error).startswith(f"{url}: cannot be reached")
    outcome = process_video(task_of(f"{server}/notes.txt"), make_plan(), here)
    assert outcome.exit_code == 3
    assert str(outcome.error).startswith(f"{server}/notes.txt: no video")


def test_results_are_delivered_by_url_the_report_last(clip: bytes, here: Isolation, monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec = pytest.importorskip("fsspec")
    Path("a.mp4").write_bytes(clip)
    place = Path("far").absolute()
    away = make_plan(root=f"local://{place}")
    task = Task(0, "a.mp4", f"{away.root}/deep/a.mp4")
    assert local_path(str(task.output)) is None
    put: list[str] = []
    system = type(fsspec.filesystem("local"))
    really_put = system.put_file
    monkeypatch.setattr(
        system, "put_file", lambda self, one, other, **named: (put.append(other), really_put(self, one, other))[1]
    )
    outcome = process_video(task, away, here)
    assert (outcome.status, outcome.error) == ("done", None)
    assert put[-1].endswith("deep/a.mp4/report.json")
    assert len(put) == 3
    process_video(task_of("a.mp4", "deep/a.mp4"), make_plan(), here)
    assert clips.results(place) == clips.results(Path("out"))
    assert clips.entries(place / "deep/a.mp4") == sorted(Path(name).name for name in put)
    again = process_video(task, away, here)
    assert (again.status, again.exit_code) == ("failed", 6)
    assert "resume=…" in str(again.error)
    assert process_video(task, replace(away, resume=True), here).status == "skipped"
    assert process_video(task, replace(away, overwrite=True, settings=Settings.of(count=1)), here).status == "done"
    assert len(clips.entries(place / "deep/a.mp4")) == 2


@pytest.mark.parametrize("output", ["http://127.0.0.1:9/out", "nonsense://out"])
def test_what_cannot_be_written_by_url_is_told(output: str, clip: bytes, here: Isolation) -> None:
    pytest.importorskip("aiohttp")
    Path("a.mp4").write_bytes(clip)
    outcome = process_video(Task(0, "a.mp4", f"{output}/a.mp4"), make_plan(root=output), here)
    assert outcome.exit_code == (2 if output.startswith("nonsense") else 6)
    assert str(outcome.error).startswith(f"{output}/a.mp4: ")


def test_what_has_a_report_can_be_skipped_whatever_it_was_made_with(clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    assert process_video(task_of("a.mp4"), make_plan(), here).status == "done"
    Path("a.mp4").write_text("This would fail if it were read.")
    skipping = make_plan(root=None, settings=Settings.of(count=1), skip_existing=True)
    outcome = process_video(task_of("a.mp4"), skipping, here)
    assert (outcome.status, outcome.keyframes) == ("skipped", 2)
    assert outcome.content is not None
    assert outcome.content.files == tuple(clips.entries("out/a.mp4"))


def test_without_a_folder_only_the_outcome_has_the_report(clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    outcome = process_video(Task(0, "a.mp4", None), make_plan(root=None), here)
    assert (outcome.status, outcome.report) == ("done", None)
    assert outcome.content is not None
    assert (len(outcome.content.keyframes), outcome.content.files) == (2, ())
    assert clips.entries(".") == ["a.mp4"]


@pytest.mark.parametrize("data", [b"", b"no video"], ids=["empty", "text"])
def test_what_is_no_video_in_a_pipe_is_told_as_such(data: bytes, here: Isolation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    outcome = process_video(Task(0, "-", "out"), make_plan(root=None), here)
    assert (outcome.status, outcome.exit_code) == ("failed", 3)
    assert "stdin: " in str(outcome.error)
    # Where the copy lay is of no use to anybody; it is gone.
    assert "vkeyframe-" not in str(outcome.error)
    assert clips.entries(".") == []


def test_a_library_has_what_lies_elsewhere_by_its_url(server: str, here: Isolation) -> None:
    task, plan = Task(0, f"{server}/a.mp4", None), make_plan(root=None, entries=True)
    outcome = process_video(task, plan, here)
    assert (outcome.status, outcome.report) == ("done", None)
    entry = outcome.entry
    assert entry is not None
    assert (entry.path, entry.kind, len(entry.keyframes)) == (task.video, "video", 2)
    # The server says when it has changed.
    known = replace(task, known=(entry.size, entry.mtime_ns, entry.settings))
    assert process_video(known, plan, here).status == "skipped"
    os.utime("served/a.mp4", (0, 1_000_000_000))
    assert process_video(known, plan, here).status == "done"
    assert "entry" not in outcome.to_json()
