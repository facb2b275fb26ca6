"""`vkeyframe probe`."""

from __future__ import annotations

from pathlib import Path

import click

from vkeyframe.cli.options import emit, local_video, settings_options, tell_decoder_lines, verbose_option
from vkeyframe.report.records import VideoInfo


@click.command()
@click.argument("video")
@settings_options("max_pixels")
@verbose_option
def probe(video: str, max_pixels: int) -> None:
    """Say what a video's header claims, once its first frame could be decoded.

    Width and height are those of the picture as displayed. Frame count and duration are the header's, which can be
    wrong; `extract` measures.
    """
    import json
    from dataclasses import asdict, replace

    from vkeyframe.process.isolation import Isolation

    with local_video(video) as (path, label), Isolation() as isolation:
        info = isolation.call(video, _look, path, max_pixels)
        tell_decoder_lines(video, isolation.messages)
        if label:
            info = replace(info, path=label, name=label)
        emit(json.dumps(asdict(info), indent=1, ensure_ascii=False))


def _look(path: Path, max_pixels: int) -> VideoInfo:
    from vkeyframe.video.opencv_decoder import open_video

    with open_video(path, max_pixels=max_pixels) as reader:
        return reader.info
