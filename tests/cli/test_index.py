"""`vkeyframe index`: what a library has of each file, what is skipped, taken over and removed, and what a killed run leaves."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import clips
from tests.cli.test_batch import Done, statuses
from tests.kills import library_kills
from tests.library.drawn import drawn_entry
from vkeyframe import extract
from vkeyframe.cli.main import run
from vkeyframe.library.store import Library
from vkeyframe.library.views import pack_views
from vkeyframe.opencv import cv2

READERS, WRITES = 10, 20


@pytest.fixture(autouse=True)
def place(place: Path, video: Path) -> Path:
    """Work in a folder with two videos, a picture and a bad video in ``clips``."""
    (place / "clips" / "deep").mkdir(parents=True)
    shutil.copy(video, place / "clips" / "a.mp4")
    clips.write_clip(place / "clips" / "deep" / "b.mp4", clips.scenes((7, 8), 25))
    cv2.imwrite(str(place / "clips" / "c.JPG"), clips.scene(9, 1, 400, 300)[0])
    (place / "clips" / "bad.mp4").write_text("no video")
    (place / "clips" / "notes.txt").write_text("neither")
    return place


@pytest.fixture
def index(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Give a function that runs the command in this process, one file at a time."""

    def run_inside(*arguments: str, library: str = "library.db") -> Done:
        return Done(run(["index", "--jobs", "1", "--library", library, *arguments]), *capsys.readouterr())

    return run_inside


def beside(place: Path) -> list[str]:
    """List what is in a folder, without what SQLite keeps beside a library that was read."""
    return [name for name in clips.entries(place) if not name.startswith("library.db-")]


def paths_in(library: str = "library.db") -> list[str]:
    """List the names of the files that a library has."""
    with Library.open(library) as opened:
        return sorted(Path(video.path).name for video in opened.videos())


def test_a_library_has_what_extract_finds(index: Callable[..., Done], place: Path) -> None:
    done = index("clips")
    assert statuses(done.stdout) == {
        "clips/a.mp4": "done",
        "clips/bad.mp4": "failed",
        "clips/c.JPG": "done",
        "clips/deep/b.mp4": "done",
    }
    # A failure stops nothing, and its code is that of the command.
    assert done.returncode == 3
    assert "clips/bad.mp4" in done.stderr
    assert "3 done, 0 skipped, 1 failed" in done.stderr
    report = extract("clips/a.mp4", output="out")
    with Library.open("library.db") as library:
        videos = {Path(video.path).name: video for video in library.videos()}
        one = videos["a.mp4"]
        assert one.path == str(place / "clips" / "a.mp4")
        assert (one.kind, one.width, one.height, one.rate, one.complete) == ("video", 160, 96, "25/1", True)
        assert one.duration == report.video.duration
        assert [(shot.start_frame, shot.end_frame) for shot in library.shots(one.id)] == [(0, 24), (25, 49), (50, 74)]
        rows = library.keyframes(one.id)
        assert [(row.frame, row.time, row.shot) for row in rows] == [(k.frame, k.time, k.shot) for k in report.keyframes]
        wholes = library.views_of([row.id for row in rows])[:, 0].astype(int)
        for keyframe, row, whole in zip(report.keyframes, rows, wholes, strict=True):
            written = cv2.imread(f"out/{keyframe.file}")
            # Both went through JPEG.
            assert whole @ pack_views(written).views[0].astype(int) > 0.97 * 127**2
            thumbnail = cv2.imdecode(np.frombuffer(library.thumbnail(row.id), np.uint8), cv2.IMREAD_COLOR)
            assert thumbnail.shape == written.shape
            assert np.abs(thumbnail.astype(int) - written).mean() < 6
        assert not np.array_equal(wholes[0], wholes[1])
        picture = videos["c.JPG"]
        assert (picture.kind, picture.width, picture.height, picture.duration, picture.keyframes) == ("picture", 400, 300, 0.0, 1)
        (row,) = library.keyframes(picture.id)
        thumbnail = cv2.imdecode(np.frombuffer(library.thumbnail(row.id), np.uint8), cv2.IMREAD_COLOR)
        assert thumbnail.shape == (180, 240, 3)
        assert library.shots(picture.id) == []


