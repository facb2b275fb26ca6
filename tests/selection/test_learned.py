"""A model of the user in the choice: what it splits and joins, what it is asked about, and that nothing changes without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests import clips, nets
from vkeyframe import Settings, extract, load_report
from vkeyframe.analysis.sections import ModelUse
from vkeyframe.cli.main import run
from vkeyframe.errors import DecoderError, InputError, UsageError
from vkeyframe.opencv import cv2
from vkeyframe.report.records import Report
from vkeyframe.report.write import report_to_json

SECONDS = 2
# What is left of blue, green and red in each scene, which is grey before.
TINTS = [(1, 0.4, 0.4), (0.4, 1, 0.4), (1, 1, 1), (0.4, 0.4, 1), (1, 0.4, 0.4)]
RED = 3


def tinted(frames: list[ndarray], tint: tuple[float, ...]) -> list[ndarray]:
    return [(frame.mean(axis=2, keepdims=True) * np.array(tint)).astype(np.uint8) for frame in frames]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip of scenes of two seconds, blue, green, grey, red and blue."""
    frames = [frame for seed, tint in enumerate(TINTS) for frame in tinted(clips.scene(seed, SECONDS * 25), tint)]
    return clips.write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", frames)


@pytest.fixture(scope="module")
def lamp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip of a still scene of 6 s with a small lamp in the corner, which is red and then, for the last 3 s, green."""
    ground = cv2.GaussianBlur(clips.scene(7, 1, 320, 192)[0], (0, 0), 3)
    frames = []
    for number in range(150):
        frame = ground.copy()
        frame[:10, :16] = (0, 0, 220) if number < 75 else (0, 220, 0)
        frames.append(frame)
    return clips.write_clip(tmp_path_factory.mktemp("lamp") / "lamp.mp4", frames)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the two halves of a model that knows colours."""
    folder = tmp_path_factory.mktemp("model")
    pictures, words = nets.colour(folder / "model.onnx"), nets.words(folder / "text.onnx")
    return {"features": str(pictures), "text_model": str(words)}


def found(clip: Path, **options: object) -> Report:
    return extract(clip, Settings.of(**options), isolate=False)


@pytest.fixture(scope="module")
def plain(clip: Path) -> Report:
    """Give the report without a model."""
    return found(clip)


def scenes_of(report: Report) -> list[int]:
    return [int(keyframe.time / SECONDS) for keyframe in report.keyframes]


def use_of(report: Report) -> ModelUse:
    use = report.sections["model"]
    assert isinstance(use, ModelUse)
    return use


def test_words_give_the_shot_that_they_name(clip: Path, plain: Report, model: dict[str, str]) -> None:
    assert set(scenes_of(plain)) == {0, 1, 2, 3, 4}
    assert set(scenes_of(found(clip, **model, about="red car at night"))) == {RED}
    report = found(clip, **model, about="blue")
    assert set(scenes_of(report)) == {0, 4}
    assert report.settings["about"] == "blue"


def test_the_report_says_how_relevant_it_is(clip: Path, model: dict[str, str]) -> None:
    report = found(clip, **model, about="red", count=3)
    use = use_of(report)
    assert scenes_of(report) == [RED] * 3
    assert use.stands_out
    assert [each.keyframe for each in use.keyframes] == [0, 1, 2]
    assert all(each.relevance is not None and each.relevance > 0.9 for each in use.keyframes)


def test_where_nothing_stands_out_the_whole_video_is_covered(clip: Path, model: dict[str, str]) -> None:
    plain, report = (found(clip, **model, **about) for about in ({}, {"about": "unheard of"}))
    assert [frame.frame for frame in report.keyframes] == [frame.frame for frame in plain.keyframes]
    assert "about=…" in " ".join(report.decoding.warnings)
    assert use_of(report).stands_out is False
    assert use_of(plain).stands_out is None


