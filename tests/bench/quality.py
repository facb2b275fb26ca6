"""Score shots and keyframes against edits whose transitions are known.

    python -m tests.bench.quality [FOLDER] [--count] [--decode MODE] [--each] [--json FILE]

FOLDER holds NAME.mp4 with NAME.json beside it (the form is told in sample_videos/README.md); without it the edits in
../shared are taken where they are, else the sample videos. `--count` asks for as many keyframes as there are shots;
`--each` adds a row for every video.

`exact` is the share of cuts whose new shot starts at the very frame, `ends` the share of gradual transitions of which both
the last frame before and the first frame behind are found within 2 frames, `hit` the share of shots that have a keyframe,
`pure` the share of keyframes that show one shot alone and no flash, `redundancy` the number of keyframes for each shot that
has any, `sharpness` the mean rank (0 to 1) of a keyframe's gradient energy within its shot, `nearby` the same among the other
frames of its shot within a quarter of a second, and `represent` how well the keyframes stand for the video: the mean over all
frames of the best correlation with a keyframe (32×18 grey pictures).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from vkeyframe import Report, Settings, extract
from vkeyframe.report.records import Transition

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "corpus" / "edits"
# A shot shorter than this need not have a keyframe; one whose source returns counts as hit by a keyframe this much like it.
SHOWN_FRAMES = 12
# So far apart frames show the same moment.
NEARBY_SECONDS = 0.25
SAME_PICTURE = 0.9


class Look(NamedTuple):
    """What is seen in the frames of a video: gradient energy (n,), and rows of length 1, the standardised 32×18 grey pictures."""

    energy: np.ndarray
    small: np.ndarray


@dataclass
class Tally:
    """Counts that add up over videos."""

    boundaries_right: int = 0
    boundaries_wrong: int = 0
    boundaries_missed: int = 0
    gradual: int = 0
    gradual_right: int = 0
    gradual_ends: int = 0
    cuts: int = 0
    cuts_exact: int = 0
    shots: int = 0
    shots_hit: int = 0
    shots_with_keyframe: int = 0
    keyframes: int = 0
    keyframes_pure: int = 0
    sharpness: list[float] = field(default_factory=list)
    nearby: list[float] = field(default_factory=list)
    likeness: list[float] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add another video's counts."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def figures(self) -> dict[str, float]:
        """Ratios of the counts, 0 where there is nothing to count."""
        precision = _ratio(self.boundaries_right, self.boundaries_right + self.boundaries_wrong)
        recall = _ratio(self.boundaries_right, self.boundaries_right + self.boundaries_missed)
        return {
            "shots precision": precision,
            "shots recall": recall,
            "shots F1": _ratio(2 * precision * recall, precision + recall),
            "shots exact": _ratio(self.cuts_exact, self.cuts),
            "gradual recall": _ratio(self.gradual_right, self.gradual),
            "gradual ends": _ratio(self.gradual_ends, self.gradual),
            "keyframes hit": _ratio(self.shots_hit, self.shots),
            "keyframes pure": _ratio(self.keyframes_pure, self.keyframes),
            "keyframes redundancy": _ratio(self.keyframes_pure, self.shots_with_keyframe),
            "keyframes sharpness": float(np.mean(self.sharpness)) if self.sharpness else 0.0,
            "keyframes nearby": float(np.mean(self.nearby)) if self.nearby else 0.0,
            "keyframes represent": float(np.mean(self.likeness)) if self.likeness else 0.0,
        }


def score(
    truth: dict[str, Any],
    starts: list[int] | None,
    keyframes: list[int],
    video: Path,
    tolerance: int = 2,
    transitions: Sequence[Transition] = (),
) -> Tally:
    """Score the shot starts (None: not looked for), keyframes and transitions found in one video."""
    tally = Tally(keyframes=len(keyframes))
    if starts is not None:
        _score_boundaries(tally, truth["transitions"], sorted(set(starts) - {0}), tolerance)
        _score_ends(tally, truth["transitions"], transitions, tolerance)
    energy, small = look(video)
    if keyframes:
        tally.likeness += (small @ small[keyframes].T).max(axis=1).tolist()
    shots = truth["shots"]
    flashed = {frame for shot in shots for frame in shot.get("flash", [])}
    for frame in keyframes:
        shot = next((s for s in shots if s["first"] <= frame <= s["last"]), None)
        if shot is not None:
            tally.keyframes_pure += frame not in flashed
            tally.sharpness.append(float((energy[shot["first"] : shot["last"] + 1] < energy[frame]).mean()))
            reach = round(NEARBY_SECONDS * truth["fps"])
            beside = energy[max(shot["first"], frame - reach) : min(shot["last"], frame + reach) + 1]
            tally.nearby.append(float((beside < energy[frame]).sum() / max(1, len(beside) - 1)))
    for shot in shots:
        has_one = any(shot["first"] <= frame <= shot["last"] for frame in keyframes)
        tally.shots_with_keyframe += has_one
        if shot["last"] - shot["first"] + 1 >= SHOWN_FRAMES:
            tally.shots += 1
            tally.shots_hit += has_one or _is_shown_elsewhere(shot, shots, keyframes, small)
    return tally


def _score_boundaries(tally: Tally, transitions: list[dict[str, Any]], found: list[int], tolerance: int) -> None:
    spare = set(found)
    cuts = [transition["first"] for transition in transitions if transition["kind"] == "cut"]
    tally.cuts, tally.cuts_exact = len(cuts), len(spare.intersection(cuts))
    for transition in transitions:
        span = range(transition["last"] + 1 - tolerance, transition["first"] + tolerance + 1)
        hit = min((frame for frame in spare if frame in span), default=None)
        tally.boundaries_right += hit is not None
        tally.boundaries_missed += hit is None
        tally.gradual += transition["kind"] != "cut"
        tally.gradual_right += transition["kind"] != "cut" and hit is not None
        spare -= {hit}
    inside = {f for t in transitions if t["kind"] != "cut" for f in range(t["last"] + 1, t["first"])}
    tally.boundaries_wrong += len(spare - inside)


def _score_ends(tally: Tally, true: list[dict[str, Any]], found: Sequence[Transition], tolerance: int) -> None:
    """Count the gradual transitions of which the last frame before and the first one behind are found."""
    gradual = [transition for transition in found if transition.kind != "cut"]
    for transition in true:
        if transition["kind"] != "cut":
            last, first = transition["last"], transition["first"]
            ends = (max(abs(each.from_frame - last), abs(each.to_frame - first)) for each in gradual)
            tally.gradual_ends += min(ends, default=tolerance + 1) <= tolerance


def _is_shown_elsewhere(shot: dict[str, Any], shots: list[dict[str, Any]], keyframes: list[int], small: np.ndarray) -> bool:
    """Whether the shot's source returns in another shot, with a keyframe that looks like some frame of this one."""
    twins = [s for s in shots if s is not shot and s["source"] is not None and s["source"] == shot["source"]]
    frames = [frame for frame in keyframes if any(s["first"] <= frame <= s["last"] for s in twins)]
    return bool(frames) and float((small[frames] @ small[shot["first"] : shot["last"] + 1].T).max()) >= SAME_PICTURE


