"""Pictures have the colours that FFmpeg's own conversion gives, whatever matrix, range or transfer the file has."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from vkeyframe.analysis.features import extract_features
from vkeyframe.api import extract
from vkeyframe.opencv import cv2
from vkeyframe.report.colour import Colour
from vkeyframe.settings import Settings
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Frame, Planes
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.reader import VideoReader
from vkeyframe.video.tone_map import hlg_scene_light, pq_light

ODD = Path(__file__).parents[3] / "shared" / "corpus" / "odd"
# ΔE of CIE 1976, in Lab.
LARGEST_DIFFERENCE = 3.0
FFMPEG_NAMES = {"bt709": "bt709", "smpte170m": "bt601", "bt2020nc": "bt2020"}
# How light becomes what an ordinary screen shows, in ffmpeg's filters; `agamma=0` for the exact OOTF of HLG.
TONE_MAPPED = (
    "zscale=t=linear:npl=100:agamma=0,format=gbrpf32le,zscale=p=bt709,{curve}zscale=t=bt709:m=gbr:r=pc,format=gbrp,format=bgr24"
)
HABLE = "tonemap=hable:desat=0,"


def first_frame(path: Path, **options: str) -> tuple[VideoReader, Frame]:
    with open_video(VideoFile.of(path), ReadOptions(decode="every", **options)) as reader:
        return reader, next(iter(reader.frames()))[0]


def shown(path: Path, **options: str) -> ndarray:
    return first_frame(path, **options)[1].picture


def with_ffmpeg(path: Path, filters: str, width: int, height: int) -> ndarray:
    """Return the first frame of a video behind some of ffmpeg's filters."""
    form = ("-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "bgr24")
    return np.frombuffer(clips.ffmpeg("-i", path, "-vf", filters, *form, "-"), np.uint8).reshape(height, width, 3)


def lab(picture: ndarray) -> ndarray:
    return np.asarray(cv2.cvtColor(np.float32(picture) / 255, cv2.COLOR_BGR2LAB))


def difference(one: ndarray, other: ndarray) -> float:
    return float(np.linalg.norm(lab(one) - lab(other), axis=2).mean())


def saturation(picture: ndarray) -> float:
    return float(cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)[..., 1].mean())


def luma(picture: ndarray) -> float:
    return float(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).mean())


@cache
def drawn(width: int, height: int) -> ndarray:
    """Colours of all hues, none so strong that another matrix cuts it off, and greys."""
    hue, light = np.meshgrid(np.linspace(0, 6 * np.pi, width), np.linspace(0.15, 0.85, height))
    waves = np.stack([np.sin(hue), np.sin(hue + 2.0), np.sin(hue + 4.0)], axis=2)
    return np.uint8(255 * np.clip(light[..., None] + 0.14 * waves, 0, 1))


def bars(path: Path, width: int, height: int, matrix: str, range: str, *options: str, tagged: bool = True) -> Path:
    convert = f"format=gbrp,scale=out_color_matrix={FFMPEG_NAMES[matrix]}:out_range={range}:flags=accurate_rnd,format=yuv420p"
    tags = ("-colorspace", matrix, "-color_range", range) if tagged else ("-colorspace", "unknown")
    options = options or ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "4")
    return clips.encode(path, [drawn(width, height)] * 2, "-vf", convert, *options, *tags)


@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
@pytest.mark.parametrize("range", ["tv", "pc"])
@pytest.mark.parametrize("matrix", FFMPEG_NAMES)
@pytest.mark.parametrize("size", [(640, 360), (1280, 720)], ids=["sd", "hd"])
def test_a_file_that_tells_its_matrix_and_range_has_true_colours(
    size: tuple[int, int], matrix: str, range: str, decoder: str, tmp_path: Path
) -> None:
    path = bars(tmp_path / "clip.mp4", *size, matrix, range)
    assert difference(shown(path, decoder=decoder), drawn(*size)) < LARGEST_DIFFERENCE / 2


@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
@pytest.mark.parametrize(
    ("size", "matrix"), [((720, 576), "smpte170m"), ((960, 578), "bt709"), ((1280, 540), "bt709")], ids=["pal", "high", "wide"]
)
def test_a_file_that_does_not_has_the_colours_that_players_show(
    size: tuple[int, int], matrix: str, decoder: str, tmp_path: Path
) -> None:
    right = bars(tmp_path / "right.mp4", *size, matrix, "tv", tagged=False)
    assert difference(shown(right, decoder=decoder), drawn(*size)) < LARGEST_DIFFERENCE / 2
    other = "bt709" if matrix == "smpte170m" else "smpte170m"
    wrong = bars(tmp_path / "wrong.mp4", *size, other, "tv", tagged=False)
    assert difference(shown(wrong, decoder=decoder), drawn(*size)) > LARGEST_DIFFERENCE / 2


