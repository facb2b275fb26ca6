"""Compare vkeyframe with other ways to choose keyframes, on videos whose transitions are known.

    python -m tests.bench.rivals [FOLDER] [--json FILE]

FOLDER is as in `tests.bench.quality`, which also scores. The first table is at equal budget: as many keyframes as the video has
shots; the second at half of that. What takes a number is told it (uniform, `thumbnail`, vkeyframe); what rates changes keeps
the strongest (ffmpeg's scene score); what takes a threshold gets the one that comes closest to the number (PySceneDetect,
plain Pearson); of the codec's key frames some are left out evenly, or all kept where there are fewer. The last table is
with the default settings of all.

Rivals that are not installed (ffmpeg and ffprobe; `pip install -e '.[bench]'` for PySceneDetect) are left out.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from tests.bench.quality import Tally, find_videos, load_truth, look, markdown, parse_arguments, score, write_json
from vkeyframe import Settings, extract

# Name and default of each detector's threshold in PySceneDetect; the lower the more scenes.
DETECTORS = {
    "Content": ("threshold", 27.0),
    "Adaptive": ("adaptive_threshold", 3.0),
    "Histogram": ("threshold", 0.2),
    "Hash": ("threshold", 0.35),
}
BUDGETS = ("equal budget", "half of it", "default")
FIGURES = ("hit", "pure", "redundancy", "sharpness", "represent")
TRIALS = 14
FIRST_STEP = 1.3
DETECTOR_WIDTH = 256  # to which PySceneDetect scales frames down by itself
USUAL_SCENE_SCORE = 0.3
THUMBNAIL_WINDOW = 100
# Frames that correlate less than this with the last keyframe are a new one.
PLAIN_CORRELATION = 0.8
UNIFORM_SECONDS = 2.0


class Found(NamedTuple):
    """Where shots start (None: the method knows no shots), and the keyframes."""

    starts: list[int] | None
    keyframes: list[int]


class Packets(NamedTuple):
    """Presentation times of all frames in order, and the numbers of those that are key frames of the codec."""

    times: np.ndarray
    keys: list[int]


Method = Callable[[Path, int | None], Found]


def uniform(video: Path, budget: int | None) -> Found:
    """Take the middles of stretches of equal length; by default of about two seconds."""
    frames = len(look(video).energy)
    budget = budget or max(1, round(frames / load_truth(video)["fps"] / UNIFORM_SECONDS))
    return Found(None, [int((i + 0.5) * frames / budget) for i in range(budget)])


def thumbnail(video: Path, budget: int | None) -> Found:
    """Let ffmpeg take the frame nearest to the mean histogram of every window."""
    window = THUMBNAIL_WINDOW if budget is None else -(-len(look(video).energy) // budget)
    told = _run("ffmpeg", "-i", str(video), "-vf", f"thumbnail={window},showinfo", "-fps_mode", "vfr", "-f", "null", "-")
    return Found(None, _frames_at(video, [float(t) for t in re.findall(r"pts_time:([\d.]+)", told)]))


def scene_score(video: Path, budget: int | None) -> Found:
    """Take the first frame and those behind ffmpeg's greatest scene scores."""
    scores = _scene_scores(video)
    least = USUAL_SCENE_SCORE if budget is None else (sorted((*scores, np.inf), reverse=True)[min(budget, len(scores)) - 1])
    starts = [0, *(frame for frame, value in enumerate(scores) if frame > 0 and value >= least and value > 0)]
    return Found(starts, starts)


def codec_keyframes(video: Path, budget: int | None) -> Found:
    """Take what the encoder has made a key frame."""
    keys = _packets(video).keys
    kept = min(budget or len(keys), len(keys))
    return Found(None, [keys[int((i + 0.5) * len(keys) / kept)] for i in range(kept)])


def pyscenedetect(video: Path, budget: int | None, detector: str) -> Found:
    """Take the middle frame of each scene."""
    name, usual = DETECTORS[detector]
    starts = _closest(lambda threshold: _scenes(video, detector, **{name: threshold}), usual, budget)
    ends = [*starts[1:], len(look(video).energy)]
    return Found(starts, [(first + end - 1) // 2 for first, end in zip(starts, ends, strict=True)])


def plain_pearson(video: Path, budget: int | None) -> Found:
    """Take the first frame, and each that correlates too little with the last one taken (32×18 grey pictures, no attention)."""
    small = look(video).small

    def taken(distance: float) -> list[int]:
        keyframes = [0]
        for frame, row in enumerate(small):
            if row @ small[keyframes[-1]] < 1.0 - distance:
                keyframes.append(frame)
        return keyframes

    starts = _closest(taken, 1.0 - PLAIN_CORRELATION, budget)
    return Found(starts, starts)


def vkeyframe(video: Path, budget: int | None) -> Found:
    """Take what vkeyframe takes."""
    report = extract(video, Settings.of(count=budget))
    return Found([shot.start_frame for shot in report.shots], [keyframe.frame for keyframe in report.keyframes])


def methods() -> dict[str, Method]:
    """List what can be run here."""
    found: dict[str, Method] = {"uniform": uniform}
    if has_ffmpeg():
        found |= {"ffmpeg thumbnail": thumbnail, "ffmpeg scene score": scene_score, "codec key frames": codec_keyframes}
    if has_scenedetect():
        found |= {f"PySceneDetect {name.lower()}": partial(pyscenedetect, detector=name) for name in DETECTORS}
    return found | {"plain Pearson": plain_pearson, "vkeyframe": vkeyframe}


def has_ffmpeg() -> bool:
    """Whether ffmpeg and ffprobe are on the PATH."""
    return bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))


