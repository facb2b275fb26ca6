"""The report as JSON: its keys and their order, and a schema that accepts it and nothing else."""

import copy
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from vkeyframe.analysis.sections import Action, Line, ModelShare, ModelUse, Moment, Moving, Novelty
from vkeyframe.report.records import Report, Run, Verdict
from vkeyframe.report.schema import report_schema
from vkeyframe.report.write import SCHEMA, report_to_dict, report_to_json
from vkeyframe.sound.sections import Loudness, Onset, Sound, Speech

KEYS = {
    "": "schema generator video decoding settings shots keyframes actions novelty moving curves lines model speech sounds onsets "
    "loudness verdicts files run transitions",
    "generator": "name version",
    "video": "path name width height fps duration codec rotation sample_aspect_ratio size_bytes rate crop start_timecode colour "
    "make model created",
    "decoding": "mode declared_frames decoded_frames analysed_frames damaged_frames complete warnings",
    "settings": "keep count per_minute per_shot max min_gap max_gap sensitivity min_sharpness skip_dark skip_flat cover explain "
    "start end decode decoder hdr deinterlace strict format quality width name heads attention_maps crop_margin crop_aspect "
    "no_metadata with_location anonymise",
    "shots.0": "index start_frame end_frame start_time end_time transition attention "
    "end_frame_exclusive end_time_exclusive length_frames length_seconds text",
    "transitions.0": "kind shot from_frame to_frame from_time to_time",
    "keyframes.0": "index frame frame_exact time timecode shot rank score scores heads regions file width height "
    "span_start_frame span_end_frame_exclusive span_start_time span_end_time_exclusive attention_map location text",
    "keyframes.0.scores": "coverage attention sharpness exposure",
    "keyframes.0.heads": "texture shape text skin face motion sound",
    "keyframes.0.regions.0": "box weight cause relative",
    "actions.0": "start_frame end_frame start_time end_time peak_frame energy shot peak_time box track keyframe",
    "novelty.0": "frame time value",
    "moving.0": "frame time share box",
    "curves.0": "time change novelty sharpness attention",
    "lines.0": "start_time end_time text keyframe",
    "speech.0": "start_time end_time confidence",
    "sounds.0": "start_time end_time kind",
    "onsets.0": "time strength",
    "loudness.0": "time level",
    "model": "name dimensions weight stands_out keyframes",
    "model.keyframes.0": "keyframe share relevance",
    "verdicts.0": "frame time shot kept reason",
    "run": "seconds frames_per_second threads decoder_messages fingerprint",
}
# What the schema leaves open, since other versions have other options.
OPEN = ("settings",)
# Only there where it is asked for.
OPTIONAL = {
    "": ("novelty", "moving", "curves", "lines", "model", "speech", "sounds", "onsets", "loudness"),
    "keyframes.0.heads": ("sound",),
}


def steps(path: str) -> list[Any]:
    return [int(step) if step.isdigit() else step for step in path.split(".")] if path else []


def at(data: Any, path: str) -> Any:
    for step in steps(path):
        data = data[step]
    return data


def with_value(data: Any, path: str, value: Any) -> Any:
    changed = copy.deepcopy(data)
    *parents, last = path.split(".")
    at(changed, ".".join(parents))[steps(last)[0]] = value
    return changed


def leaves(data: Any, path: str = "") -> Iterator[str]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    if not isinstance(data, dict | list):
        yield path
    for key, value in inner:
        yield from leaves(value, f"{path}.{key}".lstrip("."))


