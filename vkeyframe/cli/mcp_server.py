"""A server of the Model Context Protocol: keyframes, shots, frames and words of the videos in one folder."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from math import inf
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, ContentBlock, ImageContent, TextContent

from vkeyframe.api import produce
from vkeyframe.cli.frame import picture_at, picture_without_opencv
from vkeyframe.errors import InputError, UsageError, VkeyframeError
from vkeyframe.library.answers import SearchOptions
from vkeyframe.library.store import Library
from vkeyframe.output.destination import Destination
from vkeyframe.process.isolation import Isolation
from vkeyframe.queries import search as find
from vkeyframe.queries import shots as find_shots
from vkeyframe.report.describe import to_plain
from vkeyframe.report.records import Keyframe
from vkeyframe.settings import Settings
from vkeyframe.timing import format_timecode, parse_position
from vkeyframe.tracking.request import parse_box
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions
from vkeyframe.words.beside import word_files
from vkeyframe.words.options import WordOptions
from vkeyframe.words.placing import Said
from vkeyframe.words.source import Words, read_words

INSTRUCTIONS = (
    "Finds what a video shows without watching it. Videos are named by their paths inside the server's folder. Times are seconds "
    "from the first frame. Begin with keyframes; look closer at a moment with frame; read with words what subtitles say."
)
# Pictures of one answer: about 6 MB at the widest.
MOST_PICTURES, WIDEST_PX = 50, 1568
# Lines of dialogue of one answer: half an hour of talk.
MOST_LINES = 500


def inside(folder: Path, video: str) -> VideoFile:
    """Return a file of a folder, which is shown by its path in it.

    Parameters
    ----------
    folder : Path
        As `Path.resolve` gives it.
    video : str
        Path from the folder.

    Raises
    ------
    InputError
        If it is an absolute path, goes up, leads out of the folder over a link, or is no file; all in the same words, so that
        nothing is told of what lies outside.
    """
    path = PurePath(video)
    try:
        found = (folder / path).resolve(strict=True)
        is_file = found.is_file()
    # A NUL in a path is a ValueError, a ring of links a RuntimeError.
    except (OSError, ValueError, RuntimeError):
        is_file = False
    if path.is_absolute() or ".." in path.parts or not is_file or not found.is_relative_to(folder):
        raise InputError(f"{video!r}: no such video in the folder; give its path from there.")
    return VideoFile.of(found, video)


class Tools:
    """What the server can do; one call at a time decodes.

    Parameters
    ----------
    folder : Path
        The folder that it is confined to.
    library : Path, optional
        What `search` asks; of that, too, nothing is told but what lies in the folder.
    """

    def __init__(self, folder: Path, library: Path | None = None) -> None:
        self._folder = folder.resolve()
        self._library = library
        self._lock = Lock()

    def keyframes(
        self,
        video: str,
        count: int | None = None,
        start: str | None = None,
        end: str | None = None,
        width: int = 768,
        pictures: bool = True,
    ) -> CallToolResult:
        """Find the frames of a video that stand for all of it, with the span of time that each stands for.

        `count` asks for so many of them, up to 50; without it there are as many as the video has to show, 50 at most. `start`
        and `end` (seconds, or 00:01:02.5) look at a part of the video only. `width` is that of the pictures in pixels.
        """
        with self._told(video) as file:
            most = {"max": MOST_PICTURES} if count is None else {"count": _limited("count", count, MOST_PICTURES)}
            settings = Settings.of(start=start, end=end, width=_limited("width", width, WIDEST_PX), **most)
            with TemporaryDirectory(prefix="vkeyframe-") as place, Isolation() as isolation:
                output = Path(place, "out")
                report = produce(file, settings, Destination(output, pictures=pictures), isolation)
                shown = [(each, (output / each.file).read_bytes()) for each in report.keyframes if each.file is not None]
        found = [_described(keyframe) for keyframe in report.keyframes]
        data = {"video": to_plain(report.video), "keyframes": found, "warnings": list(report.decoding.warnings)}
        content: list[ContentBlock] = [_text(_summary(video, report.keyframes))]
        for keyframe, picture in shown:
            content += [_text(f"Keyframe {keyframe.index + 1} at {keyframe.timecode}:"), _image(b64encode(picture).decode())]
        return CallToolResult(content=content, structured_content=data)

    def shots(self, video: str, sensitivity: float = 0.5) -> CallToolResult:
        """List the shots of a video with their first and last frames and times.

        `sensitivity` says how little must change between two shots, 0 to 1.
        """
        with self._told(video) as file:
            if not 0.0 <= sensitivity <= 1.0:
                raise UsageError(f"sensitivity is {sensitivity}, but must be from 0 to 1.")
            found = find_shots(file.path, sensitivity=sensitivity)
        data = {"video": {**to_plain(found.video), "path": video, "name": file.name}}
        data |= {"shots": to_plain(found.shots), "transitions": to_plain(found.transitions)}
        lines = [
            f"Shot {shot.index + 1}: {format_timecode(shot.start_time)} to {format_timecode(shot.end_time)}"
            for shot in found.shots
        ]
        return CallToolResult(content=[_text("\n".join(lines))], structured_content=data)

    def frame(self, video: str, time: str, box: str | None = None, width: int = 1568) -> CallToolResult:
        """Show the picture of a video at a time: seconds, 00:01:02.5, or 150f for the frame of that number.

        `box` (X,Y,WIDTH,HEIGHT in pixels of the video) shows only that part, for small things.
        """
        with self._told(video) as file:
            position, part = parse_position(time), None if box is None else parse_box(box)
            settings = Settings.of(width=_limited("width", width, WIDEST_PX), no_metadata=True)
            given = file, position, part, settings
            with Isolation() as isolation:
                data = isolation.call(video, picture_at, *given, answer=str, on_crash=picture_without_opencv)
        answer = {"video": video, "time": time, "box": box}
        return CallToolResult(content=[_text(f"{video} at {time}:"), _image(data)], structured_content=answer)

    def words(self, video: str, start: str | None = None, end: str | None = None, subtitles: str | None = None) -> CallToolResult:
        """Read what is said, as subtitles in the video or beside it have it, with times; at most 500 lines.

        `start` and `end` (seconds, or 00:01:02.5) ask for a part of it. `subtitles` is a language, such as en, or the number of
        a track.
        """
        with self._told(video) as file:
            begin, stop = (None if place is None else parse_position(place) for place in (start, end))
            options = WordOptions(words=True, subtitles=subtitles)
            if any(not path.resolve().is_relative_to(self._folder) for path in word_files(file.path, file.name, options)):
                raise InputError(f"{video!r}: subtitles beside it are a link out of the folder; put a copy there.")
            reading = ReadOptions()
            with Isolation() as isolation:
                found = isolation.call(video, read_words, file, options, reading.max_pixels, answer=Words)
        # Without the video's rate a number of a frame is no time.
        if any(place is not None and place.time is None for place in (begin, stop)):
            raise ToolError("start and end are seconds here, or times such as 00:01:02.5.")
        first, last = 0.0 if begin is None else begin.time, inf if stop is None else stop.time
        lines = Said(found.lines).between(first or 0.0, last or 0.0)
        notes = [*found.notes, *([f"{len(lines) - MOST_LINES} more lines follow; give a start."] if lines[MOST_LINES:] else [])]
        texts = [f"{format_timecode(line.start_time)} {line.text}" for line in lines[:MOST_LINES]]
        data = {"video": video, "lines": to_plain(lines[:MOST_LINES]), "notes": notes}
        return CallToolResult(content=[_text("\n".join([*texts, *notes]))], structured_content=data)

    def search(
        self,
        picture: str | None = None,
        time: str | None = None,
        end: str | None = None,
        text: str | None = None,
        count: int = 5,
    ) -> CallToolResult:
        """Find videos of the library by what they show or say: by a picture, a frame, a clip, or words.

        `picture` is a picture or a video; of a video, `time` alone asks by the frame there, `time` and `end` by that
        part, neither by all of it. `text` looks for lines that have all these words. A similarity of 1 is the same picture.
        """
        with self._told(picture or "text") if picture is not None else self._answered() as file:
            if (file is None) == (text is None):
                raise UsageError("Give either a picture or a text.")
            place, most = str(self._library), SearchOptions(top=MOST_PICTURES)
            _limited("count", count, MOST_PICTURES)
            if file is None:
                found = find(library=place, text=text, options=most)
            else:
                found = find(_question(file, time, end), library=place, options=most)
            inside_it = [each for each in found.finds if self._name(each.video) is not None][:count]
            pictures = thumbnails(place, [each.keyframe for each in inside_it])
        finds = [{**to_plain(each), "video": self._name(each.video)} for each in inside_it]
        data = {"found": bool(finds), "threshold": found.threshold, "finds": finds}
        content: list[ContentBlock] = [_text(f"{len(finds)} finds, the likest first:" if finds else "Not found.")]
        for each, shown in zip(finds, pictures, strict=True):
            content.append(_text(f"{each['video']} at {each['timecode']}: {each['text'] or each['similarity']}"))
            content += [_image(b64encode(shown).decode())] if shown is not None else []
        return CallToolResult(content=content, structured_content=data)

    def _name(self, place: str) -> str | None:
        """Return the path from the folder of a file that lies in it."""
        # Links are followed: one in the folder may lead out of it.
        path = Path(place).resolve()
        return path.relative_to(self._folder).as_posix() if path.is_relative_to(self._folder) and path.is_file() else None

    @contextmanager
    def _answered(self) -> Iterator[None]:
        """Tell errors to the client without the folder's place."""
        try:
            yield
        except VkeyframeError as error:
            raise ToolError(str(error).replace(f"{self._folder}/", "")) from None

    @contextmanager
    def _told(self, video: str) -> Iterator[VideoFile]:
        """Give the file of a video while no other call decodes; errors are told to the client without the folder's place."""
        with self._answered(), self._lock:
            yield inside(self._folder, video)


