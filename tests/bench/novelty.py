"""How well novelty tells frames with something unusual before a still camera, and what that takes for each frame.

    python -m tests.bench.novelty FOLDER [--json FILE]

FOLDER holds NAME.mp4 and NAME.masks.mkv, of the same frames, in which 255 is what is unusual. `auc` is the area under the ROC
curve over the frames of all videos, each with the value of the nearest sample; `ms` is the time that a frame of 854×480 and of
1920×1080 pixels takes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy import ndarray

from tests.bench.masks import MOVES, frames
from tests.bench.quality import write_json
from vkeyframe import Settings, extract
from vkeyframe.analysis.novelty import SpeedMeter
from vkeyframe.opencv import cv2
from vkeyframe.video.frame import Frame

SIZES = ((854, 480), (1920, 1080))


def area(values: ndarray, unusual: ndarray) -> float:
    """Return the area under the ROC curve: how often an unusual frame has the greater value; half where both are alike."""
    above = (values[unusual][:, None] > values[~unusual][None]).mean()
    return float(above + (values[unusual][:, None] == values[~unusual][None]).mean() / 2)


def measure(folder: Path) -> float:
    """Measure the area over all videos."""
    values, unusual = [], []
    for masks in sorted(folder.glob("*.masks.mkv")):
        told = extract(masks.with_name(masks.name.replace(".masks.mkv", ".mp4")), Settings.of(analysers=("novelty",)))
        at = np.array([item.frame for item in told.sections["novelty"]])
        drawn = np.array([bool((frame[..., 0] == MOVES).any()) for frame in frames(masks)])
        nearest = np.abs(np.arange(len(drawn))[:, None] - at).argmin(axis=1)
        values.append(np.array([item.value for item in told.sections["novelty"]])[nearest])
        unusual.append(drawn)
    return area(np.concatenate(values), np.concatenate(unusual))


def cost(width: int, height: int, count: int = 30) -> float:
    """Return the median time for a frame of such a size, in milliseconds."""
    cells = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    ground = cv2.resize(cells, (width + count, height + count), interpolation=cv2.INTER_CUBIC)
    meter, seconds = SpeedMeter(width, height), []
    for number in range(count):
        frame = Frame(number, number / 8, ground[number : number + height, number : number + width])
        began = perf_counter()
        meter.measure(frame)
        seconds.append(perf_counter() - began)
    return 1e3 * float(np.median(seconds[1:]))


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = {"auc": round(measure(options.folder), 4), "ms": {f"{w}x{h}": round(cost(w, h), 2) for w, h in SIZES}}
    print(json.dumps(figures))
    write_json(options.json, figures)


if __name__ == "__main__":
    main()
