"""How well the masks of attended things agree with masks that people made.

    python -m tests.bench.objects FOLDER [--given] [--only NAME ...] [--json FILE] [--sheets DIR]

FOLDER has videos, each with a lossless NAME.masks.mkv of the same frames, white where the object is (DAVIS: Perazzi et al., CVPR
2016, doi:10.1109/CVPR.2016.85). `J` is the mean intersection over union of label 1 with the object, over all frames but the first
and the last, `any` that of all labels together, `half` the share of these frames where J is at least 0.5, `box` the share where
the box around label 1 overlaps the object's box by at least 0.5, `things` the highest number given, `ms` the processor time for a
frame. With --given the object's first box is handed over. --sheets writes some frames with label and truth drawn in.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import process_time

import cv2
import numpy as np
from numpy import ndarray

from tests.bench.boxes import box_of, overlap, read_masks
from tests.bench.quality import markdown, write_json
from vkeyframe.tracking.objects import segment_objects

SHOWN = 8
COLOURS = {1: (0, 0, 255), 2: (255, 128, 0), 3: (255, 0, 255), 4: (0, 255, 255)}


def read_pictures(path: Path) -> list[ndarray]:
    """Read all pictures of a video."""
    capture, pictures = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), []
    while (picture := capture.read()[1]) is not None:
        pictures.append(picture)
    return pictures


def jaccard(one: ndarray, other: ndarray) -> float:
    """Intersection over union of two masks; 1 where both are empty."""
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 1.0


def draw(picture: ndarray, labels: ndarray, truth: ndarray) -> ndarray:
    """Draw the outlines of the truth in green and of the labels in other colours, at half the size."""
    shown = picture.copy()
    for number, colour in {0: (0, 255, 0), **COLOURS}.items():
        mask = (labels == number) if number else truth
        outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(shown, outlines, -1, colour, 2)
    return np.asarray(cv2.resize(shown, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))


def measure(video: Path, given: bool, sheets: Path | None) -> dict[str, float]:
    """Compare the labels of a video with the object."""
    masks, pictures = read_masks(video.with_suffix(".masks.mkv")), read_pictures(video)
    start = process_time()
    labels = list(segment_objects(pictures, box_of(masks[0]) if given else None))
    took = process_time() - start
    inner = range(1, len(masks) - 1)
    scores = [jaccard(labels[i] == 1, masks[i]) for i in inner]
    boxes = [(box_of(labels[i] == 1), box_of(masks[i])) for i in inner]
    hits = [overlap(one, other) >= 0.5 if one and other else one == other for one, other in boxes]
    if sheets is not None:
        chosen = np.linspace(1, len(masks) - 2, SHOWN).astype(int)
        rows = [np.hstack([draw(pictures[i], labels[i], masks[i]) for i in chosen[k : k + 4]]) for k in (0, 4)]
        cv2.imwrite(str(sheets / f"{video.stem}.png"), np.vstack(rows))
    return {
        "J": float(np.mean(scores)),
        "any": float(np.mean([jaccard(labels[i] > 0, masks[i]) for i in inner])),
        "half": float(np.mean(np.array(scores) >= 0.5)),
        "box": float(np.mean(hits)),
        "things": float(max(each.max() for each in labels)),
        "ms": 1000 * took / len(pictures),
    }


def main() -> None:
    """Measure all videos of a folder, and print a table with their mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--given", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--sheets", type=Path)
    options = parser.parse_args()
    videos = [video for video in sorted(options.folder.glob("*.mp4")) if not options.only or video.stem in options.only]
    figures = {video.stem: measure(video, options.given, options.sheets) for video in videos}
    names = list(next(iter(figures.values())))
    figures["mean"] = {name: float(np.mean([each[name] for each in figures.values()])) for name in names}
    print(markdown(["video", *names], [[video, *(f"{each[name]:.2f}" for name in names)] for video, each in figures.items()]))
    write_json(options.json, figures)


if __name__ == "__main__":
    main()
