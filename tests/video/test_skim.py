"""Skimming: still stretches are passed over, what happens is not, and indices and times stay true."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests.clips import cut_off, encode, number_of, numbered, probe_frames, scene
from vkeyframe.pipeline import run
from vkeyframe.settings import Settings
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Frame
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.sampling import TUNING

COUNT, KEYS = 600, 50
# A thing crosses the picture in these frames, and from the second on another scene is shown.
CROSSING, CUT = (210, 270), 420
SKIM = ReadOptions(decode="skim", skip_nonref=True)
GROUPS = ("-g", str(KEYS), "-bf", "2", "-crf", "24")


def watched(noise: float = 0.0) -> list[ndarray]:
    """Draw a fixed camera with some noise, a thing that crosses the picture, and a cut to another fixed camera."""
    source = np.random.default_rng(5)
    places = (scene(1, 1, 320, 192)[0], scene(2, 1, 320, 192)[0])
    frames = []
    for number in range(COUNT):
        picture = places[number >= CUT].astype(float) + source.normal(0.0, noise, (192, 320, 1))
        if CROSSING[0] <= number < CROSSING[1]:
            left = 5 * (number - CROSSING[0])
            picture[60:150, left : left + 70] = (30, 200, 90)
        frames.append(np.clip(picture, 0, 255).astype(np.uint8))
    return frames


@pytest.fixture(scope="module", params=[0.0, 2.0], ids=["clean", "noisy"])
def video(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encode(tmp_path_factory.mktemp("skim") / "video.mp4", watched(request.param), *GROUPS)


def skim(path: Path) -> tuple[list[Frame], int]:
    with open_video(VideoFile.of(path), SKIM) as reader:
        frames = [frame for frame, _ in reader.frames()]
        assert (reader.decode, reader.complete(), reader.last_frame) == ("skim", True, COUNT - 1)
        return frames, reader.decoded_frames


def test_still_stretches_are_passed_over_and_what_happens_is_not(video: Path) -> None:
    frames, decoded = skim(video)
    indices = [frame.index for frame in frames]
    assert decoded < 0.35 * COUNT
    assert {index for index, frame in enumerate(probe_frames(video)) if frame["key"]} <= set(indices)
    for one, other in pairwise(indices):
        busy = one < CROSSING[1] and other > CROSSING[0]
        assert other - one <= TUNING.largest_step or not busy
    assert any(0 < CUT - index <= TUNING.largest_step for index in indices)


def test_times_and_indices_are_those_of_all_frames(video: Path) -> None:
    frames, _ = skim(video)
    times = np.array([frame["time"] for frame in probe_frames(video)])
    assert np.allclose([frame.time for frame in frames], times[[frame.index for frame in frames]], atol=1e-3)


def test_every_picture_is_that_of_its_index(tmp_path: Path) -> None:
    # Open groups: frames that are shown before a key frame depend on the group before it.
    path = encode(tmp_path / "open.mp4", numbered(watched()[:500]), *GROUPS, "-x264-params", "open-gop=1:scenecut=0")
    with open_video(VideoFile.of(path), SKIM) as reader:
        frames = [frame for frame, _ in reader.frames()]
    assert [number_of(frame.picture) for frame in frames] == [frame.index for frame in frames]


@pytest.mark.parametrize("decode", ["sampled", "skim"])
def test_shots_and_events_are_found_as_in_the_whole_video(decode: str, video: Path) -> None:
    report = run(VideoFile.of(video), Settings.from_preset("surveillance", decode=decode))
    assert [shot.start_frame for shot in report.shots] == [0, pytest.approx(CUT, abs=2)]
    frames = [keyframe.frame for keyframe in report.keyframes]
    # It crosses the picture in three seconds, and each fifth of the way is another place.
    assert 1 <= sum(CROSSING[0] < frame < CROSSING[1] for frame in frames) <= 5
    assert any(frame < CUT and not CROSSING[0] < frame < CROSSING[1] for frame in frames)
    assert any(frame >= CUT for frame in frames)


def test_what_cannot_be_skimmed_is_sampled(tmp_path: Path) -> None:
    path = encode(tmp_path / "video.avi", scene(3, 60), "-c:v", "mpeg4", "-q:v", "3")
    decoding = run(VideoFile.of(path), Settings.of(decode="skim")).decoding
    assert (decoding.mode, decoding.decoded_frames) == ("sampled", 60)
    assert "skim" in decoding.warnings[0]


def test_a_video_that_is_cut_off_is_read_in_full(video: Path, tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.mkv", watched()[:300], *GROUPS)
    decoding = run(VideoFile.of(cut_off(whole, 0.6)), Settings.of(decode="skim")).decoding
    assert decoding.mode == "sampled"
    assert not decoding.complete
