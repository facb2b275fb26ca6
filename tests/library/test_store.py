"""What is put into a library comes out of it, for who opens it later and for who reads beside."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from tests.library.drawn import drawn_entry
from vkeyframe.errors import LibraryError, OutputError, VkeyframeError
from vkeyframe.library import connection as connection_module
from vkeyframe.library.connection import connect
from vkeyframe.library.entries import Entry, Moments
from vkeyframe.library.migrations import APPLICATION_ID, MIGRATIONS, migrate
from vkeyframe.library.store import Library


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.db"


def filled(path: Path, *entries: Entry) -> Path:
    with Library.open(path, create=True) as library:
        for entry in entries:
            library.put(entry)
    return path


def test_all_that_was_put_in_comes_out(path: Path) -> None:
    one, other = drawn_entry("/a/one.mp4", 1), drawn_entry("/a/other.mp4", 2, keyframes=2, rate=None, complete=False)
    filled(path, one, other)
    with Library.open(path) as library:
        first, second = library.videos()
        assert (first.path, first.keyframes, first.complete, first.rate) == ("/a/one.mp4", 3, True, "25")
        assert (second.path, second.keyframes, second.complete, second.rate) == ("/a/other.mp4", 2, False, None)
        assert library.state("/a/one.mp4") == (one.size, one.mtime_ns, one.settings)
        assert library.state("/a/none.mp4") is None
        assert tuple(library.shots(first.id)) == one.shots
        rows = library.keyframes(second.id)
        assert [(row.path, row.kind, row.number, row.frame, row.time, row.shot) for row in rows] == [
            ("/a/other.mp4", "video", each.number, each.frame, each.time, each.shot) for each in other.keyframes
        ]
        assert [library.thumbnail(row.id) for row in rows] == [each.thumbnail for each in other.keyframes]
        ids, wholes = library.views()
        assert [row.id for row in library.keyframe_rows(ids)] == list(ids)
        assert wholes.dtype == np.int8
        assert [whole.tobytes() for whole in wholes] == [each.views[:147] for each in (*one.keyframes, *other.keyframes)]
        backwards = ids[::-1]
        assert library.views_of(backwards).tobytes() == b"".join(
            each.views for each in (*other.keyframes[::-1], *one.keyframes[::-1])
        )
        assert library.small_of(backwards[:1]).tobytes() == other.keyframes[-1].small
        (_, times, descriptors), _ = library.moments()
        assert np.array_equal(times, one.moments.times)
        assert np.array_equal(descriptors, one.moments.descriptors)
        assert np.array_equal(library.moments_of(second.id).descriptors, other.moments.descriptors)


def test_what_is_put_again_takes_the_place_of_what_was(path: Path) -> None:
    filled(path, drawn_entry("/a.mp4", 1), drawn_entry("/b.mp4", 2))
    with Library.open(path) as reader, Library.open(path, writing=True) as writer:
        before, _ = reader.views()
        writer.put(drawn_entry("/a.mp4", 3, keyframes=5, moments=0, lines=()))
        after, wholes = reader.views()
        assert len(before), len(after) == (6, 8)
        assert wholes[-5:].tobytes() == b"".join(each.views[:147] for each in drawn_entry("/a.mp4", 3, 5).keyframes)
        # An id that was given means nothing else now.
        assert [row.path for row in reader.keyframe_rows(before)] == ["/b.mp4"] * 3
        assert not reader.views_of(before[:3]).any()
        assert [video for video, *_ in reader.moments()] == [2]
        assert [row.path for row in reader.find_lines("number")] == ["/b.mp4"]
        with pytest.raises(LibraryError, match="no keyframe"):
            reader.thumbnail(before[0])


def test_nothing_is_left_of_what_is_removed(path: Path) -> None:
    filled(path, drawn_entry("/a.mp4", 1), drawn_entry("/b.mp4", 2))
    with Library.open(path, writing=True) as library:
        assert library.remove(["/a.mp4", "/none.mp4", "/b.mp4"]) == 2
        assert library.videos() == []
        assert len(library.views()[0]) == 0
    with sqlite3.connect(path) as plain:
        for table in ("shots", "keyframes", "wholes", "pictures", "moments", "lines", "words", "vectors"):
            assert plain.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


@pytest.mark.parametrize("name", ["plain.mp4", "späte Zeit\u0301 '\"%?#.mp4", os.fsdecode(b"/no\xfftext\n.mp4")])
def test_a_path_may_be_any(path: Path, name: str) -> None:
    filled(path, drawn_entry(name))
    with Library.open(path, writing=True) as library:
        assert library.videos()[0].path == library.keyframes(1)[0].path == library.find_lines("cafe")[0].path == name
        assert library.state(name) is not None
        assert library.remove([name]) == 1


def test_words_are_found_without_accents_and_whatever_they_are(path: Path) -> None:
    filled(path, drawn_entry("/a.mp4", 1), drawn_entry("/b.mp4", 2))
    with Library.open(path) as library:
        (found,) = library.find_lines("CAFE 2")
        assert (found.path, found.start_time, found.end_time, found.text) == ("/b.mp4", 0.5, 1.5, "Où est le café number 2?")
        assert found.snippet == "Où est le [café] number [2]?"
        assert len(library.find_lines("ou est", 1)) == 1
        for odd in ("", " ", '"', "cafe AND", "NEAR(", "*", "text:cafe", "-cafe ^", "nothing"):
            assert isinstance(library.find_lines(odd), list)


def test_a_library_without_moments_or_keyframes_is_one(path: Path) -> None:
    filled(path, drawn_entry("/a.png", keyframes=0, moments=0, shots=(), lines=(), kind="picture"))
    with Library.open(path) as library:
        assert library.videos()[0].keyframes == 0
        assert library.views()[1].shape == (0, 147)
        assert len(library.moments_of(1).times) == len(Moments.none().times) == 0


def test_steps_are_recorded_and_taken_by_who_writes(path: Path) -> None:
    plain = sqlite3.connect(path, isolation_level=None)
    migrate(plain, MIGRATIONS[:1])
    plain.execute("INSERT INTO videos VALUES (NULL, '/old.mp4', 'video', 1, 2, 's', 3, 4, 5.0, NULL, 1, 'then')")
    plain.close()
    with pytest.raises(LibraryError, match=r"earlier version of vkeyframe; bring it up to date with 'vkeyframe index"):
        Library.open(path)
    with Library.open(path, writing=True) as library:
        assert library.videos()[0].path == "/old.mp4"
        library.put(drawn_entry("/new.mp4"))
    with sqlite3.connect(path) as plain:
        assert [name for (name,) in plain.execute("SELECT name FROM migrations ORDER BY number")] == [
            step.name for step in MIGRATIONS
        ]
        assert plain.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


def test_a_step_that_fails_leaves_nothing(path: Path) -> None:
    plain = sqlite3.connect(path, isolation_level=None)
    broken = type(MIGRATIONS[0])("broken", ("CREATE TABLE half (a)", "CREATE TABLE half (a)"))
    with pytest.raises(sqlite3.OperationalError):
        migrate(plain, (*MIGRATIONS, broken))
    assert plain.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    plain.close()
    with Library.open(path) as library:
        assert library.videos() == []


def test_what_is_no_library_stays_as_it_is(path: Path) -> None:
    text = path.with_name("text")
    text.write_text("not a library, but long enough to hold what a header has " * 20)
    other = path.with_name("other.db")
    with sqlite3.connect(other) as plain:
        plain.execute("CREATE TABLE mine (a)")
    plain.close()
    fifo = path.with_name("fifo")
    os.mkfifo(fifo)
    for wrong in (text, other):
        before = wrong.read_bytes()
        for kind, options in ((LibraryError, {}), (OutputError, {"writing": True}), (OutputError, {"create": True})):
            with pytest.raises(kind, match="is no library of vkeyframe"):
                Library.open(wrong, **options)
        assert wrong.read_bytes() == before
    for wrong in (path.parent, fifo):
        with pytest.raises(LibraryError, match="is no file"):
            Library.open(wrong)
        with pytest.raises(OutputError, match="is no file"):
            Library.open(wrong, create=True)
    assert {each.name for each in path.parent.iterdir()} == {"text", "other.db", "fifo"}


@pytest.mark.parametrize(
    ("options", "kind", "code"), [({}, LibraryError, 3), ({"writing": True}, OutputError, 6)], ids=["reading", "writing"]
)
def test_a_library_that_cannot_be_used_is_a_sentence(
    path: Path, options: dict[str, bool], kind: type[VkeyframeError], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(text: str) -> None:
        with pytest.raises(kind, match=text) as caught, Library.open(path, **options) as library:
            library.videos()
        assert caught.value.exit_code == code
        assert str(path) in str(caught.value)

    refused("no such library; make one with 'vkeyframe index'")
    filled(path, drawn_entry("/a.mp4", keyframes=40))
    whole = path.read_bytes()
    with sqlite3.connect(path) as plain:
        plain.execute("PRAGMA user_version = 999")
    plain.close()
    refused("of a newer version of vkeyframe; update that")
    path.write_bytes(whole[:5000] + bytes(3000) + whole[8000:20000])
    refused("is damaged")
    path.write_bytes(whole)
    monkeypatch.setattr(connection_module, "PATIENCE", 0.05)
    with sqlite3.connect(path, isolation_level=None) as plain:
        plain.execute("PRAGMA locking_mode = EXCLUSIVE")
        plain.execute("BEGIN EXCLUSIVE")
        refused("another program has locked it; wait for its end")
    plain.close()


def test_a_second_writer_waits_its_turn_and_then_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)
    monkeypatch.setattr(connection_module, "PATIENCE", 0.05)
    with Library.open(path, writing=True) as one, sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="another program has locked it"):
            one.put(drawn_entry("/a.mp4"))
        other.execute("ROLLBACK")
        one.put(drawn_entry("/a.mp4"))
        assert len(one.videos()) == 1
    other.close()


def test_a_put_for_which_there_is_no_room_changes_nothing(path: Path) -> None:
    filled(path, drawn_entry("/a.mp4", 1))
    with Library.open(path, writing=True) as library:
        library._connection.execute("PRAGMA max_page_count = 40")
        with pytest.raises(OutputError, match="the disk is full") as caught:
            library.put(drawn_entry("/a.mp4", 2, keyframes=200))
        assert caught.value.exit_code == 6
    with Library.open(path) as library:
        assert library.views()[1].tobytes() == b"".join(each.views[:147] for each in drawn_entry("/a.mp4", 1).keyframes)


LIMITED = """
import resource, signal, sys
from pathlib import Path
from tests.library.drawn import drawn_entry
from vkeyframe.errors import OutputError
from vkeyframe.library.store import Library
with Library.open(sys.argv[1], writing=True) as library:
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
    try:
        for number in range(1000):
            library.put(drawn_entry(f"/{number}.mp4", number, keyframes=1))
            print(number, flush=True)
    except OutputError as error:
        sys.exit(str(error))
