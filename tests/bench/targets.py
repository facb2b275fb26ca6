"""How often `match` finds the frame that a disturbed picture was taken from, and how often it finds what is not there.

    python -m tests.bench.targets VIDEOS [--queries 500] [--seed 12] [--json FILE]

VIDEOS is a folder. Each query is a frame at a random time of a random video, with a random choice of disturbances, at least one:
JPEG of quality 20 to 50, 40 % of the size, a tenth to a fifth of width and height cut off, 30 grey levels brighter or darker, a
bar with a caption, mirrored. Which they are depends on the seed alone.

`found` is the share of queries whose first hit in the video that the frame came from lies within half a second of the frame, or
shows an equal picture: where a scene stands still, or comes again, its luma at 160 × 90 correlates with that of the true frame by
more than 0.98. `strict` counts the time alone, `told` asks besides that the hit is above the threshold. `false` is the share of
queries that are found in another video where they are not: one of which no frame correlates with the undisturbed frame by more
than 0.9, mirrored or not. The halves of the videos, every other one, show how far that depends on them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy import ndarray

from tests.bench.quality import markdown, write_json
from vkeyframe.analysis.analyser import Analyser, analyse
from vkeyframe.analysis.target import Target
from vkeyframe.errors import VkeyframeError
from vkeyframe.matching import compare, find_hits
from vkeyframe.opencv import cv2
from vkeyframe.selection.match_options import THRESHOLD, MatchOptions
from vkeyframe.video.attempts import read_with_care
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Frame
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions

NEAR_SECONDS, EQUAL, ABSENT = 0.5, 0.98, 0.9
SMALL = 160, 90
DISTURBANCES = ("jpeg", "scale", "crop", "brightness", "caption", "mirror")


@dataclass(frozen=True)
class Query:
    """A disturbed frame: its video and its place among the frames, by number, its time in seconds, and what the bench needs."""

    video: int
    frame: int
    time: float
    disturbances: tuple[str, ...]
    picture: ndarray
    original: ndarray


def disturb(picture: ndarray, names: Sequence[str], source: np.random.Generator) -> ndarray:
    """Disturb a (height, width, 3) uint8 BGR picture in these ways."""
    height, width = picture.shape[:2]
    if "crop" in names:
        kept = 1.0 - source.uniform(0.1, 0.2, 2)
        rows, columns = max(2, round(height * kept[0])), max(2, round(width * kept[1]))
        top, left = source.integers(height - rows + 1), source.integers(width - columns + 1)
        picture = picture[top : top + rows, left : left + columns]
    if "mirror" in names:
        picture = picture[:, ::-1]
    if "brightness" in names:
        picture = np.clip(picture.astype(np.int16) + int(source.choice([-30, 30])), 0, 255).astype(np.uint8)
    if "scale" in names:
        picture = cv2.resize(np.ascontiguousarray(picture), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    if "caption" in names:
        picture = _captioned(picture, source)
    if "jpeg" in names:
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(source.integers(20, 51))])
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(picture)


def _captioned(picture: ndarray, source: np.random.Generator) -> ndarray:
    """Put a dark bar of a sixth of the height with a line of text near the lower edge."""
    picture = picture.copy()
    height, width = picture.shape[:2]
    bar = max(2, height // 6)
    top = height - bar - int(source.integers(0, max(1, height // 20)))
    picture[top : top + bar] //= 4
    text = "".join(source.choice(list("abcdefghij klmnop"), 24))
    cv2.putText(
        picture, text, (width // 20, top + bar * 2 // 3), cv2.FONT_HERSHEY_SIMPLEX, bar / 40, (240, 240, 240), max(1, bar // 20)
    )
    return picture


def readable_videos(folder: Path) -> list[Path]:
    """List the videos in a folder that can be read, in order of their names."""
    found = []
    for path in sorted(folder.iterdir()):
        try:
            with open_video(VideoFile.of(path), ReadOptions()):
                found.append(path)
        except VkeyframeError:
            continue
    return found


def small_luma(picture: ndarray) -> ndarray:
    """Reduce a picture to the luma by which equal pictures are told, (14400,) uint8."""
    small = cv2.resize(picture, SMALL, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).ravel())


class _Watcher(Analyser[Any]):
    """Keeps all frames small, and some as they are."""

    needs_pictures: ClassVar[bool] = True

    def __init__(self, wanted: Sequence[int] | None = None) -> None:
        self.frames: list[int] = []
        self.times: list[float] = []
        self.lumas: list[ndarray] = []
        self.pictures: dict[int, ndarray] = {}
        self._wanted = wanted

    def see(self, frame: Frame) -> None:
        if self._wanted is None:
            self.frames.append(frame.index)
            self.times.append(frame.time)
            self.lumas.append(small_luma(frame.picture))
        elif frame.index in self._wanted:
            self.pictures[frame.index] = frame.picture.copy()

    def finish(self) -> None:
        return None


def watch(video: Path, wanted: Sequence[int] | None = None) -> _Watcher:
    """Go through a video, and keep what is wanted of it."""

    def look(options: ReadOptions) -> _Watcher:
        watcher = _Watcher(wanted)
        with open_video(VideoFile.of(video), options) as reader:
            analyse(reader, [watcher])
        return watcher

    return read_with_care(ReadOptions(decode="every"), look)


def draw_queries(videos: Sequence[Path], seen: Sequence[_Watcher], count: int, seed: int) -> list[Query]:
    """Draw frames of the videos, as evenly among the videos as chance does it, and disturb them."""
    source = np.random.default_rng(seed)
    plans = []
    for _ in range(count):
        video = int(source.integers(len(videos)))
        names: tuple[str, ...] = ()
        while not names:
            names = tuple(name for name in DISTURBANCES if source.random() < 0.5)
        plans.append((video, int(source.integers(len(seen[video].frames))), names, int(source.integers(1 << 31))))
    queries: list[Query] = []
    for video, path in enumerate(videos):
        own = [plan for plan in plans if plan[0] == video]
        pictures = watch(path, [seen[video].frames[number] for _, number, *_ in own]).pictures
        for _, number, names, own_seed in own:
            frame, time = seen[video].frames[number], seen[video].times[number]
            disturbed = disturb(pictures[frame], names, np.random.default_rng(own_seed))
            queries.append(Query(video, number, time, names, disturbed, small_luma(pictures[frame])))
    return queries


def correlation(luma: ndarray, lumas: Sequence[ndarray]) -> ndarray:
    """Correlate a small luma with others, (n,) float; two flat pictures of about the same level are the same."""
    stacked = np.stack([*lumas, luma]).astype(np.float32)
    means = stacked.mean(axis=1)
    stacked -= means[:, None]
    length = np.linalg.norm(stacked, axis=1)
    flat = length < np.sqrt(stacked.shape[1])
    alike = stacked[:-1] @ stacked[-1] / np.maximum(length[:-1] * length[-1], 1e-6)
    return np.where(flat[:-1] & flat[-1] & (np.abs(means[:-1] - means[-1]) < 8.0), 1.0, alike)


def ask(videos: Sequence[Path], seen: Sequence[_Watcher], queries: Sequence[Query], seed: int) -> list[dict[str, Any]]:
    """Ask each query against its own video, and against another one in which it is not."""
    source = np.random.default_rng(seed + 1)
    others = [int(source.integers(len(videos) - 1)) for _ in queries]
    others = [other + (other >= query.video) for other, query in zip(others, queries, strict=True)]
    rows: list[dict[str, Any]] = [{"video": videos[query.video].name, "disturbances": query.disturbances} for query in queries]
    for number, path in enumerate(videos):
        asked = [place for place, query in enumerate(queries) if number in (query.video, others[place])]
        found = compare(VideoFile.of(path), [Target(queries[place].picture) for place in asked], MatchOptions(top=1))
        for place, each in zip(asked, found, strict=True):
            query, hit, shown = queries[place], find_hits([each])[0], seen[number]
            if query.video == number:
                near = abs(hit.time - query.time) <= NEAR_SECONDS
                equal = correlation(query.original, [shown.lumas[shown.frames.index(hit.frame)]])[0] > EQUAL
                rows[place] |= {
                    "score": hit.score,
                    "near": near,
                    "found": bool(near or equal),
                    "frame": query.frame,
                    "hit": hit.frame,
                }
            else:
                original = query.original.reshape(SMALL[::-1])
                likest = max(correlation(view.ravel(), shown.lumas).max() for view in (original, original[:, ::-1]))
                rows[place] |= {"other": path.name, "false": hit.score, "absent": bool(likest <= ABSENT)}
    return rows


def figures(rows: Sequence[dict[str, Any]], threshold: float) -> dict[str, float]:
    """Sum up what became of the queries."""
    absent = [row["false"] for row in rows if row["absent"]]
    return {
        "found": float(np.mean([row["found"] for row in rows])),
        "strict": float(np.mean([row["near"] for row in rows])),
        "told": float(np.mean([row["found"] and row["score"] >= threshold for row in rows])),
        "false": float(np.mean([score >= threshold for score in absent])),
    }


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", type=Path)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    videos = readable_videos(options.videos)
    seen = [watch(video) for video in videos]
    rows = ask(videos, seen, draw_queries(videos, seen, options.queries, options.seed), options.seed)
    halves = [[row for row in rows if [video.name for video in videos].index(row["video"]) % 2 == half] for half in (0, 1)]
    groups = {"all": rows, "one half": halves[0], "other half": halves[1]}
    groups |= {name: [row for row in rows if name in row["disturbances"]] for name in DISTURBANCES}
    table = [
        [name, str(len(group)), *(f"{value:.3f}" for value in figures(group, options.threshold).values())]
        for name, group in groups.items()
    ]
    print(markdown(["queries", "number", "found", "strict", "told", "false"], table))
    write_json(options.json, rows)


if __name__ == "__main__":
    main()
