"""A library of drawn scenes, of which it is known what is like what."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy import ndarray

from tests.library.drawn import drawn_entry
from vkeyframe.browse.answers import Answers
from vkeyframe.browse.page import draw_page
from vkeyframe.browse.server import BrowseServer
from vkeyframe.library.collected import encode_thumbnail
from vkeyframe.library.entries import PICTURE, Entry, KeyframeEntry, Line, Moments, ShotEntry
from vkeyframe.library.store import Library
from vkeyframe.library.views import pack_views
from vkeyframe.opencv import cv2
from vkeyframe.process.isolation import Isolation

# Seconds of each scene.
SCENE = 2.0
FILM, COPY, EXCERPT = "/films/holiday.mp4", "/films/backup/holiday.mkv", "/films/teaser.mp4"
HOSTILE = "/films/<script>alert(1)</script>.mp4", "/films/<img src=x onerror=alert(1)>&\"'.mp4"


def scene(seed: int) -> ndarray:
    """Draw a picture that is unlike that of every other seed."""
    small = np.random.default_rng(seed).integers(0, 256, (9, 16, 3), np.uint8)
    return np.asarray(cv2.resize(small, (320, 180), interpolation=cv2.INTER_CUBIC))


def jpeg(picture: ndarray, form: str = ".jpg") -> bytes:
    return bytes(cv2.imencode(form, picture)[1])


def film(path: str, seeds: Sequence[int], gain: float = 1.0, lines: Sequence[Line] = ()) -> Entry:
    """Make the entry of a video of scenes, each of two seconds, with a keyframe in the middle of each."""
    pictures = [np.clip(scene(seed) * gain, 0, 255).astype(np.uint8) for seed in seeds]
    looks = [pack_views(picture) for picture in pictures]
    keyframes = tuple(
        KeyframeEntry(
            number=number,
            frame=round(25 * SCENE * (number + 0.5)),
            time=SCENE * (number + 0.5),
            shot=number,
            thumbnail=encode_thumbnail(picture),
            small=look.small.tobytes(),
            views=look.views.tobytes(),
        )
        for number, (picture, look) in enumerate(zip(pictures, looks, strict=True))
    )
    shots = tuple(ShotEntry(n, SCENE * n, SCENE * (n + 1) - 0.04, round(50 * n), round(50 * n + 49)) for n in range(len(seeds)))
    times = np.arange(0, SCENE * len(seeds), 0.25, np.float32)
    descriptors = np.stack([looks[int(time // SCENE)].views[0] for time in times])
    moments, duration = Moments(times, descriptors), SCENE * len(seeds)
    return replace(
        drawn_entry(path),
        keyframes=keyframes,
        shots=shots,
        lines=tuple(lines),
        duration=duration,
        width=320,
        height=180,
        moments=moments,
        vectors=(),
    )


def picture_entry(path: str, seed: int) -> Entry:
    """Make the entry of a picture."""
    return replace(film(path, [seed]), kind=PICTURE, duration=0.0, shots=(), moments=Moments.none(), rate=None)


def drawn_library(path: Path) -> Path:
    """Make a library: a film, its copy, an excerpt of it, two with names that are code, a picture, and others."""
    lines = [Line(4.5, 5.5, "Où est le café de la plage?"), Line(9.0, 9.5, "<b>Là [bas]</b>")]
    with Library.open(path, create=True) as library:
        library.put(film(FILM, range(1, 9), lines=lines))
        library.put(film(COPY, range(1, 9), gain=0.9))
        library.put(film(EXCERPT, [20, 4, 5, 6, 21]))
        for number, name in enumerate(HOSTILE):
            library.put(film(name, [30 + number, 40 + number]))
        library.put(picture_entry("/films/picture.png", 50))
        # More than one page of the list.
        for number in range(70):
            library.put(film(f"/films/many/video{number}.mp4", [100 + number]))
    return path


def serving(path: Path) -> Iterator[BrowseServer]:
    """Serve a library, from a thread."""
    with Isolation(timeout=30) as isolation, closing(BrowseServer(path, 0, draw_page(path), Answers(path, isolation))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
