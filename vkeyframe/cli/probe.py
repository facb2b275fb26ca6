"""`vkeyframe probe`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vkeyframe.cli.command import GroupedCommand
from vkeyframe.cli.options import settings_options, verbose_option
from vkeyframe.cli.terminal import check_standard_output, emit, say_decoder_messages

if TYPE_CHECKING:
    from vkeyframe.report.video_info import VideoInfo
    from vkeyframe.video.file import VideoFile
    from vkeyframe.video.options import ReadOptions


@click.command(cls=GroupedCommand)
@click.argument("video")
@settings_options("max_pixels")
@verbose_option
def probe(video: str, max_pixels: int, verbose: bool) -> None:
    """Say what a video's header claims.

    The first frame is decoded, so that what is no video fails. Width and height are those of the picture as displayed. Frame
    count and duration are the header's, which can be wrong; `extract` measures.
    """
    import json
    from dataclasses import asdict

    from vkeyframe.batch.storage import fetched
    from vkeyframe.process.isolation import Isolation
    from vkeyframe.report.video_info import VideoInfo
    from vkeyframe.video.options import ReadOptions

    check_standard_output()
    options = ReadOptions(max_pixels=max_pixels)
    with fetched(video, str(Path.cwd())) as file, Isolation(verbose=verbose) as isolation:
        info = isolation.call(video, _look, file, options, answer=VideoInfo, on_crash=_look_without_opencv)
        say_decoder_messages(video, isolation.messages)
    emit(json.dumps(asdict(info), indent=1, ensure_ascii=False))


def _look(file: VideoFile, options: ReadOptions) -> VideoInfo:
    from vkeyframe.video.open import open_video

    with open_video(file, options) as reader:
        return reader.info


def _look_without_opencv(file: VideoFile, options: ReadOptions) -> VideoInfo:
    from dataclasses import replace

    return _look(file, replace(options, opencv_crashed=True))