@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
@pytest.mark.parametrize(
    ("suffix", "matrix", "range", "codec"),
    [
        (".webm", "smpte170m", "tv", ("-c:v", "libvpx", "-b:v", "20M", "-deadline", "realtime")),
        (".avi", "smpte170m", "pc", ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p")),
        (".mkv", "bt709", "tv", ("-c:v", "ffv1")),
    ],
    ids=["vp8", "mjpeg", "ffv1"],
)
def test_codecs_that_know_one_matrix_only_have_that_one(
    suffix: str, matrix: str, range: str, codec: tuple[str, ...], decoder: str, tmp_path: Path
) -> None:
    path = bars(tmp_path / f"clip{suffix}", 1280, 720, matrix, range, *codec, tagged=False)
    assert difference(shown(path, decoder=decoder), drawn(1280, 720)) < LARGEST_DIFFERENCE / 2


def test_rgb_stays_rgb(tmp_path: Path) -> None:
    path = clips.encode(tmp_path / "clip.mkv", [drawn(1280, 720)], "-c:v", "libx264rgb", "-qp", "0", "-pix_fmt", "bgr24")
    for decoder in ("opencv", "pyav"):
        assert np.array_equal(shown(path, decoder=decoder), drawn(1280, 720))


@pytest.mark.parametrize(
    ("code", "light"), [(0.0, 0.0), (520 / 1023, 100.5), (594 / 1023, 203.0), (769 / 1023, 1000.0), (1.0, 10000.0)]
)
def test_pq_has_the_light_of_the_recommendation(code: float, light: float) -> None:
    # The second and third are reference white as in BT.2408, table 1: 58 %, and 51 % for 100 cd/m².
    assert pq_light(np.array(code)) == pytest.approx(light, rel=0.02, abs=1e-6)


@pytest.mark.parametrize(("code", "light"), [(0.0, 0.0), (0.5, 1 / 12), (0.75, 0.265), (1.0, 1.0)])
def test_hlg_has_the_light_of_the_recommendation(code: float, light: float) -> None:
    assert hlg_scene_light(np.array(code)) == pytest.approx(light, abs=2e-4)


def hdr(path: Path, transfer: str, *options: str, pixels: str = "yuv420p10le", range: str = "tv", seed: int = 3) -> Path:
    """Draw a scene whose values stand for light of high dynamic range; no colour is stronger than in nature."""
    scene = np.stack(clips.scene(seed, 4, width=320, height=180)) * 0.6 + 30.0
    coded = [np.uint8(picture) for picture in 0.3 * scene + 0.7 * scene.mean(axis=3, keepdims=True)]
    convert = f"format=gbrp,scale=out_color_matrix=bt2020:out_range={range},format={pixels}"
    tags = ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", transfer, "-color_range", range)
    codec = options or ("-c:v", "ffv1")
    return clips.encode(path, coded, "-vf", convert, *codec, "-pix_fmt", pixels, *tags)


def zscale() -> None:
    filters = subprocess.run([clips.tool("ffmpeg"), "-v", "quiet", "-filters"], capture_output=True, check=True).stdout
    if b" zscale " not in filters:
        pytest.skip("this ffmpeg has no zscale")


@pytest.mark.parametrize(
    ("transfer", "pixels", "range"),
    [
        ("smpte2084", "yuv420p10le", "tv"),
        ("arib-std-b67", "yuv420p10le", "tv"),
        ("smpte2084", "yuv420p10le", "pc"),
        ("arib-std-b67", "yuv444p12le", "tv"),
        ("smpte2084", "yuv422p10le", "tv"),
        ("bt2020-10", "yuv420p10le", "tv"),
        ("bt709", "yuv420p", "tv"),
    ],
)
def test_high_dynamic_range_and_wide_gamut_are_converted_as_by_zscale(
    transfer: str, pixels: str, range: str, tmp_path: Path
) -> None:
    zscale()
    path = hdr(tmp_path / "clip.mkv", transfer, pixels=pixels, range=range)
    curve = HABLE if transfer in ("smpte2084", "arib-std-b67") else ""
    expected = with_ffmpeg(path, TONE_MAPPED.format(curve=curve), 320, 180)
    reader, frame = first_frame(path)
    assert difference(frame.picture, expected) < LARGEST_DIFFERENCE / 2
    assert luma(frame.picture) == pytest.approx(luma(expected), rel=0.02)
    assert saturation(frame.picture) == pytest.approx(saturation(expected), rel=0.05)
    colour = reader.info.colour
    assert colour is not None
    assert (colour.primaries, colour.transfer, colour.matrix, colour.tone_mapped) == ("bt2020", transfer, "bt2020nc", True)
    # Analysis sees nearly the same, from planes.
    assert isinstance(frame.content, Planes)
    near, exact = (extract_features(content, 0, 0.0) for content in (frame.content, frame.picture))
    assert np.abs(near.luma - exact.luma).mean() < 10.0
    assert np.abs(near.small - exact.small).mean() < 10.0
    assert near.gradients.mean() == pytest.approx(exact.gradients.mean(), rel=0.25)


def test_the_brightest_light_that_a_file_tells_becomes_white(tmp_path: Path) -> None:
    zscale()
    light = "hdr10=1:repeat-headers=1:max-cll=4000,400:log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
    options = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "8", "-x265-params", light)
    path = hdr(tmp_path / "clip.mp4", "smpte2084", *options)
    expected = with_ffmpeg(path, TONE_MAPPED.format(curve=HABLE), 320, 180)
    usual = with_ffmpeg(path, TONE_MAPPED.format(curve=HABLE.replace("hable", "hable:peak=10")), 320, 180)
    found = shown(path)
    assert difference(found, expected) < LARGEST_DIFFERENCE / 2 < difference(expected, usual)
    assert luma(found) == pytest.approx(luma(expected), rel=0.02)


