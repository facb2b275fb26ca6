"""Each preset on a clip of its kind."""

import json
from itertools import pairwise
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from tests import clips
from tests.analysis.stills import crossing, film, visit
from tests.clips import write_clip
from tests.conftest import SAMPLES
from vkeyframe import Report, Settings, extract
from vkeyframe.opencv import cv2
from vkeyframe.presets import PRESETS
from vkeyframe.report.schema import report_schema
from vkeyframe.report.write import report_to_json

REAL = SAMPLES.parents[1] / "shared" / "corpus" / "real"


def shared(name: str) -> Path:
    path = REAL / name
    if not path.is_file():
        pytest.skip(f"{name} is not at hand")
    return path


def frames(report: Report) -> list[int]:
    return [keyframe.frame for keyframe in report.keyframes]


def test_slides_finds_each_slide_once_and_complete() -> None:
    found = frames(extract(SAMPLES / "slides.mp4", Settings.from_preset("slides")))
    slides = clips.truth("slides")["slides"]
    assert len(found) == len(slides)
    assert all(slide["complete"] <= frame <= slide["last"] for slide, frame in zip(slides, found, strict=True))


def test_slides_of_a_real_lecture() -> None:
    report = extract(shared("slides.mkv"), Settings.from_preset("slides"))
    # Nine slides, two of them shown twice; seconds at which each is on the screen.
    spans = [(0, 6.9), (9, 13.9), (14, 18.9), (19.9, 22), (22.9, 30.9), (31, 43.9), (44, 51.9), (52, 58.9), (59, 72.9)]
    for start, end in spans:
        assert any(start <= keyframe.time <= end for keyframe in report.keyframes), (start, end)
    assert len(report.keyframes) <= len(spans) + 1


def test_surveillance_finds_the_event_and_not_the_noise() -> None:
    event = clips.truth("static")["events"][0]
    found = frames(extract(SAMPLES / "static.mp4", Settings.from_preset("surveillance")))
    inside = [frame for frame in found if event["first"] <= frame <= event["last"]]
    assert len(inside) >= 1
    assert len(found) - len(inside) == 1


def test_surveillance_shows_what_hands_do_to_bottles() -> None:
    report = extract(shared("bottle-detection.mp4"), Settings.from_preset("surveillance"))
    # Seconds in which a hand takes bottles or puts them back.
    spans = [(5.85, 7.1), (11.2, 13.5), (15.95, 17.9), (22.0, 24.5), (27.35, 28.95), (30.85, 32.1), (34.6, 36.75)]
    assert sum(any(start <= keyframe.time <= end for keyframe in report.keyframes) for start, end in spans) >= 6
    assert len(report.keyframes) <= 2.5 * len(spans)


def test_surveillance_sees_the_traffic() -> None:
    report = extract(shared("video02.avi"), Settings.from_preset("surveillance"))
    assert 3 <= len(report.keyframes) <= 16
    # The lorry, which fills a quarter of the picture.
    assert any(16.5 <= keyframe.time <= 19.5 for keyframe in report.keyframes)


@pytest.fixture
def flight(tmp_path: Path) -> Path:
    """A camera that pans quickly, rests, and pans slowly; every fifth frame is blurred."""
    ground = np.random.default_rng(7).uniform(40, 215, (30, 200, 3)).astype(np.float32).repeat(8, 0).repeat(8, 1)
    ground = cv2.GaussianBlur(ground, (0, 0), 2)
    places = [*range(0, 480, 8), *[480] * 50, *range(480, 880, 4)]
    drawn = [ground[20:200, x : x + 320].astype(np.uint8) for x in places]
    blurred = [cv2.GaussianBlur(p, (0, 0), 4) if i % 5 == 0 else p for i, p in enumerate(drawn)]
    return clips.write_clip(tmp_path / "flight.avi", blurred, codec="MJPG")


def test_photogrammetry_is_sharp_and_even_along_the_path(flight: Path) -> None:
    found = frames(extract(flight, Settings.from_preset("photogrammetry", decode="every")))
    places = np.array([*range(0, 480, 8), *[480] * 50, *range(480, 880, 4)])[found]
    # A tenth of the width is 32 pixels; 880 pixels in all.
    assert 20 <= len(found) <= 32
    assert all(8 <= later - earlier <= 64 for earlier, later in pairwise(places))
    assert all(frame % 5 for frame in found)


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    """Black, a flat title, a blurred start, and then a picture."""
    picture = clips.scene(4, 60)
    blurred = [cv2.GaussianBlur(p, (0, 0), 5) for p in picture[:30]]
    frames = [*clips.flat(20), *clips.flat(20, 200), *blurred, *picture[30:]]
    return clips.write_clip(tmp_path / "upload.avi", frames, codec="MJPG")


