"""Whether the heaviest key region lies on the object: keyframes of videos with masks that people made.

    python -m tests.bench.boxes FOLDER [--count N] [--json FILE]

FOLDER has videos, each with a lossless NAME.masks.mkv of the same frames, white where the object is (DAVIS: Perazzi et al., CVPR
2016, doi:10.1109/CVPR.2016.85). N keyframes of each video (default 8) are asked for. `overlap` is the mean intersection over
union of the heaviest region with the box around the mask, `half` the share of keyframes where that is at least 0.5, `on it` the
share where the region's centre lies in the object's box, `moving` the share whose motion head is not silent.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy import ndarray

from tests.bench.quality import markdown, write_json
from vkeyframe import Settings, extract

Box = tuple[int, int, int, int]


def box_of(mask: ndarray) -> Box | None:
    """Return the box around the object of a mask, None where there is none."""
    ys, xs = np.nonzero(mask)
    if not xs.size:
        return None
    return int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes (x, y, width, height)."""
    width = max(0, min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0]))
    height = max(0, min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1]))
    return width * height / (one[2] * one[3] + other[2] * other[3] - width * height)


def is_on(region: Box, box: Box) -> bool:
    """Whether the centre of a region lies in a box."""
    x, y = region[0] + region[2] / 2, region[1] + region[3] / 2
    return box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]


def read_masks(path: Path) -> list[ndarray]:
    """Read all masks of a video, (height, width) bool each."""
    capture, masks = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), []
    while (picture := capture.read()[1]) is not None:
        masks.append(picture[..., 0] > 127)
    return masks


def measure(video: Path, count: int) -> dict[str, float]:
    """Compare the heaviest regions of a video's keyframes with the object."""
    masks = read_masks(video.with_suffix(".masks.mkv"))
    overlaps, hits, moving = [], [], []
    for keyframe in extract(video, Settings.of(count=count)).keyframes:
        box = box_of(masks[keyframe.frame])
        if box is not None:
            regions = [region.box for region in keyframe.regions[:1]]
            overlaps.append(overlap(regions[0], box) if regions else 0.0)
            hits.append(bool(regions) and is_on(regions[0], box))
            moving.append(keyframe.heads.motion > 0.0)
    shares = {"half": np.array(overlaps) >= 0.5, "on it": hits, "moving": moving}
    return {"overlap": float(np.mean(overlaps)), **{name: float(np.mean(each)) for name, each in shares.items()}}


def main() -> None:
    """Measure all videos of a folder, and print a table with their mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = {video.stem: measure(video, options.count) for video in sorted(options.folder.glob("*.mp4"))}
    names = list(next(iter(figures.values())))
    figures["mean"] = {name: float(np.mean([each[name] for each in figures.values()])) for name in names}
    print(markdown(["video", *names], [[video, *(f"{each[name]:.2f}" for name in names)] for video, each in figures.items()]))
    write_json(options.json, figures)


if __name__ == "__main__":
    main()
