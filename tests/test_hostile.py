"""Files made to do harm: that lead to other files or hosts, that claim to be enormous, and names that are no names."""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import pytest

from tests import clips
from vkeyframe import Settings, extract
from vkeyframe.cli.main import run
from vkeyframe.errors import InputError, OutputError
from vkeyframe.matching import load_target
from vkeyframe.opencv import cv2
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions

DECODERS = ["opencv", "pyav"]
MEBIBYTE = 1 << 20
# How each asks for the video `inner.mp4` beside it, or at an address.
SCRIPTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{target}\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "list.mp4": "ffconcat version 1.0\nfile '{target}'\n",
    "stream.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "list.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S" '
    'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
    'bandwidth="1"><BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    "picture.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><image href="{target}" width="64" '
    'height="64"/></svg>',
}
ODD_NAMES = [
    "%04d.mp4",
    "%s%n%x.mp4",
    "two\nlines.mp4",
    "\"quotes\" 'and' `ticks` $(touch hit) ; touch hit.mp4",
    "-o.mp4",
    "--help",
    "\u202egnp.4pm.mp4",
    "http:§§x?y=|&*.mp4".replace("§", "_"),
    "file:x.mp4",
    "concat:a|b.mp4",
    "..mp4",
    "x" * 251 + ".mp4",
    "ä" * 125 + ".mp4",
    os.fsdecode(b"\xff\xfe\x80.mp4"),
    "{name}{0}.mp4",
]


@pytest.fixture(autouse=True)
def place(place: Path) -> Path:
    """Work in a folder with one video."""
    clips.write_clip(place / "inner.mp4", clips.scene(1, 12))
    return place


