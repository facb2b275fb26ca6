"""What other criteria for the choice would give: each takes the place of facility location in the ranking.

    python -m tests.bench.criteria TRUTH VIDEOS EDITS [--only WORD] [--json FILE]

TRUTH and VIDEOS are as in `tests.bench.moments`, EDITS is a folder as in `tests.bench.quality`. Given is the share of must-see
moments that as many keyframes as there are moments show, and what half as many keyframes as there are shots, and a single one,
represent of edits. Shots that show nothing yet go first with all of them, and quality and crowding weigh alike.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy import ndarray

from tests.bench.ablation import Result, _measure
from tests.bench.moments import _inside, _times, find
from tests.bench.quality import find_videos, markdown, write_json
from vkeyframe import Settings
from vkeyframe.selection.ranking import _Ranker

# What a picture differs from all others by noise alone, in shares of its variance.
NOISE = 0.05


def k_centre(ranker: _Ranker) -> ndarray:
    """How unlike the nearest of those chosen (Gonzalez, 1985, doi:10.1016/0304-3975(85)90224-5)."""
    return 1.0 - ranker._shown


def max_volume(ranker: _Ranker) -> ndarray:
    """What is left of a picture when those chosen explain it linearly: by how much the volume grows."""
    likeness = ranker._similarity + NOISE * np.eye(len(ranker._similarity))
    chosen = ranker._chosen
    if not chosen:
        return np.diag(likeness).copy()
    known = likeness[np.ix_(chosen, chosen)]
    explained = np.einsum("ni,in->n", likeness[:, chosen], np.linalg.lstsq(known, likeness[chosen], rcond=None)[0])
    return np.maximum(np.diag(likeness) - explained, 0.0)


def log_det(ranker: _Ranker) -> ndarray:
    """The logarithm of the same, as greedy choice by a determinantal point process (Chen et al., 2018, arXiv:1709.05135)."""
    return np.log1p(max_volume(ranker) / NOISE)


def surprise(ranker: _Ranker) -> ndarray:
    """How wrong the two candidates before predict one, as far as nothing chosen shows it: second-order prediction error."""
    pictures = np.stack([features.lab.ravel() for features in ranker._pictures]).astype(np.float64)
    padded = np.concatenate([pictures[:1], pictures[:1], pictures])
    errors = np.linalg.norm(padded[2:] - 2.0 * padded[1:-1] + padded[:-2], axis=1)
    return errors * (1.0 - ranker._shown)


def surprising_seconds(ranker: _Ranker) -> ndarray:
    """Facility location, weighed by surprise."""
    errors = surprise(ranker)
    return FACILITY_LOCATION(ranker) * (0.5 + errors / max(float(errors.max()), 1e-9))


FACILITY_LOCATION = _Ranker.gains
CRITERIA: dict[str, Callable[[_Ranker], ndarray]] = {
    "facility location": FACILITY_LOCATION,
    "k-centre": k_centre,
    "max-volume": max_volume,
    "log-det": log_det,
    "surprise": surprise,
    "facility location × surprise": surprising_seconds,
}


def count_at_n(video: Path, truth: dict[str, Any], name: str) -> tuple[int, int]:
    """Count the moments, and those that as many keyframes show."""
    moments = [(moment["start"], moment["end"]) for moment in truth["moments"]]
    if not moments or truth.get("sure") == "low":
        return 0, 0
    with patch.object(_Ranker, "gains", CRITERIA[name]):
        return len(moments), _inside(_times(video, Settings.of(count=len(moments))), moments)


def measure_edit(video: Path, name: str) -> Result:
    """Score the keyframes of an edit."""
    with patch.object(_Ranker, "gains", CRITERIA[name]):
        return _measure(video)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("truth", "videos", "edits"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    videos, truths = zip(*find(options.truth, options.videos), strict=True)
    edits = find_videos(options.edits)
    results: dict[str, dict[str, float]] = {}
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for name in (name for name in CRITERIA if options.only in name):
            moments, shown = np.sum(list(pool.map(count_at_n, videos, truths, repeat(name))), axis=0)
            total = Result()
            for result in pool.map(measure_edit, edits, repeat(name)):
                total.add(result)
            half, one = total.half.figures(), total.one.figures()
            results[name] = {
                "moments at N": float(shown / moments),
                "half: hit": half["keyframes hit"],
                "half: represent": half["keyframes represent"],
                "one: represent": one["keyframes represent"],
            }
            print(name, results[name], flush=True)
    print(
        markdown(
            ["criterion", *next(iter(results.values()))], [[n, *(f"{v:.3f}" for v in r.values())] for n, r in results.items()]
        )
    )
    write_json(options.json, results)


if __name__ == "__main__":
    main()