def test_in_a_long_video_it_is_not_pruned_away(clip: Path, model: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vkeyframe.selection.pruning.PRUNE_AT", 3)
    assert set(scenes_of(found(clip, **model, about="red"))) == {RED}


def test_a_verdict_says_what_is_unlike_it(clip: Path, model: dict[str, str]) -> None:
    report = found(clip, **model, about="red", explain=True)
    reasons = {int(verdict.time / SECONDS): verdict.reason for verdict in report.verdicts if not verdict.kept}
    assert reasons[0] == "unlike what is asked for"


def test_a_model_splits_what_our_measures_do_not(lamp: Path, tmp_path: Path) -> None:
    path = nets.corner(tmp_path / "model.onnx")
    # Only the lamp is in the part of the picture that it sees.
    path.with_suffix(".toml").write_text(nets.PLAIN)
    nets.corner(path, share=0.04)
    assert len(found(lamp).keyframes) == 1
    report = found(lamp, features=str(path))
    assert sorted(keyframe.time < 3.0 for keyframe in report.keyframes) == [False, True]
    shares = {report.keyframes[each.keyframe].rank: each.share for each in use_of(report).keyframes}
    assert shares[1] == 0.5
    assert shares[2] > 0.9


def test_a_model_joins_what_our_measures_do_not(tmp_path: Path) -> None:
    still = clips.scene(3, 1) * 50
    clip = clips.write_clip(tmp_path / "mirrored.mp4", [*still, *(np.ascontiguousarray(frame[:, ::-1]) for frame in still)])
    path = nets.colour(tmp_path / "model.onnx")
    numbers = []
    for weight in (0.0, 0.5, 1.0):
        path.with_suffix(".toml").write_text(nets.PLAIN + f"weight = {weight}")
        numbers.append(len(found(clip, features=str(path)).keyframes))
    # To the model both are the same; half of that does not make up for a correlation far below 0.86.
    assert numbers == [2, 2, 1]
    assert len(found(clip).keyframes) == 2


def test_without_weight_a_model_changes_nothing(clip: Path, plain: Report, tmp_path: Path) -> None:
    path = nets.colour(tmp_path / "model.onnx")
    path.with_suffix(".toml").write_text(nets.PLAIN + "weight = 0.0")
    alone = found(clip, features=str(path))
    assert [(frame.frame, frame.rank, frame.scores) for frame in alone.keyframes] == [
        (frame.frame, frame.rank, frame.scores) for frame in plain.keyframes
    ]
    assert {each.share for each in use_of(alone).keyframes} == {0.0}


def test_a_model_without_directions_changes_nothing(clip: Path, plain: Report, tmp_path: Path) -> None:
    path = nets.broken(tmp_path / "model.onnx", 0.0)
    report = found(clip, features=str(path))
    assert [(frame.frame, frame.scores) for frame in report.keyframes] == [
        (frame.frame, frame.scores) for frame in plain.keyframes
    ]


def test_what_is_ignored_the_model_does_not_see(lamp: Path, tmp_path: Path) -> None:
    path = nets.corner(tmp_path / "model.onnx", share=0.04)
    assert len(found(lamp, features=str(path), ignore=("0,0,20,14",)).keyframes) == 1


def test_the_section_is_read_as_it_was_written(clip: Path, plain: Report, model: dict[str, str], tmp_path: Path) -> None:
    report = extract(clip, Settings.of(**model, about="red"), output=tmp_path / "out", isolate=False)
    assert load_report(tmp_path / "out").sections["model"] == use_of(report)
    assert "model" not in json.loads(report_to_json(plain))


def test_any_number_of_threads_gives_the_same(clip: Path, model: dict[str, str]) -> None:
    one, more = (found(clip, **model, about="red", threads=threads) for threads in (1, 8))
    assert one.keyframes == more.keyframes
    assert one.sections["model"] == more.sections["model"]


REFUSED = {
    "without a model": ({"about": "red"}, UsageError, "both halves"),
    "without its other half": ({"about": "red", "features": "model.onnx"}, UsageError, "both halves"),
    "without words": ({"about": " ", "features": "a", "text_model": "b"}, UsageError, "no words"),
    "with a picture": ({"about": "red", "like": "1.0", "features": "a", "text_model": "b"}, UsageError, "like and about"),
    "missing": ({"features": "none.onnx"}, InputError, "none.onnx: there is no such file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_asked_for_is_refused(case: str, clip: Path) -> None:
    options, kind, words = REFUSED[case]
    with pytest.raises(kind, match=words):
        found(clip, **options)


def test_halves_of_different_models_are_refused(clip: Path, model: dict[str, str], tmp_path: Path) -> None:
    path = nets.tokens(tmp_path / "other.onnx")
    with pytest.raises(UsageError, match=r"4 numbers, and .* 3; give two halves of one model"):
        found(clip, **model | {"features": str(path)}, about="red")


def test_it_works_from_the_command_line(
    clip: Path, model: dict[str, str], place: Path, childless: None, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ["--features", model["features"], "--text-model", model["text_model"]]
    assert run(["extract", str(clip), *both, "--about", "red", "--json", "-", "--no-images", "-q"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {int(frame["time"] / SECONDS) for frame in report["keyframes"]} == {RED}
    assert run(["extract", str(clip), "--about", "red", "-q"]) == 2
    assert "--features" in capsys.readouterr().err
    assert run(["extract", str(clip), "--features", "none.onnx", "-q"]) == 3
    assert run(["extract", str(clip), *both, "-o", str(Path(model["features"]).parent), "--overwrite", "-q"]) == 2
    assert Path(model["features"]).exists()


def test_a_batch_looks_again_when_the_model_is_another(
    clip: Path, place: Path, childless: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = nets.colour(place / "model.onnx")
    command = ["batch", str(clip), "-o", "out", "--features", str(path), "--resume", "-q"]
    assert run(command) == 0
    report = place / "out" / "clip.mp4" / "report.json"
    before = report.stat().st_mtime_ns
    assert run(command) == 0
    assert report.stat().st_mtime_ns == before
    path.with_suffix(".toml").write_text(nets.PLAIN + "weight = 0.75")
    assert run(command) == 0
    assert json.loads(report.read_text())["model"]["weight"] == 0.75


def test_a_crash_of_onnxruntime_is_a_sentence(clip: Path, model: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "onnxruntime.py").write_text(
        "import os, signal\n"
        "class SessionOptions: pass\n"
        "def disable_telemetry_events(): pass\n"
        "def InferenceSession(*_, **__): os.kill(os.getpid(), signal.SIGSEGV)\n"
    )
    code = (
        "import sys; from vkeyframe import Settings, extract; from vkeyframe.errors import DecoderError\n"
        "try: extract(sys.argv[1], Settings.of(features=sys.argv[2]))\n"
        "except DecoderError as error: print(error, error.exit_code)\n"
    )
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    done = subprocess.run(
        [sys.executable, "-c", code, str(clip), model["features"]],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    sentence = "onnxruntime crashed on it, or hung; export it anew, or leave features=… out."
    assert done.stdout.strip() == f"{model['features']}: {sentence} {DecoderError.exit_code}"


def test_without_a_model_nothing_of_it_is_loaded() -> None:
    code = (
        "import sys, vkeyframe.pipeline, vkeyframe.selection.users_model\n"
        "print([name for name in ('onnxruntime', 'tokenizers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
