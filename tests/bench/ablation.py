"""What each part earns: the figures with all parts, and how they change when one part is switched off.

    python -m tests.bench.ablation [FOLDER] [--json FILE]

FOLDER is as in `tests.bench.quality`, which also scores. Parts are switched off from outside, by replacing a function or a record
of numbers of the package, which would not reach a child process, so that there is none. Nothing else is tuned anew but the scale
of the colour distance where it stands alone.

The first table is of edited videos: with default settings, for half as many keyframes as there are shots, where the order of
the ranking decides, and for a single keyframe.

The second table is of drawn objects that stand out in one way only: the share of frames in which the centre of the heaviest key
region lies on the object, and the mean overlap of both (intersection over union) behind it.

Where the gaze of people lies beside the project, or is named by --gaze (see `tests.bench.gaze`), another table has what each head
of the gaze map gives.

The last is of drawn subjects: `subject sharp` is the rank (0 to 1) of a single keyframe's gradient energy on the subject among
all frames, while the focus goes from ground to subject or back; `both shown` is the share of clips in which one of two
keyframes shows the subject, and the other one the scene without it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from math import exp, inf
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
from numpy import ndarray

from tests import clips, subjects
from tests.bench import gaze as looks
from tests.bench.boxes import is_on, overlap
from tests.bench.quality import SHARED, Tally, find_videos, load_truth, markdown, parse_arguments, score, write_json
from vkeyframe import Settings, extract
from vkeyframe.analysis import change, gaze, gradual
from vkeyframe.analysis import shots as boundaries
from vkeyframe.analysis.features import extract_features
from vkeyframe.analysis.motion import own_motion
from vkeyframe.analysis.regions import find_regions
from vkeyframe.selection import novelty, ranking

Replacements = dict[str, Any]
Objects = dict[str, dict[str, tuple[float, float]]]
WITH_ALL = "all parts"
# As the shares' threshold of 0.61 then lies at 15, between cuts (20 and more) and motion (mostly less than 15).
DISTANCE_ALONE = 16.0
OBJECTS = 16
# Frames of each drawn object.
FRAMES = 4
GAZE = SHARED.parent / "truth" / "gaze" / "osie.json"
SUBJECTS = 36
DEFAULT = ("shots F1", "gradual recall", "keyframes hit", "keyframes pure", "keyframes redundancy", "keyframes sharpness")
HALF = ("keyframes hit", "keyframes sharpness", "keyframes represent")
ONE = ("keyframes represent",)

share_attention = ranking._share_attention


def share_alike(vectors: ndarray, frame_counts: ndarray, shot_of: ndarray, shots: int) -> tuple[ndarray, ndarray]:
    """Give all candidates of a shot the same share."""
    _, shot_attention = share_attention(vectors, frame_counts, shot_of, shots)
    return 1.0 / np.bincount(shot_of, minlength=shots)[shot_of], shot_attention


def graded(by_small: bool) -> Callable[[ndarray], ndarray]:
    """Make what grades the share of a picture that has become another by one of the two parts alone."""
    part = replace(novelty.TUNING, large_part=inf) if by_small else replace(novelty.TUNING, small_part=inf)
    grade = novelty._grade

    def alone(share: ndarray) -> ndarray:
        with patch.object(novelty, "TUNING", part):
            return np.asarray(2.0 * grade(share))

    return alone


def plain_difference(before: ndarray, after: ndarray, radius: int, temperature: float, out: ndarray) -> None:
    """Compare each pixel with the one in the same place."""
    out[:] = np.linalg.norm(after - before, axis=-1)


PARTS: dict[str, Replacements] = {
    WITH_ALL: {},
    "sharpening": {"vkeyframe.selection.ranking.TUNING": replace(ranking.TUNING, sharpening=1.0)},
    "attention between moments": {"vkeyframe.selection.ranking._share_attention": share_alike},
    "habituation": {"vkeyframe.selection.novelty.TUNING": replace(novelty.TUNING, habituation=0.0)},
    "novelty by a small part": {"vkeyframe.selection.novelty._grade": graded(by_small=False)},
    "novelty by a large part": {"vkeyframe.selection.novelty._grade": graded(by_small=True)},
    "crowding": {"vkeyframe.selection.ranking.TUNING": replace(ranking.TUNING, crowding=0.0)},
    "crowding by cuts": {"vkeyframe.selection.ranking.TUNING": replace(ranking.TUNING, cut_crowding=0.0)},
    "search window between frames": {"vkeyframe.analysis.change.TUNING": replace(change.TUNING, search_radius=0)},
    "attention between frames": {"vkeyframe.analysis.change.unexplained_change": plain_difference},
    "colour distance": {
        "vkeyframe.analysis.change.Change.strength": property(lambda found: max(found.unmatched_texture, 0.0)),
    },
    "block Pearson": {
        "vkeyframe.analysis.shots.CUT": replace(boundaries.CUT, unmatched_texture=-inf),
        "vkeyframe.analysis.gradual.GRADUAL": replace(gradual.GRADUAL, unmatched_texture=-inf),
        "vkeyframe.analysis.change.Change.strength": property(
            lambda found: 1.0 - exp(-max(found.distance, 0.0) / DISTANCE_ALONE)
        ),
    },
    "mixture test": {"vkeyframe.analysis.shots.judge_gradual": lambda *_: None},
}


# Heads of the map that the key regions are made of.
HEADS: dict[str, Replacements] = {
    WITH_ALL: {},
    **{f"{head} head": {"vkeyframe.analysis.gaze.TUNING": looks.without(head)} for head in gaze.HEADS},
}


# What decides where shots begin, of which the drawn clips have one.
BETWEEN_FRAMES = list(PARTS)[-5:]


@dataclass
class Result:
    """Counts with default settings, for half the number of shots, and for one keyframe."""

    default: Tally = field(default_factory=Tally)
    half: Tally = field(default_factory=Tally)
    one: Tally = field(default_factory=Tally)

    def add(self, other: Result) -> None:
        """Add another video's counts."""
        self.default.add(other.default)
        self.half.add(other.half)
        self.one.add(other.one)

    def figures(self) -> dict[str, float]:
        """All figures of a row."""
        default, half, one = self.default.figures(), self.half.figures(), self.one.figures()
        return {
            **{name.removeprefix("keyframes "): default[name] for name in DEFAULT},
            **{name.replace("keyframes", "half:"): half[name] for name in HALF},
            **{name.replace("keyframes", "one:"): one[name] for name in ONE},
        }


