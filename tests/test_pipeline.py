"""From a video to its report: shots, keyframes, actions and pictures, on the sample videos and on drawn clips."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import clips, subjects
from tests.bench.quality import score
from tests.conftest import SAMPLES
from vkeyframe import Report, Settings, extract
from vkeyframe.api import produce
from vkeyframe.errors import DamagedVideoError, InputError, UsageError
from vkeyframe.opencv import cv2
from vkeyframe.output.destination import Destination
from vkeyframe.output.folder import REPORT_NAME
from vkeyframe.output.spool import PictureSpool
from vkeyframe.report.records import Keyframe, Shot
from vkeyframe.report.write import report_to_dict, report_to_json
from vkeyframe.selection import pruning
from vkeyframe.selection.candidates import Candidate
from vkeyframe.video.file import VideoFile

NAMES = ("edited", "slides", "static", "variable")
TOLERANCE = 2
HEADS = {"texture", "shape", "text", "skin", "face", "motion"}


@pytest.fixture(scope="module")
def sample(edited_report: Report) -> Callable[[str], Report]:
    """Give a function that gives the report of a sample video, made once."""
    made = {"edited": edited_report}

    def get(name: str) -> Report:
        if name not in made:
            made[name] = extract(SAMPLES / f"{name}.mp4")
        return made[name]

    return get


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip of ten scenes of one second each, with cuts between them."""
    frames = clips.scenes(range(10), 25)
    return clips.write_clip(tmp_path_factory.mktemp("scenes") / "scenes.mp4", frames)


def found_kind(transition: dict[str, Any], shots: tuple[Shot, ...]) -> str | None:
    """Say as what a known transition was found, None where it was not."""
    first, last = transition["last"] + 1 - TOLERANCE, transition["first"] + TOLERANCE
    return next((shot.transition for shot in shots[1:] if first <= shot.start_frame <= last), None)


def pure_frames(shot: dict[str, Any]) -> set[int]:
    """Give the frames that show a shot alone and without a flash."""
    return set(range(shot["first"], shot["last"] + 1)) - set(shot["flash"])


def without_run(report: Report) -> dict[str, Any]:
    """Give all of a report that must not change from run to run."""
    data = report_to_dict(report)
    del data["run"]
    return data


