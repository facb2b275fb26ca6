"""Reading a video through `cv2.VideoCapture`, and through PyAV where OpenCV cannot."""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from stat import S_ISREG
from tempfile import TemporaryDirectory, TemporaryFile
from types import TracebackType

from numpy import ndarray

from vkeyframe.errors import DecoderError, InputError
from vkeyframe.opencv import cv2
from vkeyframe.process.cores import share_of_threads
from vkeyframe.process.isolation import CRASHED
from vkeyframe.report.records import VideoInfo
from vkeyframe.timing import Position
from vkeyframe.video.container import FORMATS, MAX_PIXELS, PROTOCOLS, picture_sizes
from vkeyframe.video.frame import Planes
from vkeyframe.video.packets import frame_times
from vkeyframe.video.reader import VideoReader, display_size, usable_aspect_ratio, usable_fps

# A playlist or a reference inside a file must reach neither other files nor the network.
CAPTURE_OPTIONS = f"protocol_whitelist;{PROTOCOLS}|format_whitelist;{FORMATS}"
CANNOT_CONVERT = b"Cannot convert interlaced"
STANDARD = 1, 2


def open_video(
    path: Path,
    decode: str = "sampled",
    start: Position | None = None,
    end: Position | None = None,
    threads: int = 0,
    decoder: str = "opencv",
    max_pixels: int = MAX_PIXELS,
    skip_nonref: bool = False,
) -> VideoReader:
    """Open a video with a decoder, ``opencv`` or ``pyav``, see `VideoReader`; with PyAV also where OpenCV fails.

    With 0 threads there are as many as the machine has room for. `skip_nonref` allows to leave out frames that no other depends
    on before they are decoded, where that saves much time.
    """
    _check_readable(path)
    threads = threads or share_of_threads()
    sizes = picture_sizes(path, max_pixels)
    if decode == "skim":
        return _skim(path, start, end, threads, decoder, max_pixels, skip_nonref)
    times = frame_times(path) if skip_nonref and decode == "sampled" else None
    if decoder == "pyav":
        return _pyav(path, decode, start, end, threads, max_pixels, times)
    try:
        if CRASHED in os.environ:
            raise DecoderError(f"{path}: OpenCV crashed on it, and PyAV cannot read it; convert it with another program first.")
        # OpenCV takes memory for whatever it meets.
        if not all(width and height for width, height in sizes):
            raise InputError(f"{path}: no picture can be read, or they have more than {max_pixels} pixels (--max-pixels).")
        return OpenCVReader(path, decode, start, end, threads, max_pixels, times)
    except (InputError, DecoderError) as error:
        try:
            reader = _pyav(path, decode, start, end, threads, max_pixels)
        except InputError:
            raise error from None
        why = "crashed on it" if isinstance(error, DecoderError) else "cannot decode it"
        reader.warnings.append(f"Decoded with PyAV, because OpenCV {why}.")
        return reader


def _skim(
    path: Path, start: Position | None, end: Position | None, threads: int, decoder: str, max_pixels: int, skip_nonref: bool
) -> VideoReader:
    times = frame_times(path, least_pixels=0) if skip_nonref else None
    if times is not None:
        from vkeyframe.video.skim import SkimReader

        return SkimReader(path, "skim", start, end, threads, max_pixels, times)
    reader = open_video(path, "sampled", start, end, threads, decoder, max_pixels)
    reader.warnings.append("Its packets do not tell enough to skim it; frames were sampled instead.")
    return reader


def _pyav(
    path: Path,
    decode: str,
    start: Position | None,
    end: Position | None,
    threads: int,
    max_pixels: int,
    times: ndarray | None = None,
) -> VideoReader:
    from vkeyframe.video.pyav_decoder import PyAVReader

    return PyAVReader(path, decode, start, end, threads, max_pixels, times)


