"""Finding a frame again by its picture, by its time and by its number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from tests.bench.targets import DISTURBANCES, disturb
from tests.conftest import SAMPLES
from vkeyframe.errors import DecoderError, InputError, UsageError
from vkeyframe.matching import load_target, match
from vkeyframe.opencv import cv2
from vkeyframe.report.matches import Matches
from vkeyframe.selection.match_options import MatchOptions
from vkeyframe.timing import format_timecode
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions

QUERIES, SEED = 12, 7
NEAR = 0.2
# What two encodings of the same picture may differ by, in grey levels.
ALIKE = 2.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip of four scenes of one second each, whose frames carry their numbers."""
    frames = clips.numbered(clips.scenes(range(4), 25))
    return clips.write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", frames)


@pytest.fixture(scope="module")
def by_time(clip: Path) -> Matches:
    """Give the matches of the frame at 1.4 s."""
    return match([clip], "1.4")


def write_jpeg(path: Path, picture: ndarray, quality: int = 50, scale: float = 0.5) -> Path:
    """Encode a picture smaller and worse."""
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ok, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert ok
    path.write_bytes(data.tobytes())
    return path


def test_a_worse_copy_of_a_frame_is_found(tmp_path: Path) -> None:
    source = np.random.default_rng(SEED)
    names = ("edited", "slides", "static", "variable")
    right = 0
    for query in range(QUERIES):
        name = names[query % len(names)]
        path, known = SAMPLES / f"{name}.mp4", clips.truth(name)
        frame = int(source.integers(known["frames"]))
        picture = clips.decode_some(path, [frame])[frame]
        hit = match([path], str(write_jpeg(tmp_path / "target.jpg", picture)), MatchOptions(top=1)).matches[0]
        time = known["times"][frame] if "times" in known else frame / known["fps"]
        # Where nothing moves, another frame may be the same picture.
        same = clips.luma_difference(clips.decode_some(path, [hit.frame])[hit.frame], picture) < ALIKE
        right += abs(hit.time - time) <= NEAR or (name == "slides" and same)
    assert right >= 0.95 * QUERIES


@pytest.mark.parametrize(
    ("target", "frame"),
    [("1.4", 35), ("1.4s", 35), ("1.419", 35), ("00:00:01.400", 35), ("35f", 35), ("0", 0), ("0f", 0), ("99f", 99), ("3.96", 99)],
)
def test_a_time_or_a_number_finds_the_frame_shown_there(target: str, frame: int, clip: Path) -> None:
    hit = match([clip], target, MatchOptions(top=1)).matches[0]
    assert hit.frame == frame
    assert hit.time == pytest.approx(frame / 25, abs=0.001)
    assert hit.timecode == format_timecode(hit.time)
    assert hit.similarity == pytest.approx(1.0, abs=1e-5)
    assert hit.weighted_similarity == pytest.approx(1.0, abs=1e-5)
    assert clips.number_of(load_target(target, VideoFile.of(clip))) == frame


def test_a_time_within_the_last_frame_is_that_frame(clip: Path) -> None:
    assert clips.number_of(load_target("3.98", VideoFile.of(clip))) == 99


@pytest.mark.parametrize("target", ["4.5", "00:01:00", "100f", "5000f"])
def test_a_time_behind_the_end_is_told(target: str, clip: Path) -> None:
    with pytest.raises(UsageError, match=r"clip\.mp4: ends before"):
        match([clip], target)


@pytest.mark.parametrize("target", ["missing.png", "", "-1", "1:99", "a" * 400])
def test_what_is_neither_picture_nor_time_is_told(target: str, clip: Path) -> None:
    with pytest.raises(UsageError, match="neither a picture file nor a time") as caught:
        match([clip], target)
    assert target in str(caught.value)


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("no picture")


def half(path: Path) -> None:
    write_jpeg(path, clips.scene(1, 1)[0])
    path.write_bytes(path.read_bytes()[:40])