def pictures(folder: Path) -> dict[str, bytes]:
    """Read all files of an output folder but the report."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != REPORT_NAME}


def load(path: Path) -> ndarray:
    """Read a picture."""
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


def check_order(report: Report) -> None:
    """Check that shots follow each other without a gap, and that keyframes lie in the shots that they name."""
    shots = report.shots
    assert [shot.index for shot in shots] == list(range(len(shots)))
    assert (shots[0].start_frame, shots[0].start_time, shots[0].transition) == (0, 0.0, "start")
    starts = [shot.start_frame for shot in shots]
    assert starts == sorted(set(starts))
    for shot, after in pairwise(shots):
        assert shot.end_frame + 1 == after.start_frame
        assert shot.end_time < after.start_time
        assert after.transition in {"cut", "dissolve", "fade", "wipe"}
    assert all(shot.start_frame <= shot.end_frame and shot.start_time <= shot.end_time for shot in shots)
    assert sum(shot.attention for shot in shots) == pytest.approx(1.0, abs=1e-4)
    for keyframe in report.keyframes:
        shot = shots[keyframe.shot]
        assert shot.start_frame <= keyframe.frame <= shot.end_frame
        assert shot.start_time <= keyframe.time <= shot.end_time
        start, end = keyframe.span_start_frame, keyframe.span_end_frame_exclusive
        assert start is not None
        assert end is not None
        assert shot.start_frame <= start <= keyframe.frame < end <= shot.end_frame + 1


def test_ends_and_lengths_are_those_an_editor_cuts_by(edited_report: Report) -> None:
    shots = edited_report.shots
    for shot, after in pairwise(shots):
        assert (shot.end_frame_exclusive, shot.end_time_exclusive) == (after.start_frame, after.start_time)
    assert shots[-1].end_frame_exclusive == shots[-1].end_frame + 1
    assert shots[-1].end_time_exclusive == pytest.approx(edited_report.video.duration, abs=1e-5)
    assert sum(shot.length_frames or 0 for shot in shots) == shots[-1].end_frame + 1
    assert sum(shot.length_seconds or 0.0 for shot in shots) == pytest.approx(edited_report.video.duration, abs=1e-4)


def test_the_transitions_lie_where_they_were_made(edited_report: Report) -> None:
    told = edited_report.transitions
    assert [(each.shot, each.kind) for each in told] == [(shot.index, shot.transition) for shot in edited_report.shots[1:]]
    for transition in clips.truth("edited")["transitions"]:
        near = min(told, key=lambda each: abs(each.to_frame - transition["first"]))
        least = 0 if transition["kind"] == "cut" else 2
        assert abs(near.from_frame - transition["last"]) <= least
        assert abs(near.to_frame - transition["first"]) <= least
        start = edited_report.shots[near.shot]
        assert near.from_frame < start.start_frame <= near.to_frame
        assert near.from_time < start.start_time <= near.to_time


def test_the_shots_of_the_edited_video_are_found(edited_report: Report) -> None:
    starts = [shot.start_frame for shot in edited_report.shots]
    figures = score(clips.truth("edited"), starts, [], SAMPLES / "edited.mp4", TOLERANCE).figures()
    assert figures["shots F1"] >= 0.9
    assert figures["gradual recall"] == 1.0


@pytest.mark.parametrize("transition", clips.truth("edited")["transitions"], ids=lambda t: f"{t['kind']}-{t['first']}")
def test_every_transition_of_the_edited_video_is_told_by_its_kind(transition: dict[str, Any], edited_report: Report) -> None:
    assert found_kind(transition, edited_report.shots) == transition["kind"]


def test_a_flash_is_no_boundary(edited_report: Report) -> None:
    flash = next(shot["flash"] for shot in clips.truth("edited")["shots"] if shot["flash"])
    around = range(flash[0] - 3, flash[-1] + 6)
    assert [shot.start_frame for shot in edited_report.shots if shot.start_frame in around] == []


@pytest.mark.parametrize("transition", clips.truth("variable")["transitions"], ids=lambda t: f"cut-{t['first']}")
def test_the_cuts_of_the_variable_video_are_found(transition: dict[str, Any], sample: Callable[[str], Report]) -> None:
    assert found_kind(transition, sample("variable").shots) == "cut"


def test_the_variable_video_has_no_other_shots(sample: Callable[[str], Report]) -> None:
    assert len(sample("variable").shots) == 3


def test_the_static_video_is_one_shot(sample: Callable[[str], Report]) -> None:
    (shot,) = sample("static").shots
    assert (shot.start_frame, shot.end_frame, shot.transition) == (0, 299, "start")


@pytest.mark.parametrize("decode", ["sampled", "every", "codec"])
@pytest.mark.parametrize("name", NAMES)
def test_shots_follow_each_other_without_a_gap(name: str, decode: str, sample: Callable[[str], Report]) -> None:
    report = sample(name) if decode == "sampled" else extract(SAMPLES / f"{name}.mp4", Settings.of(decode=decode))
    check_order(report)
    if report.decoding.mode != "codec":
        assert report.shots[-1].end_frame == clips.truth(name)["frames"] - 1


@pytest.mark.parametrize("name", ["edited", "variable"])
def test_analysing_every_frame_places_cuts_to_the_frame(name: str) -> None:
    starts = {shot.start_frame for shot in extract(SAMPLES / f"{name}.mp4", Settings.of(decode="every")).shots}
    cuts = {transition["first"] for transition in clips.truth(name)["transitions"] if transition["kind"] == "cut"}
    assert cuts <= starts


def test_ten_drawn_scenes_are_ten_shots(scenes: Path) -> None:
    report = extract(scenes)
    assert [shot.start_frame for shot in report.shots] == pytest.approx([25 * i for i in range(10)], abs=TOLERANCE)
    assert {shot.transition for shot in report.shots[1:]} == {"cut"}
    assert len(report.keyframes) == 10


@pytest.mark.parametrize("length", [6, 7, 9, 12])
def test_quick_cuts_keep_their_order_and_their_keyframes(length: int, tmp_path: Path) -> None:
    frames = clips.scenes(range(24), length)
    report = extract(clips.write_clip(tmp_path / "clip.mp4", frames))
    check_order(report)
    assert [shot.start_frame for shot in report.shots] == pytest.approx([length * i for i in range(24)], abs=TOLERANCE)
    assert len({keyframe.frame // length for keyframe in report.keyframes}) >= 22


def test_every_shot_has_a_keyframe_or_is_shown_by_its_return(edited_report: Report) -> None:
    frames = {keyframe.frame for keyframe in edited_report.keyframes}
    shots = clips.truth("edited")["shots"]
    shown = {shot["source"] for shot in shots if frames & pure_frames(shot)}
    assert shown == {shot["source"] for shot in shots}


@pytest.mark.parametrize("speed", [0, 1])
def test_a_return_is_not_told_twice(speed: int, tmp_path: Path) -> None:
    frames = clips.scenes((1, 2, 1), 25, speed=speed)
    report = extract(clips.write_clip(tmp_path / "clip.mp4", frames))
    assert len(report.shots) == 3
    assert sum(25 <= keyframe.frame < 50 for keyframe in report.keyframes) == 1
    # A scene that stands still is the same picture again; one that moves may be worth two.
    assert len(report.keyframes) in ({2} if speed == 0 else {2, 3})


def test_no_keyframe_lies_in_a_transition_or_on_a_flash(edited_report: Report) -> None:
    pure = set().union(*(pure_frames(shot) for shot in clips.truth("edited")["shots"]))
    assert [keyframe.frame for keyframe in edited_report.keyframes if keyframe.frame not in pure] == []


def test_slides_have_a_keyframe(sample: Callable[[str], Report]) -> None:
    report = sample("slides")
    assert 1 <= len(report.keyframes) <= 20
    assert report.decoding.decoded_frames == 300


def test_the_car_in_the_static_video_is_an_action(sample: Callable[[str], Report]) -> None:
    (event,) = clips.truth("static")["events"]
    (action,) = sample("static").sections["actions"]
    overlap = min(event["last"], action.end_frame) - max(event["first"], action.start_frame)
    assert overlap >= 0.5 * (event["last"] - event["first"])
    assert action.start_frame >= event["first"] - 15
    assert action.end_frame <= event["last"] + 15
    assert action.start_frame <= action.peak_frame <= action.end_frame
    assert (action.start_time, action.end_time) == pytest.approx((action.start_frame / 15, action.end_frame / 15), abs=0.001)
    assert action.energy > 0


@pytest.mark.parametrize("decode", ["sampled", "every"])
def test_times_are_the_presentation_times(decode: str) -> None:
    report = extract(SAMPLES / "variable.mp4", Settings.of(decode=decode, count=8))
    times = clips.truth("variable")["times"]
    assert len(report.keyframes) == 8
    for keyframe in report.keyframes:
        assert keyframe.time == pytest.approx(times[keyframe.frame], abs=0.001)
        assert keyframe.frame_exact
    for shot in report.shots:
        assert shot.start_time == pytest.approx(times[shot.start_frame], abs=0.001)
        assert shot.end_time == pytest.approx(times[shot.end_frame], abs=0.001)


@pytest.mark.parametrize(("name", "counts"), [("scenes", range(1, 9)), ("edited", (2, 5, 8)), ("variable", range(1, 9))])
def test_a_count_is_exact_and_the_choices_are_nested(name: str, counts: Sequence[int], scenes: Path) -> None:
    path = scenes if name == "scenes" else SAMPLES / f"{name}.mp4"
    chosen = [extract(path, Settings.of(count=count)).keyframes for count in counts]
    assert [len({k.frame for k in keyframes}) for keyframes in chosen] == list(counts)
    ranked = [[k.frame for k in sorted(keyframes, key=lambda k: k.rank)] for keyframes in chosen]
    assert all(fewer == more[: len(fewer)] for fewer, more in pairwise(ranked))


def test_a_count_beyond_what_is_needed_adds_to_it(edited_report: Report) -> None:
    needed = {keyframe.frame: keyframe.rank for keyframe in edited_report.keyframes}
    ranks = {keyframe.frame: keyframe.rank for keyframe in extract(SAMPLES / "edited.mp4", Settings.of(count=12)).keyframes}
    assert len(ranks) == 12 > len(needed)
    assert needed.items() <= ranks.items()


def test_more_than_there_is_to_show_gives_all_there_is(tmp_path: Path) -> None:
    path = clips.write_clip(tmp_path / "clip.mp4", clips.scene(1, 3))
    keyframes = extract(path, Settings.of(count=50), output=tmp_path / "out").keyframes
    assert 1 <= len(keyframes) <= 3
    assert len(pictures(tmp_path / "out")) == len(keyframes)


@pytest.mark.parametrize("count", [None, 1, 6])
@pytest.mark.parametrize("name", ["variable", "static"])
def test_ranks_are_a_permutation_and_keyframes_stand_in_order_of_time(name: str, count: int | None) -> None:
    report = extract(SAMPLES / f"{name}.mp4", Settings.of(count=count))
    keyframes = report.keyframes
    assert [keyframe.index for keyframe in keyframes] == list(range(len(keyframes)))
    assert sorted(keyframe.rank for keyframe in keyframes) == list(range(1, len(keyframes) + 1))
    assert [k.frame for k in keyframes] == sorted({k.frame for k in keyframes})
    assert [k.time for k in keyframes] == sorted({k.time for k in keyframes})


@pytest.mark.parametrize("name", NAMES)
def test_regions_lie_in_the_picture(name: str, sample: Callable[[str], Report]) -> None:
    report = sample(name)
    regions = [region for keyframe in report.keyframes for region in keyframe.regions]
    assert regions
    for region in regions:
        x, y, width, height = region.box
        assert x >= 0
        assert y >= 0
        assert width >= 1
        assert height >= 1
        assert x + width <= report.video.width
        assert y + height <= report.video.height
        assert 0 < region.weight <= 1
    assert all(sum(region.weight for region in keyframe.regions) <= 1 + 1e-6 for keyframe in report.keyframes)


def test_regions_are_in_pixels_of_the_picture_that_is_written() -> None:
    small = extract(SAMPLES / "variable.mp4", Settings.of(width=160)).keyframes
    large = extract(SAMPLES / "variable.mp4").keyframes
    for one, other in zip(small, large, strict=True):
        assert (one.width, one.height) == (160, 90)
        assert all(x + w <= 160 and y + h <= 90 for x, y, w, h in (region.box for region in one.regions))
        assert len(one.regions) == len(other.regions)
        for region, bigger in zip(one.regions, other.regions, strict=True):
            assert [4 * value for value in region.box] == pytest.approx(bigger.box, abs=8)


@pytest.mark.parametrize("name", NAMES)
def test_scores_and_heads_are_shares(name: str, sample: Callable[[str], Report]) -> None:
    keyframes = sample(name).keyframes
    for keyframe in keyframes:
        scores = (keyframe.scores.coverage, keyframe.scores.attention, keyframe.scores.sharpness, keyframe.scores.exposure)
        assert all(0 <= value <= 1 for value in (*scores, keyframe.score))
        assert set(shares(keyframe)) == HEADS
        assert all(0 <= share <= 1 for share in shares(keyframe).values())
        assert sum(shares(keyframe).values()) == pytest.approx(1.0, abs=0.001)
    assert max(keyframe.scores.coverage for keyframe in keyframes) == 1.0
    assert max(keyframe.scores.sharpness for keyframe in keyframes) > 0.5


@pytest.mark.parametrize("decode", ["sampled", "every", "codec"])
def test_every_way_to_decode_shows_all_scenes(decode: str, tmp_path: Path) -> None:
    frames = clips.scenes(range(10), 25, speed=0)
    report = extract(clips.write_clip(tmp_path / "clip.mp4", frames), Settings.of(decode=decode))
    check_order(report)
    assert len(report.shots) == 10
    assert report.decoding.mode == decode
    assert report.decoding.complete
    assert report.decoding.warnings == ()
    assert {keyframe.frame // 25 for keyframe in report.keyframes} == set(range(10))
    assert all(keyframe.frame_exact is (decode != "codec") for keyframe in report.keyframes)
    analysed = {"sampled": range(80, 120), "every": range(250, 251), "codec": range(15, 30)}[decode]
    assert report.decoding.analysed_frames in analysed


def test_codec_chooses_among_the_key_frames() -> None:
    report = extract(SAMPLES / "edited.mp4", Settings.of(decode="codec"))
    keys = {number: frame["time"] for number, frame in enumerate(clips.probe_frames(SAMPLES / "edited.mp4")) if frame["key"]}
    assert report.decoding.mode == "codec"
    assert report.decoding.analysed_frames == len(keys)
    assert len(report.keyframes) >= 3
    for keyframe in report.keyframes:
        assert not keyframe.frame_exact
        assert keyframe.time == pytest.approx(keys[keyframe.frame], abs=0.001)


def test_codec_falls_back_where_key_frames_are_too_rare(tmp_path: Path) -> None:
    report = extract(SAMPLES / "variable.mp4", Settings.of(decode="codec"), output=tmp_path / "out")
    assert report.decoding.mode == "sampled"
    assert any("too rare" in warning for warning in report.decoding.warnings)
    assert report.keyframes == extract(SAMPLES / "variable.mp4", output=tmp_path / "again").keyframes
    assert pictures(tmp_path / "out") == pictures(tmp_path / "again")


def single(count: int, value: int | None = None, width: int = clips.WIDTH, height: int = clips.HEIGHT) -> list[ndarray]:
    """Draw a few frames, textured or of one grey."""
    return clips.scene(4, count, width, height) if value is None else clips.flat(count, value, width, height)


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param(single(1), id="one-frame"),
        pytest.param(single(2), id="two-frames"),
        pytest.param(single(3), id="three-frames"),
        pytest.param(single(40, 0), id="black"),
        pytest.param(single(40, 255), id="white"),
        pytest.param(single(1, 0), id="one-black-frame"),
        pytest.param(single(30, None, 8, 8), id="8x8"),
        pytest.param(single(30, None, 2, 2), id="2x2"),
        pytest.param(single(30, None, 2, 96), id="2x96"),
        pytest.param(single(30, None, 640, 2), id="640x2"),
        pytest.param(single(30, None, 66, 10), id="66x10"),
        pytest.param(single(30, 0) + single(30, 255), id="black-then-white"),
    ],
)
@pytest.mark.parametrize("decode", ["sampled", "every", "codec"])
def test_a_video_always_has_a_keyframe(frames: list[ndarray], decode: str, tmp_path: Path) -> None:
    path = clips.write_clip(tmp_path / "clip.avi", frames, codec="MJPG")
    report = extract(path, Settings.of(decode=decode), output=tmp_path / "out", exports=("sheet",))
    check_whole(report, tmp_path / "out", len(frames), frames[0].shape[1], frames[0].shape[0])


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 7), (3, 3), (17, 9), (641, 1)])
@pytest.mark.parametrize("count", [1, 20])
def test_a_video_of_odd_size_has_a_keyframe(width: int, height: int, count: int, tmp_path: Path) -> None:
    frames = single(count, None, width, height)
    path = clips.encode(tmp_path / "clip.mkv", frames, "-c:v", "ffv1", "-pix_fmt", "bgr0")
    report = extract(path, Settings.of(format="png"), output=tmp_path / "out", exports=("sheet",))
    check_whole(report, tmp_path / "out", count, width, height)
    for keyframe in report.keyframes:
        assert np.array_equal(load(tmp_path / "out" / str(keyframe.file)), frames[keyframe.frame])


def shares(keyframe: Keyframe) -> dict[str, float]:
    """Give the shares of the heads; that of sound is not known where nobody listened."""
    return {name: share for name, share in asdict(keyframe.heads).items() if share is not None}


def check_whole(report: Report, folder: Path, frames: int, width: int, height: int) -> None:
    """Check that a report is sound although there is little to tell."""
    assert len(report.keyframes) >= 1
    assert report.decoding.decoded_frames in {frames, report.decoding.analysed_frames}
    assert report.shots[-1].end_frame == frames - 1
    assert (report.video.width, report.video.height) == (width, height)
    # JSON knows no NaN, and the serializer refuses it.
    assert report_to_json(report)
    for keyframe in report.keyframes:
        assert 0 <= keyframe.frame < frames
        assert (keyframe.width, keyframe.height) == (width, height)
        assert load(folder / str(keyframe.file)).shape == (height, width, 3)
        assert sum(shares(keyframe).values()) == pytest.approx(1.0, abs=0.001)
        for x, y, wide, high in (region.box for region in keyframe.regions):
            assert 0 <= x < x + wide <= width
            assert 0 <= y < y + high <= height
    assert len(pictures(folder)) == len(report.keyframes) + 1


def test_a_black_beginning_is_no_keyframe(tmp_path: Path) -> None:
    frames = [*clips.flat(30), *clips.scene(1, 60)]
    report = extract(clips.write_clip(tmp_path / "clip.mp4", frames))
    assert min(keyframe.frame for keyframe in report.keyframes) >= 30


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [("54f", "104f", 54, 103), ("2.16", "4.16", 54, 103), ("430f", None, 430, 474), (None, "54f", 0, 53)],
)
def test_a_range_bounds_shots_and_keyframes(start: str | None, end: str | None, first: int, last: int) -> None:
    report = extract(SAMPLES / "edited.mp4", Settings.of(start=start, end=end))
    assert (report.shots[0].start_frame, report.shots[-1].end_frame) == (first, last)
    assert (report.shots[0].start_time, report.shots[-1].end_time) == pytest.approx((first / 25, last / 25), abs=0.001)
    assert len(report.shots) == 1
    # So a shot lasts 2 s, and much moves in it: with no cut in sight a second keyframe may be needed.
    assert 1 <= len(report.keyframes) <= 3
    assert all(first <= keyframe.frame <= last for keyframe in report.keyframes)
    assert report.decoding.complete
    assert report.decoding.warnings == ()


def test_a_range_behind_the_end_is_told(scenes: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no frame lies between"):
        extract(scenes, Settings.of(start="11"), output=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_range_of_one_frame_is_that_frame(scenes: Path) -> None:
    report = extract(scenes, Settings.of(start="130f", end="131f"))
    assert [keyframe.frame for keyframe in report.keyframes] == [130]
    assert [(shot.start_frame, shot.end_frame) for shot in report.shots] == [(130, 130)]


def compare(path: Path, keyframes: tuple[Keyframe, ...], folder: Path) -> None:
    """Compare written pictures with what OpenCV and ffmpeg decode at the same indices."""
    plain = clips.decode_some(path, [keyframe.frame for keyframe in keyframes])
    for keyframe in keyframes:
        picture = load(folder / str(keyframe.file))
        assert np.array_equal(picture, plain[keyframe.frame])
        height, width = picture.shape[:2]
        assert clips.luma_difference(picture, clips.decode_with_ffmpeg(path, keyframe.frame, width, height)) < 3


@pytest.mark.parametrize("decode", ["sampled", "every"])
@pytest.mark.parametrize("name", ["edited", "variable"])
def test_a_picture_is_the_frame_of_its_index(name: str, decode: str, tmp_path: Path) -> None:
    path = SAMPLES / f"{name}.mp4"
    report = extract(path, Settings.of(format="png", count=4, decode=decode), output=tmp_path / "out")
    compare(path, report.keyframes, tmp_path / "out")


def test_a_picture_of_a_turned_video_is_the_frame_of_its_index(tmp_path: Path) -> None:
    frames = clips.scenes(range(3), 25)
    path = clips.turned(clips.with_b_frames(tmp_path / "clip.mp4", frames), 90)
    report = extract(path, Settings.of(format="png"), output=tmp_path / "out")
    assert (report.video.width, report.video.height) == (clips.HEIGHT, clips.WIDTH)
    assert len(report.keyframes) == 3
    compare(path, report.keyframes, tmp_path / "out")


def test_a_picture_has_square_pixels(tmp_path: Path) -> None:
    path = clips.with_aspect(tmp_path / "clip.mp4", clips.scene(1, 10), "2/1")
    report = extract(path, Settings.of(format="png"), output=tmp_path / "out")
    (keyframe,) = report.keyframes
    picture = load(tmp_path / "out" / str(keyframe.file))
    assert picture.shape == (clips.HEIGHT, 2 * clips.WIDTH, 3)
    assert (keyframe.width, keyframe.height) == (2 * clips.WIDTH, clips.HEIGHT)
    stretched = clips.decode_with_ffmpeg(path, keyframe.frame, 2 * clips.WIDTH, clips.HEIGHT)
    assert clips.luma_difference(picture, stretched) < 3


@pytest.mark.parametrize(("width", "size"), [(80, (80, 48)), (1, (1, 1)), (160, (160, 96)), (5000, (160, 96))])
def test_pictures_are_scaled_down_and_never_up(width: int, size: tuple[int, int], scenes: Path, tmp_path: Path) -> None:
    report = extract(scenes, Settings.of(width=width, count=1, format="png"), output=tmp_path / "out")
    (keyframe,) = report.keyframes
    assert (keyframe.width, keyframe.height) == size
    picture = load(tmp_path / "out" / str(keyframe.file))
    assert picture.shape == (size[1], size[0], 3)
    whole = clips.decode_some(scenes, [keyframe.frame])[keyframe.frame]
    assert clips.luma_difference(picture, cv2.resize(whole, size, interpolation=cv2.INTER_AREA)) < 3


def test_every_picture_is_named_in_the_report_and_none_besides(tmp_path: Path) -> None:
    report = extract(SAMPLES / "variable.mp4", Settings.of(count=5), output=tmp_path / "out")
    assert set(pictures(tmp_path / "out")) == {keyframe.file for keyframe in report.keyframes}
    assert (tmp_path / "out" / REPORT_NAME).read_text("utf-8") == report_to_json(report, indent=1) + "\n"


def test_a_long_video_is_pruned_and_keeps_its_scenes(scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = extract(scenes)
    waiting = []
    prune = pruning.prune_candidates

    def watch(candidates: list[Candidate], *rest: Any) -> list[Candidate]:
        waiting.append(len(candidates))
        return prune(candidates, *rest)

    monkeypatch.setattr(pruning, "PRUNE_AT", 3)
    monkeypatch.setattr(pruning, "prune_candidates", watch)
    report = extract(scenes, output=tmp_path / "out")
    assert len(waiting) > 1
    # Which moment of a scene depends on keyframes nearby, of which the later ones are not known yet.
    assert [keyframe.shot for keyframe in report.keyframes] == [keyframe.shot for keyframe in whole.keyframes] == list(range(10))
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {REPORT_NAME, *(str(keyframe.file) for keyframe in report.keyframes)}


def test_without_an_output_no_picture_has_a_name(sample: Callable[[str], Report]) -> None:
    assert {keyframe.file for keyframe in sample("variable").keyframes} == {None}


@pytest.mark.parametrize("name", ["variable", "slides"])
def test_a_second_run_and_one_thread_give_the_same(name: str, tmp_path: Path) -> None:
    path = SAMPLES / f"{name}.mp4"
    runs = [extract(path, Settings.of(threads=threads), output=tmp_path / str(i)) for i, threads in enumerate((0, 0, 1))]
    assert without_run(runs[0]) == without_run(runs[1]) == without_run(runs[2])
    assert pictures(tmp_path / "0") == pictures(tmp_path / "1") == pictures(tmp_path / "2")
    assert pictures(tmp_path / "0")


def test_pictures_do_not_bear_on_the_choice(tmp_path: Path, sample: Callable[[str], Report]) -> None:
    written = without_run(extract(SAMPLES / "variable.mp4", output=tmp_path / "out"))
    bare = without_run(sample("variable"))
    for report in (written, bare):
        del report["files"]
        for keyframe in report["keyframes"]:
            del keyframe["file"]
    assert written == bare


def test_what_a_video_is_shown_as_stands_for_its_path(scenes: Path, tmp_path: Path) -> None:
    report = produce(VideoFile.of(scenes, "stdin"), Settings(), Destination(tmp_path / "out"))
    assert (report.video.path, report.video.name) == ("stdin", "stdin")
    assert all(str(keyframe.file).startswith("stdin_") for keyframe in report.keyframes)


def test_progress_goes_forward_to_the_end(scenes: Path) -> None:
    told: list[tuple[float, float]] = []
    extract(scenes, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[0][0] == 0.0
    assert told[-1][0] > 9.7
    assert {total for _, total in told} == {10.0}


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Give a video that is cut off."""
    frames = clips.scenes(range(4), 25)
    return clips.cut_off(clips.write_clip(tmp_path / "broken.avi", frames, codec="MJPG"), 0.7)