@lru_cache(maxsize=1)
def look(video: Path) -> Look:
    """Decode a video and look at every frame; the last video's frames are remembered."""
    capture = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG)
    energy, small = [], []
    while True:
        ok, frame = capture.read()
        if not ok:
            break
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        energy.append(float(np.mean(cv2.Sobel(grey, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(grey, cv2.CV_32F, 0, 1) ** 2)))
        small.append(cv2.resize(grey, (32, 18), interpolation=cv2.INTER_AREA).ravel().astype(float))
    rows = np.array(small) - np.mean(small, axis=1, keepdims=True)
    return Look(np.array(energy), rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def find_videos(folder: Path) -> list[Path]:
    """Videos with their truth beside them, by name."""
    return [path for path in sorted(folder.glob("*.mp4")) if path.with_suffix(".json").is_file()]


def load_truth(video: Path) -> dict[str, Any]:
    """Load what is known of a video."""
    truth: dict[str, Any] = json.loads(video.with_suffix(".json").read_text("utf-8"))
    return truth


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table, the first column to the left and the others to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = ([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in (head, rule, *rows))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def parse_arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Parse the command line, with the folder of videos and the file for the figures."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED if SHARED.is_dir() else ROOT / "sample_videos")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def write_json(path: Path | None, figures: Any) -> None:
    """Write figures, if a file is named."""
    if path is not None:
        path.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def measure(video: Path, decode: str, with_count: bool) -> Tally:
    """Extract from one video and score the report."""
    truth = load_truth(video)
    report: Report = extract(video, Settings.of(decode=decode, count=len(truth["shots"]) if with_count else None))
    starts = [shot.start_frame for shot in report.shots]
    return score(truth, starts, [keyframe.frame for keyframe in report.keyframes], video, transitions=report.transitions)


def main() -> None:
    """Measure a folder and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--decode", default="sampled")
    parser.add_argument("--each", action="store_true")
    options = parse_arguments(parser)
    videos = find_videos(options.folder)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        tallies = list(pool.map(measure, videos, repeat(options.decode), repeat(options.count)))
    total = Tally()
    for tally in tallies:
        total.add(tally)
    each = {video.stem: tally.figures() for video, tally in zip(videos, tallies, strict=True)}
    shown = {**(each if options.each else {}), "all": total.figures()}
    print(markdown(["video", *total.figures()], [[name, *map("{:.4f}".format, row.values())] for name, row in shown.items()]))
    write_json(options.json, {"all": total.figures(), "each": each})


if __name__ == "__main__":
    main()
