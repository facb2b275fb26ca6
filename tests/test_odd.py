"""Odd, old, damaged, tiny, encrypted and empty files, where they lie beside the project: each ends as it should."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clips import PROGRAM
from vkeyframe.errors import InputError

ODD = Path(__file__).parents[2] / "shared" / "corpus" / "odd"
LIMIT = 60.0
SHARE = 0.95
# How many frames of each ffmpeg 5.1 decodes. Where it is none, no keyframe can be asked for.
FRAMES = {
    "-video-with-dash-.mp4": 5,
    "1242-small.mkv": 12,
    "RRSF49-short.mp4": 107,
    "SAR-2by3.mp4": 60,
    "Sequence_1-Apple_ProRes_422.mp4": 2,
    "Sequence_1-Apple_ProRes_422_LT.mp4": 2,
    "Sequence_1-Apple_ProRes_with_Alpha.mp4": 2,
    "al04_44.wav": 0,
    "anim.mkv": 71,
    "av1-1-b8-03-sizedown.mp4": 20,
    "av1-1-b8-04-cdfupdate.mp4": 2,
    "av1-1-b8-06-mfmv.mp4": 4,
    "av1-1-b8-22-svc-L2T1.mp4": 8,
    "av1-1-b8-23-film_grain-50.mp4": 10,
    "av1_video.mkv": 125,
    "bug821-2.mp4": 14,
    "corrupted.mp4": 49,
    "counter.mp4": 30,
    "cropdetect1.mp4": 10,
    "cropdetect2.mp4": 10,
    "delayed_start.mp4": 24,
    "demo.avi": 51,
    "displaymatrix.mp4": 33,
    "dnxhd100_cid1260.mp4": 1,
    "dovi-p5.mp4": 10,
    "dovi-p7.mp4": 10,
    "dvd_single_frame.mp4": 1,
    "elst_ends_betn_b_and_i.mp4": 24,
    "empty_edit_5s.mp4": 100,
    "example.mp4": 50,
    "example3.mp4": 48,
    "extended_atom_size_probe.mp4": 1,
    "film_grain.mp4": 10,
    "gapless.mp3": 0,
    "h264-mjpeg.mp4": 60,
    "h264_10bits.mp4": 30,
    "h265_10bits.mp4": 30,
    "hdr10tags-both.mkv": 10,
    "high-qp.mkv": 5,
    "matrixbench_mpeg2.lq1.mp4": 25,
    "mixed-nal-coding.mp4": 5,
    "mov-3elist-encrypted.mp4": 0,
    "mov-elist-starts-ctts-2ndsample.mp4": 48,
    "mov-tenc-only-encrypted.mp4": 0,
    "mov_ibi_elst_starts_b.mp4": 24,
    "mov_stream_shorter_than_movie.mp4": 24,
    "newtonscradle.gif": 36,
    "no_duration.webm": 74,
    "non_uniform_tiling.mp4": 24,
    "offset_test.mp4": 10,
    "op-partial.mp4": 9,
    "packed_bframes.avi": 15,
    "prores4444_with_transparency.mp4": 1,
    "prores_zlib.mkv": 2,
    "realshort.mp4": 36,
    "ref_10.avi": 25,
    "result.webm": 0,
    "roundup1414.mp4": 79,
    "rv30.mp4": 109,
    "sintel-signbias.mp4": 9,
    "sony-ct3.mp4": 7,
    "spherical.mp4": 120,
    "svq3_decoding_regression.mp4": 0,
    "switch_frame.mp4": 32,
    "test-4867.mp4": 359,
    "test_iibbibb.mp4": 13,
    "testsrc-hevc.mp4": 60,
    "transparent.webm": 150,
    "version1.mp4": 15,
    "video_0.mov": 3,
    "video_180.mov": 3,
    "video_270.mov": 3,
    "video_90.mov": 3,
    "vp80-00-comprehensive-006.mp4": 48,
    "vp80-00-comprehensive-014.mp4": 49,
    "vp8_video_with_alpha.mp4": 120,
    "vp90-2-00-quantizer-00.mp4": 2,
    "vp90-2-02-size-08x08.mp4": 10,
    "vp90-2-02-size-66x10.mp4": 10,
    "vp90-2-03-deltaq.mp4": 2,
    "vp90-2-03-size-226x226.mp4": 10,
    "vp90-2-06-bilinear.mp4": 10,
    "vp90-2-10-show-existing-frame.mp4": 13,
    "vp90-2-15-segkey_adpq.mp4": 150,
    "vp90-2-2pass-akiyo.mp4": 50,
    "vp90-2-segmentation-akiyo.mp4": 50,
    "vp90-2-segmentation-sf-akiyo.mp4": 25,
    "vp90-2-trac3849.mp4": 10,
    "vp91-2-04-yuv422.mp4": 10,
    "vp91-2-04-yuv444.mp4": 10,
    "vp92-2-20-12bit-yuv420.mp4": 10,
    "vp93-2-20-10bit-yuv440.mp4": 20,
    "vp93-2-20-12bit-yuv422.mp4": 10,
    "vp93-2-20-12bit-yuv444.mp4": 10,
    "wmv_drm.wmv": 115,
}
GOOD = [name for name, frames in FRAMES.items() if frames]
BAD = [name for name, frames in FRAMES.items() if not frames]

pytestmark = pytest.mark.skipif(not ODD.is_dir(), reason="the corpus is not beside the project")


@dataclass(frozen=True)
class Ending:
    """How a command ended, and what it left behind."""

    code: int
    reports: dict[str, Any]
    told: list[str]
    left: list[str]


def extract(folder: Path, *names: str, limit: float = LIMIT) -> Ending:
    """Run the real command on files of the corpus, with an empty working folder and an empty one for temporary files."""
    here, temporary = folder / "here", folder / "temporary"
    here.mkdir()
    temporary.mkdir()
    # What the OpenCL or font libraries of a machine keep for themselves is none of our business.
    environment = os.environ | {"TMPDIR": str(temporary)}
    command = [*PROGRAM, "extract", "--no-images", "--json", "-", "--", *(str(ODD / name) for name in names)]
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, timeout=limit, check=False)
    texts = [done.stdout] if len(names) == 1 and done.stdout else done.stdout.splitlines()
    reports = {report["video"]["name"]: report for report in map(json.loads, texts)}
    left = [entry.name for place in (here, temporary) for entry in place.iterdir()]
    return Ending(done.returncode, reports, done.stderr.splitlines(), left)


@pytest.fixture(scope="module")
def ending(tmp_path_factory: pytest.TempPathFactory) -> Ending:
    """Give the end of one command for all files that have pictures; one after another they may take longer."""
    return extract(tmp_path_factory.mktemp("odd"), *GOOD, limit=len(GOOD) * LIMIT)


def check_good(name: str, report: Any) -> None:
    """Check that a report uses what can be decoded, and shows it."""
    decoding, keyframes = report["decoding"], report["keyframes"]
    assert decoding["decoded_frames"] >= SHARE * FRAMES[name]
    assert keyframes
    assert all(0 <= keyframe["frame"] < decoding["decoded_frames"] for keyframe in keyframes)
    assert decoding["complete"] or decoding["warnings"]


def test_the_table_has_every_file() -> None:
    assert set(FRAMES) == {path.name for path in ODD.iterdir()}


@pytest.mark.parametrize("name", GOOD)
def test_what_can_be_decoded_gives_keyframes(name: str, ending: Ending) -> None:
    assert name in ending.reports
    check_good(name, ending.reports[name])


def test_together_they_end_well(ending: Ending) -> None:
    assert (ending.code, ending.left) == (0, [])
    assert not any("Traceback" in line for line in ending.told)


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_decoded_is_one_sentence(name: str, tmp_path: Path) -> None:
    ending = extract(tmp_path, name)
    assert ending.code == InputError.exit_code
    assert (ending.reports, ending.left) == ({}, [])
    assert len(ending.told) == 1
    assert ending.told[0].startswith(f"vkeyframe: {ODD / name}: ")


@pytest.mark.skipif(os.environ.get("VKEYFRAME_ALL") != "1", reason="set VKEYFRAME_ALL=1 for a command for each file")
@pytest.mark.parametrize("name", GOOD)
def test_each_ends_in_time(name: str, tmp_path: Path) -> None:
    ending = extract(tmp_path, name)
    assert (ending.code, ending.left) == (0, [])
    check_good(name, ending.reports[name])
