"""Entries of libraries, drawn from a seed."""

from __future__ import annotations

import numpy as np

from vkeyframe.library.entries import VIDEO, Entry, KeyframeEntry, Line, ModelVectors, Moments, ShotEntry


def drawn_entry(path: str, seed: int = 0, keyframes: int = 3, moments: int = 8, **other: object) -> Entry:
    """Draw an entry in which every number differs from every other."""
    rest = np.random.default_rng(seed)
    frames = tuple(
        KeyframeEntry(
            number=number,
            frame=25 * number,
            time=1.0 * number,
            shot=number // 2,
            thumbnail=b"\xff\xd8" + rest.bytes(40),
            small=rest.bytes(18 * 32 * 3),
            views=rest.bytes(6 * 147),
        )
        for number in range(keyframes)
    )
    values = {
        "path": path,
        "kind": VIDEO,
        "size": 1000 + seed,
        "mtime_ns": 10**18 + seed,
        "settings": "settings",
        "width": 160,
        "height": 96,
        "duration": 2.5,
        "rate": "25",
        "complete": True,
        "shots": (ShotEntry(0, 0.0, 1.0, 0, 25), ShotEntry(1, 1.04, 2.5, 26, 62)),
        "keyframes": frames,
        "moments": Moments(np.arange(moments, dtype=np.float32) / 4, rest.integers(-127, 128, (moments, 147)).astype(np.int8)),
        "vectors": (ModelVectors("model", rest.normal(size=(keyframes, 4)).astype(np.float16)),),
        "lines": (Line(0.5, 1.5, f"Où est le café number {seed}?"),),
    }
    return Entry(**{**values, **other})
