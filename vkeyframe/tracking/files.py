"""The files that tracks are written to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2
from vkeyframe.report.tracks import Tracks

CSV_NAME, MOT_NAME, VIDEO_NAME, MASKS_NAME = "tracks.csv", "tracks.mot.txt", "tracks.mp4", "masks"
_HEAD = "frame,time,track,x,y,width,height,score,state"


def write_csv(tracks: Tracks, folder: Path) -> None:
    """Write a line for each box, in order of frames and then of tracks."""
    rows = sorted((box.frame, track.track, box) for track in tracks.tracks for box in track.boxes)
    lines = [
        f"{frame},{box.time:.6f},{number},{box.x:.2f},{box.y:.2f},{box.width:.2f},{box.height:.2f},{box.score:.4f},{box.state}"
        for frame, number, box in rows
    ]
    _write(folder / CSV_NAME, [_HEAD, *lines])


def write_mot(tracks: Tracks, folder: Path) -> None:
    """Write the boxes of things that are seen, as MOTChallenge has them, where the first frame is 1.

    References
    ----------
    .. [1] Milan, Leal-Taixé, Reid, Roth, Schindler, "MOT16: a benchmark for multi-object tracking", arXiv:1603.00831, section 3.
    """
    rows = sorted((box.frame, track.track, box) for track in tracks.tracks for box in track.boxes if box.state == "seen")
    lines = [
        f"{frame + 1},{number},{box.x:.2f},{box.y:.2f},{box.width:.2f},{box.height:.2f},{box.score:.4f},-1,-1,-1"
        for frame, number, box in rows
    ]
    _write(folder / MOT_NAME, lines)


def mask_path(folder: Path, frame: int) -> Path:
    """Return where the mask of a frame is written."""
    return folder / MASKS_NAME / f"{frame:06d}.png"


def write_mask(path: Path, labels: ndarray, offset: int) -> None:
    """Write the numbers of tracks as a PNG of 8 bits, or of 16 where there are more than 255 tracks.

    Parameters
    ----------
    path : Path
    labels : (height, width) uint8
        Numbers in a shot, 0 for none.
    offset : int
        How many tracks there are in the shots before.
    """
    numbers = np.where(labels > 0, labels.astype(np.uint16) + np.uint16(offset), np.uint16(0))
    values = numbers if numbers.max() > 255 else numbers.astype(np.uint8)
    path.parent.mkdir(exist_ok=True)
    # OpenCV's own writer does not say why it failed.
    path.write_bytes(cv2.imencode(".png", values)[1].tobytes())


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")