@pytest.mark.parametrize("make", [empty, text, half], ids=lambda make: make.__name__)
def test_a_target_that_is_no_picture_is_told(make: Callable[[Path], None], clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.jpg"
    make(target)
    with pytest.raises(InputError, match=r"target\.jpg: no picture"):
        match([clip], str(target))


def test_a_file_named_like_a_time_is_a_picture(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ok, data = cv2.imencode(".png", clips.decode_some(clip, [80])[80])
    assert ok
    (tmp_path / "1.4").write_bytes(data.tobytes())
    monkeypatch.chdir(tmp_path)
    assert match([clip], "1.4", MatchOptions(top=1)).matches[0].frame == 80


def test_a_video_that_is_missing_is_told(tmp_path: Path, clip: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.mp4: no such file"):
        match([clip, tmp_path / "missing.mp4"], "1.4")


def test_the_best_frame_of_each_shot_comes_best_first(clip: Path) -> None:
    found = match([clip], "1.4", MatchOptions(threshold=0.0))
    assert found.target == "1.4"
    assert (found.found, found.nearest) == (True, None)
    hits = found.matches
    assert hits[0].shot == 1
    assert sorted(hit.shot for hit in hits) == [0, 1, 2, 3]
    assert hits[0].score > 0.99
    assert max(hit.score for hit in hits[1:]) < 0.5
    assert all(hit.shot == int(hit.time) for hit in hits)


def test_with_a_gap_a_shot_has_several(clip: Path) -> None:
    found = match([clip], "1.4", MatchOptions(threshold=0.3, min_gap=0.2, top=4))
    inside = sorted(hit.time for hit in found.matches if hit.shot == 1)
    assert len(inside) >= 2
    assert min(np.diff(inside)) >= 0.2


def test_what_is_not_there_is_not_found(clip: Path, tmp_path: Path) -> None:
    target = write_jpeg(tmp_path / "other.jpg", clips.scene(99, 1, 320, 192)[0])
    found = match([clip], str(target))
    assert (found.found, found.matches) == (False, ())
    assert found.nearest is not None
    assert 0.0 < found.nearest.score < found.threshold == 0.5
    # With a threshold that low it is.
    assert match([clip], str(target), MatchOptions(threshold=0.01, top=5)).matches[0] == found.nearest


@pytest.mark.parametrize("disturbance", DISTURBANCES)
def test_a_disturbed_frame_is_found(disturbance: str, clip: Path, tmp_path: Path) -> None:
    picture = cv2.resize(clips.decode_some(clip, [60])[60], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    path = tmp_path / "target.png"
    cv2.imwrite(str(path), disturb(picture, [disturbance], np.random.default_rng(4)))
    hit = match([clip], str(path), MatchOptions(top=1)).matches[0]
    assert hit.time == pytest.approx(2.4, abs=NEAR)
    assert hit.mirrored == (disturbance == "mirror")
    assert (hit.window[2] < 0.95) == (disturbance == "crop")


@pytest.mark.parametrize("top", [1, 2, 50])
def test_no_more_matches_than_asked_for(top: int, clip: Path) -> None:
    hits = match([clip], "1.4", MatchOptions(top=top, threshold=0.0)).matches
    assert len(hits) == min(top, 4)
    assert hits[0].frame == 35


def test_a_video_that_cannot_be_read_is_left_out_where_that_is_asked_for(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "none.mp4").write_text("no video")
    videos = [tmp_path / "none.mp4", clip]
    target = write_jpeg(tmp_path / "target.jpg", clips.decode_some(clip, [35])[35], quality=90, scale=1.0)
    with pytest.raises(InputError, match=r"none\.mp4"):
        match(videos, str(target))
    found = match(videos, str(target), MatchOptions(skip_unreadable=True))
    assert found.matches[0].frame == 35
    assert "none.mp4" in " ".join(found.warnings)
    with pytest.raises(InputError, match=r"none\.mp4"):
        match(videos[:1], str(target), MatchOptions(skip_unreadable=True))


def test_after_a_crash_of_opencv_what_pyav_cannot_read_is_left_out_too(clip: Path, tmp_path: Path) -> None:
    """One video that crashes OpenCV has all of them read by PyAV."""
    (tmp_path / "none.mp4").write_text("no video")
    videos = [tmp_path / "none.mp4", clip]
    target = write_jpeg(tmp_path / "target.jpg", clips.decode_some(clip, [35])[35], quality=90, scale=1.0)
    crashed = ReadOptions(opencv_crashed=True)
    with pytest.raises(DecoderError, match=r"none\.mp4: OpenCV crashed"):
        match(videos, str(target), MatchOptions(), crashed)
    found = match(videos, str(target), MatchOptions(skip_unreadable=True), crashed)
    assert found.matches[0].frame == 35
    assert "none.mp4" in " ".join(found.warnings)


def test_attention_sums_to_one(by_time: Matches) -> None:
    (timeline,) = by_time.timelines
    for shares in (timeline, *timeline.heads):
        assert sum(shares.attention) == pytest.approx(1.0, abs=1e-4)
        assert sum(shares.additive) == pytest.approx(1.0, abs=1e-4)
    assert [each.head for each in timeline.heads] == ["layout", "detail", "colour"]
    assert timeline.attention == pytest.approx(np.mean([each.attention for each in timeline.heads], axis=0), abs=2e-6)
    assert all(0 <= share <= 1 for share in timeline.attention)
    assert 90 <= len(timeline.attention) <= 100
    assert timeline.step * len(timeline.attention) >= 3.96


def test_attention_gathers_where_the_target_is(by_time: Matches) -> None:
    (timeline,) = by_time.timelines
    times = timeline.step * (0.5 + np.arange(len(timeline.attention)))
    second = sum(share for time, share in zip(times, timeline.attention, strict=True) if 1.0 <= time < 2.0)
    assert second > 0.9
    assert by_time.matches[0].attention == max(hit.attention for hit in by_time.matches) > 0.5


def test_several_videos_share_the_attention(clip: Path) -> None:
    found = match([SAMPLES / "variable.mp4", clip], "2.0", MatchOptions(top=3))
    assert [timeline.video for timeline in found.timelines] == [str(SAMPLES / "variable.mp4"), str(clip)]
    shares = [sum(timeline.attention) for timeline in found.timelines]
    assert sum(shares) == pytest.approx(1.0, abs=1e-4)
    assert shares[0] > 0.9
    assert found.matches[0].video == str(SAMPLES / "variable.mp4")
    assert found.matches[0].time == pytest.approx(2.0, abs=0.001)


def test_the_frame_of_another_video_is_found_in_it(clip: Path, tmp_path: Path) -> None:
    target = write_jpeg(tmp_path / "target.jpg", clips.decode_some(clip, [60])[60], quality=90, scale=1.0)
    hit = match([SAMPLES / "variable.mp4", clip], str(target), MatchOptions(top=1)).matches[0]
    assert hit.video == str(clip)
    assert hit.frame == 60


def test_times_are_presentation_times() -> None:
    times = clips.truth("variable")["times"]
    hit = match([SAMPLES / "variable.mp4"], "100f", MatchOptions(top=1)).matches[0]
    assert (hit.frame, hit.time) == (100, pytest.approx(times[100], abs=0.001))


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param(clips.scene(1, 1), id="one-frame"),
        pytest.param(clips.flat(10), id="black"),
        pytest.param(clips.scene(1, 10, 8, 8), id="8x8"),
        pytest.param(clips.scene(1, 10, 2, 2), id="2x2"),
    ],
)
def test_little_to_see_is_no_failure(frames: list[ndarray], tmp_path: Path) -> None:
    path = clips.write_clip(tmp_path / "clip.avi", frames, codec="MJPG")
    found = match([path], "0")
    assert found.matches[0].similarity == pytest.approx(1.0, abs=1e-5)
    assert sum(found.timelines[0].attention) == pytest.approx(1.0, abs=1e-4)


def test_a_target_of_another_shape_is_no_failure(clip: Path, tmp_path: Path) -> None:
    picture = cv2.resize(clips.decode_some(clip, [35])[35], (90, 200), interpolation=cv2.INTER_AREA)
    hit = match([clip], str(write_jpeg(tmp_path / "target.jpg", picture, scale=1.0)), MatchOptions(top=1)).matches[0]
    assert hit.time == pytest.approx(1.4, abs=NEAR)


def test_frames_lost_to_damage_do_not_shift_the_indices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vkeyframe.video.reader import VideoReader

    path = clips.write_clip(tmp_path / "clip.mp4", clips.numbered_scene(40))
    retrieve = VideoReader._read_content

    def fail_once(reader: VideoReader) -> bool:
        return retrieve(reader) and reader.decoded_frames != 10

    monkeypatch.setattr(VideoReader, "_read_content", fail_once)
    target = write_jpeg(tmp_path / "target.jpg", clips.decode_some(path, [30])[30], quality=90, scale=1.0)
    assert match([path], str(target), MatchOptions(top=1)).matches[0].frame == 30


def test_progress_is_told(clip: Path) -> None:
    told: list[tuple[float, float]] = []
    match([clip], "1.4", progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[0][0] == 0.0
    assert told[-1][0] > 3.7
    assert {total for _, total in told} == {4.0}
