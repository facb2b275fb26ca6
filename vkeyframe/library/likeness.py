"""A picture that is asked about, and how like it a few keyframes are, looked at more and more closely.

Of the keyframes that descriptors bring, their very small pictures tell the likest, and of these the thumbnails say whether they
show the same: in them the picture is searched for as in a frame of a video, see `analysis.alignment`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.alignment import Template, frame_structure
from vkeyframe.analysis.descriptor import EVEN_FIRST, MIRROR, PARTS, WIDER, describe, small_lab
from vkeyframe.analysis.target import shrunk
from vkeyframe.kernels.grid import COLOUR_COLUMNS, COLOUR_ROWS
from vkeyframe.library.views import SCALE, pack, unpack_lab
from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class LikenessTuning:
    """How very small pictures are compared; set on 200 disturbed keyframes among 953, see tests/bench/library.py.

    Attributes
    ----------
    kept : float
        Share of a keyframe's width and height that a part of it has. With the whole, and three places along each side, 16 parts
        are compared; 49 of three sizes find as many in thrice the time.
    most : float
        Colour difference, in ΔE, from which on it does not matter how large it is: of a caption.
    correlation : float
        What the correlation of structure counts beside the score for the order, as for the frames of one video.
    parts : int
        So many pairs of parts of both, the likest, count beside the wholes.
    by_parts : float
        What their mean weighs, where the whole that is likest has 1: 7 of 390 more come first by descriptors.
    everywhere, spared : float
        Where all that has contrast is less alike than the first, the similarity is at most that and the second: two titles
        before black have four fifths in common. Of 389 keyframes that are there two fall below, of 87 others that would be
        found 41 do.
    caption_step : float
        Least difference in grey levels of what lies above and below the edge of a bar with a caption.
    caption_wide : float
        Share of the width in which this edge must be seen.
    caption_high : float
        Share of the height, from the lower or the upper edge on, in which a bar is looked for.
    """

    kept: float = 0.85
    most: float = 15.0
    correlation: float = 0.5
    parts: int = 3
    by_parts: float = 0.5
    everywhere: float = 0.3
    spared: float = 0.15
    caption_step: float = 10.0
    caption_wide: float = 0.85
    caption_high: float = 0.34


TUNING = LikenessTuning()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a picture a keyframe is.

    Attributes
    ----------
    similarity : float
        Mean over the best four fifths of the picture, 0 to 1; 1 for the same picture.
    rank : float
        What orders keyframes, the higher the better.
    mirrored : bool
    """

    similarity: float
    rank: float
    mirrored: bool


