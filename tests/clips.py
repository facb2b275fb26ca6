"""Clips that the tests draw: textured scenes in motion, frames that carry their number, and all that befalls a file.

What OpenCV's own encoder can make needs nothing else; the rest asks for `ffmpeg` and skips the test where it is missing.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests.conftest import SAMPLES
from vkeyframe.opencv import cv2

WIDTH, HEIGHT = 160, 96
BITS, BLOCK_PX = 9, 12
# Suffix and four-character code of what the OpenCV wheel encodes by itself.
FORMS = {"mp4v": ".mp4", "MJPG": ".avi", "VP80": ".webm", "FFV1": ".mkv"}
# The command line as a process of its own, also where no script is installed; SIGINT may be ignored by who runs the tests.
PROGRAM = (
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from vkeyframe.cli.main import main; main()",
)
PATIENCE = 120.0
# The matrix of a QuickTime track that turns a picture clockwise when it is shown: a, b, c and d.
TURNS = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def scene(seed: int, count: int, width: int = WIDTH, height: int = HEIGHT, speed: int = 1) -> list[ndarray]:
    """Draw frames of a window that slides over coloured noise of three scales, `speed` pixels a frame."""
    source = np.random.default_rng(seed)
    size = width + speed * count, height + speed * count
    ground = np.zeros((size[1], size[0], 3))
    for cells, weight in ((4, 1.0), (12, 0.6), (40, 0.3)):
        noise = source.uniform(-1.0, 1.0, (cells, cells, 3))
        ground += weight * cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC)
    ground = np.clip(128.0 + 90.0 * ground / ground.std(), 0, 255).astype(np.uint8)
    return [ground[speed * i : speed * i + height, speed * i : speed * i + width].copy() for i in range(count)]


def scenes(seeds: Iterable[int], count: int, **options: int) -> list[ndarray]:
    """Draw a scene of so many frames for each seed."""
    return [frame for seed in seeds for frame in scene(seed, count, **options)]


def flat(count: int, value: int = 0, width: int = WIDTH, height: int = HEIGHT) -> list[ndarray]:
    """Draw frames of one grey."""
    return [np.full((height, width, 3), value, np.uint8) for _ in range(count)]


def numbered(frames: Sequence[ndarray]) -> list[ndarray]:
    """Put its number on every frame: a row of black and white blocks in the upper left corner, the lowest bit first."""
    marked = []
    for number, frame in enumerate(frames):
        picture = frame.copy()
        for bit in range(BITS):
            picture[:BLOCK_PX, bit * BLOCK_PX : (bit + 1) * BLOCK_PX] = 255 * (number >> bit & 1)
        marked.append(picture)
    return marked


def number_of(picture: ndarray) -> int:
    """Read the number that `numbered` put on a frame."""
    inner = BLOCK_PX // 4
    blocks = [
        picture[inner:-inner, b * BLOCK_PX + inner : (b + 1) * BLOCK_PX - inner][: BLOCK_PX - 2 * inner] for b in range(BITS)
    ]
    return sum(int(block.mean() > 128) << bit for bit, block in enumerate(blocks))


def numbered_scene(count: int, seed: int = 1) -> list[ndarray]:
    """Draw frames of one scene that carry their numbers."""
    return numbered(scene(seed, count))


def write_clip(path: Path, frames: Sequence[ndarray], fps: float = 25.0, codec: str = "mp4v") -> Path:
    """Encode frames with OpenCV alone."""
    height, width = frames[0].shape[:2]
    # FFmpeg inside OpenCV remarks on file descriptor 2 that WebM has no such tag; pytest keeps that to itself.
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), fps, (width, height))
    if not writer.isOpened():
        pytest.skip(f"this OpenCV cannot encode {codec} at {width}x{height}")
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def tool(name: str) -> str:
    """Find `ffmpeg`, `ffprobe` or `jq`; without it the test is skipped."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def ffmpeg(*arguments: str | Path, data: bytes | None = None) -> bytes:
    """Run ffmpeg and return what it writes to standard output."""
    command = [tool("ffmpeg"), "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    told = done.stderr.decode(errors="replace")
    if "Unknown encoder" in told:
        pytest.skip(f"this ffmpeg lacks an encoder: {told.strip()}")
    assert done.returncode == 0, told
    return done.stdout


def encode(path: Path, frames: Sequence[ndarray], *options: str, fps: float = 25.0) -> Path:
    """Encode frames with ffmpeg and these output options, by default as H.264."""
    height, width = frames[0].shape[:2]
    source = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-framerate", str(fps), "-i", "-"]
    codec = [] if "-c:v" in options else ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18"]
    pixels = [] if "-pix_fmt" in options else ["-pix_fmt", "yuv420p"]
    ffmpeg(*source, *codec, *pixels, *options, path, data=b"".join(frame.tobytes() for frame in frames))
    return path


def with_b_frames(path: Path, frames: Sequence[ndarray]) -> Path:
    """Encode as H.264 that stores frames in another order than it shows them, a key frame every 12."""
    return encode(path, frames, "-bf", "3", "-x264-params", "b-adapt=0:keyint=12:min-keyint=12:scenecut=0")


def with_variable_rate(path: Path, frames: Sequence[ndarray]) -> Path:
    """Encode with steps of 20, 40, 60 and 120 ms between frames, over and over."""
    steps = "setpts='(240*floor(N/4)+20*eq(mod(N,4),1)+60*eq(mod(N,4),2)+120*eq(mod(N,4),3))/(1000*TB)'"
    return encode(path, frames, "-vf", f"settb=1/1000,{steps}", "-fps_mode", "passthrough", "-enc_time_base", "1:1000")


def with_delayed_start(path: Path, frames: Sequence[ndarray], delay: float = 2.5) -> Path:
    """Encode so that the first frame is shown only after some seconds."""
    return encode(path, frames, "-output_ts_offset", str(delay))


def with_aspect(path: Path, frames: Sequence[ndarray], ratio: str) -> Path:
    """Encode with pixels that are not square; `ratio` is their width to their height, such as ``2/1``."""
    return encode(path, frames, "-vf", f"setsar={ratio}")


def with_ten_bits(path: Path, frames: Sequence[ndarray]) -> Path:
    """Encode with 10 bits for each value."""
    return encode(path, frames, "-pix_fmt", "yuv420p10le")


def blacker_than_black(path: Path, frames: Sequence[ndarray]) -> Path:
    """Encode with 10 bits and a luma of 60, which lies below the 64 that stand for black."""
    return encode(path, frames, "-vf", "format=yuv420p10le,lutyuv=y=60:u=512:v=512", "-pix_fmt", "yuv420p10le")


def interlaced(path: Path, frames: Sequence[ndarray]) -> Path:
    """Encode as MPEG-2 whose frames are two fields each."""
    options = ("-c:v", "mpeg2video", "-q:v", "3", "-vf", "setfield=tff", "-flags", "+ildct+ilme")
    return encode(path, frames, *options)


def sound_only(path: Path) -> Path:
    """Make a file with a tone and no picture."""
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-vn", path)
    return path


def turned(path: Path, degrees: int) -> Path:
    """Ask players of an MP4 to turn its pictures clockwise, by the matrix in its track header."""
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 44
    a, b, c, d = (value << 16 for value in TURNS[degrees])
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def cut_off(path: Path, share: float) -> Path:
    """Keep only the beginning of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def damaged(path: Path, first: float, last: float) -> Path:
    """Overwrite a stretch of a file, from and to these shares of its length, with bytes that mean nothing."""
    data = bytearray(path.read_bytes())
    begin, end = int(len(data) * first), int(len(data) * last)
    data[begin:end] = b"\xff" * (end - begin)
    path.write_bytes(data)
    return path


def probe_frames(path: Path) -> list[dict[str, Any]]:
    """Ask ffprobe for the frames of a video in the order they are shown: `time` from the first one's, and whether `key`."""
    shown = ["-select_streams", "v:0", "-show_entries", "frame=key_frame,pts_time,best_effort_timestamp_time"]
    done = subprocess.run([tool("ffprobe"), "-v", "error", *shown, "-of", "json", path], capture_output=True, check=True)
    frames = json.loads(done.stdout)["frames"]
    times = [float(frame.get("pts_time", frame.get("best_effort_timestamp_time"))) for frame in frames]
    return [{"time": time - times[0], "key": frame["key_frame"] == 1} for time, frame in zip(times, frames, strict=True)]


def decode_some(path: Path, indices: Iterable[int]) -> dict[int, ndarray]:
    """Decode the frames of these indices with a plain OpenCV loop."""
    wanted = set(indices)
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames: dict[int, ndarray] = {}
    index = 0
    while wanted - set(frames) and capture.grab():
        if index in wanted:
            frames[index] = capture.retrieve()[1]
        index += 1
    capture.release()
    assert set(frames) == wanted
    return frames


def decode_with_ffmpeg(path: Path, index: int, width: int, height: int) -> ndarray:
    """Decode the frame of an index with ffmpeg, at this size."""
    chosen = f"select=eq(n\\,{index}),scale={width}:{height}"
    form = ["-frames:v", "1", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "bgr24"]
    data = ffmpeg("-i", path, "-vf", chosen, *form, "-")
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def luma_difference(one: ndarray, other: ndarray) -> float:
    """Mean absolute difference of the luma of two BGR pictures, in grey levels."""
    grey = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(float) for picture in (one, other)]
    return float(np.abs(grey[0] - grey[1]).mean())


