"""Which videos are found, in which order, and where their output lies."""

from __future__ import annotations

import os
from itertools import chain, count, islice
from pathlib import Path

import pytest

from tests.batch.conftest import touch
from vkeyframe.batch.discovery import find_tasks, name_tasks
from vkeyframe.batch.lists import LIST_CHUNK, LONGEST_PATH, read_list

pytestmark = pytest.mark.usefixtures("place")


def found(*paths: str, output: str = "out") -> dict[str, str]:
    """List the videos that paths mean with the names of their output folders."""
    tasks = list(find_tasks(paths, output))
    assert [task.index for task in tasks] == list(range(len(tasks)))
    tasks = [task for task in tasks if task.error is None]
    places = [str(task.output) for task in tasks]
    assert len({place.casefold() for place in places}) == len(tasks)
    start = f"{output.rstrip('/')}/"
    assert all(place.startswith(start) for place in places)
    return {task.video: place.removeprefix(start) for task, place in zip(tasks, places, strict=True)}


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


def test_no_output_folder_lies_in_another() -> None:
    touch("x/a.mp4", "y/a.mp4/b.mp4", "y/a.mp4/c.mp4", "z/A.MP4")
    assert list(found("x/a.mp4", "y/a.mp4/", "z/A.MP4").values()) == ["a.mp4", "a.mp4-2/b.mp4", "a.mp4-2/c.mp4", "A.MP4-3"]
    assert list(found("y/a.mp4/", "x/a.mp4", "z").values()) == ["a.mp4/b.mp4", "a.mp4/c.mp4", "a.mp4-2", "z/A.MP4"]


def test_the_name_of_the_journal_is_no_output_folder() -> None:
    touch("batch.jsonl", "Batch.JSONL/a.mp4")
    assert list(found("batch.jsonl", "Batch.JSONL").values()) == ["batch.jsonl-2", "Batch.JSONL-3/a.mp4"]


def test_composed_and_decomposed_letters_are_the_same_name() -> None:
    touch("one/\u00e9.mp4", "two/E\u0301.mp4")
    assert list(found("one/\u00e9.mp4", "two/E\u0301.mp4").values()) == ["\u00e9.mp4", "E\u0301.mp4-2"]


def failures(*paths: str) -> list[tuple[str, str, int]]:
    """Give the path, the error and the exit code of each task that cannot be done; the output folder of it is nowhere."""
    tasks = list(find_tasks(paths, "out"))
    assert [task.index for task in tasks] == list(range(len(tasks)))
    assert all((task.error is None) == (task.exit_code == 0) == (task.output is not None) for task in tasks)
    return [(task.video, task.error, task.exit_code) for task in tasks if task.error is not None]


def test_an_empty_path_is_not_the_folder_worked_in() -> None:
    touch("a.mp4")
    assert failures("") == [("", "A PATH is empty; give . for the folder that you work in.", 2)]


@pytest.mark.parametrize(
    ("path", "words", "code"),
    [
        ("empty", "no video is there", 3),
        ("http://[foo/a.mp4", "is no URL (Invalid IPv6 URL)", 2),
        ("http://127.0.0.1:9/*.mp4", "cannot be listed (Connection refused)", 3),
        ("http://127.0.0.1:9/folder/", "cannot be listed (Connection refused)", 3),
        ("nonsense://host/folder/", "Protocol not known", 2),
    ],
    ids=str,
)
def test_a_path_that_means_no_video_is_one_failure_among_the_others(path: str, words: str, code: int) -> None:
    pytest.importorskip("aiohttp")
    touch("a.mp4", "b.mp4")
    Path("empty").mkdir()
    [(shown, error, exit_code)] = failures("a.mp4", path, "b.mp4")
    assert (shown, exit_code) == (path, code)
    assert error.startswith(f"{path}: ")
    assert words in error
    assert [task.video for task in find_tasks(["a.mp4", path, "b.mp4"], "out")] == ["a.mp4", path, "b.mp4"]


def test_the_output_folder_among_the_paths_is_no_failure() -> None:
    touch("a.mp4", "out/a.mp4/report.json")
    assert [task.video for task in find_tasks(["a.mp4", "out"], "out")] == ["a.mp4"]


def test_folders_in_folders_without_end_are_searched(deep: Path) -> None:
    (deep / "a.mp4").touch()
    assert [task.video for task in find_tasks(["deep"], "out")] == [str(deep / "a.mp4")]


def test_a_pattern_that_leads_too_deep_is_a_failure(deep: Path) -> None:
    (deep / "a.mp4").touch()
    [(shown, error, code)] = failures("deep/**/*.mp4")
    assert (shown, code) == ("deep/**/*.mp4", 3)
    assert error.startswith("deep/**/*.mp4: cannot be understood or searched")


def test_a_link_that_leads_to_itself_is_not_followed() -> None:
    touch("clips/a.mp4")
    Path("clips/again").symlink_to(Path("clips").absolute())
    Path("clips/loop.mp4").symlink_to("loop.mp4")
    assert list(found("clips")) == ["clips/a.mp4"]
    assert failures("clips/loop.mp4") == []


def test_a_video_given_twice_has_one_turn() -> None:
    touch("clips/a.mp4")
    Path("same").symlink_to("clips")
    assert list(found("clips/a.mp4", "clips/../clips/a.mp4", "same/a.mp4")) == ["clips/a.mp4"]