def test_a_picture_that_is_turned_is_converted_too(tmp_path: Path) -> None:
    path = hdr(tmp_path / "clip.mp4", "arib-std-b67", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "4")
    upright = first_frame(path)[1]
    reader, frame = first_frame(clips.turned(path, 90))
    assert (reader.info.width, reader.info.height, frame.picture.shape) == (180, 320, (320, 180, 3))
    assert np.array_equal(frame.picture, np.rot90(upright.picture, -1))
    assert isinstance(frame.content, Planes)
    assert isinstance(upright.content, Planes)
    assert np.array_equal(frame.content.luma, np.rot90(upright.content.luma, -1))


def test_kept_values_are_those_of_opencv(tmp_path: Path) -> None:
    path = hdr(tmp_path / "clip.mkv", "smpte2084")
    reader, frame = first_frame(path, hdr="keep")
    assert reader.info.colour == Colour("bt2020", "smpte2084", "bt2020nc", "limited", 10, tone_mapped=False)
    assert difference(frame.picture, shown(path)) > LARGEST_DIFFERENCE
    assert saturation(frame.picture) < saturation(shown(path))


def test_the_pictures_written_are_converted_and_the_report_says_so(tmp_path: Path) -> None:
    path = hdr(tmp_path / "clip.mkv", "smpte2084")
    done = clips.call("extract", path, "-o", tmp_path / "out", "--format", "png", "--count", "1")
    assert done.returncode == 0, done.stderr
    report = extract(path, Settings.of(count=1, format="png"), output=tmp_path / "again")
    keyframe = report.keyframes[0]
    written = [cv2.imread(str(tmp_path / folder / str(keyframe.file))) for folder in ("out", "again")]
    with open_video(VideoFile.of(path), ReadOptions(decode="every", threads=1)) as reader:
        expected = next(frame.picture for frame, _ in reader.frames() if frame.index == keyframe.frame)
    assert all(np.array_equal(picture, expected) for picture in written)
    assert report.video.colour == Colour("bt2020", "smpte2084", "bt2020nc", "limited", 10, tone_mapped=True)


@pytest.mark.skipif(not ODD.is_dir(), reason="the corpus is not beside the project")
@pytest.mark.parametrize("name", ["cropdetect2.mp4", "hdr10tags-both.mkv"])
def test_real_files_are_converted_as_by_zscale(name: str) -> None:
    zscale()
    picture = shown(ODD / name)
    expected = with_ffmpeg(ODD / name, TONE_MAPPED.format(curve=HABLE), picture.shape[1], picture.shape[0])
    # The matrix of this file turns and mirrors, and we only turn.
    expected = np.ascontiguousarray(expected[:, ::-1]) if name == "hdr10tags-both.mkv" else expected
    assert difference(picture, expected) < LARGEST_DIFFERENCE
    assert luma(picture) == pytest.approx(luma(expected), rel=0.1)
    assert saturation(picture) == pytest.approx(saturation(expected), rel=0.1)


@pytest.mark.parametrize("degrees", [0, 90])
@pytest.mark.parametrize("range", ["tv", "pc"])
def test_clips_that_are_encoded_anew_keep_colours_and_tags(range: str, degrees: int, tmp_path: Path) -> None:
    path = bars(tmp_path / "clip.mp4", 640, 360, "bt709", range)
    if degrees:
        clips.turned(path, degrees)
    done = clips.call("shots", path, "--to", "clips", "--reencode", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    (clip,) = (tmp_path / "out").glob("*.mp4")
    before, after = first_frame(path), first_frame(clip)
    assert difference(before[1].picture, after[1].picture) < LARGEST_DIFFERENCE / 2
    assert before[0].info.colour == after[0].info.colour
