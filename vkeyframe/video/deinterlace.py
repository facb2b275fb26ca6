"""Frames of two fields made frames of one moment, by FFmpeg's filter bwdif."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.filter import Graph
from av.video.frame import VideoFrame

# One frame for each frame, with its time; which field comes first is as each frame says. FFmpeg's value for frames to convert.
FRAMES = {"auto": "interlaced", "yes": "all"}


class Deinterlacer:
    """Takes decoded frames in display order and gives as many back, one frame later.

    With ``auto`` frames pass as they are until one is flagged as interlaced; behind it those that are not still do.

    Parameters
    ----------
    wanted : str
        ``auto``, ``yes`` or ``no``.

    References
    ----------
    bwdif: J. Porter, T. Mundt, after Weston 3-field deinterlacing, BBC R&D, and yadif by M. Niedermayer; FFmpeg documentation.
    """

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._graph: Graph | None = None
        self._form: tuple[int, int, str] | None = None

    def push(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """Take a frame, and give what is ready."""
        if self._wanted == "no" or (self._graph is None and self._wanted == "auto" and not frame.interlaced_frame):
            yield frame
            return
        form = (frame.width, frame.height, frame.format.name)
        if self._graph is None or self._form != form:
            yield from self.finish()
            self._graph, self._form = _graph(frame, FRAMES[self._wanted]), form
        self._graph.push(frame)
        yield from _ready(self._graph)

    def finish(self) -> Iterator[VideoFrame]:
        """Give what is still held, at the end of the video."""
        graph, self._graph = self._graph, None
        if graph is not None:
            graph.push(None)
            yield from _ready(graph)


def _graph(frame: VideoFrame, frames: str) -> Graph:
    graph = Graph()
    # The bytes do not depend on the number of threads: each has lines of its own.
    first = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    graph.link_nodes(first, graph.add("bwdif", f"mode=send_frame:parity=auto:deint={frames}"), graph.add("buffersink"))
    graph.configure()
    return graph


def _ready(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            found = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(found, VideoFrame):
            yield found