class Visits(BaseHTTPRequestHandler):
    """Serve the video, and note who came."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(Path("inner.mp4").read_bytes())

    def log_message(self, *given: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[int, list[str]]]:
    """Give the port of a server that has the video, and the list of who asked it for what."""
    visits = type("TheseVisits", (Visits,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), visits) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield http.server_address[1], visits.seen
        http.shutdown()


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_reaches_no_other_file(name: str, decoder: str) -> None:
    for target in ("inner.mp4", str(Path("inner.mp4").absolute()), Path("inner.mp4").absolute().as_uri()):
        Path(name).write_text(SCRIPTS[name].format(target=target, port=9))
        with pytest.raises(InputError, match=name):
            open_video(VideoFile.of(name), ReadOptions(decoder=decoder))


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("name", [name for name, text in SCRIPTS.items() if "{target}" in text])
def test_a_script_reaches_no_host(name: str, decoder: str, server: tuple[int, list[str]]) -> None:
    port, seen = server
    Path(name).write_text(SCRIPTS[name].format(target=f"http://127.0.0.1:{port}/inner.mp4", port=port))
    with pytest.raises(InputError, match=name):
        open_video(VideoFile.of(name), ReadOptions(decoder=decoder))
    assert seen == []


def test_the_scripts_do_work_where_they_are_allowed(server: tuple[int, list[str]]) -> None:
    """Else the tests above would show nothing."""
    port, seen = server
    Path("list.ffconcat").write_text(SCRIPTS["list.ffconcat"].format(target="inner.mp4"))
    with av.open("list.ffconcat", options={"protocol_whitelist": "file"}) as container:
        assert len(list(container.decode(video=0))) == 12
    Path("list.m3u8").write_text(SCRIPTS["list.m3u8"].format(target=f"http://127.0.0.1:{port}/inner.mp4"))
    with suppress(av.FFmpegError), av.open("list.m3u8", options={"protocol_whitelist": "file,http,tcp"}) as container:
        next(container.decode(video=0))
    assert seen != []


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_picture_with_a_pattern_for_a_name_stands_for_no_others(decoder: str) -> None:
    for number in range(3):
        Path(f"{number:04d}.png").write_bytes(cv2.imencode(".png", clips.scene(number, 1)[0])[1].tobytes())
    Path("%04d.png").write_bytes(Path("0000.png").read_bytes())
    try:
        with open_video(VideoFile.of("%04d.png"), ReadOptions(decode="every", decoder=decoder)) as reader:
            assert len(list(reader.frames())) == 1
    except InputError:
        pass


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_a_name_is_only_a_name(name: str) -> None:
    try:
        Path("inner.mp4").rename(name)
    except OSError:
        pytest.skip("this file system refuses the name")
    report = extract(name, output="out")
    pictures = sorted(path.name for path in Path("out").iterdir() if path.suffix == ".jpg")
    assert pictures == [keyframe.file for keyframe in report.keyframes] != []
    assert all(picture.isprintable() and not picture.startswith((".", "-")) for picture in pictures)
    assert sorted(os.listdir()) == sorted([name, "out"])  # noqa: PTH208  as it is


def test_the_command_line_takes_a_name_that_looks_like_an_option() -> None:
    Path("inner.mp4").rename("--help")
    assert run(["extract", "-q", "--no-images", "--json", "report.json", "--", "--help"]) == 0
    assert sorted(os.listdir()) == ["--help", "report.json"]  # noqa: PTH208


def large(path: Path, width: int, height: int) -> Path:
    """Make an AVI of 160×96 that claims another size."""
    clips.write_clip(path, clips.scene(1, 12), codec="FFV1")
    size = struct.pack("<ii", clips.WIDTH, clips.HEIGHT)
    data = path.read_bytes()
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, struct.pack("<ii", width, height)))
    return path


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("side", [20_000, 60_000])
def test_an_enormous_picture_is_refused_before_memory_is_taken(side: int, decoder: str) -> None:
    path = large(Path("large.avi"), side, side)
    program = (
        "import resource, sys; from vkeyframe.video.file import VideoFile; from vkeyframe.video.open import open_video\n"
        "from vkeyframe.video.options import ReadOptions\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "open_video(VideoFile.of('inner.mp4'), ReadOptions()).close(); before = peak()\n"
        "try:\n    open_video(VideoFile.of(sys.argv[1]), ReadOptions(decoder=sys.argv[2]))\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
        "print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", program, path, decoder], capture_output=True, text=True, check=True)
    told, taken = done.stdout.splitlines()
    assert told == (
        f"InputError large.avi: its pictures have {side}×{side} pixels, more than 150000000; allow them with max_pixels=…."
    )
    assert int(taken) * 1024 < 40 * MEBIBYTE


@pytest.mark.parametrize("decoder", DECODERS)
def test_the_limit_is_the_users(decoder: str) -> None:
    pixels = clips.WIDTH * clips.HEIGHT
    clips.write_clip(Path("clip.avi"), clips.scene(1, 12), codec="MJPG")
    assert extract("clip.avi", Settings.of(max_pixels=pixels, decoder=decoder)).keyframes
    with pytest.raises(InputError, match=f"{clips.WIDTH}×{clips.HEIGHT} pixels, more than {pixels - 1}; .*max_pixels=…"):
        extract("clip.avi", Settings.of(max_pixels=pixels - 1, decoder=decoder))


@pytest.mark.parametrize("command", [["extract"], ["batch"], ["shots"], ["probe"], ["match", "--target", "0"]], ids=" ".join)
def test_every_command_has_the_limit(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "inner.mp4", "--max-pixels", "1000"]) == InputError.exit_code
    assert "more than 1000; allow them with --max-pixels." in capsys.readouterr().err


def test_pictures_that_grow_beyond_the_limit_are_not_decoded() -> None:
    """A header may be small and the pictures large; PyAV's decoders know the limit."""
    path = clips.encode(Path("growing.ts"), clips.scene(1, 12), "-f", "mpegts")
    more = clips.encode(Path("more.ts"), clips.scene(2, 2, 2560, 1760), "-f", "mpegts")
    path.write_bytes(path.read_bytes() + more.read_bytes())
    options = ReadOptions(decode="every", decoder="pyav", max_pixels=clips.WIDTH * clips.HEIGHT, threads=1)
    with open_video(VideoFile.of(path), options) as reader:
        sizes = {frame.picture.shape[:2] for frame, _ in reader.frames()}
    assert sizes == {(clips.HEIGHT, clips.WIDTH)}