class Look:
    """A picture that is asked about.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
    """

    def __init__(self, picture: ndarray) -> None:
        self._picture = picture
        small, frame = shrunk(picture)
        self._lab, self._luma = small_lab(small), frame.luma
        described = describe(self._lab[None], (*PARTS, *WIDER[1:]))[0]
        self._parts, self._wider = described[: len(PARTS)], np.concatenate([described[:1], described[len(PARTS) :]])
        self._templates: dict[bool, Template] = {}

    @classmethod
    def of_file(cls, data: bytes) -> Self | None:
        """Look at a JPEG file; None if it is none."""
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        return None if picture is None else cls(picture)

    @property
    def uncovered(self) -> Look | None:
        """The picture with what is beside a caption's bar in its place; None where no bar is seen.

        A bar outweighs a picture in which there is little else, such as a bird in the sky.
        """
        for upright in (True, False):
            luma = self._luma if upright else self._luma[::-1]
            edge = _edge_of_bar(luma)
            if edge is not None:
                picture = np.array(self._picture if upright else self._picture[::-1])
                row = int(edge * len(picture))
                picture[row:] = picture[max(0, row - 1)]
                return Look(picture if upright else np.ascontiguousarray(picture[::-1]))
        return None

    @property
    def is_flat(self) -> bool:
        """Whether there is nothing in it to search by."""
        return not self._parts[0].any()

    @property
    def queries(self) -> ndarray:
        """What keyframes are searched by: the picture, and what it may be a part of, (6, 147) int16 as `best_dots` wants it."""
        return np.ascontiguousarray(pack(self._wider)[:, EVEN_FIRST]).astype(np.int16)

    def by_views(self, stored: ndarray) -> tuple[ndarray, ndarray]:
        """Compare the picture with keyframes and parts of them, and parts of it, and what it may be a part of, with keyframes.

        Parameters
        ----------
        stored : (n, 6, 147) int8

        Returns
        -------
        (n,) float64
            The best similarity, -1 to 1, and with a weight that of the likest parts of both: some lie beside a caption.
        (n,) bool
            Whether it is that of the mirror image.
        """
        keys = stored.astype(np.float32) / SCALE
        others = np.concatenate([self._parts[1:], self._wider[1:]])
        values = []
        for signs in (1, MIRROR):
            whole, rest = keys @ (self._parts[0] * signs), keys[:, 0] @ (others * signs).T
            both = np.sort((keys @ (others * signs).T).reshape(len(keys), -1), axis=1)[:, -TUNING.parts :].mean(axis=1)
            values.append(np.maximum(whole.max(axis=1), rest.max(axis=1)) + TUNING.by_parts * both)
        return np.maximum(*values).astype(np.float64), values[1] > values[0]

    def by_small(self, stored: ndarray, mirrored: ndarray) -> ndarray:
        """Compare the picture with very small keyframes and parts of them, each at its own level of light.

        Parameters
        ----------
        stored : (n, 18, 32, 3) uint8
        mirrored : (n,) bool
            Which of them are compared with its mirror image.

        Returns
        -------
        (n,) float64
            1 for no difference, 0 for large ones everywhere.
        """
        labs = unpack_lab(np.where(mirrored[:, None, None, None], stored[:, :, ::-1], stored))
        down, across = _parts(COLOUR_ROWS), _parts(COLOUR_COLUMNS)
        count, places = len(labs), len(down)
        rows = (down.reshape(-1, COLOUR_ROWS) @ labs.reshape(count, COLOUR_ROWS, -1)).reshape(count, -1, COLOUR_COLUMNS, 3)
        cut = rows.transpose(0, 1, 3, 2).reshape(-1, COLOUR_COLUMNS) @ across.reshape(-1, COLOUR_COLUMNS).T
        apart = cut.reshape(count, places, COLOUR_ROWS, 3, places, COLOUR_COLUMNS)
        apart = apart - self._lab.transpose(0, 2, 1)[:, :, None]
        apart[:, :, :, 0] -= np.median(apart[:, :, :, 0], axis=(2, 4), keepdims=True)
        distance = np.minimum(np.sqrt((apart * apart).sum(axis=3)), TUNING.most)
        return np.asarray(1.0 - distance.mean(axis=(2, 4)).reshape(count, -1).min(axis=1) / TUNING.most, np.float64)

    def by_thumbnail(self, thumbnail: bytes, mirrored: bool) -> Likeness:
        """Search for the picture, or its mirror image, in the JPEG file of a keyframe."""
        picture = cv2.imdecode(np.frombuffer(thumbnail, np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            return Likeness(0.0, 0.0, mirrored)
        luma = shrunk(picture)[1].luma
        template = self._template(mirrored)
        correlation, window = template.search(frame_structure(luma))
        local, _ = template.fit(luma, window)
        most = 1.0 if local.everywhere >= TUNING.everywhere else local.everywhere + TUNING.spared
        similarity = max(0.0, min(most, local.score))
        return Likeness(similarity, similarity + TUNING.correlation * correlation, mirrored)

    def _template(self, mirrored: bool) -> Template:
        if mirrored not in self._templates:
            self._templates[mirrored] = Template(np.ascontiguousarray(self._luma[:, ::-1]) if mirrored else self._luma)
        return self._templates[mirrored]


def _edge_of_bar(luma: ndarray) -> float | None:
    """Return where a bar across the lower part of a (rows, columns) uint8 picture begins, as a share of its height; or None."""
    rows = len(luma)
    first = round((1.0 - TUNING.caption_high) * rows)
    # Two rows apart, because an edge may lie within a row; what reduces the picture makes it soft.
    step = luma[first + 2 :].astype(np.int16) - luma[first:-2]
    seen = np.maximum((step >= TUNING.caption_step).mean(axis=1), (step <= -TUNING.caption_step).mean(axis=1))
    found = np.flatnonzero(seen >= TUNING.caption_wide)
    return (first + int(found[0])) / rows if len(found) else None


@cache
def _parts(size: int) -> ndarray:
    """Return the matrices that bring a row of values, and three parts of it, to their number; (4, size, size) float32."""
    kept = TUNING.kept
    matrices = np.zeros((4, size, size), np.float32)
    for number, (start, length) in enumerate([(0.0, 1.0), *((place * (1.0 - kept), kept) for place in (0.0, 0.5, 1.0))]):
        places = np.clip(start * size + length * (np.arange(size) + 0.5) - 0.5, 0.0, size - 1.0)
        left = np.minimum(places.astype(int), size - 2)
        for row, (first, share) in enumerate(zip(left, places - left, strict=True)):
            matrices[number, row, first : first + 2] = 1.0 - share, share
    return matrices
