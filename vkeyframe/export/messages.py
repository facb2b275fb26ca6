"""The keyframes as the body of a request to a model that looks at pictures, with the times that each stands for."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

from vkeyframe.errors import OutputError
from vkeyframe.export.makers import MAKERS, Maker
from vkeyframe.export.sheet import read_picture
from vkeyframe.opencv import cv2
from vkeyframe.output.whole_file import write_bytes
from vkeyframe.report.records import Keyframe, Report
from vkeyframe.timing import format_timecode

# JPEG quality: the letters in a picture stay clean, and a hundred pictures of 1.2 megapixels have about 20 MB.
QUALITY = 85
QUESTION = "Say what happens in the video, with the times at which it happens."
Part = dict[str, Any]


def write_messages(report: Report, folder: Path, name: str) -> list[str]:
    """Write the body of a request to a maker, ``messages-NAME.json``, from the keyframes' pictures in a folder.

    Where there are more keyframes than a request can have, those of the best ranks are kept.

    Parameters
    ----------
    report : Report
    folder : Path
    name : str
        Of the maker.

    Raises
    ------
    InputError
        If a picture cannot be read.
    OutputError
        If the file cannot be written.
    """
    maker = MAKERS[name]
    best = sorted(report.keyframes, key=lambda keyframe: keyframe.rank)[: maker.most_pictures]
    keyframes = sorted(best, key=lambda keyframe: keyframe.index)
    size = maker.request_size(len(keyframes), keyframes[0].width, keyframes[0].height)
    pictures = [_encoded(folder / str(keyframe.file), size) for keyframe in keyframes]
    texts = [_text(number, keyframe) for number, keyframe in enumerate(keyframes, 1)]
    head = _head(report, maker, len(keyframes), size)
    bodies = {"claude": _claude, "gpt": _gpt, "gemini": _gemini}
    body = _qwen(report, keyframes, head, texts, pictures) if maker.paired else bodies[name](maker, head, texts, pictures)
    file = f"messages-{name}.json"
    write_bytes(folder / file, f"{json.dumps(body, ensure_ascii=False, allow_nan=False)}\n".encode(errors="replace"))
    return [file]


def _encoded(path: Path, size: tuple[int, int]) -> str:
    picture = read_picture(path)
    if picture.shape[1::-1] != size:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise OutputError(f"{path}: the picture cannot be written as JPEG.")
    return b64encode(bytes(data)).decode()


def _head(report: Report, maker: Maker, pictures: int, size: tuple[int, int]) -> str:
    costs = "; ".join(
        f"{formula.tokens(pictures, *size)} tokens with {formula.models} ({formula.source})" for formula in maker.formulas
    )
    return (
        f"{pictures} keyframes, in order of time, of the video {report.video.name}, "
        f"{format_timecode(report.video.duration)} long. "
        f"Pictures of {size[0]}×{size[1]} pixels; by the maker's formula all of them cost: {costs}."
    )


def _text(number: int, keyframe: Keyframe) -> str:
    start, end = keyframe.span_start_time, keyframe.span_end_time_exclusive
    # Reports of earlier versions have no spans.
    span = "" if start is None or end is None else f", stands for {format_timecode(start)} to {format_timecode(end)}"
    said = f", where is said:\n{keyframe.text}" if keyframe.text else ":"
    return f"Keyframe {number} at {keyframe.timecode}{span}, shot {keyframe.shot + 1}{said}"


def _claude(maker: Maker, head: str, texts: list[str], pictures: list[str]) -> Part:
    content: list[Part] = [{"type": "text", "text": head}]
    for text, picture in zip(texts, pictures, strict=True):
        content.append({"type": "text", "text": text})
        content.append({"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": picture}})
    content.append({"type": "text", "text": QUESTION})
    return {"model": maker.model, "max_tokens": 4096, "messages": [{"role": "user", "content": content}]}


def _gpt(maker: Maker, head: str, texts: list[str], pictures: list[str]) -> Part:
    content: list[Part] = [{"type": "text", "text": head}]
    for text, picture in zip(texts, pictures, strict=True):
        content.append({"type": "text", "text": text})
        content.append({"type": "image_url", "image_url": {"url": _address(picture), "detail": "high"}})
    content.append({"type": "text", "text": QUESTION})
    return {"model": maker.model, "messages": [{"role": "user", "content": content}]}


def _gemini(_maker: Maker, head: str, texts: list[str], pictures: list[str]) -> Part:
    """Gemini has the model in the address of the request."""
    parts: list[Part] = [{"text": head}]
    for text, picture in zip(texts, pictures, strict=True):
        parts += [{"text": text}, {"inlineData": {"mimeType": "image/jpeg", "data": picture}}]
    return {"contents": [{"role": "user", "parts": [*parts, {"text": QUESTION}]}]}


def _qwen(report: Report, keyframes: list[Keyframe], head: str, texts: list[str], pictures: list[str]) -> Part:
    """Give the pictures as one video, in which no texts can stand; its processor makes times of `frames_indices` and `fps`.

    Of an odd number the last picture is there twice, as the processor would have it.
    """
    pictures, keyframes = (
        (pictures + pictures[-1:] * (len(pictures) % 2)),
        (keyframes + keyframes[-1:] * (len(keyframes) % 2)),
    )
    fps = report.video.fps
    indices = [round(keyframe.time * fps) for keyframe in keyframes]
    metadata = {
        "fps": fps,
        "frames_indices": indices,
        "total_num_frames": max(round(report.video.duration * fps), indices[-1] + 1),
        "duration": report.video.duration,
    }
    shown = len(pictures) / report.video.duration if report.video.duration > 0.0 else fps
    content = [
        {"type": "text", "text": "\n".join([head, *texts])},
        {"type": "video", "video": [_address(picture) for picture in pictures], "fps": shown},
        {"type": "text", "text": QUESTION},
    ]
    return {
        "model": MAKERS["qwen"].model,
        "messages": [{"role": "user", "content": content}],
        "mm_processor_kwargs": {"do_sample_frames": False, "do_resize": False, "video_metadata": metadata},
    }


def _address(picture: str) -> str:
    return f"data:image/jpeg;base64,{picture}"
