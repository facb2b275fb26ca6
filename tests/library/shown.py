"""Entries of libraries that show something: coarse coloured pictures drawn from seeds, still or moving."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.descriptor import describe
from vkeyframe.library.entries import PICTURE, VIDEO, Entry, KeyframeEntry, Moments, ShotEntry
from vkeyframe.library.store import Library
from vkeyframe.library.views import bare_lab, pack, pack_views
from vkeyframe.opencv import cv2

WIDTH, HEIGHT, STEP = 240, 136, 0.25


def picture(seed: int, moved: float = 0.0) -> ndarray:
    """Draw a picture; `moved` shares of its width further on in a wider one."""
    coarse = np.random.default_rng(seed).integers(20, 236, (9, 32, 3), dtype=np.uint8)
    wide = cv2.resize(coarse, (2 * WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    left = round(moved * WIDTH)
    return np.ascontiguousarray(wide[:, left : left + WIDTH])


def moving(seed: int, seconds: float, start: float = 0.0) -> list[ndarray]:
    """Draw four pictures a second of a camera that turns and, after each second and a half, of another scene."""
    times = start + np.arange(round(seconds / STEP)) * STEP
    return [picture(seed * 1000 + int(time / 1.5), 0.3 * (time % 1.5)) for time in times]


def jpeg(shown: ndarray) -> bytes:
    return bytes(cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


def moments_of(pictures: Sequence[ndarray], start: float = 0.0, step: float = STEP) -> Moments:
    times = start + np.arange(len(pictures), dtype=np.float32) * np.float32(step)
    return Moments(times.astype(np.float32), pack(describe(np.stack([bare_lab(each) for each in pictures]))[:, 0]))


def entry(path: str, pictures: Sequence[ndarray], kind: str = VIDEO) -> Entry:
    """Make an entry of a video with four pictures a second, of which each sixth is a keyframe, or of a picture."""
    keyframes = []
    for number, each in enumerate(pictures[::6]):
        views = pack_views(each)
        kept = jpeg(each), views.small.tobytes(), views.views.tobytes()
        keyframes.append(KeyframeEntry(number, 36 * number, 6 * STEP * number, number, *kept))
    length = len(pictures) * STEP if kind == VIDEO else 0.0
    return Entry(
        path=path,
        kind=kind,
        size=1,
        mtime_ns=1,
        settings="",
        width=WIDTH,
        height=HEIGHT,
        duration=length,
        rate="24" if kind == VIDEO else None,
        complete=True,
        shots=(ShotEntry(0, 0.0, length, 0, 6 * len(pictures)),) if kind == VIDEO else (),
        keyframes=tuple(keyframes),
        moments=moments_of(pictures) if kind == VIDEO else Moments.none(),
    )


def picture_entry(path: str, shown: ndarray) -> Entry:
    return entry(path, [shown], PICTURE)


def filled(path: Path, *entries: Entry) -> Path:
    """Make a library of entries."""
    with Library.open(path, writing=True, create=True) as library:
        for each in entries:
            library.put(each)
    return path


def cropped(shown: ndarray) -> ndarray:
    """Cut off an eighth at the right and below."""
    return np.ascontiguousarray(shown[: HEIGHT * 7 // 8, : WIDTH * 7 // 8])