def serve(folder: Path, library: Path | None = None) -> None:
    """Serve over standard input and output until the input ends; `search` is there with a library."""
    server = MCPServer("vkeyframe", instructions=INSTRUCTIONS, version=version("vkeyframe"), log_level="ERROR")
    tools = Tools(folder, library)
    every: list[Callable[..., CallToolResult]] = [tools.keyframes, tools.shots, tools.frame, tools.words]
    every += [tools.search] if library is not None else []
    for tool in every:
        server.add_tool(tool)
    server.run("stdio")


def _limited(name: str, value: int, most: int) -> int:
    if not 1 <= value <= most:
        raise UsageError(f"{name} is {value}, but must be from 1 to {most}.")
    return value


def _question(file: VideoFile, time: str | None, end: str | None) -> str:
    """Return what is asked as the command line has it."""
    if time is None:
        if end is not None:
            raise UsageError("end needs a time at which the clip begins.")
        return str(file.path)
    return f"{file.path}@{time}" + (f"-{end}" if end is not None else "")


def thumbnails(library: str, keyframes: list[int | None]) -> list[bytes | None]:
    """Return the JPEG files of keyframes of a library; None where there is none."""
    with Library.open(library) as opened:
        return [None if each is None else opened.thumbnail(each) for each in keyframes]


def _described(keyframe: Keyframe) -> dict[str, Any]:
    """Return what a reader of a keyframe needs; the rest of it is many numbers."""
    names = ("index", "frame", "time", "timecode", "shot", "rank", "score", "span_start_time", "span_end_time_exclusive")
    return {name: to_plain(getattr(keyframe, name)) for name in names}


def _summary(video: str, keyframes: tuple[Keyframe, ...]) -> str:
    lines = [f"{len(keyframes)} keyframes of {video}, in order of time:"]
    for each in keyframes:
        start, end = each.span_start_time or 0.0, each.span_end_time_exclusive or 0.0
        span = f"stands for {format_timecode(start)} to {format_timecode(end)}"
        lines.append(f"{each.index + 1}. {each.timecode}, {span}, shot {each.shot + 1}, rank {each.rank}")
    return "\n".join(lines)


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)


def _image(data: str) -> ImageContent:
    return ImageContent(type="image", data=data, mime_type="image/jpeg")
