"""A picture that somebody asks about: decoded by a child process, as it may be anything."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.gaze import SIDE_PX
from vkeyframe.analysis.heads import shrink
from vkeyframe.errors import DecoderError, InputError
from vkeyframe.matching import load_picture
from vkeyframe.process.isolation import Isolation
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions

# What the errors call it.
SUBJECT = "the picture"


def decoded(data: bytes, isolation: Isolation) -> ndarray:
    """Decode the bytes of a picture file to (height, width, 3) uint8 BGR, as large as the pictures that are indexed at most.

    Raises
    ------
    InputError
        If it is no picture, or has too many pixels.
    DecoderError
        If the decoder crashes or hangs.
    """
    most = ReadOptions().max_pixels
    with TemporaryDirectory(prefix="vkeyframe-") as folder:
        source, target = Path(folder) / "dropped", Path(folder) / "picture.npy"
        source.write_bytes(data)
        try:
            isolation.call(SUBJECT, _decode, str(source), str(target), most, answer=bool)
        except InputError:
            raise InputError(f"That is no picture that can be read, or it has more than {most} pixels.") from None
        try:
            picture: ndarray = np.load(target, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            picture = np.empty(0)
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise DecoderError(f"{SUBJECT}: the decoder's process left nothing proper.")
    return picture


def _decode(source: str, target: str, max_pixels: int) -> bool:
    """Write a picture as an array, in the child."""
    picture = load_picture(VideoFile(Path(source), SUBJECT), max_pixels)
    np.save(target, shrink(picture, SIDE_PX) if max(picture.shape[:2]) > SIDE_PX else picture)
    return True
