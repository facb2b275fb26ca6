"""What `vkeyframe extract` lets a user say about the choice of frames."""

import json
from pathlib import Path
from typing import Any

import pytest

from vkeyframe.cli.main import run

Capture = pytest.CaptureFixture[str]


def report_with(options: list[str], video: Path, capsys: Capture) -> tuple[Any, str]:
    assert run(["extract", str(video), *options, "--json", "-", "--no-images"]) == 0
    output, told = capsys.readouterr()
    return json.loads(output), told


def test_explain_says_why_in_the_report_and_as_a_table(video: Path, capsys: Capture) -> None:
    report, told = report_with(["--explain", "--sensitivity", "1"], video, capsys)
    verdicts = report["verdicts"]
    assert [v["frame"] for v in verdicts if v["kept"]] == [k["frame"] for k in report["keyframes"]]
    lines = [line for line in told.splitlines() if "  keep  " in line or "  drop  " in line]
    assert len(lines) == len(verdicts) >= 3
    assert all(verdict["reason"] in line for verdict, line in zip(verdicts, lines, strict=True))


def test_without_explain_the_report_has_no_verdicts(video: Path, capsys: Capture) -> None:
    assert report_with([], video, capsys)[0]["verdicts"] == []


def test_a_report_with_verdicts_fits_the_schema(video: Path, capsys: Capture) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    report, _ = report_with(["--explain"], video, capsys)
    assert run(["schema"]) == 0
    jsonschema.validate(report, json.loads(capsys.readouterr().out))


def test_an_option_goes_before_its_preset(video: Path, capsys: Capture) -> None:
    settings = report_with(["--preset", "summary", "--max", "2"], video, capsys)[0]["settings"]
    assert (settings["max"], settings["min_gap"], settings["skip_dark"]) == (2, 1.0, True)
    settings = report_with(["--preset", "thumbnail", "--per-shot", "1"], video, capsys)[0]["settings"]
    assert (settings["count"], settings["per_shot"]) == (None, 1)


def test_what_cannot_be_given_is_said_on_standard_error(video: Path, capsys: Capture) -> None:
    report, told = report_with(["--count", "500"], video, capsys)
    told_once = f"The video has only {len(report['keyframes'])} frames that differ; 500 were asked for."
    assert told_once in report["decoding"]["warnings"]
    assert told_once in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--count", "2", "--per-shot", "1"], "count and per_shot contradict each other"),
        (["--max-gap", "5", "--max", "3"], "leave out count, per_minute and max"),
        (["--min-gap", "soon"], "'soon' is no time"),
        (["--sensitivity", "2"], "--sensitivity"),
        (["--preset", "lecture"], "--preset"),
    ],
)
def test_wishes_that_contradict_or_do_not_exist_are_usage_errors(
    options: list[str], told: str, video: Path, capsys: Capture
) -> None:
    assert run(["extract", str(video), *options]) == 2
    assert told in capsys.readouterr().err
