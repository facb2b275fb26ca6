"""The output folder: whole or not at all, and nobody else's files harmed."""

import errno
import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vkeyframe.errors import InputError, OutputError, UsageError
from vkeyframe.output.folder import REPORT_NAME, OutputFolder, is_occupied
from vkeyframe.output.whole_file import write_text
from vkeyframe.report.records import Report
from vkeyframe.report.write import report_to_json

MakeReport = Callable[..., Report]
# What an exporter may have written.
SHEET_NAME = "sheet.jpg"


def write_output(final: Path, report: Report, *, overwrite: bool = False, content: bytes = b"picture") -> None:
    """Do what an extraction does: the pictures that the report names, a sheet, the report."""
    with OutputFolder(final, overwrite) as folder:
        for keyframe in report.keyframes:
            (folder.path / str(keyframe.file)).write_bytes(content)
        (folder.path / SHEET_NAME).write_bytes(content)
        folder.commit(report)


def as_version_1(folder: Path) -> None:
    """Make the report in a folder one of version 1, which lists no files."""
    data = json.loads((folder / REPORT_NAME).read_text("utf-8")) | {"schema": "vkeyframe.report/1"}
    del data["files"]
    (folder / REPORT_NAME).write_text(json.dumps(data))


def write_and_fail(final: Path, error: BaseException, *, overwrite: bool = False) -> None:
    """Do what an extraction does that fails after its first picture."""
    with OutputFolder(final, overwrite) as folder:
        (folder.path / "a.jpg").write_bytes(b"half")
        raise error


def tree(folder: Path) -> dict[str, bytes | str]:
    """All that is in a folder, with the content of files and the target of links."""
    found: dict[str, bytes | str] = {}
    for path in folder.rglob("*"):
        place = str(path.relative_to(folder))
        found[place] = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else "folder"
    return found


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o022, 0o027, 0o077, 0o000], ids=lambda mask: f"{mask:03o}")
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    mask: int = request.param
    before = os.umask(mask)
    yield mask
    os.umask(before)


def test_the_folder_appears_whole(tmp_path: Path, make_report: MakeReport) -> None:
    final = tmp_path / "out"
    report = make_report("a.jpg", "b.jpg")
    with OutputFolder(final, overwrite=False) as folder:
        assert folder.path.parent == tmp_path
        (folder.path / "a.jpg").write_bytes(b"a")
        (folder.path / "b.jpg").write_bytes(b"b")
        assert not final.exists()
        folder.commit(report)
        assert final.is_dir()
    assert set(tree(tmp_path)) == {"out", "out/a.jpg", "out/b.jpg", f"out/{REPORT_NAME}"}
    data = json.loads((final / REPORT_NAME).read_text("utf-8"))
    assert [keyframe["file"] for keyframe in data["keyframes"]] == ["a.jpg", "b.jpg"]
    assert (final / REPORT_NAME).read_bytes().endswith(b"}\n")