def test_of_a_video_that_is_cut_off_the_rest_is_used(broken: Path) -> None:
    report = extract(broken)
    assert not report.decoding.complete
    assert len(report.decoding.warnings) == 1
    assert len(report.keyframes) == len(report.shots) == 3
    assert report.decoding.declared_frames == 100
    assert 60 < report.decoding.decoded_frames < 80
    assert report.video.duration == pytest.approx(report.decoding.decoded_frames / 25, abs=0.01)


def test_strict_refuses_it_and_leaves_nothing(broken: Path) -> None:
    with pytest.raises(DamagedVideoError, match=rf"{broken.name}: .* Without strict=…"):
        extract(broken, Settings.of(strict=True), output=broken.parent / "out")
    assert list(broken.parent.iterdir()) == [broken]


def test_strict_takes_a_good_video(scenes: Path) -> None:
    assert extract(scenes, Settings.of(strict=True)).decoding.complete


def test_a_failure_in_the_middle_leaves_nothing(scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str | None] = []

    def fail(spool: PictureSpool, stems: dict[int, str]) -> dict[int, str]:
        written.extend(stems.values())
        raise InputError("stop")

    monkeypatch.setattr(PictureSpool, "publish", fail)
    with pytest.raises(InputError, match="stop"):
        extract(scenes, output=tmp_path / "out")
    assert written
    assert list(tmp_path.iterdir()) == []


