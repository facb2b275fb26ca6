"""One frame of a video, found by its time without decoding all that lies before it."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, replace

import av
import numpy as np
from numpy import ndarray

from vkeyframe.errors import InputError, UsageError
from vkeyframe.timing import Position
from vkeyframe.video.container import decoder_limits, main_stream, open_container
from vkeyframe.video.ffmpeg_log import silenced
from vkeyframe.video.file import VideoFile
from vkeyframe.video.header import display_size, usable_aspect_ratio
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.origin import Origin
from vkeyframe.video.packets import PacketIndex, PacketTable
from vkeyframe.video.pyav_decoder import rotation_of, true_picture
from vkeyframe.video.still import shown_at
from vkeyframe.video.timeline import SAME_TIME
from vkeyframe.video.view import View

# By how many seconds earlier the way begins, one after the other: a transport stream, which has no index, is not moved exactly.
EARLIER = (0.0, 1.0, 10.0)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown at a place of a video.

    Attributes
    ----------
    picture : (height, width, 3) uint8, BGR
        Its pixels as stored.
    size : (int, int)
        Width and height at which it is displayed, with square pixels.
    frame : int
        Its number, from 0.
    time : float
        Seconds from the first frame.
    origin : Origin
        What the file says of its recording.
    """

    picture: ndarray
    size: tuple[int, int]
    frame: int
    time: float
    origin: Origin


def frame_at(file: VideoFile, time: float, options: ReadOptions = ReadOptions()) -> ndarray:
    """Return the frame with a presentation time, (height, width, 3) uint8 BGR, upright, its pixels as stored.

    Parameters
    ----------
    file : VideoFile
    time : float
        In seconds from the first frame, as reports have it.
    options : ReadOptions
        Of which `max_pixels` is used, and all where the video has to be read from its beginning.

    Raises
    ------
    InputError
        If it cannot be read, or has no frame at that time.
    """
    table, _ = _packets_of(file, options)
    place = None if table is None else table.place(time)
    found = None if table is None or place is None else _by_seeking(file, table, place, options.max_pixels)
    return (_from_the_beginning(file, time, options) if found is None else found)[0]


def frame_shown(file: VideoFile, position: Position, options: ReadOptions = ReadOptions()) -> Shown:
    """Return the frame that is shown at a place, its picture as of `frame_at`; between two frames the earlier one is shown.

    Raises
    ------
    InputError
        If it cannot be read.
    UsageError
        If the video ends before.
    """
    table, origin = _packets_of(file, options)
    if table is not None:
        length = len(table.times)
        at = position.frame if position.time is None else int(np.searchsorted(table.times, position.time + SAME_TIME)) - 1
        last = float(table.times[-1]) + float(np.diff(table.times).mean() if length > 1 else 0.0)
        if at is not None and at < length and (position.time is None or position.time < last):
            at = max(at, 0)
            time, found = float(table.times[at]), _by_seeking(file, table, at, options.max_pixels)
            picture, size = _from_the_beginning(file, time, options) if found is None else found
            return Shown(picture, size, at, time, origin)
    with open_video(file, replace(options, decode="every", start=None, end=None)) as reader:
        shown, size = shown_at(reader, position), (reader.info.width, reader.info.height)
    if shown is None:
        raise UsageError(f"{file}: ends before the time that is asked for.")
    frame, time, picture = shown
    return Shown(picture, size, frame, time, origin)


def part_shown(file: VideoFile, position: Position, options: ReadOptions) -> Shown:
    """Return what `frame_shown` does, of it only what `crop` leaves, which is given in pixels of the picture as displayed.

    Raises
    ------
    InputError, UsageError
        As `frame_shown`; also if the part does not lie in the picture.
    """
    shown = frame_shown(file, position, replace(options, crop=None, ignore=()))
    if options.crop is None:
        return shown
    view = View(replace(options, ignore=()), *shown.size)
    size = shown.size if view.crop is None else view.crop[2:]
    return replace(shown, picture=view.cropped(shown.picture), size=size)


def _packets_of(file: VideoFile, options: ReadOptions) -> tuple[PacketTable | None, Origin]:
    file.check_readable()
    with closing(PacketIndex(file, options.max_pixels)) as packets:
        return packets.scan().table, packets.origin


def _by_seeking(file: VideoFile, table: PacketTable, place: int, max_pixels: int) -> tuple[ndarray, tuple[int, int]] | None:
    """Decode from the key frame before it; return the picture and its displayed size, None where the container does not lead."""
    start, wanted = table.start, table.start + float(table.times[place])
    key = start + float(table.times[table.key_before(place)])
    with (
        silenced(),
        suppress(av.FFmpegError, UnicodeError, ValueError),
        closing(open_container(file.path, max_pixels)) as container,
    ):
        stream = main_stream(container)
        if stream is None:
            return None
        stream.codec_context.options = decoder_limits(max_pixels)
        stream.codec_context.thread_count = 1
        for earlier in EARLIER:
            container.seek(round((key - earlier) / (stream.time_base or 1)), stream=stream)
            for number, frame in enumerate(container.decode(stream)):
                if frame.time is None or (number == 0 and frame.time > wanted + SAME_TIME):
                    break
                if abs(frame.time - wanted) <= SAME_TIME:
                    if frame.is_corrupt:
                        # Some streams mark as key frames what needs frames before it: the decoder begins earlier then.
                        break
                    picture = true_picture(frame)
                    ratio = usable_aspect_ratio(float(stream.sample_aspect_ratio or 1), rotation_of(frame))
                    return picture, display_size(picture.shape[1], picture.shape[0], ratio)
                if frame.time > wanted + SAME_TIME:
                    return None
    return None


def _from_the_beginning(file: VideoFile, time: float, options: ReadOptions) -> tuple[ndarray, tuple[int, int]]:
    with open_video(file, replace(options, decode="every", start=None, end=None)) as reader:
        for frame, _ in reader.frames():
            if abs(frame.time - time) <= SAME_TIME:
                return frame.picture, (reader.info.width, reader.info.height)
            if frame.time > time + SAME_TIME:
                break
    raise InputError(f"{file}: no frame can be read at {time:g} s; the file may have changed.")
