"""A batch from inside: which videos are found, where their output lies, what is told of each, and what killed runs leave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from vkeyframe.batch.discovery import find_tasks, read_list
from vkeyframe.batch.local import LocalExecutor
from vkeyframe.batch.plan import BatchPlan, Outcome, Task
from vkeyframe.batch.run import run_batch
from vkeyframe.batch.storage import is_url, local_path
from vkeyframe.batch.work import process
from vkeyframe.errors import InputError, OutputError, UsageError
from vkeyframe.output.stale import remove_leftovers
from vkeyframe.process.cores import cores, share_of_threads
from vkeyframe.process.isolation import Isolation
from vkeyframe.settings import Settings

pytestmark = pytest.mark.usefixtures("place")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give the bytes of a clip of two scenes."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return clips.write_clip(path, clips.scenes((1, 2), 20)).read_bytes()


@pytest.fixture
def here(childless: None) -> Isolation:
    """Give an isolation that does the work in this process, to be quick."""
    return Isolation()


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def found(*paths: str, output: str = "out") -> dict[str, str]:
    """List the videos that paths mean with the names of their output folders."""
    tasks = list(find_tasks(paths, output))
    assert [task.index for task in tasks] == list(range(len(tasks)))
    assert len({task.name.casefold() for task in tasks}) == len(tasks)
    return {task.video: task.name for task in tasks}


def order(**options: Any) -> BatchPlan:
    return BatchPlan(output="out", base=str(Path.cwd()), settings=Settings.of(), **options)


def test_a_folder_stands_for_the_videos_below_it() -> None:
    touch("clips/b.mp4", "clips/a.MKV", "clips/notes.txt", "clips/deep/er/c.webm", "clips/.hidden.mp4", "clips/.git/d.mp4")
    Path("clips/folder.mp4").mkdir()
    assert found("clips") == {
        "clips/a.MKV": "clips/a.MKV",
        "clips/b.mp4": "clips/b.mp4",
        "clips/deep/er/c.webm": "clips/deep/er/c.webm",
    }
    assert found("clips/deep/") == {"clips/deep/er/c.webm": "deep/er/c.webm"}
    assert found("clips/deep/..")["clips/deep/../b.mp4"] == "b.mp4"


def test_the_folder_worked_in_needs_no_name() -> None:
    touch("a.mp4", "deep/b.mp4")
    assert found(".") == {"./a.mp4": "a.mp4", "./deep/b.mp4": "deep/b.mp4"}


def test_a_file_is_itself_whatever_its_name_and_whether_it_is_there_or_not() -> None:
    touch("clips/video", "clips/a[1].mp4", "clips/.hidden")
    assert found("clips/video", "clips/a[1].mp4", "clips/.hidden", "missing.mp4") == {
        "clips/video": "video",
        "clips/a[1].mp4": "a[1].mp4",
        "clips/.hidden": "hidden",
        "missing.mp4": "missing.mp4",
    }


def test_a_pattern_stands_for_what_matches_it() -> None:
    touch("clips/a.mp4", "clips/b.mp4", "clips/c.dat", "clips/notes.txt", "clips/deep/d.mp4", "out/e.mp4", "out/deep/f.mp4")
    assert list(found("clips/*.mp4")) == ["clips/a.mp4", "clips/b.mp4"]
    assert list(found("clips/?.dat")) == ["clips/c.dat"]
    assert list(found("clips/*")) == ["clips/a.mp4", "clips/b.mp4", "clips/deep/d.mp4"]
    assert list(found("cl[ijk]ps")) == ["clips/a.mp4", "clips/b.mp4", "clips/deep/d.mp4"]
    assert found("**/*.mp4") == {"clips/a.mp4": "a.mp4", "clips/b.mp4": "b.mp4", "clips/deep/d.mp4": "d.mp4"}
    assert list(found("nothing/*.mp4")) == ["nothing/*.mp4"]


def test_the_output_folder_is_not_searched() -> None:
    touch("clips/a.mp4", "clips/out/b.mp4")
    absolute = Path("clips/out").absolute()
    for output in ("clips/out", str(absolute), "clips/../clips/out/", absolute.as_uri()):
        assert list(found("clips", "clips/out", "clips/*", output=output)) == ["clips/a.mp4"]


def test_links_to_files_are_followed_and_links_to_folders_not() -> None:
    touch("elsewhere/a.mp4", "clips/b.mp4")
    Path("clips/link.mp4").symlink_to(Path("elsewhere/a.mp4").absolute())
    Path("clips/folder").symlink_to(Path("elsewhere").absolute())
    Path("clips/loop.mp4").symlink_to("loop.mp4")
    Path("clips/gone.mp4").symlink_to("nowhere")
    Path("clips/circle").symlink_to(Path("clips").absolute())
    assert list(found("clips")) == ["clips/b.mp4", "clips/link.mp4"]


def test_same_names_do_not_collide_also_by_case() -> None:
    touch("one/x.mp4", "two/x.mp4", "three/X.MP4", "four/x.mp4-2", "clips/a.mp4", "more/clips/a.mp4", "more/clips/A.mp4")
    assert list(found("one/x.mp4", "two/x.mp4", "three/X.MP4", "four/x.mp4-2").values()) == [
        "x.mp4",
        "x.mp4-2",
        "X.MP4-3",
        "x.mp4-2-2",
    ]
    assert list(found("clips", "more/clips").values()) == ["clips/a.mp4", "clips/A.mp4-2", "clips/a.mp4-3"]


def test_composed_and_decomposed_letters_are_the_same_name() -> None:
    touch("one/\u00e9.mp4", "two/E\u0301.mp4")
    assert list(found("one/\u00e9.mp4", "two/E\u0301.mp4").values()) == ["\u00e9.mp4", "E\u0301.mp4-2"]


def test_an_empty_path_is_not_the_folder_worked_in() -> None:
    touch("a.mp4")
    with pytest.raises(UsageError, match="PATH is empty"):
        list(find_tasks([""], "out"))


def test_a_video_given_twice_has_one_turn() -> None:
    touch("clips/a.mp4")
    Path("same").symlink_to("clips")
    assert list(found("clips/a.mp4", "clips/../clips/a.mp4", "same/a.mp4")) == ["clips/a.mp4"]


@pytest.mark.parametrize(
    "name", ["../../x.mp4", "a/../../../x.mp4", "/etc/../x.mp4", "..", "-", "\n", "C:\\x.mp4", "x" * 300, "\0"]
)
def test_no_name_leaves_the_output_folder(name: str) -> None:
    for task in find_tasks([name], "out"):
        parts = Path(task.name).parts
        assert parts
        assert not Path(task.name).is_absolute()
        assert all(not part.startswith((".", "-")) and len(part.encode()) < 256 and part.isprintable() for part in parts)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may search any folder")
def test_a_folder_that_cannot_be_searched_is_a_failure_of_its_own() -> None:
    touch("clips/a.mp4", "clips/shut/b.mp4")
    Path("clips/shut").chmod(0)
    assert list(found("clips")) == ["clips/a.mp4", "clips/shut"]
    Path("clips/shut").chmod(0o700)


@pytest.mark.parametrize(
    ("content", "null", "paths"),
    [
        (b"a.mp4\nb c.mp4\n\nd.mp4", False, ["a.mp4", "b c.mp4", "d.mp4"]),
        (b"a.mp4\r\n\r\nb.mp4\r\n", False, ["a.mp4", "b.mp4"]),
        (b"a\nb.mp4\0c.mp4\r\0\0", True, ["a\nb.mp4", "c.mp4\r"]),
        (b"\xff.mp4\n", False, ["\udcff.mp4"]),
        (b"", False, []),
        (b"x" * 70000 + b"\n" + b"y" * 70000, False, ["x" * 70000, "y" * 70000]),
    ],
    ids=["lines", "windows", "null", "no-text", "empty", "long"],
)
def test_a_list_is_read(content: bytes, null: bool, paths: list[str]) -> None:
    Path("list").write_bytes(content)
    assert list(read_list(Path("list"), null)) == paths


def test_a_list_that_comes_in_pieces_is_read_as_it_comes() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        paths = read_list(source, False)
        sink.write(b"a.mp4\nb.")
        assert next(paths) == "a.mp4"
        sink.write(b"mp4\n")
        assert next(paths) == "b.mp4"
        sink.close()
        assert list(paths) == []


def test_a_list_that_is_missing_is_told() -> None:
    with pytest.raises(InputError, match=r"^missing: the list cannot be read"):
        list(read_list(Path("missing"), False))


def test_finding_is_lazy() -> None:
    endless = (f"{number}.mp4" for number in count())
    assert [task.video for task in islice(find_tasks(endless, "out"), 3)] == ["0.mp4", "1.mp4", "2.mp4"]


def test_a_file_url_is_a_local_path() -> None:
    assert local_path("file:///a%20b/c.mp4") == Path("/a b/c.mp4")
    assert local_path("a:b.mp4") == Path("a:b.mp4")
    assert local_path("s3://bucket/c.mp4") is None
    assert [is_url(text) for text in ("s3://a/b", "C:/a", "a.mp4", "file:///a")] == [True, False, False, True]


def test_threads_are_shared_out() -> None:
    assert share_of_threads() == min(16, 2 * cores())
    assert share_of_threads(max(2, cores())) == share_of_threads(1000) == 1


class Echo:
    """An executor that does nothing with its tasks and remembers how many it held at most."""

    def __init__(self, holds: int = 3) -> None:
        self.held: list[Task] = []
        self.most = 0
        self._holds = holds

    def __enter__(self) -> Echo:
        return self

    def __exit__(self, *error: object) -> None:
        self.held.clear()

    def capacity(self) -> int:
        return self._holds

    def submit(self, task: Task) -> None:
        self.held.append(task)
        self.most = max(self.most, len(self.held))

    def outcome(self) -> Outcome:
        task = self.held.pop()
        failed = task.video == "bad"
        return Outcome(task.index, task.video, "failed" if failed else "done", exit_code=3 if failed else 0)


def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path("out/batch.jsonl").read_text("utf-8").splitlines()]


def test_every_task_has_one_outcome_and_one_line() -> None:
    executor = Echo()
    outcomes = list(run_batch(find_tasks(["a", "bad", "c", "d", "e"], "out"), "out", executor))
    assert sorted(outcome.index for outcome in outcomes) == [0, 1, 2, 3, 4]
    assert executor.most == 3
    assert [line["path"] for line in lines()] == [outcome.path for outcome in outcomes]
    assert list(lines()[0]) == [
        "path", "status", "error", "exit_code", "report", "shots", "keyframes", "complete", "decoder_messages", "seconds",
    ]  # fmt: skip


def test_a_line_is_there_as_soon_as_the_outcome() -> None:
    with closing(run_batch(find_tasks(["a", "b"], "out"), "out", Echo(1))) as outcomes:
        next(outcomes)
        assert len(lines()) == 1


def test_a_batch_can_end_with_the_first_failure() -> None:
    executor = Echo(1)
    outcomes = list(run_batch(find_tasks(["a", "bad", "c"], "out"), "out", executor, fail_fast=True))
    assert [outcome.path for outcome in outcomes] == ["a", "bad"]
    assert executor.held == []


def test_the_journal_is_not_written_through_a_link() -> None:
    touch("mine.txt")
    Path("out").mkdir()
    Path("out/batch.jsonl").symlink_to(Path("mine.txt").absolute())
    with pytest.raises(OutputError, match=r"^out/batch\.jsonl: cannot be written"):
        list(run_batch(find_tasks(["a"], "out"), "out", Echo()))
    assert Path("mine.txt").read_text() == ""


def test_memory_does_not_grow_with_the_number_of_videos() -> None:
    """Of each video some digests stay, so that names are given once."""

    def peak(videos: int) -> int:
        tracemalloc.start()
        tasks = find_tasks((f"/videos/of/a/long/name/{number:08d}.mp4" for number in range(videos)), "out")
        for _ in run_batch(tasks, "out", Echo()):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few, many = peak(200), peak(1200)
    assert (many - few) / 1000 < 300


def test_bytes_that_are_no_text_do_not_break_a_line() -> None:
    line = Outcome(0, "a\udcff.mp4", "done").to_json()
    assert json.loads(line.encode())["path"] == "a\N{REPLACEMENT CHARACTER}.mp4"


def test_what_dead_processes_left_is_removed(here: Isolation) -> None:
    dead = 2**22 + 1
    mine, theirs = f".vkeyframe-{dead}-0a1b2c3d", f".vkeyframe-{os.getppid()}-0a1b2c3d"
    touch(f"out/{mine}/0.jpg", f"out/deep/{mine}/0.jpg", f"out/deep/{theirs}/0.jpg", "out/.vkeyframe-notes/x", "elsewhere/x")
    touch(f"out/done/{mine}/x", "out/done/report.json", f"out/.vkeyframe-{dead}-ffff0000")
    Path(f"out/.vkeyframe-{dead}-aaaa").symlink_to(Path("elsewhere").absolute())
    remove_leftovers(Path("out"))
    left = sorted(str(path) for path in Path("out").rglob("*") if not path.is_dir())
    assert left == sorted([f"out/deep/{theirs}/0.jpg", "out/.vkeyframe-notes/x", f"out/done/{mine}/x", "out/done/report.json"])
    assert Path("elsewhere/x").exists()


def test_a_video_gets_its_folder(clip: bytes, here: Isolation) -> None:
    touch("a.mp4")
    Path("a.mp4").write_bytes(clip)
    outcome = process(Task(7, "a.mp4", "clips/a.mp4"), order(exports=("sheet",)), here)
    assert (outcome.index, outcome.path, outcome.status, outcome.exit_code) == (7, "a.mp4", "done", 0)
    assert (outcome.shots, outcome.keyframes, outcome.complete) == (2, 2, True)
    report = json.loads(Path(str(outcome.report)).read_text("utf-8"))
    assert (report["video"]["path"], report["video"]["name"]) == ("a.mp4", "a.mp4")
    files = ["sheet.jpg", "report.json", *(keyframe["file"] for keyframe in report["keyframes"])]
    assert clips.entries("out/clips/a.mp4") == sorted(files)


def test_what_is_done_is_skipped_until_anything_changes(clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    task = Task(0, "a.mp4", "a.mp4")

    def status(**options: Any) -> str:
        settings = options.pop("settings", Settings.of())
        return process(task, BatchPlan(output="out", base=".", settings=settings, resume=True, **options), here).status

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


def test_without_resume_what_exists_is_a_failure(clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    task = Task(0, "a.mp4", "a.mp4")
    assert process(task, order(), here).status == "done"
    outcome = process(task, order(), here)
    assert (outcome.status, outcome.exit_code) == ("failed", 6)
    assert "--resume" in str(outcome.error)
    assert process(task, order(overwrite=True), here).status == "done"


def test_a_defect_is_one_videos_misfortune(clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.mp4").write_bytes(clip)

    def fail(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(Isolation, "call", fail)
    outcome = process(Task(0, "a.mp4", "a.mp4"), order(), Isolation())
    assert (outcome.status, outcome.exit_code, outcome.error) == ("failed", 1, "a.mp4: RuntimeError: two lines")
    assert list(Path("out").iterdir()) == []


@pytest.mark.parametrize("name", ["missing.mp4", "text.mp4", "folder.mp4", "n" * 300])
def test_what_is_no_video_is_told_by_its_own_name(name: str, here: Isolation) -> None:
    Path("text.mp4").write_text("no video")
    Path("folder.mp4").mkdir()
    outcome = process(Task(0, name, "a.mp4"), order(), here)
    assert (outcome.status, outcome.exit_code, outcome.report) == ("failed", 3, None)
    assert str(outcome.error).startswith(f"{name}: ")


def test_a_link_does_not_lead_out_of_the_output_folder(clip: bytes, here: Isolation) -> None:
    Path("a.mp4").write_bytes(clip)
    Path("elsewhere").mkdir()
    Path("out").mkdir()
    Path("out/clips").symlink_to(Path("elsewhere").absolute())
    outcome = process(Task(0, "a.mp4", "clips/deep/a.mp4"), order(), here)
    assert (outcome.status, outcome.exit_code) == ("failed", 6)
    assert "link" in str(outcome.error)
    assert list(Path("elsewhere").iterdir()) == []


def kill_self(*_given: Any, **_named: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_jobs_outlive_crashes_and_say_how_far_they_are(clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        Path(f"{number}.mp4").write_bytes(clip)
    call = Isolation.call

    def crash_on_one(self: Isolation, subject: str, function: Any, *given: Any, **named: Any) -> Any:
        return call(self, subject, kill_self if subject == "1.mp4" else function, *given, **named)

    monkeypatch.setattr(Isolation, "call", crash_on_one)
    told: list[tuple[int, str]] = []
    executor = LocalExecutor(order(), 2, lambda job, video, done, total: told.append((job, video)))
    tasks = find_tasks([f"{number}.mp4" for number in range(4)], "out")
    outcomes = {outcome.path: outcome for outcome in run_batch(tasks, "out", executor)}
    assert {path: outcome.exit_code for path, outcome in outcomes.items()} == {"0.mp4": 0, "1.mp4": 5, "2.mp4": 0, "3.mp4": 0}
    assert {video for _, video in told} == {"0.mp4", "2.mp4", "3.mp4"}
    assert {job for job, _ in told} <= {0, 1}
    assert clips.entries("out") == ["0.mp4", "2.mp4", "3.mp4", "batch.jsonl"]


@pytest.fixture
def server(clip: bytes) -> Iterator[str]:
    """Serve a folder with two videos over HTTP and give its URL."""
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    Path("served/deep").mkdir(parents=True)
    Path("served/a.mp4").write_bytes(clip)
    Path("served/deep/b c.mp4").write_bytes(clip)
    Path("served/notes.txt").write_text("no video")
    handler = partial(SimpleHTTPRequestHandler, directory="served")
    handler.log_message = lambda *_given: None  # type: ignore[attr-defined]
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_a_video_comes_over_http(server: str, here: Isolation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    url = f"{server}/deep/b%20c.mp4"
    [task] = find_tasks([url], "out")
    outcome = process(task, order(resume=True), here)
    assert (outcome.status, outcome.error) == ("done", None)
    report = json.loads(Path(str(outcome.report)).read_text("utf-8"))
    assert report["video"]["path"] == url
    assert process(task, order(resume=True), here).status == "skipped"
    os.utime("served/deep/b c.mp4", (0, 0))
    assert process(task, order(resume=True), here).status == "done"
    assert list(temporary.iterdir()) == []


def test_what_is_missing_over_http_is_told(server: str, here: Isolation) -> None:
    for url in (f"{server}/missing.mp4", "http://127.0.0.1:9/a.mp4"):
        outcome = process(Task(0, url, "a.mp4"), order(), here)
        assert (outcome.status, outcome.exit_code) == ("failed", 3)
        assert str(outcome.error).startswith(f"{url}: cannot be reached")
    outcome = process(Task(0, f"{server}/notes.txt", "notes.txt"), order(), here)
    assert outcome.exit_code == 3
    assert str(outcome.error).startswith(f"{server}/notes.txt: no video")


def test_a_url_with_a_slash_at_its_end_is_a_folder(server: str) -> None:
    top = server.removeprefix("http://").replace(":", "_")
    assert found(f"{server}/") == {
        f"{server}/a.mp4": f"{top}/a.mp4",
        f"{server}/deep/b%20c.mp4": f"{top}/deep/b c.mp4",
    }
    assert found(f"{server}/deep/*.mp4") == {f"{server}/deep/b%20c.mp4": "b c.mp4"}
    assert found(f"{server}/a.mp4?key=1/2") == {f"{server}/a.mp4?key=1/2": "a.mp4"}


def test_results_are_delivered_by_url_the_report_last(clip: bytes, here: Isolation, monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec = pytest.importorskip("fsspec")
    Path("a.mp4").write_bytes(clip)
    task = Task(0, "a.mp4", "deep/a.mp4")
    place = Path("far").absolute()
    away = BatchPlan(output=f"local://{place}", base=".", settings=Settings.of())
    assert local_path(away.output) is None
    put: list[str] = []
    system = type(fsspec.filesystem("local"))
    really_put = system.put_file
    monkeypatch.setattr(
        system, "put_file", lambda self, one, other, **named: (put.append(other), really_put(self, one, other))[1]
    )
    outcome = process(task, away, here)
    assert (outcome.status, outcome.error) == ("done", None)
    assert put[-1].endswith("deep/a.mp4/report.json")
    assert len(put) == 3
    process(task, order(), here)
    assert clips.results(place) == clips.results(Path("out"))
    assert clips.entries(place / "deep/a.mp4") == sorted(Path(name).name for name in put)
    again = process(task, away, here)
    assert (again.status, again.exit_code) == ("failed", 6)
    assert process(task, replace(away, resume=True), here).status == "skipped"
    assert process(task, replace(away, overwrite=True, settings=Settings.of(count=1)), here).status == "done"
    assert len(clips.entries(place / "deep/a.mp4")) == 2


def test_the_journal_is_delivered_too() -> None:
    pytest.importorskip("fsspec")
    place = Path("far").absolute()
    place.mkdir()
    url = f"local://{place}"
    outcomes = run_batch(find_tasks(["a", "b"], url), url, Echo())
    assert len(list(outcomes)) == len((place / "batch.jsonl").read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize("output", ["http://127.0.0.1:9/out", "nonsense://out"])
def test_what_cannot_be_written_by_url_is_told(output: str, clip: bytes, here: Isolation) -> None:
    pytest.importorskip("aiohttp")
    Path("a.mp4").write_bytes(clip)
    outcome = process(Task(0, "a.mp4", "a.mp4"), BatchPlan(output=output, base=".", settings=Settings.of()), here)
    assert outcome.exit_code == (2 if output.startswith("nonsense") else 6)
    assert str(outcome.error).startswith(f"{output}/a.mp4: ")


def test_a_command_whose_executor_was_not_closed_ends_all_the_same() -> None:
    """A signal can fall between the start of the threads and the end of the `with`."""
    program = (
        "from vkeyframe.batch.local import LocalExecutor; from vkeyframe.batch.plan import BatchPlan; "
        "from vkeyframe.settings import Settings; "
        "LocalExecutor(BatchPlan(output='out', base='.', settings=Settings.of()), 2).__enter__(); raise KeyboardInterrupt"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
    assert b"KeyboardInterrupt" in done.stderr
