"""Decoding through `cv2.VideoCapture`, OpenCV's binding of FFmpeg."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from numpy import ndarray

from vkeyframe.errors import InputError
from vkeyframe.opencv import cv2
from vkeyframe.video.captured_output import CapturedOutput
from vkeyframe.video.container import FORMATS, PROTOCOLS
from vkeyframe.video.decoder import Discard
from vkeyframe.video.file import VideoFile
from vkeyframe.video.header import Header, usable_fps

# A playlist or a reference inside a file must reach neither other files nor the network.
CAPTURE_OPTIONS = f"protocol_whitelist;{PROTOCOLS}|format_whitelist;{FORMATS}"
CANNOT_CONVERT = b"Cannot convert interlaced"
# More declared frames are a defect of the header, and too many for a float's digits.
MOST_FRAMES = 1e12


class OpenCVDecoder:
    """Frames of one video through OpenCV's FFmpeg, as BGR.

    Since version 4.13 OpenCV fails to convert interlaced frames, writes so only to the terminal, and returns whatever is in its
    memory. It also stops for good where a part of a file is missing.

    Attributes
    ----------
    cannot_convert : bool
        Whether the last picture was None because it is interlaced.

    Raises
    ------
    InputError
        If the file cannot be opened.
    """

    def __init__(self, file: VideoFile, threads: int, discard: Discard = Discard.NONE) -> None:
        self._capture = _capture(file, threads, discard)
        self._output = CapturedOutput()
        self.cannot_convert = False

    def close(self) -> None:
        """Close the file."""
        self._capture.release()
        self._output.close()

    def grab(self) -> bool:
        """Decode the next frame; False at the end and where one is damaged."""
        return self._capture.grab()

    def time(self) -> float:
        """Return the presentation time in seconds of the frame grabbed last, from the start of the stream."""
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0

    def picture(self) -> ndarray | None:
        """Return the frame grabbed last, (height, width, 3) uint8 BGR; None if it is damaged or interlaced."""
        with self._output:
            ok, picture = self._capture.retrieve()
        self.cannot_convert = CANNOT_CONVERT in self._output
        return picture if ok and not self.cannot_convert else None

    def correction(self) -> ndarray | None:
        """Return None: where the file tells the matrix, OpenCV takes that."""
        return None

    def is_key_frame(self) -> bool:
        """Return False: OpenCV does not say."""
        return False

    def go_on(self, _time: float) -> bool:
        """Return False: there are no other means."""
        return False

    def header(self) -> Header:
        """Return what the header claims."""
        rate = self._number(cv2.CAP_PROP_FPS)
        declared = int(min(self._number(cv2.CAP_PROP_FRAME_COUNT), MOST_FRAMES))
        width, height = self._number(cv2.CAP_PROP_SAR_NUM), self._number(cv2.CAP_PROP_SAR_DEN)
        fourcc = int(self._number(cv2.CAP_PROP_FOURCC))
        codec = "".join(chr(fourcc >> shift & 0xFF) for shift in (0, 8, 16, 24))
        return Header(
            rate=rate,
            duration=declared / rate if rate else 0.0,
            declared_frames=declared,
            # POS_MSEC counts from the start of the stream; PTS counts frames from that of the container.
            delay=self._number(cv2.CAP_PROP_PTS) / usable_fps(rate),
            codec="".join(c for c in codec if c.isascii() and c.isprintable()).strip().lower() or "unknown",
            rotation=int(self._number(cv2.CAP_PROP_ORIENTATION_META)) % 360,
            sample_aspect_ratio=width / height if width and height else 1.0,
        )

    def _number(self, key: int) -> float:
        value = self._capture.get(key)
        return value if math.isfinite(value) and value > 0 else 0.0


def _capture(file: VideoFile, threads: int, discard: Discard) -> cv2.VideoCapture:
    # OpenCV reads these from the environment at every open, and nowhere else.
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = f"{CAPTURE_OPTIONS}|avdiscard;{discard.value}"
    try:
        with _plain_name(file.path) as name:
            capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, threads])
    except cv2.error as error:
        raise InputError(f"{file}: the decoder refused the file ({file.name_in(error.err)}).") from None
    if not capture.isOpened():
        capture.release()
        raise InputError(f"{file}: no video can be found in it; it may be no video, damaged at the start, or encrypted.")
    return capture


@contextmanager
def _plain_name(path: Path) -> Iterator[str]:
    """Give a name that OpenCV can open: it crashes on one with bytes that are not UTF-8, so such a file gets a link."""
    name = str(path.absolute())
    try:
        name.encode()
    except UnicodeEncodeError:
        with TemporaryDirectory(prefix="vkeyframe-") as folder:
            link = Path(folder) / "video"
            link.symlink_to(path.absolute())
            yield str(link)
    else:
        yield name
