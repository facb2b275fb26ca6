"""Requests to models that look: valid by the makers' own types, true times, pictures that no maker scales, costs as published."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy import ndarray

import vkeyframe
from tests import clips
from vkeyframe.export.makers import MAKERS
from vkeyframe.export.run import export_output
from vkeyframe.report.records import Report

SIZES = [(1920, 1080), (1080, 1920), (3840, 2160), (320, 180), (64, 36), (1000, 1000), (4000, 90), (719, 577), (7, 3)]


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    """Give the report of a clip with three shots, and its folder."""
    folder = tmp_path_factory.mktemp("messages")
    clips.write_clip(folder / "clip.mp4", clips.scenes(range(3), 20))
    report = vkeyframe.extract(folder / "clip.mp4", output=folder / "out")
    assert len(report.keyframes) == 3
    return report, folder / "out"


def body(extracted: tuple[Report, Path], maker: str, place: Path) -> dict[str, Any]:
    (path,) = export_output(extracted[1], f"messages-{maker}", place / maker)
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def picture(data: str) -> ndarray:
    assert data.startswith("/9j/")
    return cv2.imdecode(np.frombuffer(b64decode(data), np.uint8), cv2.IMREAD_COLOR)


def check(report: Report, folder: Path, texts: list[str], pictures: list[str]) -> None:
    """Each picture is that of its keyframe, and the text before it has its time and its span."""
    for keyframe, text, data in zip(report.keyframes, texts, pictures, strict=True):
        assert f"at {keyframe.timecode}, stands for 00:00:" in text
        written = cv2.imread(str(folder / str(keyframe.file)))
        found = picture(data)
        assert np.abs(cv2.resize(found, written.shape[1::-1]).astype(int) - written).mean() < 8


def test_claude(extracted: tuple[Report, Path], tmp_path: Path) -> None:
    found = body(extracted, "claude", tmp_path)
    head, *parts, question = found["messages"][0]["content"]
    check(*extracted, [part["text"] for part in parts[::2]], [part["source"]["data"] for part in parts[1::2]])
    assert "3 keyframes, in order of time, of the video clip.mp4" in head["text"]
    assert "tokens with Claude (https://" in head["text"]
    assert question["type"] == "text"
    validate = pytest.importorskip("pydantic").TypeAdapter
    params = pytest.importorskip("anthropic").types.message_create_params.MessageCreateParamsNonStreaming
    validate(params).validate_python(found)


def test_gpt(extracted: tuple[Report, Path], tmp_path: Path) -> None:
    found = body(extracted, "gpt", tmp_path)
    _, *parts, _ = found["messages"][0]["content"]
    addresses = [part["image_url"]["url"] for part in parts[1::2]]
    assert all(address.startswith("data:image/jpeg;base64,") for address in addresses)
    check(*extracted, [part["text"] for part in parts[::2]], [address.partition(",")[2] for address in addresses])
    validate = pytest.importorskip("pydantic").TypeAdapter
    types = pytest.importorskip("openai").types.chat.completion_create_params
    validate(types.CompletionCreateParamsNonStreaming).validate_python(found)


def test_gemini(extracted: tuple[Report, Path], tmp_path: Path) -> None:
    found = body(extracted, "gemini", tmp_path)
    _, *parts, _ = found["contents"][0]["parts"]
    check(*extracted, [part["text"] for part in parts[::2]], [part["inlineData"]["data"] for part in parts[1::2]])
    types = pytest.importorskip("google.genai.types")
    content = types.Content.model_validate(found["contents"][0])
    assert content.parts[2].inline_data.data.startswith(b"\xff\xd8")


def test_qwen_has_an_even_number_and_true_times(extracted: tuple[Report, Path], tmp_path: Path) -> None:
    report, folder = extracted
    found = body(extracted, "qwen", tmp_path)
    text, video, _ = found["messages"][0]["content"]
    pictures = [address.partition(",")[2] for address in video["video"]]
    assert len(pictures) == 4
    assert pictures[2] == pictures[3]
    check(report, folder, text["text"].splitlines()[1:], pictures[:3])
    assert all(side % 32 == 0 for side in picture(pictures[0]).shape[:2])
    metadata = found["mm_processor_kwargs"]["video_metadata"]
    times = [index / metadata["fps"] for index in metadata["frames_indices"]]
    assert times[:3] == pytest.approx([keyframe.time for keyframe in report.keyframes], abs=0.5 / metadata["fps"])
    assert max(metadata["frames_indices"]) < metadata["total_num_frames"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", MAKERS)
def test_no_maker_scales_a_picture(name: str, size: tuple[int, int]) -> None:
    width, height = MAKERS[name].size(*size)
    if name == "qwen":
        assert (width % 32, height % 32) == (0, 0)
        assert width * height <= 768 * 32 * 32
        return
    assert (width <= size[0], height <= size[1]) == (True, True)
    if name == "claude":
        assert max(width, height) <= 1568
        assert -(-width // 28) * -(-height // 28) <= 1568
    if name == "gpt":
        assert max(width, height) <= 2048
        assert min(width, height) <= 768
        assert -(-width // 32) * -(-height // 32) <= 1536
    # What is small enough stays as it is.
    assert max(size) > 320 or (width, height) == size


@pytest.mark.parametrize(
    ("name", "formula", "pictures", "size", "tokens"),
    [
        # The makers' own examples, where they are known; else worked out by hand.
        ("claude", 0, 1, (1000, 1000), 1296),
        ("gpt", 0, 1, (768, 768), 765),
        ("gpt", 0, 1, (768, 1536), 1105),
        ("gpt", 1, 1, (1024, 1024), 1659),
        ("gemini", 0, 1, (384, 384), 258),
        ("gemini", 0, 1, (960, 540), 6 * 258),
        ("gemini", 1, 2, (960, 540), 2240),
        ("qwen", 0, 3, (640, 320), 400),
    ],
)
def test_the_formulas_give_what_is_published(name: str, formula: int, pictures: int, size: tuple[int, int], tokens: int) -> None:
    assert MAKERS[name].formulas[formula].tokens(pictures, *size) == tokens
