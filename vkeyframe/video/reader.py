"""Reading a video: one forward pass over `cv2.VideoCapture`, nothing trusted that a header says."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Protocol

import numpy as np

from vkeyframe.errors import InputError
from vkeyframe.models import Decoding, Frame, VideoInfo
from vkeyframe.opencv import cv2
from vkeyframe.timing import Position

# After damage `grab` fails a few times and then goes on; at the end it fails for ever, and at once.
FALSE_GRABS = 64
ANALYSED_PER_SECOND = 8.0
LARGEST_STEP = 5
HIGHEST_FPS = 240.0
NOT_BLACK = 4.0
EIGHT_BIT_PLANES = (b"I420", b"Y42B", b"444P")
STUDIO_TO_FULL = np.clip((np.arange(256) - 16) * 255 / 219 + 0.5, 0, 255).astype(np.uint8)
# Only files: a playlist or a reference inside a file must not reach the network.
CAPTURE_OPTIONS = "protocol_whitelist;file"


class FrameSource(Protocol):
    """What the pipeline needs of a reader."""

    info: VideoInfo
    decoded_frames: int
    damaged_frames: int
    estimated_times: int
    stopped: bool
    last_frame: int
    last_time: float
    warnings: list[str]

    def frames(self) -> Iterator[tuple[Frame, bool]]:
        """Yield frames in display order, each with whether it carries the analysis."""
        ...

    def complete(self) -> bool:
        """Whether the pass came to the end of the video without damage."""
        ...


class OpenCVReader:
    """Frames of one video through OpenCV's FFmpeg.

    Parameters
    ----------
    path : Path
        A local file.
    decode : str
        ``every`` yields each frame, ``sampled`` about 8 in a second, ``codec`` only the codec's key frames.
    start, end : Position, optional
        First place to yield, and first place not to yield any more.
    threads : int
        Decoder threads, 0 for the decoder's own choice.

    Raises
    ------
    InputError
        If there is no such file, no video stream in it, or not one picture to be had.
    """

    def __init__(
        self, path: Path, decode: str = "sampled", start: Position | None = None, end: Position | None = None, threads: int = 0
    ) -> None:
        self._path, self._decode, self._start, self._end = path, decode, start, end
        self.decoded_frames = 0
        self.damaged_frames = 0
        self.estimated_times = 0
        self.stopped = False
        self.warnings: list[str] = []
        self._luma_only = False
        self._clock = 0.0
        self.last_frame = 0
        self.last_time = 0.0
        self._capture = _open(path, threads, key_frames=decode == "codec")
        if not self._capture.grab() and not self._retry():
            self._capture.release()
            raise InputError(f"{path}: no picture can be decoded; the file is empty, encrypted or damaged.")
        ok, self._picture = self._capture.retrieve()
        if not ok or self._picture is None:
            self._capture.release()
            raise InputError(f"{path}: the first picture cannot be read; the format may not be supported.")
        if not self._picture.any():
            self._prefer_luma(path, threads)
        self._origin = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        self._rate_declared = 0.1 <= self._capture.get(cv2.CAP_PROP_FPS) <= HIGHEST_FPS
        self.info = _describe(path, self._capture, self._picture.shape)

    def __enter__(self) -> OpenCVReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._capture.release()

    def frames(self) -> Iterator[tuple[Frame, bool]]:
        """Yield frames in display order, each with whether it is one of the about 8 a second that carry the analysis."""
        last_due: float | None = None
        times: list[float] = []
        skipped: list[float] = []
        while True:
            index, time = self._place()
            if self._end is not None and self._end.reached(index, time):
                self.stopped = True
                return
            if self._start is None or self._start.reached(index, time):
                self.last_frame, self.last_time = index, time
                due = last_due is None or self._decode == "codec" or _is_due(last_due, times, time)
                if (due or self._decode == "every") and self._retrieve():
                    yield Frame(index, time, self._picture, tuple(skipped), self._decode != "codec"), due
                    skipped.clear()
                else:
                    skipped.append(time)
                times.append(time)
                if due:
                    last_due, times = time, []
            self.decoded_frames += 1
            if not self._capture.grab() and not self._retry():
                return

    def complete(self) -> bool:
        """Whether the pass came to the end of the video, as far as the header lets one tell, without damage."""
        if self.damaged_frames or self.stopped or self._decode == "codec":
            return not self.damaged_frames
        reached = self._clock + 1.5 / self.info.fps
        enough = self.decoded_frames >= 0.95 * self.info.declared_frames
        return enough or reached >= 0.95 * self.info.duration

    def measured_info(self) -> VideoInfo:
        """Tell what is known after the pass: rate and duration as measured, where the pass saw all of it."""
        if self.stopped or self.decoded_frames < 2 or self._clock <= 0.0:
            return self.info
        fps = self.info.fps if self._rate_declared else round((self.decoded_frames - 1) / self._clock, 6)
        return replace(self.info, fps=fps, duration=round(self._clock + 1.0 / fps, 6))

    def _place(self) -> tuple[int, float]:
        """Index and presentation time of the frame grabbed last; a missing time is put one frame behind the last."""
        time = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0 - self._origin
        if self.decoded_frames and (not math.isfinite(time) or time <= self._clock):
            time = self._clock + 1.0 / self.info.fps
            self.estimated_times += 1
        self._clock = max(0.0, time)
        index = round(self._clock * self.info.fps) if self._decode == "codec" else self.decoded_frames
        return index, round(self._clock, 6)

    def _retrieve(self) -> bool:
        if self.decoded_frames == 0:
            return True
        ok, picture = self._capture.retrieve()
        if not ok or picture is None:
            self.damaged_frames += 1
            return False
        self._picture = _grey(picture) if self._luma_only else picture
        return True

    def _prefer_luma(self, path: Path, threads: int) -> None:
        """Read grey pictures where OpenCV gives black ones: since 4.13 it silently fails to convert interlaced frames."""
        if int(self._capture.get(cv2.CAP_PROP_CODEC_PIXEL_FORMAT)).to_bytes(4, "little") not in EIGHT_BIT_PLANES:
            return
        capture = _open(path, threads, self._decode == "codec", [cv2.CAP_PROP_CONVERT_RGB, 0])
        ok, luma = capture.read()
        if not ok or luma is None or luma.ndim != 2 or float(luma.std()) < NOT_BLACK:
            capture.release()
            return
        self._capture.release()
        self._capture, self._luma_only = capture, True
        self.warnings.append("This version of OpenCV cannot convert the colours of interlaced video; the pictures are grey.")
        self._picture = _grey(luma)

    def _retry(self) -> bool:
        for attempt in range(1, FALSE_GRABS + 1):
            if self._capture.grab():
                self.damaged_frames += attempt
                return True
        return False


def describe_decoding(reader: FrameSource, mode: str, analysed: int) -> Decoding:
    """Sum up what the decoder did, with a sentence for everything a user must know of."""
    declared, decoded, damaged = reader.info.declared_frames, reader.decoded_frames, reader.damaged_frames
    warnings = list(reader.warnings)
    if damaged:
        warnings.append(f"The decoder failed {damaged} times and {decoded} frames could be decoded; the video is damaged.")
    elif not reader.complete():
        warnings.append(f"Only {decoded} of {declared} declared frames could be decoded; the video is cut off or damaged.")
    if reader.estimated_times:
        warnings.append(f"{reader.estimated_times} frames had no valid time; theirs is estimated.")
    return Decoding(mode, declared, decoded, analysed, damaged, reader.complete(), tuple(warnings))


def _grey(luma: np.ndarray) -> np.ndarray:
    """Turn studio-range luma (16 to 235) into a BGR picture."""
    return np.asarray(cv2.cvtColor(cv2.LUT(luma, STUDIO_TO_FULL), cv2.COLOR_GRAY2BGR))


def _is_due(last_due: float, since: list[float], time: float) -> bool:
    """Whether a frame is the nearest to an even spacing, and never more than LARGEST_STEP frames from the last."""
    if len(since) + 1 >= LARGEST_STEP:
        return True
    gap = time - (since[-1] if since else last_due)
    return time - last_due + gap / 2 >= 1.0 / ANALYSED_PER_SECOND - 1e-4


def display_size(width: int, height: int, sample_aspect_ratio: float) -> tuple[int, int]:
    """Width and height with square pixels, as ``ffmpeg -vf scale=iw*sar:ih`` gives them."""
    return max(1, round(width * sample_aspect_ratio)), height


def _open(path: Path, threads: int, key_frames: bool, options: Sequence[int] = ()) -> cv2.VideoCapture:
    if not path.exists():
        raise InputError(f"{path}: no such file.")
    if not path.is_file():
        raise InputError(f"{path}: not a file.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: no permission to read it.")
    # OpenCV reads these from the environment at every open, and nowhere else.
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = CAPTURE_OPTIONS + ("|avdiscard;nonkey" if key_frames else "")
    options = [*options, *([cv2.CAP_PROP_N_THREADS, threads] if threads else [])]
    try:
        with _plain_name(path) as name:
            capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, options)
    except cv2.error as error:
        raise InputError(f"{path}: the decoder refused the file ({error.err}).") from None
    if not capture.isOpened():
        capture.release()
        raise InputError(f"{path}: no video can be found in it; it may be no video, damaged at the start, or encrypted.")
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


def _describe(path: Path, capture: cv2.VideoCapture, shape: tuple[int, ...]) -> VideoInfo:
    def number(key: int) -> float:
        value = capture.get(key)
        return value if math.isfinite(value) and value > 0 else 0.0

    rotation = int(number(cv2.CAP_PROP_ORIENTATION_META)) % 360
    wide, high = number(cv2.CAP_PROP_SAR_NUM), number(cv2.CAP_PROP_SAR_DEN)
    ratio = wide / high if wide and high else 1.0
    if rotation in (90, 270):
        ratio = 1.0 / ratio
    if not 0.05 <= ratio <= 20.0:
        ratio = 1.0
    width, height = display_size(shape[1], shape[0], ratio)
    rate = number(cv2.CAP_PROP_FPS)
    fps = rate if 0.1 <= rate <= HIGHEST_FPS else 25.0
    declared = int(min(number(cv2.CAP_PROP_FRAME_COUNT), 1e12))
    fourcc = int(number(cv2.CAP_PROP_FOURCC))
    codec = "".join(chr(fourcc >> shift & 0xFF) for shift in (0, 8, 16, 24))
    return VideoInfo(
        path=str(path),
        name=path.name,
        width=width,
        height=height,
        fps=round(fps, 6),
        duration=round(declared / rate, 6) if rate else 0.0,
        codec="".join(c for c in codec if c.isascii() and c.isprintable()).strip().lower() or "unknown",
        rotation=rotation,
        sample_aspect_ratio=round(ratio, 6),
        size_bytes=path.stat().st_size,
        declared_frames=declared,
    )
