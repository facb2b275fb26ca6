"""How well the moving pixels before a still camera are found, against masks that people drew.

    python -m tests.bench.masks VIDEO MASKS [--json FILE]

MASKS is a video of the same frames, grey, with the values of CDnet 2014: 255 moves, 0 and 50 (shadow) do not, 85 and 170 are
outside or not known. F is the harmonic mean of precision and recall over all pixels that are known; `ms` the time for each frame.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy import ndarray

from tests.bench.quality import write_json
from vkeyframe.analysis.background import BackgroundModel
from vkeyframe.opencv import cv2

MOVES, UNKNOWN = 255, (85, 170)


def frames(path: Path) -> Iterator[ndarray]:
    """Decode all frames of a video, BGR."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    while True:
        there, frame = capture.read()
        if not there:
            return
        yield frame


def measure(video: Path, masks: Path) -> dict[str, float]:
    """Compare the moving pixels of all frames with the masks."""
    model: BackgroundModel | None = None
    counts, seconds = np.zeros(3), []
    for picture, drawn in zip(frames(video), frames(masks), strict=True):
        model = BackgroundModel(picture) if model is None else model
        began = perf_counter()
        found = model.moving(picture) > 0
        seconds.append(perf_counter() - began)
        truth = drawn[..., 0]
        known, moves = ~np.isin(truth, UNKNOWN), truth == MOVES
        counts += (found & moves & known).sum(), (found & ~moves & known).sum(), (~found & moves & known).sum()
    right, wrong, missed = counts.tolist()
    return {
        "F": round(2 * right / (2 * right + wrong + missed), 4),
        "precision": round(right / (right + wrong), 4),
        "recall": round(right / (right + missed), 4),
        "frames": len(seconds),
        "ms": round(1e3 * float(np.median(seconds)), 3),
    }


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = measure(options.video, options.masks)
    print(json.dumps(figures))
    write_json(options.json, figures)


if __name__ == "__main__":
    main()
