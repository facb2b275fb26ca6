"""How the entry of a file comes about: decoded by a child process, with all the care of `extract`."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from vkeyframe.library.collected import Collector, collected
from vkeyframe.library.entries import PICTURE, VIDEO, Entry, KeyframeEntry, Line, Moments, ShotEntry
from vkeyframe.process.isolation import Isolation
from vkeyframe.report.records import Report
from vkeyframe.settings import OPTIONS, Settings
from vkeyframe.video.file import VideoFile, is_url, without_password


@dataclass(frozen=True, slots=True)
class Source:
    """A file of which an entry is to be made; its attributes are those of `Entry`."""

    path: str
    size: int
    mtime_ns: int
    settings: str

    @property
    def state(self) -> tuple[int, int, str]:
        """What tells whether it has changed since."""
        return self.size, self.mtime_ns, self.settings


def place_of(path: str, base: str) -> str:
    """Return what a library calls a file: its absolute path, links not followed, or its URL without a password."""
    return without_password(path) if is_url(path) else os.path.normpath(os.path.join(base, path))  # noqa: PTH118  as the bytes are


def settings_text(settings: Settings, marks: str = "") -> str:
    """Return a text that is the same for the same version, for the same settings as far as they bear on an entry, and marks."""
    bearing = {
        name: value
        for name, value in settings.for_report().items()
        if name in OPTIONS and (OPTIONS[name][0] in ("selection", "spoken", "reading") or name == "anonymise")
    }
    digest = blake2b(repr((sorted(bearing.items()), marks)).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return f"{version('vkeyframe')} {digest}"


def collecting(settings: Settings, file: Path) -> Settings:
    """Return settings with which a run also writes into a file what `entry_of_video` reads."""
    return replace(settings, beside=Collector(file, settings.pictures.anonymise))


def entry_of_video(source: Source, report: Report, file: Path) -> Entry:
    """Make the entry of a video.

    Parameters
    ----------
    source : Source
    report : Report
        Of a run with `collecting` settings.
    file : Path
        What that wrote.

    Raises
    ------
    DecoderError
        If the file does not fit the report.
    """
    moments, looks, vectors = collected(file, source.path, len(report.keyframes))
    keyframes = tuple(
        KeyframeEntry(each.index, each.frame, each.time, each.shot, look.thumbnail, look.small, look.views)
        for each, look in zip(report.keyframes, looks, strict=True)
    )
    shots = tuple(
        ShotEntry(each.index, each.start_time, each.end_time, each.start_frame, each.end_frame) for each in report.shots
    )
    lines = tuple(Line(each.start_time, each.end_time, each.text) for each in report.sections.get("lines", ()))
    video = report.video
    return Entry(
        path=source.path,
        kind=VIDEO,
        size=source.size,
        mtime_ns=source.mtime_ns,
        settings=source.settings,
        width=video.width,
        height=video.height,
        duration=video.duration,
        rate=video.rate,
        complete=report.decoding.complete,
        shots=shots,
        keyframes=keyframes,
        moments=moments,
        lines=lines,
        vectors=vectors,
    )


def entry_of_picture(source: Source, file: VideoFile, settings: Settings, isolation: Isolation, scratch: Path) -> Entry:
    """Make the entry of a picture.

    Parameters
    ----------
    source : Source
    file : VideoFile
        The picture itself.
    settings : Settings
    isolation : Isolation
        The child process that decodes it.
    scratch : Path
        A folder for what that finds.

    Raises
    ------
    InputError
        If it is no picture, or has too many pixels.
    DecoderError
        If the decoder crashes.
    """
    found = scratch / "picture"
    collector = Collector(found, settings.pictures.anonymise)
    width, height = isolation.call(str(file), _look_at, file, settings, collector, answer=tuple[int, int])
    moments, (look,), vectors = collected(found, source.path, 1)
    return Entry(
        path=source.path,
        kind=PICTURE,
        size=source.size,
        mtime_ns=source.mtime_ns,
        settings=source.settings,
        width=width,
        height=height,
        duration=0.0,
        rate=None,
        complete=True,
        shots=(),
        keyframes=(KeyframeEntry(0, 0, 0.0, 0, look.thumbnail, look.small, look.views),),
        moments=moments,
        vectors=vectors,
    )


def _look_at(file: VideoFile, settings: Settings, collector: Collector) -> tuple[int, int]:
    """Describe a picture, and return its width and height."""
    from vkeyframe.analysis.gaze import SIDE_PX
    from vkeyframe.analysis.heads import shrink
    from vkeyframe.matching import load_picture
    from vkeyframe.selection.users_model import load_model

    file.check_readable()
    picture = load_picture(file, settings.reading.max_pixels)
    height, width = picture.shape[:2]
    model = load_model(settings.selection, settings.reading.threads)
    vectors = None if model is None else (model.pictures.name, model.pictures.embed([picture]))
    # As large as those of videos.
    collector.keep(Moments.none(), [shrink(picture, SIDE_PX) if max(width, height) > SIDE_PX else picture], vectors)
    return width, height
