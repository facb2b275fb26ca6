"""A video with what was found drawn into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream
from numpy import ndarray

from vkeyframe.opencv import cv2
from vkeyframe.report.tracks import TrackBox, Tracks
from vkeyframe.tracking.files import VIDEO_NAME, mask_path
from vkeyframe.video.reader import VideoReader

# Ticks of a second; MPEG-4 has room for 65535.
_TICKS = 60000
# Blue, green and red of the tracks, which take turns.
_COLOURS = ((60, 220, 60), (50, 160, 255), (255, 140, 60), (220, 80, 220), (80, 220, 240), (180, 180, 60))
_LOST = (0, 0, 230)


def write_overlay(reader: VideoReader, tracks: Tracks, folder: Path) -> Iterator[float]:
    """Write all frames of a video at their times, with boxes, numbers and masks; yield the time of each in seconds.

    Between frames that were analysed the boxes stay where they are. H.264 where it can be encoded, else MPEG-4.

    Parameters
    ----------
    reader : VideoReader
        Gives every frame.
    tracks : Tracks
    folder : Path
        Takes the video; has the masks, if there are any.
    """
    boxes, ends = _by_frame(tracks), {track.track: track.end_frame for track in tracks.tracks}
    shown: list[tuple[int, TrackBox]] = []
    mask: ndarray | None = None
    with closing(av.open(str(folder / VIDEO_NAME), "w")) as container:
        stream: VideoStream | None = None
        last = -1
        for frame, _ in reader.frames():
            picture = frame.whole_picture.copy()
            stream = stream or _stream(container, reader.info.fps, picture.shape[1], picture.shape[0])
            shown = boxes.get(frame.index) or [each for each in shown if frame.index <= ends[each[0]]]
            mask = _read_mask(mask_path(folder, frame.index)) if frame.index in boxes else mask if shown else None
            _draw(picture, shown, mask)
            encoded = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format=stream.pix_fmt)
            last = encoded.pts = max(last + 1, round(frame.time * _TICKS))
            encoded.time_base = Fraction(1, _TICKS)
            container.mux(stream.encode(encoded))
            yield frame.time
        if stream is not None:
            container.mux(stream.encode(None))


def _stream(container: av.container.OutputContainer, fps: float, width: int, height: int) -> VideoStream:
    """Add a stream for pictures of a size; one thread, so that the file does not depend on the machine."""
    rate = Fraction(fps).limit_denominator(1001)
    try:
        stream = container.add_stream("libx264", rate, options={"preset": "veryfast", "crf": "20"})
        # Halved colours need an even size.
        stream.pix_fmt = "yuv444p" if width % 2 or height % 2 else "yuv420p"
    except ValueError:
        stream = container.add_stream("mpeg4", rate, options={"q:v": "3"})
        stream.pix_fmt = "yuv420p"
    stream.width, stream.height = width, height
    stream.codec_context.time_base = Fraction(1, _TICKS)
    stream.codec_context.thread_count = 1
    return stream


def _by_frame(tracks: Tracks) -> dict[int, list[tuple[int, TrackBox]]]:
    boxes: dict[int, list[tuple[int, TrackBox]]] = {}
    for track in tracks.tracks:
        for box in track.boxes:
            boxes.setdefault(box.frame, []).append((track.track, box))
    return boxes


def _read_mask(path: Path) -> ndarray | None:
    if not path.exists():
        return None
    mask: ndarray | None = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    return mask


def _draw(picture: ndarray, boxes: list[tuple[int, TrackBox]], mask: ndarray | None) -> None:
    """Draw masks, boxes and numbers into a picture; the box of a lost thing is red."""
    thick = max(1, round(max(picture.shape) / 400))
    for number, box in boxes:
        colour = _COLOURS[(number - 1) % len(_COLOURS)]
        if mask is not None:
            inside = mask == number
            picture[inside] = (picture[inside] * 0.5 + np.array(colour) * 0.5).astype(np.uint8)
        colour = colour if box.state == "seen" else _LOST
        corner = round(box.x), round(box.y)
        cv2.rectangle(picture, corner, (round(box.x + box.width), round(box.y + box.height)), colour, thick)
        text = str(number) if box.state == "seen" else f"{number} lost"
        place = max(0, corner[0]), max(12 * thick, corner[1] - 3 * thick)
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45 * thick, colour, thick, cv2.LINE_AA)