def switched_off(part: str) -> ExitStack:
    """Switch a part off until the stack is left."""
    stack = ExitStack()
    for target, replacement in (PARTS | HEADS)[part].items():
        stack.enter_context(patch(target, replacement))
    return stack


def measure(video: Path) -> dict[str, Result]:
    """Score one video without each part in turn."""
    results = {}
    for part in PARTS:
        with switched_off(part):
            results[part] = _measure(video)
    return results


def _measure(video: Path) -> Result:
    truth = load_truth(video)
    report = extract(video, isolate=False)
    few = max(1, len(truth["shots"]) // 2)
    # The ranking is nested: its beginning is what a smaller count gives.
    chosen = report.keyframes if len(report.keyframes) >= few else extract(video, Settings.of(count=few), isolate=False).keyframes
    half = sorted(keyframe.frame for keyframe in chosen if keyframe.rank <= few)
    starts = [shot.start_frame for shot in report.shots]
    return Result(
        default=score(truth, starts, [keyframe.frame for keyframe in report.keyframes], video),
        half=score(truth, None, half, video),
        one=score(truth, None, [keyframe.frame for keyframe in chosen if keyframe.rank == 1], video),
    )


def find_object(contrast: str, part: str) -> tuple[float, float]:
    """Find drawn objects of one contrast without a part: the share of frames in which that succeeds, and the mean overlap."""
    found, overlaps = [], []
    with switched_off(part):
        for seed in range(OBJECTS):
            frames, boxes = subjects.object_clip(contrast, seed, FRAMES)
            features = [extract_features(frame, i, i / 8) for i, frame in enumerate(frames)]
            for i in range(1, FRAMES):
                seen = gaze.gaze_map(frames[i], own_motion(features[i - 1].luma, features[i].luma))
                regions = find_regions(seen.map, subjects.WIDTH, subjects.HEIGHT)
                found.append(bool(regions) and is_on(regions[0].box, boxes[i]))
                overlaps.append(overlap(regions[0].box, boxes[i]) if regions else 0.0)
    return float(np.mean(found)), float(np.mean(overlaps))


def show_subjects(seed: int) -> dict[str, tuple[float, float]]:
    """Draw a clip of each kind and try it without each part: how sharp the subject is, and whether both states are shown."""
    results = {}
    with TemporaryDirectory() as folder:
        frames, box = subjects.focus_clip(seed)
        focus = clips.write_clip(Path(folder, "focus.mp4"), frames, subjects.FPS)
        energy = _energy_inside(focus, box)
        frames, shown = subjects.event_clip(seed)
        event = clips.write_clip(Path(folder, "event.mp4"), frames, subjects.FPS)
        for part in (part for part in PARTS if part not in BETWEEN_FRAMES):
            with switched_off(part):
                best = extract(focus, Settings.of(count=1), isolate=False).keyframes[0].frame
                inside = {keyframe.frame in shown for keyframe in extract(event, Settings.of(count=2), isolate=False).keyframes}
            results[part] = float((energy < energy[best]).mean()), float(len(inside) == 2)
    return results


def _energy_inside(video: Path, box: subjects.Box) -> ndarray:
    """Gradient energy of every frame within a box."""
    x, y, width, height = box
    capture = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG)
    energy = []
    while (picture := capture.read()[1]) is not None:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[y : y + height, x : x + width]
        energy.append(float(np.mean(cv2.Sobel(grey, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(grey, cv2.CV_32F, 0, 1) ** 2)))
    return np.array(energy)


def _label(part: str) -> str:
    return part if part == WITH_ALL else f"without {part}"


def _changes_table(title: str, figures: dict[str, dict[str, float]]) -> str:
    """Lay out the figures with all parts, and below how they change."""
    whole = figures[WITH_ALL]
    rows = [[WITH_ALL, *(f"{value:.3f}" for value in whole.values())]]
    for part in list(figures)[1:]:
        changes = (round(value - whole[name], 3) for name, value in figures[part].items())
        rows.append([_label(part), *(f"{change:+.3f}" if change else "0" for change in changes)])
    return markdown([title, *whole], rows)


def _objects_table(objects: Objects) -> str:
    rows = [
        [_label(part), *(f"{share:.2f} ({overlap:.2f})" for share, overlap in found.values())] for part, found in objects.items()
    ]
    return markdown(["objects that differ in", *subjects.CONTRASTS], rows)


def _measure_objects(pool: ProcessPoolExecutor) -> Objects:
    pairs = [(contrast, part) for part in HEADS for contrast in subjects.CONTRASTS]
    objects: Objects = {part: {} for part in HEADS}
    for (contrast, part), result in zip(pairs, pool.map(find_object, *zip(*pairs, strict=True)), strict=True):
        objects[part][contrast] = result
    return objects


def _measure_subjects(pool: ProcessPoolExecutor) -> dict[str, dict[str, float]]:
    results = list(pool.map(show_subjects, range(SUBJECTS)))
    means = {part: np.mean([result[part] for result in results], axis=0).tolist() for part in results[0]}
    return {part: {"subject sharp": sharp, "both shown": both} for part, (sharp, both) in means.items()}


def _measure_edits(pool: ProcessPoolExecutor, folder: Path) -> dict[str, dict[str, float]]:
    totals = {part: Result() for part in PARTS}
    for results in pool.map(measure, find_videos(folder)):
        for part, counts in results.items():
            totals[part].add(counts)
    return {part: result.figures() for part, result in totals.items()}


def main() -> None:
    """Measure on a folder, on drawn objects and on drawn subjects, and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gaze", type=Path, default=GAZE, metavar="FILE")
    options = parse_arguments(parser)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        edits = _measure_edits(pool, options.folder)
        print(_changes_table("edits", edits), end="\n\n", flush=True)
        objects = _measure_objects(pool)
        print(_objects_table(objects), end="\n\n", flush=True)
        gazes = looks.measure(options.gaze) if options.gaze.is_file() else {}
        if gazes:
            print(looks.table(gazes), end="\n\n", flush=True)
        shown = _measure_subjects(pool)
        print(_changes_table("subjects", shown))
    write_json(options.json, {"edits": edits, "objects": objects, "gaze": gazes, "subjects": shown})


if __name__ == "__main__":
    main()
