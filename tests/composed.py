"""Short edits of the sample videos' scenes, composed with known truth."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from tests import clips
from tests.conftest import SAMPLES
from vkeyframe.opencv import cv2

SIZE = WIDTH, HEIGHT = 480, 270
FPS = 25.0


class Piece(NamedTuple):
    """A shot of an edit: how long it is seen alone, what befalls it, and how the next one follows."""

    source: str
    frames: int
    effect: str | None = None
    then: str = "cut"
    mixed: int = 0  # frames of the transition to the next shot


EDITS = {
    # Cuts, also back to what was seen before, between shots in which something happens that is no cut.
    "cuts": (
        Piece("hills", 50),
        Piece("table", 45, "flash"),
        Piece("night", 45),
        Piece("table", 40, "caption"),
        Piece("sunset", 40, "shake"),
        Piece("forest", 45, "exposure"),
        Piece("night", 32),
        Piece("desert", 50, "caption"),
        Piece("autumn", 36, "flash"),
        Piece("reef", 40, "shake"),
        Piece("alps", 30),
    ),
    "gradual": (
        Piece("hills", 40, then="dissolve", mixed=12),
        Piece("forest", 45, then="black", mixed=16),
        Piece("reef", 45, then="wipe", mixed=14),
        Piece("table", 40, then="white", mixed=18),
        Piece("alps", 50, then="dissolve", mixed=28),
        Piece("lagoon", 40, then="wipe", mixed=22),
        Piece("night", 40, then="dissolve", mixed=8),
        Piece("desert", 45, then="black", mixed=26),
        Piece("sunset", 40),
    ),
    # Short shots, and transitions out of and into what is disturbed.
    "restless": (
        Piece("reef", 30, "shake", "dissolve", 16),
        Piece("sunset", 32, "exposure", "white", 12),
        Piece("heath", 24),
        Piece("table", 30, "caption", "wipe", 16),
        Piece("forest", 34, "flash"),
        Piece("hills", 16),
        Piece("forest", 20, "exposure"),
        Piece("alps", 40, "caption", "black", 20),
        Piece("autumn", 30, "shake"),
        Piece("yard", 60, "exposure", "dissolve", 20),
        Piece("lagoon", 40, "flash"),
        Piece("night", 26),
    ),
}


def truth(name: str) -> dict[str, Any]:
    """Tell the truth about an edit, in the form of sample_videos/README.md."""
    pieces = EDITS[name]
    shots: list[dict[str, Any]] = []
    transitions: list[dict[str, Any]] = []
    first = 0
    for piece in pieces:
        last = first + piece.frames - 1
        flash = [first + k for k in _flashed(piece)]
        shots.append({"first": first, "last": last, "source": piece.source, "distractor": piece.effect, "flash": flash})
        first = last + 1 + piece.mixed
        kind = "fade" if piece.then in ("black", "white") else piece.then
        transitions.append({"last": last, "first": first, "kind": kind})
    frames = shots[-1]["last"] + 1
    size = {"width": WIDTH, "height": HEIGHT}
    return {"fps": FPS, **size, "frames": frames, "shots": shots, "transitions": transitions[:-1]}


def edit(name: str) -> list[ndarray]:
    """Compose an edit."""
    rng = np.random.default_rng(len(name))
    frames: list[ndarray] = []
    for before, piece in pairwise((Piece("", 0), *EDITS[name])):
        strip = _strip(rng, piece, before.mixed)
        for k, picture in enumerate(strip[: before.mixed], len(frames) - before.mixed):
            share = (k + 1 - len(frames) + before.mixed) / (before.mixed + 1)
            frames[k] = _join(frames[k], picture, before.then, share)
        frames += strip[before.mixed :]
    return frames


def _flashed(piece: Piece) -> tuple[int, ...]:
    """Which frames of a shot a photo flash bleaches."""
    return (piece.frames // 2, piece.frames // 2 + 1) if piece.effect == "flash" else ()


@cache
def _sources() -> dict[str, list[ndarray]]:
    """Frames of every scene of the sample videos, those which show it alone, by its name."""
    scenes: dict[str, list[ndarray]] = {}
    for name in ("edited", "variable", "static"):
        capture = cv2.VideoCapture(str(SAMPLES / f"{name}.mp4"), cv2.CAP_FFMPEG)
        shots = clips.truth(name)["shots"]
        frames = [cv2.resize(capture.read()[1], SIZE, interpolation=cv2.INTER_AREA) for _ in range(shots[-1]["last"] + 1)]
        for shot in shots:
            pure = (k for k in range(shot["first"], shot["last"] + 1) if k not in shot["flash"])
            scenes.setdefault(shot["source"], [frames[k] for k in pure])
    return scenes


def _strip(rng: np.random.Generator, piece: Piece, lent: int) -> list[ndarray]:
    """Draw a shot, with as many frames before it as are lent to one transition and those after it for the next.

    Where the scene is too short it goes back and forth.
    """
    scene = _sources()[piece.source]
    count, period = lent + piece.frames + piece.mixed, 2 * len(scene) - 2
    strip = [scene[min(k % period, period - k % period)] for k in range(count)]
    for k, frame in enumerate(strip):
        if k - lent in _flashed(piece):
            strip[k] = cv2.convertScaleAbs(frame, alpha=1.0, beta=110)
        elif piece.effect == "exposure":
            strip[k] = cv2.convertScaleAbs(frame, alpha=0.75 + 0.5 * k / count)
        elif piece.effect == "shake":
            left, top = rng.integers(0, 13, 2)
            strip[k] = cv2.resize(frame[top : HEIGHT - 12 + top, left : WIDTH - 12 + left], SIZE)
        elif piece.effect == "caption" and k >= lent + piece.frames // 3:
            strip[k] = cv2.rectangle(frame.copy(), (0, 212), (WIDTH, 256), (90, 30, 20), -1)
            cv2.putText(strip[k], "Somewhere, some time ago", (24, 242), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (240, 240, 240), 2)
    return strip


def _join(old: ndarray, new: ndarray, kind: str, share: float) -> ndarray:
    """Draw the picture `share` of the way through a transition."""
    if kind == "wipe":
        edge = round(WIDTH * share)
        return np.hstack([new[:, :edge], old[:, edge:]])
    if kind in ("black", "white"):
        blank = np.full_like(old, 0 if kind == "black" else 255)
        old, new, share = (old, blank, 2 * share) if share < 0.5 else (blank, new, 2 * share - 1)
    return cv2.addWeighted(old, 1.0 - share, new, share, 0.0)
