"""Reading a report: what was written comes back, version 1 is understood, and damaged data have one error."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from vkeyframe.analysis.sections import Action
from vkeyframe.errors import ReportError
from vkeyframe.report.read import load_report
from vkeyframe.report.records import Decoding, Generator, Heads, Keyframe, Region, Report, Run, Scores, Shot, Verdict
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.report.write import report_to_dict, report_to_json

SECTIONS = {"actions": tuple[Action, ...]}
KEYFRAME = Keyframe(
    *(0, 5, True, 0.2, "00:00:00.200", 0, 1, 0.75),
    Scores(1.0, 0.5, 1.0, 0.5),
    Heads(0.25, 0.125, 0.0, 0.125, 0.5, 0.0),
    (Region((0, 4, 16, 8), 0.5),),
    *("a.jpg", 64, 36),
)
REPORT = Report(
    generator=Generator("vkeyframe", "0"),
    video=VideoInfo("in/clip.mp4", "clip.mp4", 64, 36, 25.0, 2.0, "h264", 0, 1.0, 1000),
    decoding=Decoding("sampled", 50, 50, 16, 0, True, ("Beware.",)),
    settings={"count": None, "min_gap": 0.5},
    shots=(Shot(0, 0, 49, 0.0, 1.96, "start", 1.0),),
    keyframes=(KEYFRAME,),
    sections={"actions": (Action(3, 9, 0.12, 0.36, 5, 12.5),)},
    verdicts=(Verdict(5, 0.2, 0, True, "the best look at shot 0"),),
    files=("a.jpg", "report.json"),
    run=Run(0.1, 500.0, 0, 3, "0a1b"),
)
PLAIN = report_to_dict(REPORT)


def encode(data: Any) -> bytes:
    return json.dumps(data).encode()


def paths(data: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where in plain data a value lies."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [before, *(path for key, value in inner for path in paths(value, (*before, key)))]


def changed(path: tuple[Any, ...], value: Any) -> Any:
    data: Any = copy.deepcopy(PLAIN)
    if not path:
        return value
    parent = data
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return data


def refusal(data: bytes) -> str:
    with pytest.raises(ReportError) as caught:
        load_report(data, SECTIONS)
    return str(caught.value)


def test_what_was_written_is_read() -> None:
    for indent in (None, 1):
        assert load_report(report_to_json(REPORT, indent).encode(), SECTIONS) == REPORT


def test_a_real_report_is_read(edited_report: Report) -> None:
    known = replace(edited_report, video=replace(edited_report.video, declared_frames=0))
    assert load_report(report_to_json(edited_report).encode(), SECTIONS) == known
    assert set(known.files) == {"report.json", "sheet.jpg", *(str(keyframe.file) for keyframe in known.keyframes)}


def test_sections_that_are_not_known_stay_plain() -> None:
    data = PLAIN | {"faces": [{"box": [1, 2, 3, 4]}, None]}
    report = load_report(encode(data))
    assert report.sections == {"actions": PLAIN["actions"], "faces": data["faces"]}
    assert report_to_dict(report)["faces"] == data["faces"]


def test_what_a_later_version_adds_is_left_out() -> None:
    data = copy.deepcopy(PLAIN)
    data["shots"][0]["length"] = 50
    data["shots"][0]["transition"] = "morph"
    assert load_report(encode(data)).shots == (replace(REPORT.shots[0], transition="morph"),)


def test_version_1_is_read_and_its_files_are_those_it_wrote() -> None:
    data = {key: value for key, value in PLAIN.items() if key != "files"} | {"schema": "vkeyframe.report/1"}
    report = load_report(encode(data), SECTIONS)
    assert report.files == ("a.jpg", "report.json", "sheet.jpg")
    assert replace(report, files=REPORT.files) == REPORT
    # A batch of that time told more of a run than others.
    short = load_report(encode(data | {"run": {"seconds": 1, "frames_per_second": 2.5}}))
    assert short.run == Run(1.0, 2.5, 0)
    for keyframes in (None, [], [None], [{"file": 3}]):
        assert refusal(encode(data | {"keyframes": keyframes}))


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"\xff{}", "it is not UTF-8"),
        (b"[]", "it is not a JSON object"),
        (b"null", "it is not a JSON object"),
        (b"{}", "its schema is neither"),
        (encode(PLAIN | {"schema": ["vkeyframe.report/2"]}), "its schema is neither"),
        (encode(PLAIN | {"schema": "vkeyframe.report/3"}), "its schema is neither"),
        (encode(PLAIN | {"decoding": None}), "decoding is not an object"),
        (encode(PLAIN | {"settings": []}), "settings is not an object"),
        (encode(PLAIN | {"shots": {}}), "shots is not a list"),
        (encode(PLAIN | {"keyframes": []}), "keyframes has too few items"),
        (encode(PLAIN | {"files": ["../a.jpg"]}), "files[0] has the wrong form"),
        (encode(changed(("keyframes", 0, "file"), "/etc/passwd")), "keyframes[0].file has the wrong form"),
        (encode(changed(("keyframes", 0, "width"), 0)), "keyframes[0].width is 0, which is out of its range"),
        (encode(changed(("keyframes", 0, "frame"), True)), "keyframes[0].frame is not a number"),
        (encode(changed(("keyframes", 0, "frame"), 10**400)), "keyframes[0].frame is larger"),
        (encode(changed(("keyframes", 0, "time"), 10**400)), "keyframes[0].time is larger"),
        (encode(changed(("keyframes", 0, "regions", 0, "box"), [1, 2, 3])), "regions[0].box has 3 items instead of 4"),
        (encode(changed(("actions", 0, "energy"), "much")), "actions[0].energy is not a number"),
        (encode(changed(("decoding", "complete"), 1)), "decoding.complete is not true or false"),
        (json.dumps(changed(("run", "seconds"), float("nan"))).encode(), "the number NaN is not allowed"),
        (encode(PLAIN).replace(b"500.0", b"1e999"), "the number 1e999 is not allowed"),
        (encode(PLAIN | {"faces": "\ud800"}), "half a character"),
        (encode(PLAIN | {"faces": {"\udfff": 1}}), "half a character"),
        (encode(PLAIN)[:-1] + b', "faces": ' + b"[" * 200 + b"]" * 200 + b"}", "nested too deeply"),
        (b"[" * 200_000, "nested too deeply"),
        (encode(PLAIN)[:-1] + b', "faces": ' + b"9" * 10_000 + b"}", "digits"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_damaged_data_have_one_cause(data: bytes, cause: str) -> None:
    told = refusal(data)
    assert cause in told
    assert "\n" not in told


# What earlier versions did not write.
DEFAULTED = {
    *("decoder_messages", "fingerprint", "transitions", "cause", "relative", "attention_map", "rate", "start_timecode"),
    *("crop", "colour"),
    *("make", "model", "created", "location", "text"),
    *("end_frame_exclusive", "end_time_exclusive", "length_frames", "length_seconds"),
    *("span_start_frame", "span_end_frame_exclusive", "span_start_time", "span_end_time_exclusive"),
}


def test_heads_of_an_older_version_are_left_out() -> None:
    data = changed(("keyframes", 0, "heads"), {"luminance": 0.25, "colour": 0.25, "texture": 0.125, "motion": 0.375})
    assert load_report(encode(data)).keyframes[0].heads == Heads(texture=0.125, motion=0.375)


def test_a_key_that_is_missing_is_named_unless_it_has_a_default() -> None:
    for path in paths(PLAIN):
        if not path or not isinstance(path[-1], str) or path[0] in ("settings", "actions"):
            continue
        data = copy.deepcopy(PLAIN)
        parent: Any = data
        for key in path[:-1]:
            parent = parent[key]
        del parent[path[-1]]
        if path[-1] in DEFAULTED or "heads" in path[:-1]:
            load_report(encode(data))
        else:
            assert ("schema" if path == ("schema",) else f"{path[-1]} is missing") in refusal(encode(data))


values: some.SearchStrategy[Any] = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.integers(10**300, 10**400)
    | some.floats()
    | some.text(some.characters(codec=None), max_size=8)
    | some.sampled_from(["..", "a/b", "vkeyframe.report/1", "vkeyframe.report/2", "\ud800"]),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def read_or_refuse(data: bytes) -> None:
    for sections in (SECTIONS, {}):
        try:
            report = load_report(data, sections)
        except ReportError:
            continue
        # What was read can be written, and read again.
        written = report_to_json(report).encode()
        assert report_to_json(load_report(written, sections)).encode() == written


@settings(max_examples=400)
@given(some.lists(some.tuples(some.sampled_from(paths(PLAIN)), values), min_size=1, max_size=2), some.sampled_from("12"))
def test_a_report_with_other_values_is_read_or_refused(changes: list[tuple[tuple[Any, ...], Any]], version: str) -> None:
    data: Any = {**copy.deepcopy(PLAIN), "schema": f"vkeyframe.report/{version}"}
    for path, value in changes:
        parent: Any = data
        for key in path[:-1]:
            parent = parent[key] if isinstance(parent, dict | list) and _has(parent, key) else None
        if isinstance(parent, dict | list) and path and _has(parent, path[-1]):
            parent[path[-1]] = value
        elif not path:
            data = value
    read_or_refuse(json.dumps(data).encode("utf-8"))


def _has(parent: Any, key: Any) -> bool:
    return key in parent if isinstance(parent, dict) else isinstance(key, int) and key < len(parent)


@settings(max_examples=300)
@given(some.integers(0, len(encode(PLAIN))), some.integers(0, 12), some.binary(max_size=6))
def test_a_report_with_other_bytes_is_read_or_refused(place: int, length: int, inserted: bytes) -> None:
    data = encode(PLAIN)
    read_or_refuse(data[:place] + inserted + data[place + length :])


def test_reading_a_report_imports_nothing_heavy(make_report: Callable[..., Report]) -> None:
    program = (
        "import sys\n"
        "from vkeyframe.report.read import load_report\n"
        "load_report(sys.stdin.buffer.read())\n"
        "print([name for name in ('numpy', 'numba', 'cv2', 'av', 'click') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], input=report_to_json(REPORT).encode(), capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"