def test_all_is_on_disk_before_the_folder_has_its_name(
    tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = tmp_path / "out"
    flush, flushed = os.fsync, []

    def note(number: int) -> None:
        assert not final.exists()
        flush(number)
        flushed.append(os.fstat(number).st_ino)

    monkeypatch.setattr(os, "fsync", note)
    write_output(final, make_report("a.jpg", "b.jpg"))
    assert {path.stat().st_ino for path in (final, *final.iterdir())} <= set(flushed)
    # The names in it come last.
    assert flushed[-1] == final.stat().st_ino


def test_what_the_disk_refuses_at_last_is_an_error(
    tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems find out that they are full only when they are to write what they took."""
    flush = os.fsync

    def refuse(number: int) -> None:
        if os.fstat(number).st_size == len(b"picture"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flush(number)

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputError, match=r"out: cannot be written \(No space left on device\)"):
        write_output(tmp_path / "out", make_report("a.jpg", "b.jpg"))
    assert tree(tmp_path) == {}


def test_a_file_system_that_cannot_flush_folders_will_do(
    tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = os.fsync

    def refuse(number: int) -> None:
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        flush(number)

    monkeypatch.setattr(os, "fsync", refuse)
    write_output(tmp_path / "out", make_report("a.jpg"))
    assert set(tree(tmp_path / "out")) == {"a.jpg", SHEET_NAME, REPORT_NAME}


@pytest.mark.parametrize("error", [ValueError, OutputError, KeyboardInterrupt, SystemExit])
def test_nothing_appears_when_the_body_fails(error: type[BaseException], tmp_path: Path) -> None:
    with pytest.raises(error, match="it went wrong"):
        write_and_fail(tmp_path / "out", error("it went wrong"))
    assert tree(tmp_path) == {}


def test_nothing_appears_without_a_report(tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "out", overwrite=False) as folder:
        (folder.path / "a.jpg").write_bytes(b"a")
    assert tree(tmp_path) == {}


def test_nothing_appears_when_the_report_cannot_be_written(tmp_path: Path, make_report: MakeReport) -> None:
    with OutputFolder(tmp_path / "out", overwrite=False) as folder:
        (folder.path / REPORT_NAME).mkdir()
        with pytest.raises(OutputError, match="out: cannot be written"):
            folder.commit(make_report())
    assert tree(tmp_path) == {}


def test_an_earlier_output_survives_a_failure(tmp_path: Path, make_report: MakeReport) -> None:
    write_output(tmp_path / "out", make_report("a.jpg"))
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="disk full"):
        write_and_fail(tmp_path / "out", OutputError("disk full"), overwrite=True)
    assert tree(tmp_path) == before


def test_missing_parents_are_made(tmp_path: Path, make_report: MakeReport) -> None:
    write_output(tmp_path / "a" / "b" / "out", make_report("a.jpg"))
    assert (tmp_path / "a" / "b" / "out" / "a.jpg").is_file()


def test_parents_made_for_nothing_do_not_stay(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OutputError, match="disk full"):
        write_and_fail(tmp_path / "a" / "b" / "c" / "out", OutputError("disk full"))
    assert tree(tmp_path) == {"a": "folder"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_empty_folder_is_taken_over(overwrite: bool, tmp_path: Path, make_report: MakeReport) -> None:
    final = tmp_path / "out"
    final.mkdir()
    write_output(final, make_report("a.jpg"), overwrite=overwrite)
    assert set(tree(tmp_path)) == {"out", "out/a.jpg", f"out/{SHEET_NAME}", f"out/{REPORT_NAME}"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_empty_folder_keeps_its_owner_its_mode_and_itself(overwrite: bool, tmp_path: Path, make_report: MakeReport) -> None:
    final = tmp_path / "out"
    final.mkdir()
    final.chmod(0o2750)
    if os.geteuid() == 0:
        os.chown(final, 12345, 54321)
    before = final.stat()
    write_output(final, make_report("a.jpg"), overwrite=overwrite)
    after = final.stat()
    assert (after.st_ino, after.st_mode, after.st_uid, after.st_gid) == (
        before.st_ino,
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )


def test_in_an_empty_folder_the_report_comes_last(
    tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = tmp_path / "out"
    final.mkdir()
    moved: list[str] = []
    rename = Path.rename

    def note(path: Path, target: Path) -> Path:
        place = rename(path, target)
        moved.append(place.name)
        return place

    with OutputFolder(final, overwrite=False) as folder:
        for name in ("a.jpg", "z.jpg"):
            (folder.path / name).write_bytes(b"picture")
        assert [path.name[0] for path in final.iterdir()] == ["."]
        monkeypatch.setattr(Path, "rename", note)
        folder.commit(make_report("a.jpg", "z.jpg"))
    assert moved == ["a.jpg", "z.jpg", REPORT_NAME]
    assert set(tree(final)) == {"a.jpg", "z.jpg", REPORT_NAME}


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt(), SystemExit(143)])
@pytest.mark.parametrize("target", ["a.jpg", "z.jpg", REPORT_NAME])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("earlier", [False, True])
def test_what_cannot_be_moved_or_is_interrupted_leaves_the_folder_as_it_was(
    error: BaseException,
    target: str,
    late: bool,
    earlier: bool,
    tmp_path: Path,
    make_report: MakeReport,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    final = tmp_path / "out"
    final.mkdir()
    if earlier:
        write_output(final, make_report("a.jpg", "old.jpg"), content=b"earlier")
    # As for a mount point, which cannot be moved.
    monkeypatch.setattr("vkeyframe.output.folder.must_stay", lambda _: True)
    before, rename = tree(tmp_path), Path.rename

    def refuse(path: Path, place: Path) -> Path:
        if late and Path(place).name == target:
            rename(path, place)
        if Path(place).name == target:
            raise error
        return rename(path, place)

    with OutputFolder(final, overwrite=earlier) as folder:
        for name in ("a.jpg", "z.jpg"):
            (folder.path / name).write_bytes(b"picture")
        monkeypatch.setattr(Path, "rename", refuse)
        with pytest.raises(OutputError if isinstance(error, OSError) else type(error)):
            folder.commit(make_report("a.jpg", "z.jpg"))
    assert tree(tmp_path) == before


@pytest.mark.parametrize("late", [False, True])
def test_an_interrupted_exchange_keeps_the_earlier_output(
    late: bool, tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_output(tmp_path / "out", make_report("a.jpg"))
    before, rename = tree(tmp_path), Path.rename
    with OutputFolder(tmp_path / "out", overwrite=True) as folder:

        def interrupt(path: Path, target: Path) -> Path:
            monkeypatch.setattr(Path, "rename", rename)
            if late:
                rename(path, target)
            raise KeyboardInterrupt

        monkeypatch.setattr(Path, "rename", interrupt)
        with pytest.raises(KeyboardInterrupt):
            folder.commit(make_report("b.jpg"))
    assert tree(tmp_path) == before


def test_a_folder_that_must_stay_gets_a_new_output(
    tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vkeyframe.output.folder.must_stay", lambda _: True)
    (tmp_path / "out").mkdir()
    number = (tmp_path / "out").stat().st_ino
    write_output(tmp_path / "out", make_report("a.jpg", "b.jpg"))
    write_output(tmp_path / "out", make_report("b.jpg", "c.jpg"), overwrite=True, content=b"new")
    assert tree(tmp_path / "out").keys() == {"b.jpg", "c.jpg", SHEET_NAME, REPORT_NAME}
    assert (tmp_path / "out" / "b.jpg").read_bytes() == b"new"
    assert (tmp_path / "out").stat().st_ino == number
    with OutputFolder(tmp_path / "out", overwrite=True) as folder:
        (tmp_path / "out" / "thesis.txt").write_text("mine")
        with pytest.raises(OutputError, match="holds files that vkeyframe did not write"):
            folder.commit(make_report("d.jpg"))
    assert (tmp_path / "out" / "b.jpg").read_bytes() == b"new"


def test_a_folder_that_others_hold_gets_a_new_output(
    tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in ``/tmp``: who may write into a folder there may still not move the folder itself, unless it is his own."""
    final = tmp_path / "out"
    write_output(final, make_report("a.jpg"))
    number, owner = final.stat().st_ino, os.geteuid()
    tmp_path.chmod(0o1777)
    os.chown(tmp_path, 4711, -1) if owner == 0 else pytest.skip("only root can give a folder away")
    write_output(final, make_report("a.jpg"), overwrite=True)
    assert final.stat().st_ino != number
    number = final.stat().st_ino
    monkeypatch.setattr("os.geteuid", lambda: 4712)
    write_output(final, make_report("b.jpg"), overwrite=True)
    assert (final.stat().st_ino, set(tree(final))) == (number, {"b.jpg", SHEET_NAME, REPORT_NAME})
    # What cannot be moved out of it is told before the work.
    final.chmod(0o1777)
    os.chown(final, 4711, -1)
    before = tree(tmp_path)
    with (
        pytest.raises(OutputError, match=r"out: cannot be replaced, because b\.jpg belongs to somebody else"),
        OutputFolder(final, overwrite=True),
    ):
        pytest.fail("It was entered.")
    assert tree(tmp_path) == before
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    write_output(final, make_report("c.jpg"), overwrite=True)
    assert set(tree(final)) == {"c.jpg", SHEET_NAME, REPORT_NAME}


def test_where_only_files_can_be_moved_the_folder_is_filled_in_place(
    tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with gcsfuse."""
    rename = os.rename

    def refuse(path: str, target: str) -> None:
        if Path(path).is_dir():
            raise OSError(errno.ENOSYS, "Function not implemented")
        rename(path, target)

    monkeypatch.setattr("os.rename", refuse)
    final = tmp_path / "new" / "out"
    with pytest.raises(KeyboardInterrupt):
        write_and_fail(final, KeyboardInterrupt())
    assert tree(tmp_path) == {}
    write_output(final, make_report("a.jpg"))
    assert set(tree(tmp_path)) == {"new", "new/out", *(f"new/out/{name}" for name in ("a.jpg", SHEET_NAME, REPORT_NAME))}
    with pytest.raises(KeyboardInterrupt):
        write_and_fail(final, KeyboardInterrupt(), overwrite=True)
    write_output(final, make_report("b.jpg"), overwrite=True)
    assert set(tree(final)) == {"b.jpg", SHEET_NAME, REPORT_NAME}


def test_a_folder_that_nobody_may_read_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the umask 777, of which root takes no notice."""
    monkeypatch.setattr("shutil.rmtree", lambda *_given, **_named: None)
    monkeypatch.setattr("vkeyframe.output.folder._identity", lambda path: path.joinpath("x").stat())
    with pytest.raises(OutputError, match="out: cannot be written"), OutputFolder(tmp_path / "out", overwrite=False):
        pytest.fail("It was entered.")
    assert tree(tmp_path) == {}


def test_a_folder_that_came_with_a_container_gets_a_new_output(
    tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system says that such a folder lies on another disk, and moves its files all the same."""
    final, rename = tmp_path / "out", os.rename
    write_output(final, make_report("a.jpg"))

    def refuse(path: str, target: str) -> None:
        if Path(path) == final:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        rename(path, target)

    monkeypatch.setattr("os.rename", refuse)
    number = final.stat().st_ino
    write_output(final, make_report("b.jpg"), overwrite=True)
    assert set(tree(tmp_path)) == {"out", *(f"out/{name}" for name in ("b.jpg", SHEET_NAME, REPORT_NAME))}
    assert final.stat().st_ino == number
    before = tree(tmp_path)
    with OutputFolder(final, overwrite=True) as folder:
        (final / "thesis.txt").write_text("mine")
        with pytest.raises(OutputError, match="holds files that vkeyframe did not write"):
            folder.commit(make_report("c.jpg"))
    (final / "thesis.txt").unlink()
    assert tree(tmp_path) == before


@pytest.mark.parametrize("linked", [False, True])
def test_a_folder_that_is_exchanged_while_it_is_filled_gets_no_report(
    linked: bool, tmp_path: Path, make_report: MakeReport
) -> None:
    """Whoever may write in the folder around it can do so, and lead it to files of ours."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / REPORT_NAME).write_text("mine")
    with OutputFolder(tmp_path / "out", overwrite=False) as folder:
        folder.path.rename(tmp_path / "stolen")
        folder.path.symlink_to(mine) if linked else folder.path.mkdir()
        with pytest.raises(OutputError, match="out: cannot be written" if linked else "out: somebody else moved its files"):
            folder.commit(make_report(None))
    assert tree(mine) == {REPORT_NAME: b"mine"}
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_exchanged_at_once_is_not_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mkdir = Path.mkdir

    def exchange(path: Path, *given: object) -> None:
        mkdir(path)
        path.rename(tmp_path / "stolen")
        path.symlink_to(tmp_path)

    monkeypatch.setattr(Path, "mkdir", exchange)
    with pytest.raises(OutputError, match="out: cannot be written"), OutputFolder(tmp_path / "out", overwrite=False):
        pytest.fail("It was entered.")


@pytest.mark.parametrize("spelling", [".", "", "../here", "absolute"])
def test_the_folder_worked_in_is_not_replaced(
    spelling: str, tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    final = here if spelling == "absolute" else Path(spelling)
    with pytest.raises(UsageError, match="is the folder that you work in"):
        write_output(final, make_report("a.jpg"), overwrite=True)
    assert tree(tmp_path) == {"here": "folder"}


def test_a_link_of_the_name_of_a_listed_file_is_not_ours(tmp_path: Path, make_report: MakeReport) -> None:
    write_output(tmp_path / "out", make_report("a.jpg"))
    (tmp_path / "out" / "a.jpg").rename(tmp_path / "mine.jpg")
    (tmp_path / "out" / "a.jpg").symlink_to(tmp_path / "mine.jpg")
    with pytest.raises(OutputError, match="out: holds files that vkeyframe did not write"):
        write_output(tmp_path / "out", make_report("a.jpg"), overwrite=True)


def test_errors_name_the_place_that_was_asked_for(tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "out", overwrite=False) as folder:
        with pytest.raises(OutputError, match=f"^{tmp_path / 'out'}: cannot write a picture"), folder.named_as_asked():
            raise OutputError(f"{folder.path}: cannot write a picture.")
        with pytest.raises(InputError, match=r"^other$"), folder.named_as_asked():
            raise InputError("other")


def in_the_way(kind: str, final: Path, report: Report) -> None:
    """Put something where the output should go."""
    other = final.parent / "other"
    if kind == "file":
        final.write_text("mine")
    elif kind == "dangling link":
        final.symlink_to("nowhere")
    elif kind == "link to an empty folder":
        other.mkdir()
        final.symlink_to(other)
    elif kind == "link to an output":
        write_output(other, report)
        final.symlink_to(other)
    elif kind == "folder of pictures":
        final.mkdir()
        (final / "a.jpg").write_bytes(b"mine")
    elif kind == "output and a foreign file":
        write_output(final, report)
        (final / "notes.txt").write_text("mine")
    elif kind == "output and a hidden file":
        write_output(final, report)
        (final / ".hidden").write_text("mine")
    elif kind == "output and a folder":
        write_output(final, report)
        (final / "mine").mkdir()
    else:
        final.mkdir()
        (final / REPORT_NAME).write_text(kind)


FOREIGN = [
    "file",
    "dangling link",
    "link to an empty folder",
    "link to an output",
    "folder of pictures",
    "output and a foreign file",
    "output and a hidden file",
    "output and a folder",
    "",
    "no JSON",
    "[]",
    "null",
    "{}",
    '{"schema": "vkeyframe.report/1"}',
    '{"schema": "vkeyframe.report/1", "keyframes": null}',
    '{"schema": "vkeyframe.report/1", "keyframes": [1]}',
    '{"schema": "vkeyframe.report/1", "keyframes": [{"file": ["report.json"]}]}',
    '{"schema": "another/1", "keyframes": []}',
    '{"schema": "vkeyframe.report/2", "keyframes": [], "files": ["report.json"], "decoding": null}',
]


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_not_ours_is_never_replaced(kind: str, tmp_path: Path, make_report: MakeReport) -> None:
    in_the_way(kind, tmp_path / "out", make_report("a.jpg"))
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="out: holds files that vkeyframe did not write"):
        write_output(tmp_path / "out", make_report("a.jpg"), overwrite=True)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("kind", [*FOREIGN[:9], "output"])
def test_nothing_is_replaced_unasked(kind: str, tmp_path: Path, make_report: MakeReport) -> None:
    if kind == "output":
        write_output(tmp_path / "out", make_report("a.jpg"))
    else:
        in_the_way(kind, tmp_path / "out", make_report("a.jpg"))
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="out: exists already; replace it with overwrite=…"):
        write_output(tmp_path / "out", make_report("a.jpg"))
    assert tree(tmp_path) == before


def test_overwrite_replaces_all_of_an_earlier_output(tmp_path: Path, make_report: MakeReport) -> None:
    write_output(tmp_path / "out", make_report("a.jpg", "b.jpg", "c.jpg"))
    write_output(tmp_path / "out", make_report("a.jpg", "d.jpg"), overwrite=True, content=b"new")
    found = tree(tmp_path)
    assert set(found) == {"out", "out/a.jpg", "out/d.jpg", f"out/{SHEET_NAME}", f"out/{REPORT_NAME}"}
    assert found["out/a.jpg"] == b"new"


def test_the_report_lists_whatever_lies_in_the_folder(tmp_path: Path, make_report: MakeReport) -> None:
    with OutputFolder(tmp_path / "out", overwrite=False) as folder:
        for name in ("b.jpg", "a.jpg", "cuts.csv", "été.edl"):
            (folder.path / name).touch()
        report = folder.commit(make_report("a.jpg", "b.jpg"))
    assert report.files == ("a.jpg", "b.jpg", "cuts.csv", REPORT_NAME, "été.edl")
    assert (tmp_path / "out" / REPORT_NAME).read_text("utf-8") == report_to_json(report, indent=1) + "\n"
    with OutputFolder(tmp_path / "out", overwrite=True) as folder:
        assert folder.commit(make_report(None)).files == (REPORT_NAME,)
    assert set(tree(tmp_path)) == {"out", f"out/{REPORT_NAME}"}


def test_overwrite_knows_the_output_of_version_1(tmp_path: Path, make_report: MakeReport) -> None:
    write_output(tmp_path / "out", make_report("a.jpg", "b.jpg"))
    as_version_1(tmp_path / "out")
    write_output(tmp_path / "out", make_report("c.jpg"), overwrite=True)
    as_version_1(tmp_path / "out")
    (tmp_path / "out" / "cuts.csv").touch()
    with pytest.raises(OutputError, match="out: holds files that vkeyframe did not write"):
        write_output(tmp_path / "out", make_report("d.jpg"), overwrite=True)


def test_a_folder_of_the_name_of_a_listed_file_is_not_ours(tmp_path: Path, make_report: MakeReport) -> None:
    write_output(tmp_path / "out", make_report("a.jpg"))
    (tmp_path / "out" / "a.jpg").unlink()
    (tmp_path / "out" / "a.jpg").mkdir()
    (tmp_path / "out" / "a.jpg" / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="out: holds files that vkeyframe did not write"):
        write_output(tmp_path / "out", make_report("a.jpg"), overwrite=True)
    assert (tmp_path / "out" / "a.jpg" / "thesis.txt").exists()


def test_overwrite_knows_an_output_without_pictures(tmp_path: Path, make_report: MakeReport) -> None:
    for _ in range(2):
        with OutputFolder(tmp_path / "out", overwrite=True) as folder:
            folder.commit(make_report(None))
    assert set(tree(tmp_path)) == {"out", f"out/{REPORT_NAME}"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_appears_during_the_run_is_not_replaced(overwrite: bool, tmp_path: Path, make_report: MakeReport) -> None:
    with OutputFolder(tmp_path / "out", overwrite) as folder:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "thesis.txt").write_text("mine")
        with pytest.raises(OutputError, match="out"):
            folder.commit(make_report())
    assert tree(tmp_path) == {"out": "folder", "out/thesis.txt": b"mine"}


def test_an_earlier_output_survives_when_the_new_one_cannot_be_moved(
    tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_output(tmp_path / "out", make_report("a.jpg"))
    before = tree(tmp_path)
    rename = os.rename
    with OutputFolder(tmp_path / "out", overwrite=True) as folder:

        def refuse(source: Path, target: Path) -> None:
            if Path(source) == folder.path:
                raise OSError(errno.EIO, "Input/output error")
            rename(source, target)

        monkeypatch.setattr(os, "rename", refuse)
        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(OutputError, match="cannot be written"):
            folder.commit(make_report("b.jpg"))
    assert tree(tmp_path) == before


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_as_parent_is_an_output_error(overwrite: bool, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for final in (tmp_path / "file" / "out", tmp_path / "file" / "a" / "out"):
        with pytest.raises(OutputError, match="out: cannot be written"):
            OutputFolder(final, overwrite).__enter__()
    assert tree(tmp_path) == {"file": b"mine"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_parent_is_an_output_error(tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    parent.mkdir(mode=0o555)
    with pytest.raises(OutputError, match="out: cannot be written"):
        OutputFolder(parent / "out", overwrite=False).__enter__()
    assert tree(parent) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everywhere")
def test_a_folder_that_cannot_be_listed_is_an_output_error(tmp_path: Path) -> None:
    final = tmp_path / "out"
    final.mkdir(mode=0o000)
    try:
        with pytest.raises(OutputError, match="out"):
            OutputFolder(final, overwrite=True).__enter__()
    finally:
        final.chmod(0o700)


def test_a_name_too_long_for_the_file_system_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="ooo"):
        OutputFolder(tmp_path / ("o" * 300), overwrite=False).__enter__()
    assert tree(tmp_path) == {}


def test_permissions_follow_the_umask(umask: int, tmp_path: Path, make_report: MakeReport) -> None:
    write_output(tmp_path / "new" / "out", make_report("a.jpg"))
    write_text(tmp_path / "list.json", "[]")
    final = tmp_path / "new" / "out"
    assert mode(final) == mode(final.parent) == 0o777 & ~umask
    assert [mode(path) for path in (*final.iterdir(), tmp_path / "list.json")] == [0o666 & ~umask] * 4
    assert os.umask(umask) == umask


@pytest.mark.parametrize(
    ("kind", "occupied"), [("nothing", False), ("empty folder", False), *((kind, True) for kind in FOREIGN[:9])]
)
def test_a_place_is_free_where_nothing_or_an_empty_folder_is(
    kind: str, occupied: bool, tmp_path: Path, make_report: MakeReport
) -> None:
    if kind == "empty folder":
        (tmp_path / "out").mkdir()
    elif kind != "nothing":
        in_the_way(kind, tmp_path / "out", make_report("a.jpg"))
    assert is_occupied(tmp_path / "out") is occupied


def test_a_text_replaces_an_earlier_one(tmp_path: Path) -> None:
    write_text(tmp_path / "a.json", "a longer text\n")
    write_text(tmp_path / "a.json", "été\n")
    assert tree(tmp_path) == {"a.json": "été\n".encode()}


def test_a_text_that_cannot_be_written_leaves_the_earlier_one(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("before")
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "a.json", "x" * 100_000 + "\udcff")
    assert tree(tmp_path) == {"a.json": b"before"}


def test_a_folder_is_not_replaced_by_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(OSError, match=r"a\.json"):
        write_text(tmp_path / "a.json", "text")
    assert tree(tmp_path) == {"a.json": "folder"}


@pytest.mark.parametrize("linked", [False, True], ids=["pipe", "link to a pipe"])
def test_a_pipe_is_written_to_and_not_replaced(linked: bool, tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    # With a reader there already, neither end waits for the other.
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text(link if linked else pipe, "été\n")
        assert os.read(reader, 100) == "été\n".encode()
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert link.is_symlink()
    assert len(list(tmp_path.iterdir())) == 2