def test_an_enormous_target_is_refused_before_memory_is_taken() -> None:
    """A file of 100 kB with a picture of 30,000 × 30,000 pixels took 5 GB."""
    side = 30_000
    packer = zlib.compressobj(9)
    lines = b"".join(packer.compress(bytes(1 + side // 8)) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", lines), (b"IEND", b""))
    ]
    Path("large.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"large\.png: .*more than 150000000 pixels \(max_pixels=…\)"):
        load_target("large.png", Path("inner.mp4"))
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 40 * MEBIBYTE
    Path("small.png").write_bytes(cv2.imencode(".png", clips.scene(1, 1)[0])[1].tobytes())
    with pytest.raises(InputError, match=r"small\.png"):
        load_target("small.png", Path("inner.mp4"), ReadOptions(max_pixels=1000))
    assert load_target("small.png", Path("inner.mp4")).shape == (clips.HEIGHT, clips.WIDTH, 3)


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_billion_claimed_frames_take_no_memory(decoder: str) -> None:
    path = clips.write_clip(Path("long.avi"), clips.scene(1, 40), codec="MJPG")
    data = path.read_bytes()
    header, stream = data.index(b"avih") + 8 + 16, data.index(b"strh") + 8 + 32
    for offset in (header, stream):
        assert struct.unpack_from("<I", data, offset) == (40,)
        data = data[:offset] + struct.pack("<I", 1_000_000_000) + data[offset + 4 :]
    path.write_bytes(data)
    extract("inner.mp4", Settings.of(decoder=decoder))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = extract(path, Settings.of(decoder=decoder))
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 100 * MEBIBYTE
    assert (report.decoding.decoded_frames, report.decoding.complete) == (40, False)
    assert report.decoding.declared_frames > 900_000_000


@pytest.mark.parametrize("options", [{}, {"overwrite": True}], ids=str)
@pytest.mark.parametrize("ours", [True, False])
def test_a_link_in_place_of_the_output_is_not_followed(options: dict[str, bool], ours: bool) -> None:
    Path("elsewhere").mkdir()
    if ours:
        extract("inner.mp4", output="elsewhere", overwrite=True)
    before = {path.name: path.stat().st_mtime_ns for path in Path("elsewhere").iterdir()}
    Path("out").symlink_to("elsewhere")
    with pytest.raises(OutputError):
        extract("inner.mp4", output="out", **options)
    assert {path.name: path.stat().st_mtime_ns for path in Path("elsewhere").iterdir()} == before
    assert Path("out").is_symlink()


def test_links_among_the_pictures_of_an_earlier_run_are_neither_written_through_nor_removed() -> None:
    report = extract("inner.mp4", output="out")
    picture, treasure = Path("out") / str(report.keyframes[0].file), Path("treasure")
    treasure.write_text("gold")
    picture.unlink()
    picture.symlink_to(treasure.absolute())
    with pytest.raises(OutputError, match="holds files that vkeyframe did not write"):
        extract("inner.mp4", output="out", overwrite=True)
    assert treasure.read_text() == "gold"
    assert picture.is_symlink()


def test_a_name_cannot_speak_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["extract", "two\nlines\x1b[31m\u202e.mp4"]) == InputError.exit_code
    assert capsys.readouterr().err == "vkeyframe: two lines?[31m?.mp4: no such file.\n"


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_size_that_cannot_be_told_is_not_tried(decoder: str) -> None:
    """The header has none, and the decoder has another limit than OpenCV."""
    path = clips.write_clip(Path("large.mp4"), clips.scene(1, 2, 2560, 1760))
    with pytest.raises(InputError, match=r"large\.mp4: no picture can be|large\.mp4: its pictures"):
        open_video(VideoFile.of(path), ReadOptions(decoder=decoder, max_pixels=1000))


@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
def test_a_want_of_threads_is_not_taken_for_a_bad_video(decoder: str) -> None:
    """No thread can begin where its stack, 64 GiB, is larger than the memory that is allowed, 32 GiB."""
    path = clips.write_clip(Path("a.mp4"), clips.scene(1, 12))
    program = "import sys; from pathlib import Path; from vkeyframe.video.open import open_video; "
    program += "from vkeyframe.video.file import VideoFile; from vkeyframe.video.options import ReadOptions\n"
    program += "options = ReadOptions(decoder=sys.argv[2], threads=int(sys.argv[3]))\n"
    program += "try:\n    print(len(list(open_video(VideoFile.of(sys.argv[1]), options).frames())))\n"
    program += "except Exception as error:\n    print(type(error).__name__, error)\n"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_STACK, (64 << 30, resource.getrlimit(resource.RLIMIT_STACK)[1]))
        resource.setrlimit(resource.RLIMIT_AS, (32 << 30, 32 << 30))

    command = [sys.executable, "-c", program, str(path), decoder]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}
    for threads, expected in (("4", "ResourceError a.mp4: there are not enough processes or threads"), ("1", "")):
        done = subprocess.run(
            [*command, threads], capture_output=True, text=True, env=environment, preexec_fn=limit, timeout=60, check=False
        )
        assert expected in done.stdout, done.stderr
        assert "InputError" not in done.stdout