def test_thumbnail_is_one_and_neither_black_nor_flat_nor_blurred(upload: Path) -> None:
    found = frames(extract(upload, Settings.from_preset("thumbnail")))
    assert len(found) == 1
    assert found[0] >= 70


def test_thumbnail_is_not_the_first_frame_by_habit() -> None:
    assert frames(extract(SAMPLES / "edited.mp4", Settings.from_preset("thumbnail"))) not in ([], [0])


def test_summary_is_short_and_spread() -> None:
    report = extract(SAMPLES / "edited.mp4", Settings.from_preset("summary", max=4))
    assert len(report.keyframes) == 4
    assert len({keyframe.shot for keyframe in report.keyframes}) == 4
    assert len(extract(SAMPLES / "edited.mp4", Settings.from_preset("summary")).keyframes) <= 12


def test_dataset_takes_more_and_keeps_distance() -> None:
    usual = extract(SAMPLES / "edited.mp4")
    report = extract(SAMPLES / "edited.mp4", Settings.from_preset("dataset"))
    assert len(report.keyframes) >= len(usual.keyframes)
    assert all(later.time - earlier.time >= 1.0 for earlier, later in pairwise(report.keyframes))
    assert all(keyframe.scores.sharpness >= 0.5 for keyframe in report.keyframes)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_readme_tells_what_a_preset_is(preset: str) -> None:
    readme = (SAMPLES.parent / "README.md").read_text("utf-8")
    flags = [
        f"--{name.replace('_', '-')}" + ("" if value is True else f" {value:g}" if isinstance(value, float) else f" {value}")
        for name, value in PRESETS[preset].items()
        if name != "analysers"
    ]
    options = " ".join([*flags, *(f"--{name}" for name in PRESETS[preset].get("analysers", ()))])
    row = next(line for line in readme.splitlines() if line.startswith(f"| `{preset}` |"))
    assert row.endswith(f"| `{options}` |")


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Before a still camera somebody comes in at 3 s, stands from 4 s to 7 s, and is gone at 8 s; another one comes at 10 s."""

    def thing(number: int) -> float | None:
        return visit(72, 96, 168, 3.0)(number) if number < 230 else crossing(240, 3.0)(number)

    path = tmp_path_factory.mktemp("visited") / "still.avi"
    return extract(write_clip(path, list(film(310, thing)), fps=24.0, codec="MJPG"), Settings.from_preset("surveillance"))


def test_surveillance_shows_each_action_and_tells_its_keyframe(visited: Report) -> None:
    first, second = visited.sections["actions"]
    assert (first.start_time, first.end_time) == pytest.approx((3.0, 8.0), abs=0.4)
    assert second.start_time == pytest.approx(10.0, abs=0.4)
    for action in (first, second):
        shown = visited.keyframes[action.keyframe]
        assert action.start_time <= shown.time <= action.end_time
        assert action.shot == 0
        assert action.track is None
        left, top, width, height = action.box
        assert 0 <= left < left + width <= 160
        assert 0 <= top < top + height <= 120
    assert len(visited.keyframes) <= 5


def test_surveillance_tells_the_novelty_of_every_sample(visited: Report) -> None:
    values = visited.sections["novelty"]
    assert len(values) == pytest.approx(310 / 3, abs=2)
    moving = [item.value for item in values if 3.3 <= item.time <= 3.9]
    still = [item.value for item in values if item.time <= 2.5]
    assert min(moving) > 4 * max(still)
    assert visited.settings["analysers"] == ["novelty"]


def test_an_explanation_tells_the_novelty(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "still.avi", list(film(90, crossing(48, 4.0))), fps=24.0, codec="MJPG")
    report = extract(path, Settings.from_preset("surveillance", explain=True))
    told = [(verdict.time, float(verdict.reason.rpartition("; novelty ")[2])) for verdict in report.verdicts]
    assert max(value for time, value in told if time > 2.0) > 4 * max(value for time, value in told if time < 1.5)


def test_the_report_of_surveillance_fits_the_schema(visited: Report) -> None:
    jsonschema.validate(json.loads(report_to_json(visited)), json.loads(report_schema()))


def test_a_preset_adds_its_analysers_to_those_that_are_given() -> None:
    assert Settings.from_preset("surveillance").analysers == ("novelty",)
    assert Settings.from_preset("surveillance", analysers=("novelty", "other")).analysers == ("novelty", "other")
    assert Settings.from_preset("slides", analysers=("novelty",)).analysers == ("novelty",)
    assert Settings.from_preset("slides").analysers == ()
