"""Where `vkeyframe shots` writes its lists: to standard output, to a file, or to a file or a folder for each video."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vkeyframe.cli.json_file import is_standard_output, write_json
from vkeyframe.cli.progress import ProgressBar, progress_bar
from vkeyframe.cli.terminal import as_text, check_standard_output, emit, say
from vkeyframe.errors import OutputError, UsageError
from vkeyframe.export.lists import LISTS

if TYPE_CHECKING:
    from vkeyframe.process.isolation import Isolation
    from vkeyframe.report.records import Shot
    from vkeyframe.report.shot_list import ShotList
    from vkeyframe.video.clip_file import Clip
    from vkeyframe.video.clips import ClipOptions
    from vkeyframe.video.file import VideoFile


@dataclass(frozen=True, slots=True)
class Listed:
    """The shots of one video, with what writing them may need.

    Attributes
    ----------
    number : int
        Place of the video on the command line, 0-based.
    file : VideoFile
    shots : ShotList
    isolation : Isolation
        A child process that decodes.
    quiet : bool
        Whether to say nothing.
    max_pixels : int
        Larger pictures are refused.
    """

    number: int
    file: VideoFile
    shots: ShotList
    isolation: Isolation
    quiet: bool
    max_pixels: int


class ShotOutput(Protocol):
    """Takes the shots of one video after another."""

    def write(self, listed: Listed) -> None:
        """Write the shots of a video, or keep them until all are there."""

    def finish(self) -> None:
        """Write what was kept."""


class ShotJson:
    """Writes JSON, or plain CSV: a list of the shots, one object a line where there are several videos."""

    def __init__(self, to: str, videos: int, as_csv: bool) -> None:
        if as_csv and videos > 1:
            raise UsageError("--format csv does not say which video a shot is of; use --to csv.")
        if is_standard_output(to):
            check_standard_output()
        self._to, self._several, self._as_csv = to, videos > 1, as_csv
        self._kept: list[str] = []

    def write(self, listed: Listed) -> None:
        """Write a list to standard output, or keep it for the file."""
        rows = [_row(shot) for shot in listed.shots.shots]
        if self._as_csv:
            emit("\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]))
            return
        text = (
            json.dumps({"video": listed.file.shown_as, "shots": rows}, ensure_ascii=False) if self._several else _indented(rows)
        )
        if is_standard_output(self._to):
            emit(text)
        else:
            self._kept.append(text)

    def finish(self) -> None:
        """Write the file."""
        if self._kept:
            write_json(self._to, "\n".join(self._kept))


class _Table:
    """Writes the rows of all videos into one table."""

    def __init__(self, form: str, output: str | None, inputs: list[Path], overwrite: bool) -> None:
        self._form = LISTS[form]
        self._path = _checked(None if output is None else Path(output), inputs, overwrite)
        self._kept: list[str] = []
        self._is_begun = False

    def write(self, listed: Listed) -> None:
        text = self._form.load()(listed.shots)
        if self._form.has_head and self._is_begun:
            text = text.partition("\n")[2]
        self._is_begun = True
        if self._path is None:
            emit(text.removesuffix("\n"))
        else:
            self._kept.append(text)

    def finish(self) -> None:
        if self._path is not None and self._kept:
            _write(self._path, "".join(self._kept))


class _Files:
    """Writes a file for each video, or the list of the only one to standard output."""

    def __init__(self, form: str, paths: Sequence[Path | None], inputs: list[Path], overwrite: bool) -> None:
        self._form = LISTS[form]
        self._form.load()
        self._paths = [_checked(path, inputs, overwrite) for path in paths]

    def write(self, listed: Listed) -> None:
        text, path = self._form.load()(listed.shots), self._paths[listed.number]
        if path is None:
            emit(text.removesuffix("\n"))
            return
        _write(path, text)
        if not listed.quiet:
            say(f"{path}: written")

    def finish(self) -> None:
        """Do nothing: all is written."""


class _Clips:
    """Cuts the shots into files, in a folder for each video."""

    def __init__(self, folders: Sequence[Path], inputs: list[Path], overwrite: bool, reencode: bool) -> None:
        from vkeyframe.output.inputs import check_file

        for folder in folders:
            check_file(folder, inputs)
            if folder.exists() and not folder.is_dir():
                raise OutputError(f"{folder}: is no folder; give -o a folder for the clips.")
        self._folders, self._inputs, self._overwrite, self._reencode = folders, inputs, overwrite, reencode

    def write(self, listed: Listed) -> None:
        from vkeyframe.output.addition import add_files, scratch_in
        from vkeyframe.output.folder import named_instead
        from vkeyframe.output.inputs import check_file
        from vkeyframe.output.naming import safe_name
        from vkeyframe.video.clip_file import Clip
        from vkeyframe.video.clips import ClipOptions

        folder = self._folders[listed.number]
        with scratch_in(folder) as scratch, named_instead(scratch, folder):
            stem = safe_name(Path(listed.shots.video.name).stem)
            given = listed.file, listed.shots, scratch, ClipOptions(stem, self._reencode, listed.max_pixels)
            with progress_bar(f"clips of {listed.file.name}", listed.quiet) as bar:
                clips = listed.isolation.call(listed.file.shown_as, _cut, *given, answer=tuple[Clip, ...], progress=bar)
            for clip in clips:
                check_file(folder / clip.file, self._inputs)
            add_files(scratch, self._overwrite)
        if not listed.quiet:
            for clip in clips:
                say(f"{folder / clip.file}: {_describe(clip)}")

    def finish(self) -> None:
        """Do nothing: all is written."""


def make_output(
    form: str, output: str | None, videos: Sequence[str], inputs: list[Path], overwrite: bool, reencode: bool
) -> ShotOutput:
    """Make what writes the form that --to asks for; before anything is decoded it is found out whether it can.

    Raises
    ------
    UsageError
        If an output is an input.
    OutputError
        If something is in its place.
    MissingLibraryError
        If the form needs a package that is not installed.
    """
    from vkeyframe.batch.discovery import unique_stems

    stems = unique_stems(videos)
    if form not in LISTS:
        folders = [Path(output or f"{stems[0]}_shots")] if len(videos) == 1 else [Path(output or ".") / stem for stem in stems]
        return _Clips(folders, inputs, overwrite, reencode)
    if LISTS[form].rows:
        return _Table(form, output, inputs, overwrite)
    suffix = LISTS[form].suffix
    if len(videos) > 1 or (output is not None and Path(output).is_dir()):
        return _Files(form, [Path(output or ".") / f"{stem}{suffix}" for stem in stems], inputs, overwrite)
    return _Files(form, [None if output is None else Path(output)], inputs, overwrite)


def _checked(path: Path | None, inputs: list[Path], overwrite: bool) -> Path | None:
    """Return the path if it may be written, or None if it is standard output."""
    from vkeyframe.output.inputs import check_file

    if path is None or is_standard_output(str(path)):
        check_standard_output()
        return None
    check_file(path, inputs)
    if path.is_dir() or (path.is_file() and not overwrite):
        raise OutputError(f"{path}: exists already; replace it with --overwrite, or use another -o.")
    return path


def _write(path: Path, text: str) -> None:
    from vkeyframe.output.folder import file_errors
    from vkeyframe.output.whole_file import write_text

    with file_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, as_text(text))


def _row(shot: Shot) -> dict[str, Any]:
    """Return what is known of a shot where nothing was chosen."""
    return {name: value for name, value in asdict(shot).items() if name != "attention"}


def _indented(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, indent=1)


def _describe(clip: Clip) -> str:
    """Say how a clip differs from its shot."""
    parts = [f"shot {clip.shot}"]
    if clip.early_frames:
        frames = f"{clip.early_frames} frame{'s' * (clip.early_frames != 1)}"
        parts.append(f"begins {clip.early_seconds:.3f} s ({frames}) earlier, at the codec's key frame")
    if clip.late_frames:
        parts.append(
            f"ends {clip.late_frames} frame{'s' * (clip.late_frames != 1)} later, without which its last cannot be decoded"
        )
    return ", ".join(parts)


def _cut(
    file: VideoFile, found: ShotList, folder: Path, options: ClipOptions, progress: ProgressBar | None = None
) -> tuple[Clip, ...]:
    from vkeyframe.video.clips import cut_clips

    return cut_clips(file, found, folder, options, progress)