@pytest.mark.parametrize(
    "name", ["../../x.mp4", "a/../../../x.mp4", "/etc/../x.mp4", "..", "-", "\n", "C:\\x.mp4", "x" * 300, "\0"]
)
def test_no_name_leaves_the_output_folder(name: str) -> None:
    for place in found(name).values():
        parts = Path(place).parts
        assert parts
        assert not Path(place).is_absolute()
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
        (b"\xef\xbb\xbfa.mp4\r\n\xef\xbb\xbfb.mp4\n", False, ["a.mp4", "\ufeffb.mp4"]),
        (b"\xef\xbb\xbf", True, []),
        (b"x" * 70000 + b"\n" + b"y" * 70000, False, ["x" * 70000, "y" * 70000]),
    ],
    ids=["lines", "windows", "null", "no-text", "empty", "mark", "mark-only", "long"],
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


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file"), (b"\0\0\0 ftypisom\n\0", "null=…"), (b"x" * (LONGEST_PATH + LIST_CHUNK), "no end")],
    ids=["missing", "video", "endless"],
)
def test_a_list_that_is_none_is_one_failure(content: bytes | None, words: str) -> None:
    if content is not None:
        Path("list").write_bytes(content)
    tasks = list(find_tasks(chain(["a.mp4"], read_list(Path("list"), False)), "out"))
    assert [task.video for task in tasks] == ["a.mp4", "list"]
    assert tasks[1].exit_code == 3
    assert str(tasks[1].error).startswith("list: the list cannot be read (")
    assert words in str(tasks[1].error)


def test_finding_is_lazy() -> None:
    endless = (f"{number}.mp4" for number in count())
    assert [task.video for task in islice(find_tasks(endless, "out"), 3)] == ["0.mp4", "1.mp4", "2.mp4"]


def test_a_url_with_a_slash_at_its_end_is_a_folder(server: str) -> None:
    top = server.removeprefix("http://").replace(":", "_")
    assert found(f"{server}/") == {
        f"{server}/a.mp4": f"{top}/a.mp4",
        f"{server}/deep/b%20c.mp4": f"{top}/deep/b c.mp4",
    }
    assert found(f"{server}/deep/*.mp4") == {f"{server}/deep/b%20c.mp4": "b c.mp4"}
    assert found(f"{server}/a.mp4?key=1/2") == {f"{server}/a.mp4?key=1/2": "a.mp4"}


def test_a_folder_on_a_server_that_cannot_be_listed_stops_no_other(odd_server: str) -> None:
    [(shown, error, code)] = failures(f"{odd_server}/index/")
    assert (shown, code) == (f"{odd_server}/index/500/", 3)
    assert error == f"{odd_server}/index/500/: cannot be listed (the server answers 500 Internal Server Error)."
    assert len(list(find_tasks([f"{odd_server}/index/"], "out"))) == 2


def named(videos: list[str], output: str | None) -> list[str | None]:
    """Name the folders of some videos that were given one by one."""
    tasks = name_tasks(videos, output)
    assert [(task.index, task.video) for task in tasks] == list(enumerate(videos))
    return [task.output for task in tasks]


@pytest.mark.parametrize(
    ("videos", "output", "folders"),
    [
        (["a/clip.mp4"], None, ["clip_keyframes"]),
        (["a/clip.mp4"], "out", ["out"]),
        (["-"], None, ["stdin_keyframes"]),
        (["https://host/deep/film%20a.mp4?file=/x/y.z#part"], None, ["film a_keyframes"]),
        (["http://host/clip.mp4?v=1", "clip.mov"], None, ["clip.mp4_keyframes", "clip.mov_keyframes"]),
        (["a/one.mp4", "two.mp4"], None, ["one_keyframes", "two_keyframes"]),
        (["a/one.mp4", "-"], "out/", ["out/one", "out/stdin"]),
        (["s3://bucket/one.mp4", "two.mp4"], "s3://bucket/out", ["s3://bucket/out/one", "s3://bucket/out/two"]),
    ],
    ids=str,
)
def test_videos_given_one_by_one_are_named_after_their_stems(videos: list[str], output: str | None, folders: list[str]) -> None:
    assert named(videos, output) == folders


@pytest.mark.parametrize(
    ("videos", "folders"),
    [
        (["a/clip.mp4", "b/clip.mp4"], ["out/clip.mp4", "out/clip.mp4-2"]),
        (["a/clip.mp4", "a/clip.mov"], ["out/clip.mp4", "out/clip.mov"]),
        (["a/clip.mp4", "b/CLIP.MP4"], ["out/clip.mp4", "out/CLIP.MP4-2"]),
        (["a/\u00e9.mp4", "b/e\u0301.mp4"], ["out/\u00e9.mp4", "out/e\u0301.mp4-2"]),
        (["a/clip.mp4", "b/clip.mp4", "clip.mp4-2.mp4"], ["out/clip.mp4", "out/clip.mp4-2", "out/clip.mp4-2-2"]),
        (["a/clip.mp4", "a/clip.mov", "clip.mp4.mp4"], ["out/clip.mp4", "out/clip.mov", "out/clip.mp4-2"]),
    ],
    ids=str,
)
def test_stems_that_are_the_same_are_told_apart(videos: list[str], folders: list[str]) -> None:
    assert named(videos, "out") == folders
