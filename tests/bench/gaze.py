"""How well the gaze map says where people look, whole and without each of its heads.

    python -m tests.bench.gaze FILE [--json FILE]

FILE is JSON: the name of each picture and its fixations, a list of [x, y] in pixels; the pictures lie in the folder of that name
beside it (OSIE: Xu et al., Journal of Vision 2014, doi:10.1167/14.1.28). AUC as of Judd, NSS, and CC with the fixations blurred
by a 24th of the width: Bylinskii et al., PAMI 2019, arXiv:1604.03605. A head is left out by giving it no weight; nothing else is
tuned anew. The halves are every other picture each: a head that earns its place does so on both.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
from numpy import ndarray

from tests.bench.quality import markdown, write_json
from vkeyframe.analysis.gaze import HEADS, TUNING, GazeTuning, gaze_map

FIGURES = ("AUC", "NSS", "CC")
WHOLE = "all heads"


def without(head: str) -> GazeTuning:
    """Leave a head out of the map."""
    if head in TUNING.weights:
        return replace(TUNING, weights={**TUNING.weights, head: 0.0})
    return replace(TUNING, **{head: 0.0})


# Ways to make the map worse, each a tuning.
PARTS = {
    WHOLE: TUNING,
    # A picture does not move.
    **{f"{head} head": without(head) for head in HEADS if head != "motion"},
    "square": replace(TUNING, power=1.0),
    "centre": replace(TUNING, beside_centre=1e6),
}


def rate(found: ndarray, fixations: ndarray, size: tuple[int, int]) -> list[float]:
    """Rate a map against fixations.

    Parameters
    ----------
    found : (rows, columns) float
    fixations : (n, 2) float
        x and y in pixels.
    size : (int, int)
        Width and height of the picture.

    Returns
    -------
    list of float
        AUC, NSS, CC.
    """
    width, height = size
    whole = cv2.resize(found.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    points = np.rint(fixations).astype(int)
    points = points[(points >= 0).all(axis=1) & (points[:, 0] < width) & (points[:, 1] < height)]
    fixated = np.zeros((height, width), bool)
    fixated[points[:, 1], points[:, 0]] = True
    at = np.sort(whole[fixated])[::-1]
    above = whole.size - np.searchsorted(np.sort(whole.ravel()), at)
    count = np.arange(1, len(at) + 1)
    hits, false = np.r_[0, count / len(at), 1], np.r_[0, (above - count) / (whole.size - len(at)), 1]
    auc = float(((hits[1:] + hits[:-1]) / 2 * np.diff(false)).sum())
    standard = (whole - whole.mean()) / max(float(whole.std()), 1e-12)
    density = cv2.GaussianBlur(fixated.astype(np.float32), (0, 0), width / 24)
    return [auc, float(standard[points[:, 1], points[:, 0]].mean()), float(np.corrcoef(whole.ravel(), density.ravel())[0, 1])]


def measure(truth: Path) -> dict[str, dict[str, float]]:
    """Rate the map on all pictures without each part: the means, and how they change on either half of the pictures."""
    fixations: dict[str, Any] = json.loads(truth.read_text())
    rows: dict[str, list[list[float]]] = {part: [] for part in PARTS}
    for name, points in fixations.items():
        picture = cv2.imread(str(truth.with_suffix("") / name))
        size = picture.shape[1], picture.shape[0]
        for part, tuning in PARTS.items():
            with patch("vkeyframe.analysis.gaze.TUNING", tuning):
                rows[part].append(rate(gaze_map(picture).map, np.array(points, float), size))
    figures = {}
    for part, values in rows.items():
        found, whole = np.array(values), np.array(rows[WHOLE])
        halves = [(found[i::2] - whole[i::2]).mean(axis=0) for i in range(2)]
        figures[part] = dict(zip(FIGURES, found.mean(axis=0).tolist(), strict=True))
        figures[part] |= {f"NSS, half {i + 1}": float(half[1]) for i, half in enumerate(halves)}
    return figures


def table(figures: dict[str, dict[str, float]]) -> str:
    """Lay out the figures of the whole map, and how they change without each part."""
    whole = figures[WHOLE]
    rows = [[WHOLE, *(f"{whole[name]:.3f}" for name in FIGURES), "", ""]]
    for part in list(figures)[1:]:
        changes = [figures[part][name] - whole[name] for name in FIGURES]
        changes += [value for name, value in figures[part].items() if name not in FIGURES]
        rows.append([f"without {part}", *(f"{change:+.3f}" for change in changes)])
    return markdown(["gaze", *whole], rows)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = measure(options.truth)
    print(table(figures))
    write_json(options.json, figures)


if __name__ == "__main__":
    main()