def test_moments_are_those_of_the_frames_at_their_times(index: Callable[..., Done]) -> None:
    index("clips/deep/b.mp4")
    frames = clips.scenes((7, 8), 25)
    with Library.open("library.db") as library:
        moments = library.moments_of(1)
    assert len(moments.times) == pytest.approx(4 * 2, abs=1)
    assert np.diff(moments.times).min() > 0.15
    for time, descriptor in zip(moments.times, moments.descriptors, strict=True):
        shown = pack_views(frames[round(float(time) * 25)]).views[0]
        other = pack_views(frames[(round(float(time) * 25) + 25) % 50]).views[0]
        # The encoder's loss; other scenes are far.
        assert descriptor.astype(int) @ shown.astype(int) > 0.9 * 127**2
        assert descriptor.astype(int) @ other.astype(int) < 0.5 * 127**2


def test_only_what_changed_is_done_again(index: Callable[..., Done]) -> None:
    index("clips")
    same = statuses(index("clips").stdout)
    assert same == {"clips/a.mp4": "skipped", "clips/bad.mp4": "failed", "clips/c.JPG": "skipped", "clips/deep/b.mp4": "skipped"}
    os.utime("clips/c.JPG", ns=(0, 1_000_000_007))
    shutil.copy("clips/a.mp4", "clips/deep/b.mp4")
    assert statuses(index("clips").stdout) == same | {"clips/c.JPG": "done", "clips/deep/b.mp4": "done"}
    assert statuses(index("clips/a.mp4", "--count", "1").stdout) == {"clips/a.mp4": "done"}
    with Library.open("library.db") as library:
        assert {Path(video.path).name: video.keyframes for video in library.videos()} == {"a.mp4": 1, "b.mp4": 3, "c.JPG": 1}
    # Neither how it is called nor how much of the machine it gets bears on an entry.
    assert statuses(index("./clips/../clips/a.mp4", "--count", "1", "--threads", "1").stdout).popitem()[1] == "skipped"


def test_words_are_found_and_those_that_change_are_taken_anew(index: Callable[..., Done]) -> None:
    words = Path("clips", "a.en.srt")
    words.write_text("1\n00:00:00,200 --> 00:00:00,800\n<i>Good</i> day.\n", "utf-8")
    assert statuses(index("clips/a.mp4").stdout) == {"clips/a.mp4": "done"}
    with Library.open("library.db") as library:
        (line,) = library.find_lines("good", 5)
    assert (Path(line.path).name, line.text) == ("a.mp4", "Good day.")
    assert statuses(index("clips/a.mp4").stdout) == {"clips/a.mp4": "skipped"}
    words.write_text("1\n00:00:00,200 --> 00:00:00,900\nGood night.\n", "utf-8")
    assert statuses(index("clips/a.mp4").stdout) == {"clips/a.mp4": "done"}
    with Library.open("library.db") as library:
        assert [line.text for line in library.find_lines("good", 5)] == ["Good night."]


def test_what_is_gone_is_removed_where_it_is_looked_for(index: Callable[..., Done]) -> None:
    shutil.copytree("clips/deep", "other")
    Path("clips/bad.mp4").unlink()
    index("clips", "other")
    assert paths_in() == ["a.mp4", "b.mp4", "b.mp4", "c.JPG"]
    Path("clips/a.mp4").unlink()
    Path("other/b.mp4").unlink()
    index("clips")
    assert len(paths_in()) == 4
    done = index("clips", "--prune")
    assert statuses(done.stdout)[str(Path("clips/a.mp4").absolute())] == "removed"
    assert "1 removed" in done.stderr
    assert paths_in() == ["b.mp4", "b.mp4", "c.JPG"]
    # A disk that is not there looks like an empty folder.
    assert statuses(index("other", "--prune").stdout) == {"other": "failed"}
    assert paths_in() == ["b.mp4", "b.mp4", "c.JPG"]
    assert statuses(index("--prune").stdout) == {str(Path("other/b.mp4").absolute()): "removed"}
    assert paths_in() == ["b.mp4", "c.JPG"]


