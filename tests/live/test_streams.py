"""Streams from servers on this machine: HTTP, HLS, UDP, TCP and RTSP; stalls, losses, changes of size, and passwords."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests import clips
from tests.live.servers import (
    HOST,
    follow,
    free_port,
    of_type,
    report_in,
    sender,
    tcp_server,
    transport_stream,
    wait_for_listener,
    web_server,
)
from vkeyframe.cli.main import run
from vkeyframe.errors import InputError, UsageError

SCENES = 2
ENDS = ("--idle", "1", "--reconnect", "0", "-o", "out")
SECRET = "hunter2"


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a stream of two scenes of 1.6 s."""
    return transport_stream(tmp_path_factory.mktemp("stream") / "stream.ts", range(SCENES))


@pytest.fixture(autouse=True)
def here(place: Path, childless: None) -> Path:
    """Work in an empty folder, and in this process."""
    return place


def test_what_ffmpeg_serves_by_http_is_followed(stream: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    address = f"http://{HOST}:{port}/live"
    with sender("-i", stream, "-c", "copy", "-f", "mpegts", "-listen", "1", address):
        wait_for_listener(port)
        lines, _ = follow(capsys, address, "--follow", *ENDS)
    assert len(of_type(lines, "keyframe")) == SCENES
    assert lines[-1]["why"] == "lost"
    assert len(report_in(here / "out").shots) == SCENES


def test_a_playlist_of_the_web_is_read_on_request_only(stream: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    served = here / "served"
    served.mkdir()
    clips.ffmpeg("-i", stream, "-c", "copy", "-hls_time", "1", "-hls_list_size", "0", served / "list.m3u8")
    with web_server(served) as address:
        assert run(["extract", f"{address}/list.m3u8"]) == UsageError.exit_code
        assert "with --follow what it names is read too" in capsys.readouterr().err
        lines, _ = follow(capsys, f"{address}/list.m3u8", "--follow", "-o", "out")
    assert len(of_type(lines, "keyframe")) == SCENES
    # It says itself where it ends.
    assert lines[-1]["why"] == "end"
    assert report_in(here / "out").decoding.complete


def test_a_playlist_of_the_web_cannot_reach_files_here(stream: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    served = here / "served"
    served.mkdir()
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{stream}\n#EXT-X-ENDLIST\n"
    (served / "list.m3u8").write_text(text)
    with web_server(served) as address:
        assert run(["extract", f"{address}/list.m3u8", "--follow", "--idle", "2", "-o", "out"]) == InputError.exit_code
    assert "cannot be followed" in capsys.readouterr().err
    assert not (here / "out").exists()


def test_what_comes_by_udp_is_followed(stream: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address = f"udp://{HOST}:{free_port()}"
    # What was sent before anybody listened is lost.
    with sender("-re", "-i", stream, "-c", "copy", "-f", "mpegts", f"{address}?pkt_size=1316"):
        lines, _ = follow(capsys, address, *ENDS)
    assert {line["shot"] for line in of_type(lines, "keyframe")} >= {0, 1}
    assert report_in(here / "out").keyframes


def test_a_stall_and_a_loss_are_outlived(stream: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = stream.read_bytes()
    half = len(whole) // 2 // 188 * 188
    with tcp_server([whole[:half], 0.8, whole[half:]], [whole]) as (address, accepted):
        lines, said = follow(capsys, address, "--idle", "3", "--reconnect", "2", "-o", "out")
    assert len(accepted) == 2
    report = report_in(here / "out")
    # The second time nothing is new.
    assert len(of_type(lines, "keyframe")) == SCENES
    assert [shot.transition for shot in report.shots] == ["start", "cut", "cut", "cut"]
    assert "lost (it ended); connecting again in 0.5 s (1 of 2)" in said
    assert report.decoding.decoded_frames == 2 * SCENES * 40
    assert report.decoding.warnings[0].startswith("The stream was lost at 3.2 s")
    times = [shot.start_time for shot in report.shots]
    assert times == sorted(times)
    # The clock went on while nothing came.
    assert times[2] > 3.5


def test_a_server_that_is_silent_is_given_up(stream: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with tcp_server([stream.read_bytes(), 30.0]) as (address, _):
        begun = time.monotonic()
        lines, _ = follow(capsys, address, *ENDS)
    assert time.monotonic() - begun < 10.0
    assert lines[-1]["why"] == "lost"
    assert not report_in(here / "out").decoding.complete


def test_pictures_of_another_size_are_kept_at_their_size(stream: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = transport_stream(here / "other.ts", [7], width=128, height=128)
    with tcp_server([stream.read_bytes() + other.read_bytes()]) as (address, _):
        _, said = follow(capsys, address, *ENDS, "--format", "png")
    report = report_in(here / "out")
    assert (report.video.width, report.video.height) == (160, 96)
    assert [(keyframe.width, keyframe.height) for keyframe in report.keyframes] == [(160, 96), (160, 96), (128, 128)]
    for keyframe in report.keyframes:
        shown = clips.cv2.imread(str(here / "out" / str(keyframe.file)))
        assert shown.shape == (keyframe.height, keyframe.width, 3)
    assert any("128×128 instead of 160×96" in warning for warning in report.decoding.warnings)
    assert "128×128 instead of 160×96" in said


def test_a_password_is_shown_nowhere(stream: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    address = f"http://user:{SECRET}@{HOST}:{port}"
    with sender("-i", stream, "-c", "copy", "-f", "mpegts", "-listen", "1", f"http://{HOST}:{port}"):
        wait_for_listener(port)
        assert run(["extract", f"{address}?token={SECRET}", "--follow", "--idle", "1", "--reconnect", "1"]) == 0
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    (folder,) = here.iterdir()
    assert folder.name.startswith(HOST)
    assert all(SECRET not in name for name in clips.entries(folder))
    assert SECRET not in (folder / "report.json").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["rtsp", "tcp", "http"])
def test_where_nobody_listens_is_told_without_the_password(scheme: str, capsys: pytest.CaptureFixture[str]) -> None:
    address = f"{scheme}://user:{SECRET}@{HOST}:{free_port()}/camera"
    assert run(["extract", address, "--follow", "--idle", "2", "-v"]) == InputError.exit_code
    said = capsys.readouterr().err
    assert f"{scheme}://{HOST}:" in said
    assert "cannot be followed (Connection refused)" in said
    assert SECRET not in said


def test_a_file_of_the_web_is_read_without_showing_the_password(
    stream: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("aiohttp")
    with web_server(stream.parent) as open_address:
        address = open_address.replace("://", f"://user:{SECRET}@")
        assert run(["extract", f"{address}/{stream.name}", "-o", "out"]) == 0
        assert run(["extract", f"{address}/missing.ts", "-o", "none"]) == InputError.exit_code
    said = capsys.readouterr()
    assert "127.0.0.1" in said.err
    assert SECRET not in said.out + said.err
    assert SECRET not in (here / "out" / "report.json").read_text("utf-8")


def test_a_camera_is_followed_by_rtsp(stream: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = clips.tool("rtsp-server-perl")
    asked, pushed, media = free_port(), free_port(), 20000 + 2 * (free_port() % 10000)
    command = [server, "-c", str(asked), "-s", str(pushed), "--rtp_start_port", str(media), "--client_listen_address", HOST]
    with subprocess.Popen([*command, "--source_listen_address", HOST], stderr=subprocess.DEVNULL) as process:
        wait_for_listener(asked)
        source = ("-re", "-i", stream, "-c", "copy", "-f", "rtsp", f"rtsp://{HOST}:{pushed}/camera")
        with sender(*source):
            time.sleep(1.0)
            lines, said = follow(capsys, f"rtsp://user:{SECRET}@{HOST}:{asked}/camera", *ENDS)
        process.terminate()
    # What was sent before it was asked for is lost, but never the second scene.
    assert of_type(lines, "keyframe")
    assert all(line["delay"] < 3.5 for line in of_type(lines, "keyframe"))
    assert report_in(here / "out").keyframes
    assert SECRET not in said
