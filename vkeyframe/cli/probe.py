"""`vkeyframe probe`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vkeyframe.cli.options import emit, local_video, settings_options, tell_decoder_lines, verbose_option
from vkeyframe.report.records import VideoInfo

if TYPE_CHECKING:
    from vkeyframe.video.file import VideoFile


@click.command()
@click.argument("video")
@settings_options("max_pixels")
@verbose_option
def probe(video: str, max_pixels: int, verbose: bool) -> None:
    """Say what a video's header claims, once its first frame could be decoded.

    Width and height are those of the picture as displayed. Frame count and duration are the header's, which can be
    wrong; `extract` measures.
    """
    import json
    from dataclasses import asdict

    from vkeyframe.process.isolation import Isolation
    from vkeyframe.video.file import VideoFile

    with local_video(video) as (path, label), Isolation(verbose=verbose) as isolation:
        info = isolation.call(video, _look, VideoFile.of(path, label), max_pixels, on_crash=_look_after_crash)
        tell_decoder_lines(video, isolation.messages)
        emit(json.dumps(asdict(info), indent=1, ensure_ascii=False))


def _look(file: VideoFile, max_pixels: int, opencv_crashed: bool = False) -> VideoInfo:
    from vkeyframe.video.open import open_video
    from vkeyframe.video.options import ReadOptions

    with open_video(file, ReadOptions(max_pixels=max_pixels, opencv_crashed=opencv_crashed)) as reader:
        return reader.info


def _look_after_crash(file: VideoFile, max_pixels: int) -> VideoInfo:
    return _look(file, max_pixels, opencv_crashed=True)
