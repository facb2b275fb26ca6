"""Run damaged and odd videos through the decoder and count how they end; check reported times against ffprobe's.

``python -m tests.bench.trust [--odd | --cut | --times] [--only WORD] [--json FILE]`` works on the corpus beside the project.
``--cut`` (the default) takes every real video cut off at 10 %, 50 % and 90 %, and with 1 % and 0.1 % of its bytes flipped;
``--odd`` every odd file by a command of its own, against the number of frames that ffmpeg decodes; ``--times`` compares the
time and the picture of each keyframe with those that ffmpeg has for the frame.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from numpy import ndarray

from tests.clips import PROGRAM
from tests.mutate import cut, flipped
from vkeyframe import Settings
from vkeyframe.api import produce
from vkeyframe.errors import DecoderError, VkeyframeError
from vkeyframe.opencv import cv2
from vkeyframe.output.destination import Destination
from vkeyframe.process.isolation import Isolation
from vkeyframe.report.records import Report
from vkeyframe.video.file import VideoFile

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
LIMIT = 60.0
SHARE = 0.95
TOLERANCE = 0.001
# Frames before and behind a keyframe that its picture is compared with as well, and pictures of a video that are.
AROUND, PICTURES = 2, 3
PICTURE_HEIGHT = 96


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended: `fault` says what should not be."""

    file: str
    kind: str
    end: str
    seconds: float
    fault: str | None = None


def videos(folder: str, only: str) -> list[Path]:
    """List the videos in a folder of the corpus whose names hold a word."""
    return [path for path in sorted((CORPUS / folder).iterdir()) if path.suffix != ".json" and only in path.name]


def cut_and_flipped(only: str) -> Iterator[End]:
    """Decode what is left of every real video."""
    kinds = {
        **{f"cut at {share:.0%}": (lambda data, _, share=share: cut(data, share)) for share in (0.1, 0.5, 0.9)},
        **{f"{share:.1%} flipped": (lambda data, seed, share=share: flipped(data, share, seed)) for share in (0.01, 0.001)},
    }
    with Isolation(LIMIT) as isolation, tempfile.TemporaryDirectory() as name:
        for seed, video in enumerate(videos("real", only)):
            data = video.read_bytes()
            for kind, change in kinds.items():
                path = Path(name) / f"damaged{video.suffix}"
                path.write_bytes(change(data, seed))
                yield _end(video.name, kind, path, isolation)
                left = sorted(entry.name for entry in Path(name).iterdir())
                if left != [path.name]:
                    yield End(video.name, kind, "left", 0.0, f"left behind: {left}")
                path.unlink()


def _end(file: str, kind: str, path: Path, isolation: Isolation) -> End:
    started = monotonic()
    fault = None
    try:
        report = produce(VideoFile.of(path), Settings(), isolation=isolation)
        end = "complete" if report.decoding.complete else "in part"
        fault = None if report.keyframes else "no keyframe"
    except DecoderError as error:
        end = (
            "crash contained" if "crashed" in str(error) else "time-out" if "not done" in str(error) else "hang or kill contained"
        )
    except VkeyframeError as error:
        end = type(error).__name__
    except Exception as error:
        end = type(error).__name__
        fault = f"{end}: {error}"
    return End(file, kind, end, round(monotonic() - started, 1), fault)


def odd(only: str) -> Iterator[End]:
    """Run the real command on every odd file."""
    for video in videos("odd", only):
        started = monotonic()
        frames = len(_frames_of_ffprobe(video))
        with tempfile.TemporaryDirectory() as here:
            command = [*PROGRAM, "extract", "--no-images", "--json", "-", "--", str(video)]
            done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
            left = [entry.name for entry in Path(here).iterdir()]
        decoded = json.loads(done.stdout)["decoding"]["decoded_frames"] if done.returncode == 0 else 0
        fault = None
        if "Traceback" in done.stderr or left or (done.returncode == 0) != bool(done.stdout):
            fault = f"left {left}, said {done.stderr}"
        elif decoded < SHARE * frames:
            fault = f"{decoded} frames of the {frames} that ffmpeg decodes"
        yield End(video.name, "odd", f"exit {done.returncode}", round(monotonic() - started, 1), fault)


