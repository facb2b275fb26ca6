"""Where videos come from: local paths, file URLs, standard input, servers."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import clips
from vkeyframe.batch.storage import deliver, fetched, is_url, local_path, read_report, scratch_folder
from vkeyframe.errors import InputError, OutputError
from vkeyframe.process.isolation import Isolation

pytestmark = pytest.mark.usefixtures("place")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder for temporary files, which is empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_a_file_url_is_a_local_path() -> None:
    assert local_path("file:///a%20b/c.mp4") == Path("/a b/c.mp4")
    assert local_path("a:b.mp4") == Path("a:b.mp4")
    assert local_path("s3://bucket/c.mp4") is None
    assert [is_url(text) for text in ("s3://a/b", "C:/a", "a.mp4", "file:///a")] == [True, False, False, True]


def test_a_local_file_is_used_where_it_lies_and_shown_as_it_was_given(temporary: Path) -> None:
    for name, place in (
        ("a.mp4", Path("base/a.mp4")),
        ("file:///b%20c/a.mp4", Path("/b c/a.mp4")),
        ("/d/a.mp4", Path("/d/a.mp4")),
    ):
        with fetched(name, "base") as file:
            assert (file.path, str(file)) == (place, name)
            assert clips.entries(temporary) == []


def test_standard_input_is_copied_for_as_long_as_it_is_needed(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"a video")))
    with fetched("-", ".") as file:
        assert file.path.read_bytes() == b"a video"
        assert file.path.is_relative_to(temporary)
        # Only the owner may look into it.
        assert file.path.parent.stat().st_mode & 0o077 == 0
        # Where the copy lies is of no use to anybody.
        assert str(file) == "stdin"
    assert clips.entries(temporary) == []


def test_a_copy_goes_also_when_the_work_fails(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"a video")))
    with pytest.raises(KeyboardInterrupt), fetched("-", "."):
        raise KeyboardInterrupt
    assert clips.entries(temporary) == []


def test_standard_input_that_cannot_be_kept_says_what_to_do(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    open_file = Path.open
    monkeypatch.setattr(Path, "open", lambda path, mode: open_file(Path("/dev/full") if path.name == "stdin" else path, mode))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"a video")))
    with pytest.raises(OutputError, match=r"^standard input: cannot be kept in .*No space left.*TMPDIR"), fetched("-", "."):
        pass
    assert clips.entries(temporary) == []


def test_standard_input_that_cannot_be_read_is_told(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.BytesIO):
        def read(self, *_given: object) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=Broken()))
    with pytest.raises(InputError, match=r"^standard input: cannot be read \(Input/output error\)"), fetched("-", "."):
        pass
    assert clips.entries(temporary) == []


def test_a_temporary_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(OutputError, match=r"missing: no temporary folder can be made .*set TMPDIR"), scratch_folder():
        pass


def test_a_file_on_a_server_is_copied_under_its_own_name(server: str, clip: bytes, temporary: Path) -> None:
    url = f"{server}/deep/b%20c.mp4"
    with fetched(url, ".") as file:
        assert (file.path.name, file.path.read_bytes(), str(file)) == ("b c.mp4", clip, url)
    assert clips.entries(temporary) == []


def test_a_file_that_is_not_on_the_server_is_told(server: str, temporary: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.mp4: cannot be fetched"), fetched(f"{server}/missing.mp4", "."):
        pass
    assert clips.entries(temporary) == []


def test_what_an_earlier_run_left_is_replaced_the_report_first_gone_and_last_there(
    here: Isolation, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsspec = pytest.importorskip("fsspec")
    url = f"local://{Path('far').absolute()}"
    Path("new").mkdir()
    for name in ("report.json", "new.jpg"):
        Path("new", name).write_text(name)
    assert read_report(url, here) is None
    deliver(Path("new"), url, set(), here)
    assert read_report(url, here) == b"report.json"
    Path("new/new.jpg").rename("new/other.jpg")
    done: list[str] = []
    system = type(fsspec.filesystem("local"))
    for step in ("rm_file", "put_file"):
        really = getattr(system, step)

        def note(self, *given, _step=step, _really=really, **named):  # type: ignore[no-untyped-def]
            done.append(f"{_step} {given[-1].rpartition('/')[2]}")
            return _really(self, *given, **named)

        monkeypatch.setattr(system, step, note)
    deliver(Path("new"), url, {"new.jpg", "report.json", "gone.jpg"}, here)
    assert done == ["rm_file report.json", "rm_file new.jpg", "put_file other.jpg", "put_file report.json"]
    assert clips.entries("far") == ["other.jpg", "report.json"]
