"""Where output may come to lie: what cannot work is said before anything is decoded, and what can work does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import clips
from vkeyframe.cli.main import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def nothing_is_decoded(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Let decoding fail the tests of what is refused."""
    if "refused" in request.node.name:
        monkeypatch.setattr("vkeyframe.process.isolation.Isolation.call", lambda *_, **__: pytest.fail("it was decoded"))


def mount(place: Path, *options: str) -> None:
    command = ["mount", *(options or ("-t", "tmpfs", "none")), str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")


@pytest.fixture
def disk_in_a_sealed_place(place: Path) -> Iterator[Path]:
    """Give an empty disk whose mount point lies on another that cannot be written."""
    outer = place / "outer"
    outer.mkdir()
    mount(outer)
    inner = outer / "out"
    inner.mkdir()
    try:
        mount(inner)
        try:
            mount(outer, "-o", "remount,ro")
            yield inner
        finally:
            subprocess.run(["umount", str(inner)], check=True)
    finally:
        subprocess.run(["umount", str(outer)], check=True)


def test_an_empty_mount_point_takes_the_output(disk_in_a_sealed_place: Path, video: Path) -> None:
    out = disk_in_a_sealed_place
    out.chmod(0o711)
    for extra in ((), ("--overwrite", "--format", "png"), ("--overwrite", "--sheet")):
        done = clips.call("extract", video, "-o", out, *extra)
        assert done.returncode == 0, done.stderr
        names = clips.entries(out)
        assert {Path(name).suffix for name in names} == {".json", ".png" if "png" in extra else ".jpg"}
    assert out.stat().st_mode & 0o777 == 0o711
    before = clips.results(out)
    assert clips.call("extract", video, "-o", out).returncode == 6
    (out / "mine").touch()
    assert clips.call("extract", video, "-o", out, "--overwrite").returncode == 6
    assert clips.results(out).items() >= before.items()


def test_an_output_on_a_disk_that_cannot_be_written_is_refused(
    disk_in_a_sealed_place: Path, video: Path, capsys: Capture
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk_in_a_sealed_place)], check=True)
    for output in (disk_in_a_sealed_place, disk_in_a_sealed_place / "new", disk_in_a_sealed_place.parent / "new"):
        assert run(["extract", str(video), "-o", str(output)]) == 6
        told = capsys.readouterr().err
        assert told == f"vkeyframe: {output}: cannot be written (Read-only file system).\n"


def test_a_full_disk_is_named_as_the_user_names_it(place: Path, video: Path) -> None:
    out = place / "out"
    out.mkdir()
    mount(out, "-t", "tmpfs", "-o", "size=8k", "none")
    try:
        for output in ("out", "out/deep/er"):
            done = clips.call("extract", video, "-o", output, "--quality", "100")
            assert done.returncode == 6
            assert done.stderr.decode() == f"vkeyframe: {output}: cannot write a picture (No space left on device).\n"
            assert clips.entries(out) == []
    finally:
        subprocess.run(["umount", str(out)], check=True)


@pytest.mark.parametrize("output", [".", "", "../place", "{cwd}"])
def test_the_folder_worked_in_is_refused(output: str, video: Path, place: Path, capsys: Capture) -> None:
    for extra in ((), ("--overwrite",)):
        assert run(["extract", str(video), "-o", output.format(cwd=place), *extra]) == 2
        output_text, told = capsys.readouterr()
        assert output_text == ""
        assert "work in" in told or "empty name" in told
        assert len(told.splitlines()) == 1
    assert clips.entries(place) == []


def test_an_empty_name_of_a_batchs_folder_is_refused(video: Path, capsys: Capture) -> None:
    assert run(["batch", str(video), "-o", ""]) == 2
    assert "-o has an empty name" in capsys.readouterr().err


def test_for_a_folder_of_videos_the_command_is_named(place: Path, capsys: Capture) -> None:
    (place / "films").mkdir()
    for command in (["extract", "films"], ["extract", "films", "-o", "out"]):
        assert run(command) == 3
        assert capsys.readouterr().err == "vkeyframe: films: is a folder; for all videos in it use vkeyframe batch.\n"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "NaN", "1e999"])
@pytest.mark.parametrize("option", ["--timeout", "--per-minute", "--sensitivity"])
def test_a_number_that_is_none_is_refused(option: str, value: str, video: Path, capsys: Capture) -> None:
    assert run(["extract", str(video), option, value]) == 2
    assert option in capsys.readouterr().err


def test_a_users_folder_of_a_listed_name_is_not_removed(video: Path, place: Path) -> None:
    assert clips.call("extract", video, "-o", "out", "--sheet").returncode == 0
    sheet = place / "out" / "sheet.jpg"
    sheet.unlink()
    sheet.mkdir()
    (sheet / "thesis").touch()
    assert clips.call("extract", video, "-o", "out", "--overwrite").returncode == 6
    assert clips.call("export", "out", "--to", "sheet", "--overwrite").returncode == 6
    assert clips.entries(sheet) == ["thesis"]
    assert [entry for entry in clips.entries(place) if entry.startswith(".")] == []


def test_what_a_killed_run_left_in_an_empty_folder_is_no_obstacle(video: Path, place: Path) -> None:
    program = "from vkeyframe.output.owner import hidden_name; print(hidden_name())"
    name = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.strip()
    (place / "out" / name).mkdir(parents=True)
    (place / "out" / name / ".0.jpg").touch()
    assert clips.call("extract", video, "-o", "out").returncode == 0
    assert [entry for entry in clips.entries(place / "out") if entry.startswith(".")] == []


@pytest.mark.parametrize("command", ["extract", "batch", "shots", "probe", "export --to sheet", "match --target 1"])
def test_a_folder_that_was_removed_is_no_place_to_work_in(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run([*command.split(), str(tmp_path / "a.mp4")]) == 2
    assert capsys.readouterr().err == (
        "vkeyframe: The folder that you work in cannot be found (No such file or directory); change to another one.\n"
    )
    assert run(["--help"]) == 0


def test_json_over_what_others_hold_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """As in ``/tmp``, or in a folder that cannot be written."""
    if os.geteuid():
        pytest.skip("only root can give a file away")
    video = tmp_path / "a.mp4"
    video.write_bytes(b"no video")
    target = tmp_path / "shared" / "a.json"
    target.parent.mkdir()
    target.write_text("")
    command = ["extract", str(video), "--no-images", "--overwrite", "--json", str(target)]
    with monkeypatch.context() as patched:
        patched.setattr("os.access", lambda path, _mode: Path(path) != target.parent)
        assert run(command) == 6
    assert capsys.readouterr().err == f"vkeyframe: {target}: cannot be written (Permission denied).\n"
    target.parent.chmod(0o1777)
    os.chown(target.parent, 4711, -1)
    monkeypatch.setattr("os.geteuid", lambda: 4712)
    assert run(command) == 6
    assert capsys.readouterr().err.startswith(f"vkeyframe: {target}: cannot be replaced, because it belongs to somebody else")
    assert target.read_text() == ""
