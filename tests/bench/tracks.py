"""How well a box is followed: sequences with boxes that people drew, in this process.

    python -m tests.bench.tracks FOLDER [--only NAME ...] [--backward] [--from SHARE] [--sheets DIR] [--json FILE]

FOLDER has videos, each with a NAME.csv of frame,x,y,width,height (OTB, VOT, MIL), or with a lossless NAME.masks.mkv of the same
frames, white where the object is (DAVIS), of which the box around the object is taken. `overlap` is the mean intersection over
union with the box of the frames that have one, the first aside, `success` the share where that is at least 0.5, `lost` the share
of frames where the tracker says that it has lost the thing, `ms` the time of this process for a frame. With --backward the last
frame is the first; with --from it begins later. --sheets writes a PNG of each sequence.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from time import process_time

import cv2
import numpy as np
from numpy import ndarray

from tests.bench.boxes import box_of, read_masks
from tests.bench.quality import markdown, write_json
from vkeyframe.tracking.box_tracker import BoxTracker, TrackedBox

Box = tuple[float, float, float, float]
NAMES = ("overlap", "success", "lost", "ms")


def read_truth(video: Path) -> dict[int, Box]:
    """Read the true boxes of a video by their frames."""
    masks = video.with_suffix(".masks.mkv")
    if masks.exists():
        return {index: box for index, mask in enumerate(read_masks(masks)) if (box := box_of(mask)) is not None}
    with video.with_suffix(".csv").open() as file:
        rows = list(csv.DictReader(file))
    return {int(row["frame"]): (float(row["x"]), float(row["y"]), float(row["width"]), float(row["height"])) for row in rows}


def read_pictures(video: Path) -> list[ndarray]:
    """Read all pictures of a short video."""
    capture, pictures = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG), []
    while (picture := capture.read()[1]) is not None:
        pictures.append(picture)
    return pictures


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes (x, y, width, height)."""
    width = max(0.0, min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1]))
    return width * height / (one[2] * one[3] + other[2] * other[3] - width * height)


def follow(pictures: list[ndarray], order: list[int], first: Box) -> tuple[dict[int, TrackedBox], float]:
    """Follow a box through pictures in an order; return the boxes by frame, and milliseconds for a frame."""
    tracker = BoxTracker(pictures[order[0]], (round(first[0]), round(first[1]), round(first[2]), round(first[3])))
    started = process_time()
    found = {index: tracker.update(pictures[index]) for index in order[1:]}
    return found, 1000 * (process_time() - started) / max(1, len(found))


def box_in(tracked: TrackedBox) -> Box:
    """Return the four numbers of a tracked box."""
    return tracked.x, tracked.y, tracked.width, tracked.height


def draw_sheet(pictures: list[ndarray], found: dict[int, TrackedBox], truth: dict[int, Box]) -> ndarray:
    """Draw 24 frames with the true box in green, the found one in blue and a lost one in red."""
    shown = [index for index in sorted(found) if index in truth]
    tiles = []
    for index in [shown[int(place)] for place in np.linspace(0, len(shown) - 1, 24)]:
        tile = pictures[index].copy()
        thick = max(1, tile.shape[1] // 250)
        for box, colour in (
            (truth[index], (0, 200, 0)),
            (box_in(found[index]), (255, 80, 0) if found[index].state == "seen" else (0, 0, 255)),
        ):
            left, top, width, height = (round(value) for value in box)
            cv2.rectangle(tile, (left, top), (left + width, top + height), colour, thick)
        tile = cv2.resize(tile, (240, round(240 * tile.shape[0] / tile.shape[1])))
        cv2.putText(tile, f"{index} {found[index].score:.2f}", (2, 12), 0, 0.4, (0, 0, 255))
        tiles.append(tile)
    return np.vstack([np.hstack(tiles[row : row + 6]) for row in range(0, 24, 6)])


def measure(video: Path, options: argparse.Namespace) -> dict[str, float]:
    """Follow the thing of a video, and compare it with the truth."""
    truth, pictures = read_truth(video), read_pictures(video)
    known = sorted(truth, reverse=options.backward)
    known = known[int(options.begin * len(known)) :]
    step = -1 if options.backward else 1
    found, cost = follow(pictures, list(range(known[0], known[-1] + step, step)), truth[known[0]])
    if options.sheets:
        cv2.imwrite(str(options.sheets / f"{video.stem}.png"), draw_sheet(pictures, found, truth))
    overlaps = np.array([overlap(box_in(found[index]), truth[index]) for index in known[1:]])
    lost = [box.state == "lost" for box in found.values()]
    return dict(zip(NAMES, (overlaps.mean(), (overlaps >= 0.5).mean(), np.mean(lost), cost), strict=True))


def main() -> None:
    """Measure all videos of a folder, and print a table with their mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--backward", action="store_true")
    parser.add_argument("--from", dest="begin", type=float, default=0.0)
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    videos = [path for path in sorted(options.folder.glob("*.mp4")) if not options.only or path.stem in options.only]
    figures = {video.stem: measure(video, options) for video in videos}
    figures["mean"] = {name: float(np.mean([each[name] for each in figures.values()])) for name in NAMES}
    print(markdown(["video", *NAMES], [[video, *(f"{each[name]:.3f}" for name in NAMES)] for video, each in figures.items()]))
    write_json(options.json, figures)


if __name__ == "__main__":
    main()
