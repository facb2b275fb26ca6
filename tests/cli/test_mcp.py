"""The server of the Model Context Protocol, spoken to by the SDK's own client: answers, and nothing of what lies outside."""

import asyncio
import json
import os
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests import clips

pytest.importorskip("mcp")
from mcp import Client, StdioServerParameters

COMMAND = ["-c", "from vkeyframe.cli.main import main; main()", "mcp", "--folder"]
ROOT = str(Path(__file__).parents[2])


def call(folder: Path, *calls: tuple[str, dict[str, Any]]) -> tuple[list[str], list[Any]]:
    """Start the server, and give the names of its tools and its answers."""

    async def ask() -> tuple[list[str], list[Any]]:
        server = StdioServerParameters(
            command=sys.executable, args=[*COMMAND, str(folder)], env={**os.environ, "PYTHONPATH": ROOT}
        )
        async with Client(server) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            return names, [await client.call_tool(name, given) for name, given in calls]

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a video, beside which there is another."""
    place = tmp_path_factory.mktemp("served")
    folder = place / "videos"
    (folder / "sub").mkdir(parents=True)
    clips.write_clip(folder / "sub" / "clip.mp4", clips.scenes(range(3), 20))
    (place / "outside.mp4").write_bytes((folder / "sub" / "clip.mp4").read_bytes())
    (place / "videos-too").mkdir()
    (place / "videos-too" / "clip.mp4").write_bytes((place / "outside.mp4").read_bytes())
    (folder / "link.mp4").symlink_to(place / "outside.mp4")
    (folder / "up").symlink_to(place, target_is_directory=True)
    (folder / "ring.mp4").symlink_to(folder / "ring.mp4")
    (folder / "inner.mp4").symlink_to(folder / "sub" / "clip.mp4")
    (folder / "text.mp4").write_text("no video")
    return folder


def test_the_tools_answer_with_pictures_and_data(folder: Path) -> None:
    video = {"video": "sub/clip.mp4"}
    before = clips.entries(folder)
    names, (found, shots, frame, part, inner) = call(
        folder,
        ("keyframes", {**video, "count": 3, "width": 64}),
        ("shots", video),
        ("frame", {**video, "time": "25f"}),
        ("frame", {**video, "time": "25f", "box": "4,2,16,8"}),
        ("frame", {"video": "inner.mp4", "time": "25f"}),
    )
    assert names == ["keyframes", "shots", "frame", "words"]
    keyframes = found.structured_content["keyframes"]
    pictures = [each for each in found.content if each.type == "image"]
    assert len(keyframes) == len(pictures) == 3
    assert [keyframe["shot"] for keyframe in keyframes] == [0, 1, 2]
    assert all(each["span_start_time"] <= each["time"] < each["span_end_time_exclusive"] for each in keyframes)
    assert [shot["start_frame"] for shot in shots.structured_content["shots"]] == [0, 20, 40]
    assert shots.structured_content["video"]["path"] == "sub/clip.mp4"
    assert frame.content[1].data == inner.content[1].data
    whole, cut = (
        cv2.imdecode(np.frombuffer(b64decode(each.content[1].data), np.uint8), cv2.IMREAD_COLOR) for each in (frame, part)
    )
    assert cut.shape == (8, 16, 3)
    assert np.abs(whole[2:10, 4:20].astype(int) - cut).mean() < 12
    assert str(folder) not in json.dumps([each.structured_content for each in (found, shots, frame)])
    assert clips.entries(folder) == before


def test_what_is_said_is_told_with_times_and_nothing_outside_of_the_folder(folder: Path) -> None:
    cue = "{}\n00:00:0{},000 --> 00:00:0{},500\n<i>line {}</i>\n\n"
    beside = folder / "sub" / "clip.srt"
    beside.write_text("".join(cue.format(n, n, n, n) for n in range(3)))
    video = {"video": "sub/clip.mp4"}
    outside = folder.parent / "outside.srt"
    try:
        _, (every, part, frames) = call(
            folder, ("words", video), ("words", {**video, "start": "0:00:01", "end": "2"}), ("words", {**video, "start": "25f"})
        )
        assert every.content[0].text.startswith("00:00:00.000 line 0\n00:00:01.000 line 1\n")
        assert [line["text"] for line in every.structured_content["lines"]] == ["line 0", "line 1", "line 2"]
        assert [line["start_time"] for line in part.structured_content["lines"]] == [1.0]
        assert frames.is_error
        beside.rename(outside)
        beside.symlink_to(outside)
        _, (refused,) = call(folder, ("words", video))
        assert refused.is_error
        assert "line 0" not in refused.content[0].text
    finally:
        beside.unlink(missing_ok=True)
        outside.unlink(missing_ok=True)


def test_nothing_outside_of_the_folder_is_seen(folder: Path) -> None:
    outside = folder.parent / "outside.mp4"
    hostile = [
        *("../outside.mp4", "sub/../../outside.mp4", "sub/../sub/clip.mp4", str(outside), str(folder / "sub" / "clip.mp4")),
        *("link.mp4", "up/outside.mp4", "up/videos/sub/clip.mp4", "../videos-too/clip.mp4", "ring.mp4", "", ".", "sub", "-"),
        *(
            "a\0b.mp4",
            f"file://{outside}",
            "~/clip.mp4",
            "none.mp4",
            "/etc/passwd",
            "/dev/zero",
            "x" * 5000,
            "http://127.0.0.1/a.mp4",
        ),
    ]
    # What leads back into the folder is harmless, and refused only where it goes up.
    harmless = {"up/videos/sub/clip.mp4"}
    _, answers = call(folder, *(("frame", {"video": video, "time": "0"}) for video in hostile))
    for video, answer in zip(hostile, answers, strict=True):
        if video not in harmless:
            assert answer.is_error, video
            assert answer.content[0].text.endswith("no such video in the folder; give its path from there."), video


def test_what_cannot_be_done_is_said_in_a_sentence(folder: Path) -> None:
    video = {"video": "sub/clip.mp4"}
    _, answers = call(
        folder,
        ("frame", {"video": "text.mp4", "time": "0"}),
        ("frame", {**video, "time": "1e9"}),
        ("frame", {**video, "time": "soon"}),
        ("frame", {**video, "time": "0", "box": "9000,0,4,4"}),
        ("keyframes", {**video, "count": 5000}),
        ("keyframes", {**video, "width": 0}),
        ("shots", {**video, "sensitivity": 2}),
        ("shots", {"video": "../outside.mp4"}),
        ("keyframes", {"video": "../outside.mp4"}),
    )
    for answer in answers:
        assert answer.is_error
        assert str(folder) not in answer.content[0].text
        assert "Traceback" not in answer.content[0].text
        assert len(answer.content[0].text) > 20


def test_standard_output_has_the_protocol_alone(folder: Path) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    asked = {"name": "frame", "arguments": {"video": "text.mp4", "time": "0"}}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": asked},
    ]
    with subprocess.Popen(
        [sys.executable, *COMMAND, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": ROOT},
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("".join(f"{json.dumps(line)}\n" for line in lines).encode())
        server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
        assert server.stdout.read() == b""
    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[1]["result"]["isError"]


def test_without_the_sdk_it_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['mcp'] = None; from vkeyframe.cli.main import main; main()"
    environment = {**os.environ, "PYTHONPATH": ROOT}
    for arguments, exit_code, end in (
        (["-c", code, "mcp"], 1, "pip install 'vkeyframe[mcp]'."),
        ([*COMMAND, "nowhere"], 2, "give --folder one that has the videos in it."),
    ):
        done = subprocess.run(
            [sys.executable, *arguments], check=False, capture_output=True, text=True, cwd=tmp_path, env=environment
        )
        assert (done.returncode, done.stdout) == (exit_code, "")
        assert done.stderr.strip().endswith(end)
