"""`vkeyframe frame`."""

from __future__ import annotations

import sys
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vkeyframe.cli.command import GroupedCommand
from vkeyframe.cli.json_file import is_standard_output
from vkeyframe.cli.options import check_name, quiet_option, settings_options, timeout_option, verbose_option
from vkeyframe.cli.terminal import check_standard_output, say
from vkeyframe.errors import OutputError, UsageError
from vkeyframe.settings import Settings
from vkeyframe.timing import Position, format_timecode, parse_position

if TYPE_CHECKING:
    from vkeyframe.output.facts import PictureFacts
    from vkeyframe.tracking.request import Box
    from vkeyframe.video.file import VideoFile
    from vkeyframe.video.one_frame import Shown

SUFFIXES = {".jpg": "jpg", ".jpeg": "jpg", ".png": "png", ".webp": "webp"}


@click.command(cls=GroupedCommand)
@click.argument("video")
@click.argument("time")
@click.option("-o", "--output", metavar="FILE|-", help="The picture; - is standard output. [default: NAME_TIME.jpg]")
@click.option("--box", metavar="X,Y,W,H", help="Only this part of the picture, or of what --crop leaves, in pixels as displayed.")
@click.option("--overwrite", is_flag=True, help="Replace a file of that name.")
@settings_options("format", "quality", "width", "crop", "no_metadata", "max_pixels", "threads")
@timeout_option
@quiet_option
@verbose_option
def frame(
    video: str,
    time: str,
    output: str | None,
    box: str | None,
    overwrite: bool,
    timeout: float | None,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Write the one picture that is shown at a TIME.

    TIME is 12.5, 00:01:02.5 or 150f, a time from the first frame or the number of a frame. The form of the picture is that of
    the file's name, else that of --format.
    """
    from vkeyframe.batch.places import local_inputs
    from vkeyframe.batch.storage import fetched
    from vkeyframe.process.isolation import Isolation
    from vkeyframe.tracking.request import parse_box

    check_name("-o", output)
    position, wanted = parse_position(time), None if box is None else parse_box(box)
    settings = Settings.of(**options)
    path = _path(video, position, output, settings.pictures.format)
    if path is None:
        check_standard_output()
    else:
        settings = settings.having(format=_form(path))
        _check(path, local_inputs([video]), overwrite)
    with fetched(video, str(Path.cwd())) as file, Isolation(timeout, verbose=verbose) as isolation:
        text = isolation.call(video, picture_at, file, position, wanted, settings, answer=str, on_crash=picture_without_opencv)
    if path is None:
        sys.stdout.buffer.write(b64decode(text))
        sys.stdout.buffer.flush()
        return
    _write(path, b64decode(text))
    if not quiet:
        say(f"{video}: {path}")


def _path(video: str, position: Position, output: str | None, form: str) -> Path | None:
    """Return where the picture goes, None for standard output."""
    from vkeyframe.batch.storage import STDIN
    from vkeyframe.output.naming import safe_name

    if output is not None:
        return None if is_standard_output(output) else Path(output)
    place = f"{position.frame}f" if position.time is None else format_timecode(position.time).replace(":", "-")
    return Path(f"{'stdin' if video == STDIN else safe_name(Path(video).stem)}_{place}.{form}")


def _form(path: Path) -> str:
    form = SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"{path}: is no name of a picture; end it with {', '.join(SUFFIXES)}.")
    return form


def _check(path: Path, inputs: list[Path], overwrite: bool) -> None:
    """Refuse, before anything is decoded, what is an input or in the way."""
    from vkeyframe.output.inputs import check_file

    check_file(path, inputs)
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; give -o a file.")
    if (path.exists() or path.is_symlink()) and not overwrite:
        raise OutputError(f"{path}: exists already; replace it with --overwrite, or use another -o.")


def _write(path: Path, data: bytes) -> None:
    from vkeyframe.output.folder import file_errors
    from vkeyframe.output.whole_file import write_bytes

    with file_errors(path):
        write_bytes(path, data)


def picture_at(file: VideoFile, position: Position, box: Box | None, settings: Settings) -> str:
    """Return a part of the picture that is shown at a place, encoded, in Base64."""
    from vkeyframe.output.embedding import embed
    from vkeyframe.output.metadata import metadata_of
    from vkeyframe.output.still import encoded_still, with_square_pixels
    from vkeyframe.video.one_frame import part_shown

    shown = part_shown(file, position, settings.reading)
    data = encoded_still(with_square_pixels(shown.picture, shown.size), box, settings.pictures)
    if not settings.pictures.no_metadata:
        data = embed(data, metadata_of(_facts(file, shown)))
    return b64encode(data).decode()


def _facts(file: VideoFile, shown: Shown) -> PictureFacts:
    from vkeyframe.output.facts import PictureFacts, plain_name, software_name, time_taken

    return PictureFacts(
        software=software_name(),
        source=plain_name(file.name),
        time=shown.time,
        timecode=format_timecode(shown.time),
        frame=shown.frame,
        make=shown.origin.make,
        model=shown.origin.model,
        taken=time_taken(shown.origin.created, shown.time),
    )


def picture_without_opencv(file: VideoFile, position: Position, box: Box | None, settings: Settings) -> str:
    """Do the same with PyAV alone."""
    reading = replace(settings.reading, opencv_crashed=True)
    return picture_at(file, position, box, replace(settings, reading=reading))
