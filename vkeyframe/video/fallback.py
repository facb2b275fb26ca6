"""Decoding with OpenCV, and with PyAV from where OpenCV fails."""

from __future__ import annotations

from collections.abc import Callable

from numpy import ndarray

from vkeyframe.errors import InputError
from vkeyframe.video.damage import DamageCounter
from vkeyframe.video.decoder import Discard
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Planes
from vkeyframe.video.header import Header
from vkeyframe.video.opencv_decoder import OpenCVDecoder
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.pyav_decoder import PyAVDecoder

INTERLACED = "because OpenCV cannot convert interlaced frames"
STOPPED = "where OpenCV stopped"


class FallbackDecoder:
    """Frames of one video through OpenCV; after `go_on` through PyAV.

    The header is OpenCV's all the time, and times keep their origin.

    Parameters
    ----------
    file : VideoFile
    options : ReadOptions
    discard : Discard
        What OpenCV leaves out; PyAV leaves out no frame, or all but key frames.
    warn : callable
        Takes a sentence for the user.
    correction : (3, 3) float32, optional
        Coefficients that turn OpenCV's BGR into true colours.

    Raises
    ------
    InputError
        If OpenCV cannot open the file.
    """

    def __init__(
        self,
        file: VideoFile,
        options: ReadOptions,
        discard: Discard,
        warn: Callable[[str], None],
        correction: ndarray | None = None,
    ) -> None:
        self._file, self._options, self._warn, self._correction = file, options, warn, correction
        self._key_frames = Discard.NONKEY if discard is Discard.NONKEY else Discard.NONE
        self._opencv = OpenCVDecoder(file, options.threads, discard)
        self._pyav: PyAVDecoder | None = None
        self._failure: str | None = None
        # Of the first frame, as both decoders count; None until there is one.
        self._opencv_origin: float | None = None
        self._pyav_origin = 0.0

    def close(self) -> None:
        """Close the file."""
        self._opencv.close()
        if self._pyav is not None:
            self._pyav.close()

    def grab(self) -> bool:
        """Decode the next frame; False at the end and where one is damaged."""
        if self._pyav is not None:
            return self._pyav.grab()
        grabbed = self._opencv.grab()
        self._failure = None if grabbed else STOPPED
        if grabbed and self._opencv_origin is None:
            self._opencv_origin = self._opencv.time()
        return grabbed

    def time(self) -> float:
        """Return the presentation time in seconds of the frame grabbed last."""
        if self._pyav is None:
            return self._opencv.time()
        return self._pyav.time() - self._pyav_origin + (self._opencv_origin or 0.0)

    def picture(self) -> ndarray | Planes | None:
        """Return the frame grabbed last, as BGR or planes; None if it is damaged or cannot be converted."""
        if self._pyav is not None:
            return self._pyav.picture()
        picture = self._opencv.picture()
        self._failure = INTERLACED if self._opencv.cannot_convert else None
        return picture

    def correction(self) -> ndarray | None:
        """Return coefficients that turn the BGR of `picture` into true colours; None where it has them."""
        return self._correction if self._pyav is None else None

    def is_key_frame(self) -> bool:
        """Return False: OpenCV does not say."""
        return False

    def go_on(self, time: float) -> bool:
        """Where OpenCV stopped or cannot convert a frame, go on with PyAV at the first frame that is not before a time."""
        if self._pyav is not None or self._failure is None:
            return False
        try:
            pyav = PyAVDecoder(self._file, self._options, self._key_frames)
        except InputError:
            return False
        origin = _move_to(pyav, time)
        if origin is None:
            pyav.close()
            return False
        self._pyav, self._pyav_origin = pyav, origin
        self._warn(f"Decoded with PyAV from {time:.3f} s on, {self._failure}.")
        return True

    def header(self) -> Header:
        """Return what the header claims, by OpenCV."""
        return self._opencv.header()


def _move_to(decoder: PyAVDecoder, time: float) -> float | None:
    """Grab frames up to the first that is not before a time; return the time of the first of all, None if that fails."""
    # What fails on the way has been counted before.
    damage = DamageCounter(decoder)
    if not damage.grab() or decoder.picture() is None:
        return None
    origin = decoder.time()
    while decoder.time() - origin < time - 1e-3:
        if not damage.grab():
            return None
    return origin
