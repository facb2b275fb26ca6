"""Writing what is known of pictures into their files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from vkeyframe.output.anonymise import WARNING
from vkeyframe.output.embedding import Metadata, embed
from vkeyframe.output.exif import exif_block
from vkeyframe.output.facts import PictureFacts, frame_facts, plain_name, software_name
from vkeyframe.output.folder import file_errors
from vkeyframe.output.options import PictureOptions
from vkeyframe.output.xmp import xmp_packet
from vkeyframe.report.records import Report
from vkeyframe.video.file import VideoFile
from vkeyframe.video.location import read_route

SUFFIXES = (".jpg", ".png", ".webp")


def describe(report: Report, file: VideoFile, folder: Path | None, options: PictureOptions, max_pixels: int) -> Report:
    """Find out where the keyframes were filmed, if that is asked for, and write into their pictures what is known of them.

    Where faces were hidden, the report warns that some can be missed.

    Parameters
    ----------
    report : Report
    file : VideoFile
        The video of the report.
    folder : Path or None
        Where the pictures lie, without metadata yet; None where none were written.
    options : PictureOptions
    max_pixels : int
        As in `ReadOptions`.

    Returns
    -------
    Report
        With the places and the warning.

    Raises
    ------
    OutputError
        If a picture cannot be read or written.
    """
    if options.with_location:
        route = read_route(file, max_pixels)
        found = tuple(replace(keyframe, location=route.at(keyframe.time)) for keyframe in report.keyframes)
        report = replace(report, keyframes=found)
    if folder is not None and options.anonymise:
        decoding = replace(report.decoding, warnings=(*report.decoding.warnings, WARNING))
        report = replace(report, decoding=decoding)
    if folder is not None and not options.no_metadata:
        for keyframe in report.keyframes:
            if keyframe.file is not None:
                write_facts(folder / keyframe.file, frame_facts(report.video, keyframe, keyframe.rank, keyframe.location))
    return report


def describe_derived(report: Report, folder: Path, names: Iterable[str]) -> None:
    """Write the same into pictures that were made of the keyframes' pictures and begin with the name of one.

    One of another name, such as a sheet, gets the name of the video. What is no picture stays as it is.

    Raises
    ------
    OutputError
        If a picture cannot be read or written.
    """
    known = {
        Path(frame.file).stem: frame_facts(report.video, frame, frame.rank, frame.location)
        for frame in report.keyframes
        if frame.file is not None
    }
    plain = PictureFacts(software_name(), plain_name(report.video.name))
    for name in names:
        if Path(name).suffix in SUFFIXES:
            # Of two names that fit the longer one is meant.
            stem = max((stem for stem in known if name.startswith(stem)), key=len, default=None)
            write_facts(folder / name, plain if stem is None else known[stem])


def write_facts(path: Path, facts: PictureFacts) -> None:
    """Write what is known of a picture into its file.

    Raises
    ------
    OutputError
        If it cannot be read or written.
    """
    with file_errors(path.parent):
        path.write_bytes(embed(path.read_bytes(), metadata_of(facts)))


def metadata_of(facts: PictureFacts) -> Metadata:
    """Write what is known of a picture in all three forms."""
    texts = {"Software": facts.software, "Description": facts.description, "Video": facts.source}
    if facts.frame is not None:
        texts |= {"Time": str(facts.timecode), "Frame": str(facts.frame)}
    if facts.shot is not None:
        texts |= {"Shot": str(facts.shot), "Rank": str(facts.rank)}
    return Metadata(exif_block(facts), xmp_packet(facts), texts)