def test_threads_that_decode_in_this_process_take_turns(
    monkeypatch: pytest.MonkeyPatch, make_report: Callable[..., Report]
) -> None:
    """Else they would hear each other's decoder errors, and take standard output from each other."""
    at_work: list[int] = []
    most: list[int] = []

    def run(*_given: object) -> Report:
        at_work.append(1)
        time.sleep(0.2)
        most.append(len(at_work))
        at_work.pop()
        return make_report(None)

    monkeypatch.setattr("vkeyframe.pipeline.run", run)
    threads = [threading.Thread(target=extract, args=(SAMPLES / "edited.mp4",), kwargs={"isolate": False}) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]


def test_what_moves_is_a_head_and_a_region(tmp_path: Path) -> None:
    frames, boxes = subjects.object_clip("motion", seed=7, count=40)
    (keyframe,) = extract(clips.write_clip(tmp_path / "clip.mp4", frames), Settings.of(count=1)).keyframes
    assert keyframe.heads.motion > 0.1
    x, y, width, height = boxes[keyframe.frame]
    left, top, wide, high = keyframe.regions[0].box
    assert x <= left + wide / 2 <= x + width
    assert y <= top + high / 2 <= y + height


def test_a_logo_over_all_scenes_is_no_region(tmp_path: Path) -> None:
    frames = []
    for scene in range(6):
        picture = np.full((180, 320, 3), (20, 200, 90, 240, 50, 150)[scene], np.uint8)
        cv2.circle(picture, (50 + 10 * scene, 120), 20, (160, 60, 30 * scene), -1)
        cv2.rectangle(picture, (240, 20), (300, 60), (0, 0, 255), -1)
        cv2.rectangle(picture, (255, 30), (285, 50), (0, 255, 255), -1)
        frames += [picture] * 12
    keyframes = extract(clips.write_clip(tmp_path / "clip.mp4", frames)).keyframes
    assert len(keyframes) > 3
    for keyframe in keyframes:
        ((x, y, width, height),) = (region.box for region in keyframe.regions)
        # The disc alone.
        assert x + width < 160
        assert y + height > 100