def test_pictures_of_an_earlier_run_are_not_taken_for_photographs(index: Callable[..., Done]) -> None:
    run(["extract", "clips/a.mp4", "-o", "clips/deep/out", "--pictures-in", "inner"])
    assert "out/" not in index("clips").stdout
    # Who names one wants it.
    picture = next(Path("clips/deep/out/inner").iterdir())
    assert statuses(index(str(picture)).stdout).popitem()[1] == "done"


@pytest.mark.parametrize(
    ("content", "code", "text"),
    [
        (b"no picture", 3, "no picture can be read from it"),
        (b"", 3, "no picture can be read from it"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\2\0\0\0\2\0\0\x08\2\0\0\0\0\0\0\0", 3, "or it has more than"),
    ],
    ids=["text", "empty", "17-gigapixels"],
)
def test_a_picture_that_is_none_is_a_sentence(index: Callable[..., Done], content: bytes, code: int, text: str) -> None:
    Path("odd.png").write_bytes(content)
    done = index("odd.png", "clips/c.JPG")
    assert done.returncode == code
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert paths_in() == ["c.JPG"]


def test_a_library_among_the_inputs_and_other_slips_are_refused(index: Callable[..., Done], place: Path) -> None:
    before = Path("clips/a.mp4").read_bytes()
    for arguments, library, code in [
        (("clips",), "clips/a.mp4", 6),
        (("clips/a.mp4",), "clips/a.mp4", 2),
        ((), "library.db", 2),
        (("clips",), "", 2),
        (("clips",), "none/library.db", 6),
        (("--merge", "none.db"), "library.db", 3),
        (("--prune",), "none.db", 6),
        (("--parquet", "library.db"), "library.db", 2),
        (("-",), "library.db", 2),
    ]:
        done = index(*arguments, library=library)
        assert done.returncode == code, (arguments, done)
        assert done.stderr.count("\n") <= 2
        assert "Traceback" not in done.stderr
    assert Path("clips/a.mp4").read_bytes() == before


def test_a_path_that_is_no_text_is_indexed(index: Callable[..., Done], nameless: bytes) -> None:
    name = os.fsdecode(nameless)
    assert index(name).returncode == 0
    assert statuses(index(name).stdout).popitem()[1] == "skipped"
    with Library.open("library.db") as library:
        assert library.videos()[0].path == name
    Path(name).unlink()
    assert index("--prune").returncode == 0
    assert paths_in() == []


def test_what_hides_faces_hides_them_in_thumbnails(index: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vkeyframe.output.anonymise.hide_faces", np.zeros_like)
    run(["batch", "clips/deep", "--library", "library.db", "--anonymise", "--jobs", "1"])
    with Library.open("library.db") as library:
        thumbnail = cv2.imdecode(np.frombuffer(library.thumbnail(1), np.uint8), cv2.IMREAD_COLOR)
        assert not thumbnail.any()
        assert library.views()[1].any()


def test_a_slow_video_is_given_up_and_leaves_what_was(place: Path) -> None:
    done = clips.call("index", "clips/a.mp4", "--library", "library.db", "--timeout", "0.01", text=True)
    assert done.returncode == 5
    assert "allow it more with --timeout" in done.stderr
    assert paths_in() == []
    assert beside(place) == ["clips", "library.db"]


def test_nothing_that_was_reported_is_lost_when_it_is_killed(tmp_path: Path) -> None:
    ends = list(library_kills(3, 1, tmp_path))
    assert len(ends) == 3
    assert any(0 < reported < total for reported, total in ends), ends


def test_what_batch_reports_is_in_the_library(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["batch", "clips", "-o", "out", "--jobs", "1", "--library", "library.db", "--words", "--resume"]
    assert run(command) == 3
    assert set(statuses(capsys.readouterr().out).values()) == {"done", "failed"}
    assert paths_in() == ["a.mp4", "b.mp4"]
    report = json.loads(Path("out/clips/a.mp4/report.json").read_text("utf-8"))
    assert "moments" not in report
    assert clips.entries("out/clips/a.mp4") == report["files"]
    with Library.open("library.db") as library:
        (video,) = [video for video in library.videos() if video.path.endswith("a.mp4")]
        assert [row.frame for row in library.keyframes(video.id)] == [each["frame"] for each in report["keyframes"]]
        assert len(library.moments_of(video.id).times) > 8
    run(command)
    assert set(statuses(capsys.readouterr().out).values()) == {"skipped", "failed"}
    # `index` with the same settings finds nothing to do, and a library that lost a video gets it again.
    run(["index", "clips/a.mp4", "--library", "library.db"])
    assert statuses(capsys.readouterr().out) == {"clips/a.mp4": "skipped"}
    with Library.open("library.db", writing=True) as library:
        library.remove([video.path])
    run(command)
    assert statuses(capsys.readouterr().out) == {"clips/a.mp4": "done", "clips/bad.mp4": "failed", "clips/deep/b.mp4": "skipped"}
    assert paths_in() == ["a.mp4", "b.mp4"]


def test_a_batch_with_a_library_writes_what_one_without_writes(place: Path) -> None:
    for more in ([], ["--library", "library.db"]):
        run(["batch", "clips/a.mp4", "-o", f"out{len(more)}", "--jobs", "1", *more])
    assert clips.results(Path("out0")) == clips.results(Path("out2"))


def test_a_library_that_is_full_ends_the_batch(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(self: Library, *given: Any) -> int:
        with self._transaction() as connection:
            connection.execute("PRAGMA max_page_count = 1")
            return connection.execute("CREATE TABLE more (a)").rowcount

    monkeypatch.setattr(Library, "put", put)
    assert run(["batch", "clips", "-o", "out", "--jobs", "1", "--library", "library.db"]) == 6
    # Nothing is reported that the library lacks.
    assert "done" not in Path("out/batch.jsonl").read_text()


def _read(path: str, connection: Any) -> None:
    """Read a library until it has all, and answer how often and whether each answer fitted together."""
    looks, whole = 0, True
    with Library.open(path) as library:
        connection.send("open")
        while len(library.videos()) < WRITES:
            ids, wholes = library.views()
            whole &= len(ids) % 3 == 0 and len(library.keyframe_rows(ids)) == len(ids)
            whole &= np.array_equal(library.views_of(ids)[:, 0], wholes)
            whole &= len(library.find_lines("number", 100)) * 3 >= len(ids)
            looks += 1
    connection.send((looks, whole))


def test_ten_readers_read_beside_a_writer(place: Path) -> None:
    Library.open("library.db", create=True).close()
    context = get_context("fork" if os.name == "posix" else "spawn")
    readers = []
    for _ in range(READERS):
        mine, theirs = context.Pipe()
        process = context.Process(target=_read, args=("library.db", theirs), daemon=True)
        process.start()
        readers.append((process, mine))
    assert all(pipe.recv() == "open" for _, pipe in readers)
    with Library.open("library.db", writing=True) as library:
        for number in range(WRITES):
            library.put(drawn_entry(f"/{number}.mp4", number))
    answers = [pipe.recv() for process, pipe in readers]
    for process, _ in readers:
        process.join(clips.PATIENCE)
    assert all(whole for _, whole in answers)
    assert sum(looks for looks, _ in answers) > READERS


def test_libraries_of_two_machines_become_one(index: Callable[..., Done]) -> None:
    for name, entries in (("one.db", [("/a.mp4", 1), ("/b.mp4", 2)]), ("other.db", [("/b.mp4", 3), ("/c.mp4", 4)])):
        with Library.open(name, create=True) as library:
            for path, seed in entries:
                library.put(drawn_entry(path, seed), f"2026-01-0{seed}T00:00:00+00:00")
    done = index("--merge", "one.db", "--merge", "other.db")
    assert done.returncode == 0
    assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == ["done"] * 4
    with Library.open("library.db") as library:
        videos = {video.path: video for video in library.videos()}
        # Of one that both have, what was made later.
        assert {path: video.size for path, video in videos.items()} == {"/a.mp4": 1001, "/b.mp4": 1003, "/c.mp4": 1004}
        for path, seed in (("/a.mp4", 1), ("/b.mp4", 3), ("/c.mp4", 4)):
            mine, drawn = library.entry(videos[path]), drawn_entry(path, seed)
            assert (mine.shots, mine.keyframes, mine.lines) == (drawn.shots, drawn.keyframes, drawn.lines)
            assert np.array_equal(mine.moments.descriptors, drawn.moments.descriptors)
            assert np.array_equal(mine.vectors[0].vectors, drawn.vectors[0].vectors)
        assert len(library.find_lines("number")) == 3
    assert set(statuses(index("--merge", "one.db").stdout).values()) == {"skipped"}


def test_a_table_has_every_view_of_every_keyframe(index: Callable[..., Done], place: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    index("clips")
    assert index("--parquet", "views.parquet").returncode == 0
    table = parquet.read_table("views.parquet")
    with Library.open("library.db") as library:
        ids, _ = library.views()
        rows, views = library.keyframe_rows(ids), library.views_of(ids)
    assert table.num_rows == 6 * len(ids)
    assert table["keyframe"].to_pylist() == np.repeat(ids, 6).tolist()
    assert table["view"].to_pylist() == list(range(6)) * len(ids)
    assert table["path"].to_pylist()[::6] == [row.path for row in rows]
    assert table["time"].to_pylist()[::6] == [row.time for row in rows]
    descriptors = np.array(table["descriptor"].to_pylist()).reshape(views.shape)
    assert np.abs(descriptors - views / 127.0).max() < 0.01
    assert np.linalg.norm(descriptors, axis=-1) == pytest.approx(1.0, abs=0.002)
    assert beside(place) == ["clips", "library.db", "views.parquet"]


def test_a_table_is_written_whole_or_not_at_all(index: Callable[..., Done], place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    index("clips/a.mp4")
    Path("views.parquet").write_text("an earlier one")

    def full(*_given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vkeyframe.library.parquet._table", full)
    done = index("--parquet", "views.parquet")
    assert (done.returncode, "No space left" in done.stderr) == (6, True)
    assert Path("views.parquet").read_text() == "an earlier one"
    assert beside(place) == ["clips", "library.db", "views.parquet"]
    assert index("--parquet", "none/views.parquet").returncode == index("--parquet", "clips").returncode == 6


def test_without_pyarrow_a_table_is_a_sentence(index: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    done = index("--parquet", "views.parquet")
    assert done.returncode == 1
    assert "pip install 'vkeyframe[parquet]'" in done.stderr


def test_a_library_is_whole_for_sqlite_itself(index: Callable[..., Done]) -> None:
    index("clips")
    with sqlite3.connect("library.db") as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert plain.execute("PRAGMA foreign_key_check").fetchone() is None
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert plain.execute("INSERT INTO words (words) VALUES ('integrity-check')").rowcount >= -1
    plain.close()
    file = shutil.which("file")
    if file is not None:
        told = subprocess.run([file, "library.db"], capture_output=True, text=True, check=True).stdout
        assert "SQLite 3" in told
