"""`vkeyframe probe`."""

from __future__ import annotations

import click

from vkeyframe.cli.options import local_video, verbose_option


@click.command()
@click.argument("video")
@verbose_option
def probe(video: str) -> None:
    """Say what a video's header claims, once its first frame could be decoded.

    Width and height are those of the picture as displayed. Frame count and duration are the header's, which can be
    wrong; `extract` measures.
    """
    import json
    from dataclasses import asdict, replace

    from vkeyframe.video.reader import OpenCVReader

    with local_video(video) as (path, label), OpenCVReader(path) as reader:
        info = replace(reader.info, path=label, name=label) if label else reader.info
        click.echo(json.dumps(asdict(info), indent=1, ensure_ascii=False))
