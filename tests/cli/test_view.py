"""`--crop` and `--ignore` in all commands that look at a video."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from vkeyframe.cli.main import run
from vkeyframe.opencv import cv2

CLOCK = (120, 4, 36, 24)
TEXT = "120,4,36,24"


def with_clock(frames: list[ndarray]) -> list[ndarray]:
    """Draw a clock into the upper right corner that flickers twice a second."""
    source = np.random.default_rng(2)
    x, y, width, height = CLOCK
    drawn = []
    for number, frame in enumerate(frames):
        if number % 12 == 0:
            face = cv2.resize(source.integers(0, 2, (3, 5, 3), np.uint8) * 255, (width, height), interpolation=cv2.INTER_NEAREST)
        picture = frame.copy()
        if number % 12 < 6:
            picture[y : y + height, x : x + width] = face
        drawn.append(picture)
    return drawn


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip of a still picture with a clock that flickers."""
    return clips.write_clip(tmp_path_factory.mktemp("clock") / "clock.mp4", with_clock(clips.scene(4, 1) * 250))


@pytest.fixture(scope="module")
def inset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip of scenes that change every second, with a still picture in them that changes once."""
    frames = clips.scenes(range(20, 24), 25)
    inner = [*clips.scene(30, 1, 80, 48) * 40, *clips.scene(31, 1, 80, 48) * 60]
    for frame, small in zip(frames, inner, strict=True):
        frame[30:78, 60:140] = small
    return clips.write_clip(tmp_path_factory.mktemp("inset") / "inset.mp4", frames)


def report(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    assert run(["extract", *map(str, arguments), "-q", "--json", "-"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def touches(box: list[int], other: tuple[int, int, int, int]) -> bool:
    across = min(box[0] + box[2], other[0] + other[2]) > max(box[0], other[0])
    return across and min(box[1] + box[3], other[1] + other[3]) > max(box[1], other[1])


@pytest.mark.parametrize(
    ("decoder", "area"), [("opencv", TEXT), ("pyav", "75%,4.166667%,22.5%,25%"), ("opencv", "120,4 156,4 156,28 120,28")]
)
def test_a_clock_that_is_ignored_is_no_event(area: str, decoder: str, clock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = ["--no-images", "--keep", "events", "--novelty", "--moving", "--decoder", decoder, clock]
    noticed = report(capsys, *plain)
    assert len(noticed["actions"]) > 0
    assert max(each["share"] for each in noticed["moving"]) > 0.02
    found = report(capsys, *plain, "--ignore", area)
    assert found["actions"] == []
    assert len(found["keyframes"]) == 1
    assert max(each["share"] for each in found["moving"]) == 0.0
    assert max(each["value"] for each in found["novelty"]) < max(each["value"] for each in noticed["novelty"]) / 2
    assert found["settings"]["ignore"] == [area]
    assert found["video"]["crop"] is None


def test_what_is_ignored_attracts_no_attention_and_is_written_all_the_same(
    clock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--count", "3", "--format", "png", "--attention-maps", clock]
    noticed = report(capsys, *asked, "-o", "noticed")
    assert any(touches(region["box"], CLOCK) for frame in noticed["keyframes"] for region in frame["regions"])
    found = report(capsys, *asked, "-o", "ignored", "--ignore", TEXT)
    # A cell of the map is 2.5 pixels wide.
    inner = (CLOCK[0] + 3, CLOCK[1] + 3, CLOCK[2] - 6, CLOCK[3] - 6)
    assert not any(touches(region["box"], inner) for frame in found["keyframes"] for region in frame["regions"])
    pictures = {path.name: cv2.imread(str(path)) for path in sorted(Path("ignored").glob("*.png"))}
    x, y, width, height = CLOCK
    plain = clips.scene(4, 1)[0]
    for frame in found["keyframes"]:
        shown = pictures[frame["file"]]
        assert shown.shape == (96, 160, 3)
        is_on = frame["frame"] % 12 < 6
        differs = np.abs(shown.astype(int) - plain)[y : y + height, x : x + width].mean() > 20
        assert differs == is_on


def test_a_picture_in_the_picture_is_cropped_to(inset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = report(capsys, inset, "-o", "whole")
    assert len(whole["shots"]) > 2
    found = report(capsys, inset, "-o", "part", "--format", "png", "--crop", "60,30,80,48", "--sheet")
    assert [shot["start_frame"] for shot in found["shots"]] == [0, 40]
    video = found["video"]
    assert (video["width"], video["height"], video["crop"]) == (160, 96, [60, 30, 80, 48])
    drawn = [clips.scene(seed, 1, 80, 48)[0].astype(int) for seed in (30, 31)]
    for frame, own, other in zip(found["keyframes"], drawn, reversed(drawn), strict=True):
        assert (frame["width"], frame["height"]) == (80, 48)
        picture = cv2.imread(str(Path("part") / frame["file"]))
        # The codec makes some difference.
        assert np.abs(picture - own).mean() < 20
        assert np.abs(picture - other).mean() > 40
        assert all(region["box"][0] + region["box"][2] <= 80 for region in frame["regions"])


def test_a_crop_in_percent_of_a_turned_video_is_written_as_it_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = clips.turned(clips.write_clip(tmp_path / "clip.mp4", clips.scenes(range(2), 20)), 90)
    found = report(capsys, path, "-o", "out", "--crop", "0%,50%,50%,50%", "--width", "24")
    assert found["video"]["crop"] == [0, 80, 48, 80]
    assert {(frame["width"], frame["height"]) for frame in found["keyframes"]} == {(24, 40)}


def test_the_frame_of_a_cut_is_found_beside_a_clock_and_in_a_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.write_clip(tmp_path / "cuts.mp4", with_clock(clips.scenes(range(3), 31)))
    for more in (["--ignore", TEXT], ["--crop", "0,0,110,96"], ["--crop", "11,3,140,91", "--ignore", TEXT]):
        assert run(["shots", str(path), "-q", *more]) == 0
        assert [shot["start_frame"] for shot in json.loads(capsys.readouterr().out)] == [0, 31, 62]


def test_match_sees_only_the_part_of_the_frames_and_of_the_target(clock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["match", str(clock), "--target", "1.0", "--ignore", TEXT, "-q", "--json", "-", "-o", "hits", "--format", "png"]) == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["matches"][0]["score"] > 0.99
    assert cv2.imread(str(Path("hits") / found["matches"][0]["file"])).shape == (96, 160, 3)
    assert run(["match", str(clock), "--target", "1.0", "--crop", "0,0,100,96", "-q", "-o", "part", "--format", "png"]) == 0
    assert cv2.imread(str(next(Path("part").glob("*.png")))).shape == (96, 100, 3)


def ball(count: int) -> list[ndarray]:
    """Draw a disc that moves over a still ground."""
    ground = clips.scene(7, 1)[0] // 2
    return [cv2.circle(ground.copy(), (30 + number, 50), 9, (40, 220, 250), -1) for number in range(count)]


def test_a_box_to_track_and_the_tracks_are_of_the_whole_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.write_clip(tmp_path / "ball.mp4", ball(40))
    asked = ["track", str(path), "--box", "20,40,20,20", "-q", "--decode", "every", "--json", "-"]
    boxes = []
    for more in ([], ["--crop", "10,24,120,60"]):
        assert run([*asked, *more]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["width"], found["height"]) == (160, 96)
        boxes.append(found["tracks"][0]["boxes"][-1])
    for one in boxes:
        assert abs(one["x"] + one["width"] / 2 - 69) < 4
        assert abs(one["y"] + one["height"] / 2 - 50) < 4
    assert run([*asked, "--crop", "0,0,160,20"]) == 2
    assert "box is 20,40,20,20, but lies outside of crop, which is 0,0,160,20." in capsys.readouterr().err


def test_masks_and_the_video_of_tracks_are_of_the_whole_picture(tmp_path: Path) -> None:
    path = clips.write_clip(tmp_path / "ball.mp4", ball(30))
    assert (
        run(["track", str(path), "-o", "out", "--masks", "--video", "-q", "--crop", "11,25,120,60", "--ignore", "0,80,9,9"]) == 0
    )
    masks = [cv2.imread(str(mask), cv2.IMREAD_UNCHANGED) for mask in sorted(Path("out/masks").iterdir())]
    assert {mask.shape for mask in masks} == {(96, 160)}
    assert all(not mask[:25].any() and not mask[85:].any() and not mask[:, :11].any() for mask in masks)
    assert any(mask[50, 30:60].any() for mask in masks)
    capture = cv2.VideoCapture(str(Path("out/tracks.mp4")))
    assert capture.read()[1].shape == (96, 160, 3)
    capture.release()


@pytest.mark.parametrize("command", ["extract", "batch", "shots", "match", "track"])
@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--crop", "0,0,500,20", "crop is 0,0,500,20, but the picture ends at 160,96: it is 160×96 pixels."),
        ("--ignore", "150,90,20,20", "ignore is 150,90,20,20, but the picture ends at 160,96: it is 160×96 pixels."),
        ("--ignore", "0,0,100%,100%", "ignore covers all of the picture, which is 160×96 pixels; leave a part of it out."),
        ("--crop", "left", "crop is 'left', but must be left edge, top edge, width and height"),
        ("--ignore", "1,2 3,4", "ignore is '1,2 3,4', but must be a box X,Y,W,H or a polygon"),
    ],
)
def test_a_part_that_there_is_not_is_refused(
    command: str, option: str, value: str, told: str, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--target", "0.5"] if command == "match" else ["--jobs", "1"] if command == "batch" else []
    assert run([command, str(video), option, value, *more]) == 2
    assert told in capsys.readouterr().err
    assert not list(Path().glob("*keyframes/*.jpg"))


def test_both_can_come_from_a_file_and_the_environment(
    clock: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mine.toml").write_text(f'crop = "0,0,100%,96"\nignore = ["{TEXT}", "0,0 9,0 0,9"]\n', "utf-8")
    found = report(capsys, clock, "--no-images", "--config", "mine.toml")
    assert (found["settings"]["crop"], found["settings"]["ignore"]) == ("0,0,100%,96", [TEXT, "0,0 9,0 0,9"])
    monkeypatch.setenv("VKEYFRAME_IGNORE", "0,0 9,0 0,9; 1,2,3,4")
    assert report(capsys, clock, "--no-images")["settings"]["ignore"] == ["0,0 9,0 0,9", " 1,2,3,4"]
    monkeypatch.setenv("VKEYFRAME_IGNORE", "here")
    assert run(["extract", str(clock)]) == 2
    assert "VKEYFRAME_IGNORE: ignore cannot be used; ignore is 'here', but must be" in capsys.readouterr().err
