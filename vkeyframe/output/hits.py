"""Writing the pictures of matches, and comparisons of them with the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from numpy import ndarray

from vkeyframe.opencv import cv2
from vkeyframe.output.anonymise import WARNING, hide_faces
from vkeyframe.output.comparison import draw_comparison
from vkeyframe.output.facts import frame_facts
from vkeyframe.output.hit_folders import COMPARISON_NAME, HitFolders
from vkeyframe.output.metadata import write_facts
from vkeyframe.output.naming import PictureLabel, picture_name, safe_name
from vkeyframe.output.options import PictureOptions
from vkeyframe.output.spool import PictureSpool, write_picture
from vkeyframe.report.matches import Match, Matches
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.video.attempts import read_with_care
from vkeyframe.video.file import VideoFile
from vkeyframe.video.location import read_route
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.still import pictures_at


def write_hits(
    found: Matches,
    target: ndarray,
    videos: Sequence[VideoFile],
    folders: HitFolders,
    options: PictureOptions = PictureOptions(),
    reading: ReadOptions = ReadOptions(),
) -> Matches:
    """Read the frames of the matches once more, and write what is asked for.

    Where nothing was found, the nearest frame is compared with the target, but no picture of it is written.

    Parameters
    ----------
    found : Matches
    target : (height, width, 3) uint8, BGR
    videos : sequence of VideoFile
        Among which the videos of the matches are.
    folders : HitFolders
    options : PictureOptions
        Form, size and names of the pictures; comparisons are PNG files of the same names.
    reading : ReadOptions

    Returns
    -------
    Matches
        With the names of the pictures' files.
    """
    shown = found.matches or (() if found.nearest is None else (found.nearest,))
    files: dict[Match, str] = {}
    for video in videos:
        own = [hit for hit in shown if hit.video == str(video)]
        if own:
            files |= _Writer(found, target, folders, options).write(video, own, reading)
    if options.anonymise:
        found = replace(found, warnings=(*found.warnings, WARNING))
    return replace(found, matches=tuple(replace(hit, file=files.get(hit)) for hit in found.matches))


class _Writer:
    """Writes what is asked for of the matches in one video."""

    def __init__(self, found: Matches, target: ndarray, folders: HitFolders, options: PictureOptions) -> None:
        self._found, self._folders, self._options = found, folders, options
        self._target = hide_faces(target) if options.anonymise else target
        self._best = found.matches[0] if found.matches else found.nearest

    def write(self, video: VideoFile, own: Sequence[Match], reading: ReadOptions) -> dict[Match, str]:
        def look(reading: ReadOptions) -> dict[Match, str]:
            with ExitStack() as stack:
                reader = stack.enter_context(open_video(video, reading))
                size = self._options.size_of(reader.info.width, reader.info.height)
                spool = stack.enter_context(
                    PictureSpool(self._folders.pictures if self._found.found else None, self._options, size)
                )
                tokens: dict[int, Match] = {}
                for index, picture in pictures_at(reader, {hit.frame for hit in own}):
                    for hit in own:
                        if hit.frame == index:
                            self._compare(hit, picture)
                            token = spool.put(picture)
                            tokens |= {} if token is None else {token: hit}
                names = spool.publish({token: self._stem(hit) for token, hit in tokens.items()})
                written = {tokens[token]: name for token, name in names.items()}
                self._describe(written, reader.info, video, reading.max_pixels)
                return written

        return read_with_care(replace(reading, decode="every"), look)

    def _describe(self, written: Mapping[Match, str], info: VideoInfo, video: VideoFile, max_pixels: int) -> None:
        """Write into the pictures what is known of them."""
        if self._folders.pictures is None or self._options.no_metadata:
            return
        route = read_route(video, max_pixels) if self._options.with_location else None
        for hit, name in written.items():
            location = None if route is None else route.at(hit.time)
            write_facts(self._folders.pictures / name, frame_facts(info, hit, self._rank(hit), location))

    def _rank(self, hit: Match) -> int:
        """Return the place among the matches, from 1; 1 for the nearest frame where there are none."""
        return self._found.matches.index(hit) + 1 if hit in self._found.matches else 1

    def _compare(self, hit: Match, picture: ndarray) -> None:
        places = [self._folders.comparisons / f"{self._stem(hit)}.png"] if self._folders.comparisons is not None else []
        if self._folders.best is not None and hit == self._best:
            places.append(self._folders.best / COMPARISON_NAME)
        shown = hide_faces(picture) if places and self._options.anonymise else picture
        for place in places:
            drawn = draw_comparison(self._target, shown, hit)
            write_picture(place, drawn, (drawn.shape[1], drawn.shape[0]), [cv2.IMWRITE_PNG_COMPRESSION, 6])

    def _stem(self, hit: Match) -> str:
        rank = self._rank(hit)
        name = safe_name(Path(Path(hit.video).name).stem)
        return picture_name(self._options.name, PictureLabel(name, rank - 1, hit.shot, hit.frame, rank, hit.time))
