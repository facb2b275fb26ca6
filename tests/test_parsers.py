"""Every parser of ours against whatever may be given to it: it understands, or raises its own error."""

from __future__ import annotations

import json
import math
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as some

from vkeyframe.errors import UsageError
from vkeyframe.output.naming import FIELDS, PictureLabel, check_template, picture_name, safe_name
from vkeyframe.presets import PRESETS
from vkeyframe.report.records import Decoding, Generator, Heads, Keyframe, Region, Report, Run, Scores, Shot
from vkeyframe.report.schema import report_schema
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.report.write import report_to_dict, report_to_json
from vkeyframe.settings import OPTIONS, Settings
from vkeyframe.timing import Position, format_timecode, parse_position

SCHEMA = json.loads(report_schema())
# As names of files may be: text, and bytes that are none.
names = some.text() | some.binary().map(lambda data: data.decode("utf-8", "surrogateescape"))
times = some.floats(0, 360_000, allow_nan=False)
near_times = some.text("0123456789:.sf -", max_size=20) | some.text(max_size=20)
near_templates = some.lists(
    some.sampled_from(
        [*(f"{{{name}}}" for name in FIELDS), "{index:04d}", "{{", "}}", "{", "}", "{x}", "{name!r}", "/", "..", "_"]
    )
    | some.text(max_size=5),
    max_size=8,
).map("".join)
values: some.SearchStrategy[Any] = some.one_of(
    some.none(), some.booleans(), some.integers(-10, 10**12), some.floats(), some.text(max_size=12), near_times, near_templates
)
shares = some.floats(0, 1)
counts = some.integers(0, 10**9)
sizes = some.integers(1, 65535)


@given(near_times | some.floats() | some.integers())
def test_a_time_is_understood_or_refused(text: str | float) -> None:
    try:
        position = parse_position(text)
    except UsageError:
        return
    assert (position.time is None) != (position.frame is None)
    assert 0 <= (position.time if position.frame is None else position.frame) < math.inf


@given(times)
def test_a_time_survives_being_written(time: float) -> None:
    for text in (format_timecode(time), f"{time:.3f}", f"{time:.3f}s"):
        assert abs((parse_position(text).time or 0.0) - time) <= 0.0005 + 1e-9


@given(some.integers(0, 10**12 - 1))
def test_a_frame_survives_being_written(frame: int) -> None:
    assert parse_position(f"{frame}f") == Position(None, frame)


def check_name(name: str) -> None:
    """Check that a name is one component of a path on every system, and none that hides or looks like an option."""
    assert name
    assert Path(name).name == name
    assert not name.startswith((".", "-"))
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t\u202e\u2066')
    assert len(name.encode("utf-8")) <= 200


@given(names)
def test_any_text_becomes_a_safe_name(text: str) -> None:
    check_name(safe_name(text))
    assert safe_name(safe_name(text)) == safe_name(text)


@settings(max_examples=300)
@given(near_templates | some.text(max_size=20), names, counts, counts, times)
def test_a_template_names_a_picture_or_is_refused(template: str, name: str, number: int, other: int, time: float) -> None:
    try:
        check_template(template)
    except UsageError:
        return
    one = PictureLabel(safe_name(name), number, number, number, number + 1, time)
    path = picture_name(template, one)
    for part in path.split("/"):
        check_name(part)
    assert len(path.encode("utf-8")) <= 200 + len("video/") * path.count("/")
    if "{index" in template.replace("{{", "") and number != other:
        assert picture_name(template, one) != picture_name(template, replace(one, index=other))


def check_taken(taken: Settings, options: dict[str, Any]) -> None:
    """Check that settings are what was given, times as positions, and that a report can hold them."""
    for name, value in options.items():
        group, item = OPTIONS[name]
        is_time = item.metadata.get("is_time") and value is not None
        assert getattr(getattr(taken, group), name) == (parse_position(value) if is_time else value)
    told = json.loads(json.dumps(taken.for_report(), allow_nan=False))
    assert Settings.of(**told).for_report() == told


@settings(max_examples=300)
@given(some.dictionaries(some.sampled_from([*OPTIONS]), values, max_size=4))
def test_settings_are_taken_or_refused(options: dict[str, Any]) -> None:
    try:
        taken = Settings.of(**options)
    except UsageError:
        return
    check_taken(taken, options)


@given(some.sampled_from([*PRESETS, "none such"]), some.dictionaries(some.sampled_from(["count", "max_gap", "keep"]), values))
def test_presets_are_taken_or_refused(preset: str, options: dict[str, Any]) -> None:
    try:
        taken = Settings.from_preset(preset, **options)
    except UsageError:
        return
    check_taken(taken, options)


regions = some.builds(Region, box=some.tuples(counts, counts, sizes, sizes), weight=shares)
heads = some.builds(Heads, shares, shares, shares, shares, shares, shares)
keyframes = some.builds(
    Keyframe,
    index=counts,
    frame=counts,
    frame_exact=some.booleans(),
    time=times,
    timecode=times.map(format_timecode),
    shot=counts,
    rank=some.integers(1, 10**6),
    score=shares,
    scores=some.builds(Scores, shares, shares, shares, shares),
    heads=heads,
    regions=some.lists(regions, max_size=3).map(tuple),
    file=some.none() | some.text(string.ascii_letters, min_size=1),
    width=sizes,
    height=sizes,
)
shots = some.builds(Shot, counts, counts, counts, times, times, some.sampled_from(["start", "cut", "dissolve"]), shares)
videos = some.builds(
    VideoInfo,
    path=names,
    name=names,
    width=sizes,
    height=sizes,
    fps=some.floats(0.1, 240),
    duration=times,
    codec=some.text(string.ascii_lowercase, min_size=1),
    rotation=some.sampled_from([0, 90, 180, 270]),
    sample_aspect_ratio=some.floats(0.05, 20),
    size_bytes=counts,
    declared_frames=counts,
)
reports = some.builds(
    Report,
    generator=some.just(Generator("vkeyframe", "0")),
    video=videos,
    decoding=some.builds(
        Decoding, some.sampled_from(["sampled", "every", "codec"]), counts, counts, counts, counts, some.booleans(), some.just(())
    ),
    settings=some.just(Settings.of().for_report()),
    shots=some.lists(shots, min_size=1, max_size=3).map(tuple),
    keyframes=some.lists(keyframes, min_size=1, max_size=3).map(tuple),
    sections=some.just({"actions": ()}),
    verdicts=some.just(()),
    files=some.just(()),
    run=some.just(Run(0.1, 500.0, 0)),
)


@settings(max_examples=100)
@given(reports, some.none() | some.just(1))
def test_a_report_survives_being_written(report: Report, indent: int | None) -> None:
    text = report_to_json(report, indent)
    text.encode("utf-8")
    read = json.loads(text)
    jsonschema.validate(read, SCHEMA)
    assert read == json.loads(json.dumps(report_to_dict(report)))
    # On one line, whatever the names hold.
    assert indent is not None or text.splitlines() == [text] or set(text) & set("\x85\u2028\u2029")
    for keyframe, known in zip(read["keyframes"], report.keyframes, strict=True):
        assert (keyframe["frame"], keyframe["time"], keyframe["file"]) == (known.frame, known.time, known.file)
