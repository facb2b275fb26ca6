"""What the process that decodes hands on for a library: arrays in a file, for its answers are plain values only.

What the child needs is imported only there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from numpy import ndarray

from vkeyframe.errors import DecoderError, OutputError
from vkeyframe.library.entries import SMALL_SHAPE, VIEW_SIZE, VIEWS, ModelVectors, Moments

if TYPE_CHECKING:
    from vkeyframe.library.moments import MomentCollector
    from vkeyframe.selection.sink import Vectors

# Longer side of a thumbnail, and its quality as a JPEG file: about 7 KB each.
THUMBNAIL_PX, QUALITY = 240, 80


@dataclass(frozen=True, slots=True)
class Looks:
    """How a keyframe looks; see `KeyframeEntry`."""

    thumbnail: bytes
    small: bytes
    views: bytes


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects the moments of a video, and how its keyframes look.

    It is a `Beside`.

    Attributes
    ----------
    file : Path
        Takes all of it; `collected` reads it.
    anonymise : bool
        Whether faces in the thumbnails are to be hidden.
    """

    file: Path
    anonymise: bool = False

    def analyser(self) -> MomentCollector:
        """Return what collects the moments."""
        from vkeyframe.library.moments import MomentCollector

        return MomentCollector()

    def keep(self, section: Moments, pictures: Sequence[ndarray | None], vectors: Vectors | None = None) -> None:
        """Write the moments, how these pictures look, and what a user's model makes of them.

        Raises
        ------
        OutputError
            If they cannot be written.
        """
        from vkeyframe.library.views import pack_views
        from vkeyframe.output.anonymise import hide_faces

        views, small = np.zeros((len(pictures), VIEWS, VIEW_SIZE), np.int8), np.zeros((len(pictures), *SMALL_SHAPE), np.uint8)
        thumbnails = [b""] * len(pictures)
        for number, picture in enumerate(pictures):
            if picture is not None:
                views[number], small[number] = pack_views(picture)
                thumbnails[number] = encode_thumbnail(hide_faces(picture) if self.anonymise else picture)
        ends = np.cumsum([len(thumbnail) for thumbnail in thumbnails], dtype=np.int64)
        joined = np.frombuffer(b"".join(thumbnails), np.uint8)
        arrays: dict[str, Any] = {"times": section.times, "descriptors": section.descriptors, "views": views, "small": small}
        if vectors is not None:
            arrays |= {"model": np.array(vectors[0]), "vectors": vectors[1].astype(np.float16)}
        try:
            with self.file.open("wb") as file:
                np.savez(file, thumbnails=joined, ends=ends, **arrays)
        except OSError as error:
            cause = f"what is found cannot be kept in {self.file.parent} ({error.strerror}); give another folder in TMPDIR"
            raise OutputError(f"{cause}.") from None


def encode_thumbnail(picture: ndarray) -> bytes:
    """Encode a (height, width, 3) uint8 BGR picture as a JPEG file, no side longer than 240 px."""
    from vkeyframe.opencv import cv2

    height, width = picture.shape[:2]
    scale = min(1.0, THUMBNAIL_PX / max(height, width))
    if scale < 1.0:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])


def collected(file: Path, subject: str, count: int) -> tuple[Moments, list[Looks], tuple[ModelVectors, ...]]:
    """Read what a `Collector` wrote: the moments, how each of so many keyframes looks, and what a user's model makes of them.

    Raises
    ------
    DecoderError
        If it is not what that writes; the message names the subject.
    """
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            views, small, ends = (arrays[name] for name in ("views", "small", "ends"))
            thumbnails = arrays["thumbnails"].tobytes()
            moments = Moments(arrays["times"], arrays["descriptors"])
            seen = tuple(ModelVectors(str(arrays["model"]), arrays["vectors"]) for _ in range("model" in arrays))
        starts = [0, *ends.tolist()]
        right = len(ends) == count and views.shape == (count, VIEWS, VIEW_SIZE) and small.shape == (count, *SMALL_SHAPE)
        right &= moments.descriptors.shape == (len(moments.times), VIEW_SIZE) and moments.times.ndim == 1
        right &= all(each.vectors.ndim == 2 and len(each.vectors) == count for each in seen)
        right &= all(each.vectors.dtype == np.float16 and np.isfinite(each.vectors).all() for each in seen)
        right &= views.dtype == moments.descriptors.dtype == np.int8 and small.dtype == np.uint8
        if not right:
            raise ValueError("arrays of another form")
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise DecoderError(f"{subject}: the decoder's process left nothing proper for the library ({error}).") from None
    found = zip(starts, starts[1:], small, views, strict=False)
    return moments, [Looks(thumbnails[first:end], tiny.tobytes(), seen_as.tobytes()) for first, end, tiny, seen_as in found], seen