"""


def test_a_file_that_may_not_grow_keeps_what_was_reported(path: Path) -> None:
    filled(path)
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the library cannot be written (the disk" in done.stderr
    reported = done.stdout.split()
    assert len(reported) > 2
    with Library.open(path) as library:
        assert [video.path for video in library.videos()] == [f"/{number}.mp4" for number in reported]


@pytest.fixture
def readable() -> Iterator[Path]:
    """A library in a folder that this process may read but not write, even if it is root's."""
    with TemporaryDirectory() as name:
        path = filled(Path(name, "library.db"), drawn_entry("/a.mp4"))
        path.chmod(0o444)
        path.parent.chmod(0o555)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        try:
            yield path
        finally:
            if is_root:
                os.seteuid(0)
            path.parent.chmod(0o755)


def test_a_library_that_can_only_be_read_is_read(readable: Path) -> None:
    with Library.open(readable) as library:
        assert len(library.videos()) == 1
    for options in ({"writing": True}, {"create": True}):
        with pytest.raises(OutputError, match="cannot be written"):
            Library.open(readable, **options)
    assert [each.name for each in readable.parent.iterdir()] == ["library.db"]


def test_a_library_that_lacks_what_is_in_its_log_is_not_read(readable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "_has_log", lambda path: True)
    with pytest.raises(LibraryError, match="the library cannot be read"):
        Library.open(readable)


def test_a_file_system_without_shared_memory_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite has a way to lock files on such disks, and with that no write-ahead log."""

    def open_there(path: Path, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}&vfs=unix-dotfile", uri=True, isolation_level=None)

    monkeypatch.setattr(connection_module, "_open", open_there)
    with pytest.raises(OutputError, match="as network disks do; use a local disk"):
        Library.open(path, create=True)


def test_a_file_whose_making_was_cut_short_is_made_anew(path: Path) -> None:
    for begun in (True, False):
        path.touch()
        with sqlite3.connect(path) as plain:
            plain.execute(f"PRAGMA journal_mode = {'WAL' if begun else 'DELETE'}")
        plain.close()
        assert bool(path.stat().st_size) is begun
        with pytest.raises(LibraryError, match="no library"):
            Library.open(path)
        with Library.open(path, create=True) as library:
            assert library.videos() == []
        path.unlink()


def test_the_folder_of_a_new_library_must_be_there(path: Path) -> None:
    with pytest.raises(OutputError, match=r"the folder .* is missing"):
        connect(path.parent / "none" / "library.db", writing=True, create=True)