class OpenCVReader(VideoReader):
    """Frames of one video through OpenCV's FFmpeg; PyAV takes over where OpenCV fails.

    Since version 4.13 OpenCV fails to convert interlaced frames, says so only on the terminal, and hands out what lies in its
    memory. It also stops for good where a part of a file is missing.
    """

    def _open(self, path: Path, threads: int) -> None:
        self._threads = threads
        self._relay: VideoReader | None = None
        discard = "nonkey" if self.decode == "codec" else "default" if self._times is None else "nonref"
        self._capture = _capture(path, threads, discard)
        self._listener = _Listener()

    def _close(self) -> None:
        self._capture.release()
        self._listener.close()
        if self._relay is not None:
            self._relay._close()

    def _grab(self) -> bool:
        return self._capture.grab() if self._relay is None else self._relay._grab()

    def _raw_time(self) -> float:
        if self._relay is None:
            return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        return self._relay._raw_time() - self._relay._origin + self._origin

    def _convert(self) -> ndarray | Planes | None:
        if self._relay is None:
            with self._listener:
                ok, picture = self._capture.retrieve()
            if not self._listener.heard(CANNOT_CONVERT):
                return picture if ok else None
            if not self._go_on_with_pyav(self._clock, "because OpenCV cannot convert interlaced frames"):
                return None
        return None if self._relay is None else self._relay._convert()

    def _take_over(self) -> bool:
        if self._relay is not None or self.decode == "codec" or self._near_declared_end():
            return False
        return self._go_on_with_pyav(self._clock + 0.75 / self.info.fps, "where OpenCV stopped")

    def _go_on_with_pyav(self, time: float, why: str) -> bool:
        """Open the video with PyAV and go to the first frame that is not before a time; False if there is none."""
        try:
            relay = _pyav(self._path, self.decode, None, None, self._threads, self._max_pixels)
        except InputError:
            return False
        # What fails on the way has been counted already.
        while relay._raw_time() - relay._origin < time - 1e-3:
            if not relay._grab() and not relay._retry():
                relay._close()
                return False
        self._relay = relay
        self.warnings.append(f"Decoded with PyAV from {time:.3f} s on, {why}.")
        return True

    def _rate(self) -> float:
        return self._number(cv2.CAP_PROP_FPS)

    def _delay(self) -> float:
        # POS_MSEC counts from the start of the stream; PTS counts frames from that of the container.
        return self._number(cv2.CAP_PROP_PTS) / self.info.fps

    def _number(self, key: int) -> float:
        value = self._capture.get(key)
        return value if math.isfinite(value) and value > 0 else 0.0

    def _describe(self, path: Path, width: int, height: int) -> VideoInfo:
        rotation = int(self._number(cv2.CAP_PROP_ORIENTATION_META)) % 360
        wide, high = self._number(cv2.CAP_PROP_SAR_NUM), self._number(cv2.CAP_PROP_SAR_DEN)
        ratio = usable_aspect_ratio(wide / high if wide and high else 1.0, rotation)
        width, height = display_size(width, height, ratio)
        declared = int(min(self._number(cv2.CAP_PROP_FRAME_COUNT), 1e12))
        fourcc = int(self._number(cv2.CAP_PROP_FOURCC))
        codec = "".join(chr(fourcc >> shift & 0xFF) for shift in (0, 8, 16, 24))
        return VideoInfo(
            path=str(path),
            name=path.name,
            width=width,
            height=height,
            fps=round(usable_fps(self._rate()), 6),
            duration=round(declared / self._rate(), 6) if self._rate() else 0.0,
            codec="".join(c for c in codec if c.isascii() and c.isprintable()).strip().lower() or "unknown",
            rotation=rotation,
            sample_aspect_ratio=round(ratio, 6),
            size_bytes=path.stat().st_size,
            declared_frames=declared,
        )


class _Listener:
    """Hears what libraries print while it is entered, to the file descriptors themselves or through C's standard output.

    What was printed goes its way afterwards, so that nothing that another thread says is lost.
    """

    def __init__(self) -> None:
        self._flush = ctypes.CDLL(None).fflush
        self._stack = ExitStack()
        self._logs = tuple(self._stack.enter_context(TemporaryFile()) for _ in STANDARD)  # noqa: SIM115 -- the stack closes them
        self._kept: tuple[int, ...] = ()
        self._said = b""

    def close(self) -> None:
        self._stack.close()

    def heard(self, text: bytes) -> bool:
        """Whether a text was printed when it was entered last."""
        return text in self._said

    def __enter__(self) -> None:
        self._flush(None)
        self._kept = tuple(os.dup(number) for number in STANDARD)
        for number, log in zip(STANDARD, self._logs, strict=True):
            os.dup2(log.fileno(), number)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._flush(None)
        self._said = b""
        for number, copy, log in zip(STANDARD, self._kept, self._logs, strict=True):
            os.dup2(copy, number)
            os.close(copy)
            if length := os.lseek(log.fileno(), 0, os.SEEK_CUR):
                said = os.pread(log.fileno(), length, 0)
                os.lseek(log.fileno(), 0, os.SEEK_SET)
                os.write(number, said)
                self._said += said


def _check_readable(path: Path) -> None:
    """Raise an InputError, naming the cause, where there is no file that may be read."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise InputError(f"{path}: no such file.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be opened ({getattr(error, 'strerror', None) or error}).") from None
    if not S_ISREG(mode):
        raise InputError(f"{path}: not a file; what comes through a pipe is read with - as the name.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: no permission to read it.")


def _capture(path: Path, threads: int, discard: str) -> cv2.VideoCapture:
    # OpenCV reads these from the environment at every open, and nowhere else.
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = f"{CAPTURE_OPTIONS}|avdiscard;{discard}"
    try:
        with _plain_name(path) as name:
            capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, threads])
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