def has_scenedetect() -> bool:
    """Whether PySceneDetect is installed."""
    return find_spec("scenedetect") is not None


def compare(video: Path) -> dict[tuple[str, str], Tally]:
    """Score each method on one video, at every budget and by default."""
    truth = load_truth(video)
    shots = len(truth["shots"])
    budgets = dict(zip(BUDGETS, (shots, max(1, shots // 2), None), strict=True))
    return {
        (mode, name): score(truth, *method(video, budget), video)
        for mode, budget in budgets.items()
        for name, method in methods().items()
    }


def _closest(find: Callable[[float], list[int]], threshold: float, budget: int | None) -> list[int]:
    """Walk from the usual threshold to one that finds the number wanted, in steps that shrink at every turn; keep the closest.

    A range could not be halved: a very low threshold makes PySceneDetect merge what lies close together.
    """
    best = found = find(threshold)
    step, was_high = FIRST_STEP, None
    for _ in range(TRIALS if budget is not None else 0):
        if len(found) == budget:
            break
        is_high = len(found) > budget
        if was_high not in (None, is_high):
            step **= 0.5
        was_high = is_high
        threshold *= step if is_high else 1.0 / step
        found = find(threshold)
        if abs(len(found) - budget) < abs(len(best) - budget):
            best = found
    return best


def _scenes(video: Path, detector: str, **settings: float) -> list[int]:
    """First frames of the scenes that a detector finds."""
    import scenedetect

    finder = getattr(scenedetect, f"{detector}Detector")(**settings)
    frames, fps = _small_frames(video), float(load_truth(video)["fps"])
    cuts: set[int] = set()
    for number, frame in enumerate(frames):
        cuts.update(cut.frame_num for cut in finder.process_frame(scenedetect.FrameTimecode(number, fps), frame))
    cuts.update(cut.frame_num for cut in finder.post_process(scenedetect.FrameTimecode(len(frames) - 1, fps)))
    return sorted(cuts | {0})


@lru_cache(maxsize=1)
def _small_frames(video: Path) -> list[np.ndarray]:
    """Frames as PySceneDetect hands them to its detectors."""
    capture = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG)
    frames = []
    while True:
        ok, frame = capture.read()
        if not ok:
            return frames
        scale = max(1.0, max(frame.shape[:2]) / DETECTOR_WIDTH)
        frames.append(cv2.resize(frame, (round(frame.shape[1] / scale), round(frame.shape[0] / scale))))


@lru_cache(maxsize=1)
def _scene_scores(video: Path) -> list[float]:
    told = _run("ffmpeg", "-i", str(video), "-vf", "select=gte(scene\\,0),metadata=print", "-fps_mode", "vfr", "-f", "null", "-")
    return [float(value) for value in re.findall(r"lavfi\.scene_score=([\d.]+)", told)]


@lru_cache(maxsize=1)
def _packets(video: Path) -> Packets:
    """Ask ffprobe for the frames in the order they are shown; what an edit list leaves out is left out."""
    shown = ["-select_streams", "v:0", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0"]
    lines = [line.split(",") for line in _run("ffprobe", "-v", "error", *shown, str(video)).split()]
    packets = sorted((float(line[0]), "K" in line[1]) for line in lines if "D" not in line[1])
    return Packets(np.array([time for time, _ in packets]), [number for number, (_, key) in enumerate(packets) if key])


def _frames_at(video: Path, times: list[float]) -> list[int]:
    return [int(np.abs(_packets(video).times - time).argmin()) for time in times]


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return done.stdout + done.stderr


def _row(name: str, tally: Tally) -> list[str]:
    figures = tally.figures()
    knows_shots = tally.boundaries_right + tally.boundaries_missed > 0
    row = [f"{figures[f'keyframes {figure}']:.3f}" for figure in FIGURES]
    return [name, str(tally.keyframes), *row, f"{figures['shots F1']:.3f}" if knows_shots else "–"]


def main() -> None:
    """Compare on a folder and print a table for each budget and one for the defaults."""
    options = parse_arguments(argparse.ArgumentParser(description=__doc__))
    if not has_ffmpeg():
        print("ffmpeg or ffprobe is not on the PATH: its three methods are left out.", file=sys.stderr)
    if not has_scenedetect():
        print("scenedetect is not installed (pip install -e '.[bench]'): its four detectors are left out.", file=sys.stderr)
    names = list(methods())
    totals = {(mode, name): Tally() for mode in BUDGETS for name in names}
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for tallies in pool.map(compare, find_videos(options.folder)):
            for key, tally in tallies.items():
                totals[key].add(tally)
    figures: dict[str, dict[str, dict[str, float]]] = {mode: {} for mode in BUDGETS}
    for mode in BUDGETS:
        print(markdown([mode, "keyframes", *FIGURES, "shots F1"], [_row(name, totals[mode, name]) for name in names]), end="\n\n")
    for (mode, name), tally in totals.items():
        figures[mode][name] = {"keyframes": tally.keyframes, **tally.figures()}
    write_json(options.json, figures)


if __name__ == "__main__":
    main()
