"""How many of the moments that a person marked as must-see the keyframes show, and how many keyframes that takes.

    python -m tests.bench.moments TRUTH VIDEOS [--without | --live] [--json FILE]

TRUTH holds NAME.json with `path`, the video in VIDEOS, and `moments` [{start, end, small}], `optional_moments`, `events`
[[start, end, …]], `camera` and `sure`; times are seconds. A moment is shown when a keyframe lies in it. `shown` is the share of
moments that default settings show, `a moment` the number of keyframes for each moment, without those of optional ones, `at N` the
share that as many keyframes as there are moments show, `small` the share of the small ones, which fill less than a tenth of the
picture, and `events` the share of events before still cameras that `--preset surveillance` shows, with the keyframes for each.

With --live the videos are followed as recordings are, which have no number N and no events. With --without the figures are given
without each part of the choice in turn, see `tests.bench.ablation`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy import ndarray

from tests.bench.ablation import PARTS, WITH_ALL, switched_off
from tests.bench.quality import markdown, write_json
from vkeyframe import Settings, extract
from vkeyframe.live.options import LiveOptions
from vkeyframe.live.run import watch

# What is switched off: the parts that choose, not those that find shots.
CHOOSING = (
    WITH_ALL,
    "habituation",
    "novelty by a small part",
    "novelty by a large part",
    "crowding",
    "crowding by cuts",
    "attention between moments",
    "sharpening",
)
Spans = Sequence[tuple[float, float]]


def count(video: Path, truth: dict[str, Any], part: str = WITH_ALL) -> ndarray:
    """Count moments, shown ones, keyframes, shown at N, small ones, shown small ones, events, shown events, their keyframes."""
    moments = [(moment["start"], moment["end"]) for moment in truth["moments"]]
    small = [(moment["start"], moment["end"]) for moment in truth["moments"] if moment.get("small")]
    optional = [(moment["start"], moment["end"]) for moment in truth.get("optional_moments", [])]
    events = [(start, end) for start, end, *_ in truth.get("events", [])] if truth["camera"] == "static" else []
    counts = np.zeros(9)
    with switched_off(part):
        if moments and truth.get("sure") != "low":
            times = _times(video, Settings.of())
            few = _times(video, Settings.of(count=len(moments)))
            spare = [time for time in times if _inside([time], optional) and not _inside([time], moments)]
            shown = _inside(times, moments), len(times) - len(spare), _inside(few, moments)
            counts[:6] = len(moments), *shown, len(small), _inside(times, small)
        if events:
            times = _times(video, Settings.from_preset("surveillance"))
            counts[6:] = len(events), _inside(times, events), len(times)
    return counts


def figures(counts: ndarray) -> dict[str, float]:
    """Turn the sum of all counts into shares."""
    moments, shown, keyframes, few, small, shown_small, events, shown_events, spent = counts.tolist()
    return {
        "shown": shown / max(moments, 1),
        "a moment": keyframes / max(moments, 1),
        "at N": few / max(moments, 1),
        "small": shown_small / max(small, 1),
        "events": shown_events / max(events, 1),
        "an event": spent / max(events, 1),
    }


def find(truth: Path, videos: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Find the videos of which moments are marked."""
    found = []
    for path in sorted(truth.glob("*.json")):
        marks = json.loads(path.read_text("utf-8"))
        found.append((videos / marks["path"], marks))
    return found


def count_live(video: Path, truth: dict[str, Any]) -> ndarray:
    """Count as `count` does what is told of a recording while it is read."""
    moments = [(moment["start"], moment["end"]) for moment in truth["moments"]]
    small = [(moment["start"], moment["end"]) for moment in truth["moments"] if moment.get("small")]
    optional = [(moment["start"], moment["end"]) for moment in truth.get("optional_moments", [])]
    counts = np.zeros(9)
    if not moments or truth.get("sure") == "low":
        return counts
    told: list[float] = []
    with TemporaryDirectory() as folder:
        # A recording as a camera makes it; some of the videos have their index at the end, or containers that cannot be followed.
        copy = Path(folder) / "copy.mkv"
        coding = ("-map", "0:v:0", "-fps_mode", "passthrough", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "16")
        subprocess.run(["ffmpeg", "-v", "error", "-i", str(video), *coding, str(copy)], check=True)

        def tell(message: Mapping[str, Any]) -> None:
            if message["type"] == "keyframe":
                told.append(message["time"])

        watch(str(copy), Settings(), LiveOptions(idle=0.1), tell=tell)
    spare = [time for time in told if _inside([time], optional) and not _inside([time], moments)]
    counts[:6] = len(moments), _inside(told, moments), len(told) - len(spare), 0, len(small), _inside(told, small)
    return counts


def _times(video: Path, settings: Settings) -> list[float]:
    return [keyframe.time for keyframe in extract(video, settings, isolate=False).keyframes]


def _inside(times: Sequence[float], spans: Spans) -> int:
    return sum(any(start <= time <= end for time in times) for start, end in spans)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path)
    parser.add_argument("videos", type=Path)
    parser.add_argument("--without", action="store_true")
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    videos, truths = zip(*find(options.truth, options.videos), strict=True)
    results: dict[str, dict[str, float]] = {}
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        if options.live:
            results[WITH_ALL] = figures(np.sum(list(pool.map(count_live, videos, truths)), axis=0))
        for part in () if options.live else CHOOSING if options.without else CHOOSING[:1]:
            assert part in PARTS
            results[part] = figures(np.sum(list(pool.map(count, videos, truths, repeat(part))), axis=0))
    rows = [[part, *(f"{value:.2f}" for value in result.values())] for part, result in results.items()]
    print(markdown(["without", *results[WITH_ALL]], rows))
    write_json(options.json, results)


if __name__ == "__main__":
    main()
