"""Run mutants of small samples through the decoder in a child process and count how they end.

``python -m tests.fuzz [--count N] [--seed S] [--seconds T]`` prints the counts as JSON, by container and way of ending, and the
seed of each mutant that ended as none should: with an error that nobody foresaw, or with a success that shows nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic

import pytest

from tests import clips
from tests.mutate import mutant
from vkeyframe import Settings
from vkeyframe.api import produce
from vkeyframe.errors import VkeyframeError
from vkeyframe.process.isolation import Isolation
from vkeyframe.video.file import VideoFile

TIMEOUT = 60.0
DECODERS = ("opencv", "pyav")
FRAMES = 24
# What the encoders of OpenCV and of ffmpeg make of it.
OF_OPENCV = {"mp4": "mp4v", "avi": "MJPG", "webm": "VP80", "mkv": "FFV1"}
OF_FFMPEG = {
    "h264.mp4": ("-bf", "2", "-g", "8", "-movflags", "+faststart"),
    "ts": ("-f", "mpegts", "-g", "8"),
    "mpg": ("-c:v", "mpeg1video", "-f", "mpeg"),
    "flv": ("-f", "flv", "-g", "8"),
    "gif": ("-c:v", "gif", "-pix_fmt", "rgb8"),
}


@dataclass(frozen=True, slots=True)
class Fate:
    """How a mutant ended: `decoded`, `damaged` (decoded in part), or the name of its error; `fault` is what must not be."""

    form: str
    decoder: str
    seed: int
    end: str
    fault: str | None = None


def samples(folder: Path) -> dict[str, bytes]:
    """Make a small video in each container that can be made here."""
    frames = [*clips.scene(1, FRAMES // 2, 64, 48), *clips.scene(2, FRAMES // 2, 64, 48)]
    made = {}
    for form, codec in OF_OPENCV.items():
        made[form] = clips.write_clip(folder / f"sample.{form}", frames, codec=codec).read_bytes()
    for form, options in OF_FFMPEG.items():
        try:
            made[form] = clips.encode(folder / f"sample.{form}", frames, *options).read_bytes()
        except pytest.skip.Exception:
            continue
    return made


def fates(originals: dict[str, bytes], seeds: range, folder: Path) -> Iterator[Fate]:
    """Decode a mutant for each seed; one child is used for all of them, until it dies."""
    forms = list(originals)
    with Isolation(TIMEOUT) as isolation:
        for seed in seeds:
            form, decoder = forms[seed % len(forms)], DECODERS[seed // len(forms) % len(DECODERS)]
            path = folder / f"mutant.{form}"
            path.write_bytes(mutant(originals[form], seed))
            end, fault = _fate(path, Settings.of(decoder=decoder), isolation)
            yield Fate(form, decoder, seed, end, fault)


def _fate(path: Path, settings: Settings, isolation: Isolation) -> tuple[str, str | None]:
    try:
        report = produce(VideoFile.of(path), settings, isolation=isolation)
    except VkeyframeError as error:
        told = str(error)
        said_well = told.startswith(str(path)) and "\n" not in told
        # A crash is contained, a time-out is too; they are told apart by what is said.
        slow = type(error).__name__ == "DecoderError" and "crashed" not in told
        return "Timeout" if slow else type(error).__name__, None if said_well else told
    except Exception as error:
        return type(error).__name__, f"{type(error).__name__}: {error}"
    finally:
        path.unlink()
    if not report.keyframes or report.decoding.decoded_frames < 1:
        return "empty", "a success without a keyframe"
    return "decoded" if report.decoding.complete else "damaged", None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    given = parser.parse_args()
    started = monotonic()
    ends: dict[str, Counter[str]] = {}
    decoders: dict[str, Counter[str]] = {}
    faults = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for fate in fates(samples(folder), range(given.seed, given.seed + given.count), folder):
            ends.setdefault(fate.form, Counter())[fate.end] += 1
            decoders.setdefault(fate.decoder, Counter())[fate.end] += 1
            if fate.fault:
                faults.append(asdict(fate))
                print(faults[-1], file=sys.stderr, flush=True)
            if monotonic() - started > given.seconds:
                break
    total: Counter[str] = sum(ends.values(), Counter())
    told = {"mutants": total.total(), "ends": total, "by_decoder": decoders, "by_form": ends, "faults": faults}
    print(json.dumps({**told, "seconds": round(monotonic() - started, 1)}, indent=1))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
