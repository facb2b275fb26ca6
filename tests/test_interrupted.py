"""Nothing half-written: signals at random moments, full disks, folders that cannot be written, pipes that end early."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import clips, kills
from vkeyframe.errors import InputError, OutputError

KILLS = 6
SEED = 3
KIBIBYTE = 1024

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals and pipes")
Disk = Callable[[int], Path]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip of four scenes, with a keyframe of some 8 KiB each."""
    return clips.write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", clips.scenes(range(4), 20))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Give a function that makes a disk of so many bytes, where the system lets us."""
    mounted = []

    def make(size: int) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place)]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no disk can be mounted here")
        mounted.append(place)
        return place

    yield make
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)


def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    return clips.call(*arguments, text=True, **options)


def check_told(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Check that a command ended with a code and one sentence."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("vkeyframe: ")
    for word in words:
        assert word in done.stderr


def test_what_is_killed_at_any_moment_comes_out_the_same(tmp_path: Path) -> None:
    assert len(list(kills.kills(KILLS, SEED, tmp_path))) == KILLS


# Nothing, one picture, most pictures, and all of them without the report fit on it.
@pytest.mark.parametrize("size", [4, 16, 32, 48])
def test_a_full_disk_is_one_sentence_and_nothing_stays(size: int, disk: Disk, clip: Path, tmp_path: Path) -> None:
    place = disk(size * KIBIBYTE)
    check_told(run("extract", clip, "-o", place / "deep" / "out", "--quality", "100", "--count", "4"), OutputError.exit_code)
    assert list(place.iterdir()) == []


def test_a_disk_that_is_large_enough_takes_all(disk: Disk, clip: Path) -> None:
    """Else the test above would show nothing."""
    place = disk(512 * KIBIBYTE)
    assert run("extract", clip, "-o", place / "deep" / "out", "--quality", "100", "--count", "4").returncode == 0


def test_a_full_disk_keeps_the_earlier_output(disk: Disk, clip: Path) -> None:
    place = disk(240 * KIBIBYTE)
    assert run("extract", clip, "-o", place / "out", "--width", "32").returncode == 0
    before = clips.results(place)
    check_told(run("extract", clip, "-o", place / "out", "--format", "png", "--count", "4", "--overwrite"), OutputError.exit_code)
    assert clips.results(place) == before


def test_a_full_disk_for_the_json(disk: Disk, clip: Path) -> None:
    place = disk(4 * KIBIBYTE)
    (place / "filler").write_bytes(bytes(4 * KIBIBYTE))
    done = run("extract", clip, "-q", "--no-images", "--json", place / "report.json")
    check_told(done, OutputError.exit_code, "report.json", "No space left")
    assert [path.name for path in place.iterdir()] == ["filler"]


def test_a_full_disk_for_the_journal_ends_a_batch(disk: Disk, clip: Path) -> None:
    place = disk(4 * KIBIBYTE)
    (place / "filler").write_bytes(bytes(4 * KIBIBYTE))
    done = run("batch", clip, "-q", "-o", place, "--no-images")
    assert done.returncode == OutputError.exit_code
    assert "Traceback" not in done.stderr
    assert [path.name for path in place.iterdir() if path.stat().st_size] == ["filler"]


def test_a_full_disk_for_standard_input(disk: Disk, clip: Path, tmp_path: Path) -> None:
    place = disk(4 * KIBIBYTE)
    with clip.open("rb") as stream:
        done = run("extract", "-", "--json", "-", "--no-images", stdin=stream, env=os.environ | {"TMPDIR": str(place)})
    check_told(done, OutputError.exit_code, "TMPDIR", "No space left")
    assert list(place.iterdir()) == []


def test_a_standard_output_that_is_full(clip: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with Path("/dev/full").open("w") as full:
        done = run("extract", clip, "-q", "--no-images", "--json", "-", stdout=full)
    assert done.returncode == OutputError.exit_code
    assert done.stderr == "vkeyframe: standard output: cannot be written (No space left on device).\n"


@pytest.mark.parametrize("output", ["x" * 300, "x/" + "y" * 300 + "/z"], ids=["name", "parent"])
def test_a_name_that_is_too_long_is_one_sentence(output: str, clip: Path, tmp_path: Path) -> None:
    check_told(run("extract", clip, "-o", output, cwd=tmp_path), OutputError.exit_code, "too long")
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_disk_is_one_sentence(disk: Disk, clip: Path) -> None:
    place = disk(512 * KIBIBYTE)
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    check_told(run("extract", clip, "-o", place / "out"), OutputError.exit_code, "Read-only")


def test_a_picture_that_cannot_be_encoded_is_one_sentence(tmp_path: Path) -> None:
    """WebP holds no more than 16383 pixels a side."""
    clips.write_clip(tmp_path / "wide.avi", clips.flat(3, 128, 16_400, 16), codec="MJPG")
    check_told(run("extract", "wide.avi", "--format", "webp", cwd=tmp_path), OutputError.exit_code, "webp")
    assert [path.name for path in tmp_path.iterdir()] == ["wide.avi"]


@pytest.mark.parametrize("size", [0, 1])
def test_a_reader_that_has_enough_ends_it_quietly(size: int, clip: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    command = [*clips.PROGRAM, "extract", "-", "--no-images", "--json", "-"]
    with clip.open("rb") as stream:
        process = subprocess.Popen(command, cwd=tmp_path, stdin=stream, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert len(os.read(reading, size)) == size
    os.close(reading)
    _, told = process.communicate(timeout=clips.PATIENCE)
    assert process.returncode == 0
    assert "Traceback" not in told
    assert "Broken" not in told
    assert list(tmp_path.iterdir()) == []


def test_nobody_to_talk_to_ends_it_quietly(clip: Path, tmp_path: Path) -> None:
    """Standard error is a pipe that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as unheard:
        done = run("extract", clip, "--no-images", "--json", "-", cwd=tmp_path, stderr=unheard)
    assert done.returncode in (0, 141)


def test_a_stream_that_cannot_be_sought_says_what_to_do(clip: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_told(run("extract", pipe, "--json", "-"), InputError.exit_code, "not a file", "- as the name")


def test_a_stream_of_a_program_works(clip: Path, tmp_path: Path) -> None:
    command = [*clips.PROGRAM, "extract", "-", "-q", "--no-images", "--json", "-"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    data, stdin = clip.read_bytes(), process.stdin

    def feed() -> None:
        for first in range(0, len(data), 1000):
            stdin.write(data[first : first + 1000])
            stdin.flush()
        stdin.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    assert process.stdout is not None
    with process.stdout:
        output = process.stdout.read()
    feeder.join()
    assert process.wait(clips.PATIENCE) == 0
    assert b'"name": "stdin"' in output
