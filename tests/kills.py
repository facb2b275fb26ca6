"""Interrupt batches at random moments, take them up again, and compare the result with that of an undisturbed run.

``python -m tests.kills [--count N] [--seed S]`` prints how many of which signal were survived, and how the killed commands ended;
with ``--library`` an indexing is killed, and it prints how many files were reported by then.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests import clips

SIGNALS = ("SIGINT", "SIGTERM", "SIGKILL")
# What the shell shows for a command that a signal ended, and Python's own ends before the command has begun.
CODES = {"SIGINT": {130, -signal.SIGINT}, "SIGTERM": {143, -signal.SIGTERM}, "SIGKILL": {-signal.SIGKILL}}
VIDEOS = 6
# In a library.
FILES = 4
# Of so many interrupted runs one is the last before a result is completed and compared.
RUNS = 3


def kills(count: int, seed: int, place: Path) -> Iterator[tuple[str, str]]:
    """Yield each signal sent and how its command ended: `interrupted`, or `done` where it came too late.

    Raises
    ------
    AssertionError
        If a run leaves what it should not, or the result of the interrupted runs differs from that of an undisturbed one.
    """
    rest = random.Random(seed)
    for number in range(VIDEOS):
        path = place / "clips" / ("deep" if number % 2 else "") / f"{number}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        clips.write_clip(path, clips.scenes(range(10 * number, 10 * number + 4), 20))
    started = time.monotonic()
    _finish(place, "whole")
    length = time.monotonic() - started
    expected = clips.results(place / "whole")
    assert len(expected) > 2 * VIDEOS
    for number in range(1, count + 1):
        name = rest.choice(SIGNALS)
        # What a SIGKILL left is removed by the next batch, unless that is stopped before it comes to it.
        left = _left_behind(place / "out")
        process = _start(place, "out")
        # Not only while it works, also while it starts and ends.
        time.sleep(rest.uniform(0.0, 1.1 * length))
        process.send_signal(signal.Signals[name])
        _, told = process.communicate(timeout=clips.PATIENCE)
        # Python ends with 1 where it is interrupted while it sets itself up.
        early = name == "SIGINT" and b"init_import_site" in told
        assert early or process.returncode in CODES[name] | {0}, (name, process.returncode, told)
        if process.returncode == 128 + signal.Signals[name]:
            assert b"Traceback" not in told, told
            assert _left_behind(place / "out") <= left, name
        _no_picture_without_its_report(place / "out")
        yield name, "done" if process.returncode == 0 else "interrupted"
        if number == count or rest.randrange(RUNS) == 0:
            _finish(place, "out")
            assert clips.results(place / "out") == expected
            shutil.rmtree(place / "out")


def library_kills(count: int, seed: int, place: Path) -> Iterator[tuple[int, int]]:
    """Kill ``vkeyframe index`` at random moments, and yield how many files it had reported and how many there are.

    Raises
    ------
    AssertionError
        If the library cannot be opened then, lacks what was reported or has half of it, or the next run leaves anything behind.
    """
    from vkeyframe.library.store import Library

    rest = random.Random(seed)
    for number in range(FILES):
        path = place / "clips" / f"{number}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        clips.write_clip(path, clips.scenes(range(10 * number, 10 * number + 2), 20))
    library = place / "library.db"
    reported: set[str] = set()
    for _ in range(count):
        process = _index(place)
        assert process.stdout is not None
        # The line behind which it is killed, those of what was done before among them; also before the first and behind the last.
        lines = [json.loads(process.stdout.readline()) for _ in range(rest.randrange(FILES + 1))]
        # A video takes some tenths of a second, the start of the child a second.
        time.sleep(rest.uniform(0.0, 0.5 if lines else 2.0))
        process.kill()
        told, _ = process.communicate(timeout=clips.PATIENCE)
        lines += [json.loads(line) for line in told.split(b"\n") if line.endswith(b"}")]
        reported |= {line["path"] for line in lines if line["status"] == "done"}
        yield len(reported), FILES
        if library.exists() and reported:
            with Library.open(library) as opened:
                kept = {Path(video.path).name for video in opened.videos()}
                assert {Path(path).name for path in reported} <= kept
                # Each video has a keyframe in each of its two scenes.
                assert all(len(opened.entry(video).keyframes) == 2 for video in opened.videos())
        if len(reported) == FILES:
            library.unlink()
            reported = set()
    process = _index(place)
    told, error = process.communicate(timeout=clips.PATIENCE)
    assert process.returncode == 0, error
    statuses = {line["path"]: line["status"] for line in map(json.loads, told.splitlines())}
    assert all(statuses[path] == "skipped" for path in reported)
    assert not _left_behind(place)
    with Library.open(library) as opened:
        assert len(opened.videos()) == FILES


def _index(place: Path) -> subprocess.Popen[bytes]:
    command = [*clips.PROGRAM, "index", "clips", "--library", "library.db", "--jobs", "1", "-q"]
    environment = os.environ | {"TMPDIR": str(place)}
    return subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _left_behind(folder: Path) -> set[Path]:
    return set(folder.rglob(".vkeyframe-*"))


def _start(place: Path, output: str) -> subprocess.Popen[bytes]:
    command = [*clips.PROGRAM, "batch", "clips", "-o", output, "--jobs", "2", "--resume"]
    environment = os.environ | {"TMPDIR": str(place)}
    return subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _finish(place: Path, output: str) -> None:
    process = _start(place, output)
    _, told = process.communicate(timeout=clips.PATIENCE)
    assert process.returncode == 0, told


def _no_picture_without_its_report(folder: Path) -> None:
    """Check that what stands under its final name is complete."""
    for path in folder.rglob("*.jpg"):
        inner = path.parent
        if inner.name.startswith(".vkeyframe-"):
            continue
        report = json.loads((inner / "report.json").read_text("utf-8"))
        assert {keyframe["file"] for keyframe in report["keyframes"]} == {each.name for each in inner.glob("*.jpg")}
        assert path.stat().st_size > 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--library", action="store_true", help="kill an indexing")
    given = parser.parse_args()
    if given.library:
        with tempfile.TemporaryDirectory() as name:
            found = Counter(f"{reported} of {total}" for reported, total in library_kills(given.count, given.seed, Path(name)))
        print(json.dumps({"kills": given.count, "reported": found}, indent=1))
        return 0
    ends: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as name:
        for sent, end in kills(given.count, given.seed, Path(name)):
            ends.setdefault(sent, Counter())[end] += 1
    print(json.dumps({"kills": given.count, "ends": ends}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
