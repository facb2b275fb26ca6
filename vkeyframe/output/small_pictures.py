"""A small copy of every picture that is kept, for what is looked at only when the keyframes are chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.appeal import appeal
from vkeyframe.opencv import cv2
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.sink import PictureSink

# JPEG with full colour, 20 to 40 KB each: there is one for every candidate, to the end of the video.
ENCODING = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]


class SmallPictures:
    """Hands pictures on to a sink, and keeps a small copy of those that are not dropped, also where the sink keeps nothing.

    It is a `PictureSink` itself.

    Parameters
    ----------
    sink : PictureSink
    longest_px : int
        Longer side of the copies in pixels; smaller pictures stay as they are.
    hide : callable, optional
        Paints over what is to be ignored in a copy that is asked for.
    """

    def __init__(self, sink: PictureSink, longest_px: int, hide: Callable[[ndarray], ndarray] = lambda picture: picture) -> None:
        self._sink, self._longest, self._hide = sink, longest_px, hide
        self._tokens = count()
        self._kept: dict[int, tuple[int | None, bytes]] = {}

    def put(self, picture: ndarray | None) -> int | None:
        """Keep a (height, width, 3) uint8 BGR picture and return its token; None where there is no picture."""
        if picture is None:
            return None
        token = next(self._tokens)
        self._kept[token] = self._sink.put(picture), self._encoded(picture)
        return token

    def get(self, token: int) -> ndarray:
        """Return the small copy of a picture that was not dropped, (height, width, 3) uint8 BGR."""
        return self._hide(np.asarray(cv2.imdecode(np.frombuffer(self._kept[token][1], np.uint8), cv2.IMREAD_COLOR)))

    def of(self, chosen: Sequence[tuple[object, int | None]]) -> list[ndarray | None]:
        """Return the small copies of what is paired with tokens; None where there is no picture."""
        return [None if token is None else self.get(token) for _, token in chosen]

    def drop(self, token: int | None) -> None:
        """Forget a picture, in the sink too; None is ignored."""
        if token is not None and token in self._kept:
            self._sink.drop(self._kept.pop(token)[0])

    def publish(self, stems: Mapping[int, str]) -> dict[int, str]:
        """Let the sink give pictures their names; return those of the pictures that it kept, by their token."""
        inner = {token: self._kept[token][0] for token in stems}
        named = self._sink.publish({kept: stems[token] for token, kept in inner.items() if kept is not None})
        return {token: named[kept] for token, kept in inner.items() if kept is not None}

    def _encoded(self, picture: ndarray) -> bytes:
        height, width = picture.shape[:2]
        scale = self._longest / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if scale <= 0.5 and not (height | width) % 2:
            # By two it goes five times as fast as by any other number, and the means of means differ by rounding only.
            picture = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1.0 else picture
        return bytes(cv2.imencode(".jpg", small, ENCODING)[1])


class CoverAppeal:
    """How good a cover the pictures of candidates would make."""

    def __init__(self, pictures: SmallPictures) -> None:
        self._pictures = pictures
        self._known: dict[int | None, float] = {None: 1.0}

    def of(self, candidates: Sequence[Candidate]) -> ndarray:
        """Return the appeal of each candidate's picture."""
        for candidate in candidates:
            if candidate.token is not None and candidate.token not in self._known:
                self._known[candidate.token] = appeal(self._pictures.get(candidate.token))
        return np.array([self._known[candidate.token] for candidate in candidates])