def times(only: str) -> Iterator[End]:
    """Compare keyframes with ffprobe's times and ffmpeg's pictures."""
    with Isolation(10 * LIMIT) as isolation, tempfile.TemporaryDirectory() as name:
        for number, video in enumerate([*videos("real", only), *videos("odd", only)]):
            started = monotonic()
            output = Path(name) / str(number)
            try:
                report = produce(VideoFile.of(video), Settings(), Destination(output), isolation)
            except VkeyframeError as error:
                yield End(video.name, "times", type(error).__name__, round(monotonic() - started, 1))
                continue
            truth = _frames_of_ffprobe(video)
            for keyframe in report.keyframes:
                known = truth[keyframe.frame] if keyframe.frame < len(truth) else None
                right = known is not None and abs(keyframe.time - known) <= TOLERANCE
                fault = None if right else f"frame {keyframe.frame} at {keyframe.time}, ffprobe has {known}"
                yield End(video.name, "time", "right" if right else "wrong" if known is not None else "unknown", 0.0, fault)
            yield from _pictures(video, report, output)


def _frames_of_ffprobe(video: Path) -> list[float | None]:
    """Times of the frames from the first one's; None where a frame has none and ffmpeg cannot guess it either."""
    shown = ["-select_streams", "V:0", "-show_entries", "frame=pts_time,best_effort_timestamp_time", "-of", "json"]
    done = subprocess.run(["ffprobe", "-v", "error", *shown, str(video)], capture_output=True, check=False)
    frames: list[dict[str, Any]] = json.loads(done.stdout or b"{}").get("frames", [])
    texts = [frame.get("pts_time", frame.get("best_effort_timestamp_time", "N/A")) for frame in frames]
    given = [None if text == "N/A" else float(text) for text in texts]
    first = next((time for time in given if time is not None), 0.0)
    return [None if time is None else time - first for time in given]


def _pictures(video: Path, report: Report, folder: Path) -> Iterator[End]:
    """Tell whether the picture of a keyframe resembles ffmpeg's frame most, of it and those around it."""
    step = max(1, len(report.keyframes) // PICTURES)
    for keyframe in report.keyframes[::step][:PICTURES]:
        first = max(0, keyframe.frame - AROUND)
        width = max(2, round(PICTURE_HEIGHT * keyframe.width / keyframe.height))
        chosen = f"select=between(n\\,{first}\\,{keyframe.frame + AROUND}),scale={width}:{PICTURE_HEIGHT}:flags=area"
        form = ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
        command = ["ffmpeg", "-nostdin", "-v", "quiet", "-i", str(video), "-map", "0:V:0", "-vf", chosen]
        command += ["-frames:v", str(keyframe.frame + AROUND + 1 - first), *form]
        data = subprocess.run(command, capture_output=True, check=False).stdout
        frames = np.frombuffer(data, np.uint8)
        frames = frames[: len(frames) // (width * PICTURE_HEIGHT) * width * PICTURE_HEIGHT].reshape(-1, PICTURE_HEIGHT, width)
        picture = cv2.imdecode(np.fromfile(folder / str(keyframe.file), np.uint8), cv2.IMREAD_GRAYSCALE)
        small = cv2.resize(picture, (width, PICTURE_HEIGHT), interpolation=cv2.INTER_AREA)
        place = keyframe.frame - first
        if len(frames) <= place:
            yield End(video.name, "picture", "unknown", 0.0, f"ffmpeg has no frame {keyframe.frame}")
            continue
        distances = [_distance(small, frame) for frame in frames]
        right = distances[place] <= min(distances) + 0.25
        told = f"frame {keyframe.frame} lies {np.round(distances, 2).tolist()} grey levels from those around it"
        yield End(video.name, "picture", "right" if right else "another", 0.0, None if right else told)


def _distance(one: ndarray, other: ndarray) -> float:
    """Mean absolute difference of two grey pictures, whatever range of levels each takes for its own."""
    grey = [picture.astype(float) - picture.mean() for picture in (one, other)]
    return float(np.abs(grey[0] - grey[1]).mean())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    chosen = parser.add_mutually_exclusive_group()
    for name in ("odd", "cut", "times"):
        chosen.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--only", default="", help="only files whose names hold this word")
    parser.add_argument("--json", type=Path, help="write every end there")
    given = parser.parse_args()
    work = odd if given.odd else times if given.times else cut_and_flipped
    ends, counts = [], {}
    for end in work(given.only):
        ends.append(end)
        counts.setdefault(end.kind, Counter())[end.end] += 1
        if end.fault:
            print(f"{end.file}, {end.kind}: {end.fault}", file=sys.stderr, flush=True)
    slowest = max((end.seconds for end in ends), default=0.0)
    print(json.dumps({"files": len({end.file for end in ends}), "ends": counts, "slowest": slowest}, indent=1))
    if given.json:
        given.json.write_text(json.dumps([asdict(end) for end in ends], indent=1))
    return 1 if any(end.fault for end in ends) else 0


if __name__ == "__main__":
    sys.exit(main())