def objects(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that the schema describes, under its path."""
    if schema.get("type") == "object":
        yield path, schema
        for key, value in schema.get("properties", {}).items():
            yield from objects(value, f"{path}.{key}".lstrip("."))
    if schema.get("type") == "array":
        yield from objects(schema.get("items", {}), f"{path}.0")


@pytest.fixture(scope="session")
def edited(edited_report: Report) -> dict[str, Any]:
    """Give the real report as a reader of the JSON sees it, with an action and a verdict more, so that no list is empty."""
    action = Action(start_frame=60, end_frame=90, start_time=2.4, end_time=3.6, peak_frame=75, energy=12.5)
    verdict = Verdict(frame=75, time=3.0, shot=1, kept=False, reason="similarity 0.99 to the keyframe at 2.400 s")
    actions = (*edited_report.sections["actions"], action)
    asked_for = {"novelty": (Novelty(75, 3.0, 1.5),), "moving": (Moving(75, 3.0, 0.25, (8, 0, 16, 9)),)}
    asked_for |= {"curves": (Moment(3.0, 12.5, 0.5, 3.0, 1.0),), "lines": (Line(2.5, 3.5, "Good day.", 1),)}
    asked_for |= {"model": ModelUse("0f" * 16, 512, 0.5, True, (ModelShare(0, 0.5, 0.25),))}
    asked_for |= {"speech": (Speech(1.0, 2.5, 0.75),), "sounds": (Sound(0.0, 3.0, "speech"),)}
    asked_for |= {"onsets": (Onset(1.0, 9.5),), "loudness": (Loudness(0.0, -23.5),)}
    heard = tuple(replace(one, heads=replace(one.heads, sound=0.25)) for one in edited_report.keyframes)
    report = replace(edited_report, keyframes=heard, sections={"actions": actions} | asked_for, verdicts=(verdict,))
    data: dict[str, Any] = json.loads(report_to_json(report))
    return data


@pytest.fixture(scope="session")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(report_schema()))


def test_the_schema_is_itself_valid() -> None:
    schema = json.loads(report_schema())
    assert schema["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_schema_describes_every_key_and_allows_no_other() -> None:
    described = dict(objects(json.loads(report_schema())))
    assert set(described) == set(KEYS)
    for path, schema in described.items():
        if path not in OPEN:
            assert list(schema["properties"]) == KEYS[path].split()
            assert schema["required"] == [key for key in KEYS[path].split() if key not in OPTIONAL.get(path, ())]
            assert schema["additionalProperties"] is False


def test_a_real_report_is_valid(
    edited_report: Report, edited: dict[str, Any], validator: jsonschema.Draft202012Validator
) -> None:
    data = json.loads(report_to_json(edited_report))
    assert data["schema"] == SCHEMA
    assert len(data["keyframes"]) > 1
    assert [error.message for error in validator.iter_errors(data)] == []
    assert [error.message for error in validator.iter_errors(edited)] == []


@pytest.mark.parametrize("path", KEYS)
def test_every_key_stands_in_its_place(path: str, edited: dict[str, Any]) -> None:
    assert list(at(edited, path)) == KEYS[path].split()


def test_every_value_of_a_wrong_type_is_refused(edited: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    paths = [path for path in leaves(edited) if path.split(".")[0] not in OPEN]
    assert len(paths) > 100
    for path in paths:
        assert not validator.is_valid(with_value(edited, path, {})), path


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "vkeyframe.report/1"),
        ("video.width", "640"),
        ("video.width", 0),
        ("video.width", 640.5),
        ("video.fps", 0),
        ("video.duration", -0.1),
        ("video.rotation", 45),
        ("decoding.mode", "all"),
        ("decoding.complete", 1),
        ("decoding.warnings", [1]),
        ("settings", []),
        ("shots", []),
        ("shots.0.transition", "zoom"),
        ("shots.0.start_frame", -1),
        ("shots.0.attention", 1.01),
        ("keyframes", []),
        ("keyframes.0.rank", 0),
        ("keyframes.0.frame", 0.5),
        ("keyframes.0.frame", None),
        ("keyframes.0.timecode", "0:00:01"),
        ("keyframes.0.timecode", "00:60:00.000"),
        ("keyframes.0.score", "1.0"),
        ("keyframes.0.heads.motion", -0.1),
        ("keyframes.0.file", 7),
        ("keyframes.0.regions.0.box", [0, 0, 1]),
        ("keyframes.0.regions.0.box", [0, 0, 1, 1, 1]),
        ("keyframes.0.regions.0.box.0", -1),
        ("keyframes.0.regions.0.box.0", 0.5),
        ("actions", None),
        ("actions.0.energy", -1),
        ("files.0", "../b.jpg"),
        ("files.0", "a/../b.jpg"),
        ("files.0", "a/.."),
        ("files.0", "/a.jpg"),
        ("files.0", "a//b.jpg"),
        ("files.0", "a/"),
        ("files.0", ".."),
        ("keyframes.0.file", "../a.jpg"),
        ("run.seconds", "0.1"),
        ("run.threads", -1),
    ],
)
def test_a_wrong_value_is_refused(
    path: str, value: Any, edited: dict[str, Any], validator: jsonschema.Draft202012Validator
) -> None:
    errors = list(validator.iter_errors(with_value(edited, path, value)))
    assert [list(error.absolute_path) for error in errors] == [steps(path) + ([0] if value == [1] else [])]


@pytest.mark.parametrize("path", [path for path in KEYS if path not in OPEN])
def test_a_missing_or_an_unknown_key_is_refused(
    path: str, edited: dict[str, Any], validator: jsonschema.Draft202012Validator
) -> None:
    for key in KEYS[path].split():
        changed = copy.deepcopy(edited)
        del at(changed, path)[key]
        found = [error.validator for error in validator.iter_errors(changed)]
        assert found == ([] if key in OPTIONAL.get(path, ()) else ["required"])
    changed = copy.deepcopy(edited)
    at(changed, path)["extra"] = 1
    assert [error.validator for error in validator.iter_errors(changed)] == ["additionalProperties"]


def test_a_report_without_pictures_and_actions_is_valid(
    make_report: Callable[..., Report], validator: jsonschema.Draft202012Validator
) -> None:
    data = json.loads(report_to_json(make_report(None)))
    assert data["keyframes"][0]["file"] is None
    assert [error.message for error in validator.iter_errors(data)] == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_know_is_refused(value: float, make_report: Callable[..., Report]) -> None:
    report = make_report("a.jpg")
    assert report_to_json(report)
    broken = replace(report, keyframes=(replace(report.keyframes[0], score=value),))
    with pytest.raises(ValueError, match="not JSON compliant"):
        report_to_json(broken)
    with pytest.raises(ValueError, match="not JSON compliant"):
        report_to_json(replace(report, run=Run(value, 1.0, 0)), indent=1)


def test_without_indent_a_report_is_one_line_of_the_same(edited_report: Report) -> None:
    line, text = report_to_json(edited_report), report_to_json(edited_report, indent=1)
    assert len(line.splitlines()) == 1
    assert len(text.splitlines()) > 100
    assert json.loads(line) == json.loads(text)
    assert list(json.loads(line)) == list(report_to_dict(edited_report))


def test_text_is_kept_as_it_is(make_report: Callable[..., Report]) -> None:
    report = make_report("été 映画.jpg")
    assert "été 映画.jpg" in report_to_json(report)


def test_bytes_that_are_no_text_do_not_reach_the_json(make_report: Callable[..., Report]) -> None:
    report = make_report("a.jpg")
    broken = replace(
        report, video=replace(report.video, path="in/\udcff.mp4", name="\udcff.mp4"), settings={"name": "\udcff{index}"}
    )
    data = json.loads(report_to_json(broken).encode())
    assert (data["video"]["path"], data["video"]["name"]) == ("in/\ufffd.mp4", "\ufffd.mp4")