def call(*arguments: str | bytes | Path, **options: Any) -> subprocess.CompletedProcess[Any]:
    """Run the command line as a process of its own; unless asked otherwise, its output is kept as bytes."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run([*map(os.fsencode, (*PROGRAM, *arguments))], check=False, timeout=PATIENCE, **streams | options)


def call_unheard(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run the command line with a standard output that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as unheard:
        return call(*arguments, stdout=unheard)


def call_on_terminal(*arguments: str | Path) -> tuple[subprocess.CompletedProcess[bytes], bytes]:
    """Run the command line with a terminal as standard error; return what is shown there as well."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        with os.fdopen(theirs, "wb") as screen:
            done = call(*arguments, stdin=subprocess.DEVNULL, stderr=screen)
        shown = b""
        # Linux ends a terminal that nobody writes to any more with an error.
        with suppress(OSError):
            while part := terminal.read(4096):
                shown += part
    return done, shown


def wait_until(condition: Callable[[], object], process: subprocess.Popen[Any] | None = None) -> None:
    """Wait until something is so, while a process runs; folders may go while the condition looks through them."""

    def is_so() -> bool:
        with suppress(FileNotFoundError):
            return bool(condition())
        return False

    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def entries(folder: str | Path) -> list[str]:
    """List a folder, hidden files as well."""
    return sorted(path.name for path in Path(folder).iterdir())


def results(folder: Path) -> dict[str, bytes]:
    """Read all files below a folder, hidden ones too, without what may differ between two runs."""
    contents = {}
    for path in folder.rglob("*"):
        # The lines of a batch come as the videos are done, and those of an earlier run are not repeated.
        if path.is_file() and path.name != "batch.jsonl":
            contents[str(path.relative_to(folder))] = path.read_bytes()
        if path.name == "report.json":
            report = json.loads(path.read_text("utf-8"))
            del report["run"]
            contents[str(path.relative_to(folder))] = json.dumps(report).encode()
    return contents


@cache
def truth(name: str) -> Any:
    """Load what is known of a sample video."""
    return json.loads((SAMPLES / f"{name}.json").read_text())
