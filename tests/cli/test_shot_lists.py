"""`vkeyframe shots --to`: where lists go, of one video and of several."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from vkeyframe.cli.main import run
from vkeyframe.export import lists
from vkeyframe.export.lists import LISTS

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give another clip: two scenes, the second one short."""
    frames = [*clips.scene(5, 30), *clips.scene(6, 12)]
    return clips.write_clip(tmp_path_factory.mktemp("other") / "trip.mp4", frames)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("form", LISTS)
def test_a_list_goes_to_standard_output_or_whole_to_a_file(form: str, video: Path, place: Path, capsys: Capture) -> None:
    if form == "otio":
        pytest.importorskip("opentimelineio")
    assert run(["shots", str(video), "--to", form]) == 0
    output, told = capsys.readouterr()
    assert told == ""
    assert run(["shots", str(video), "--to", form, "-o", "list"]) == 0
    assert (place / "list").read_text("utf-8") == output
    assert capsys.readouterr().out == ""
    assert run(["shots", str(video), "--to", form, "-o", "list"]) == 6
    assert "list: exists already; replace it with --overwrite" in capsys.readouterr().err
    assert run(["shots", str(video), "--to", form, "-o", "list", "--overwrite", "-q"]) == 0
    assert capsys.readouterr() == ("", "")
    assert clips.entries(place) == ["list"]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_several_videos_share_a_table(form: str, video: Path, other: Path, place: Path, capsys: Capture) -> None:
    assert run(["shots", str(video), str(other), "--to", form]) == 0
    output = capsys.readouterr().out
    table = rows(output) if form == "csv" else [json.loads(line) for line in output.splitlines()]
    assert [(row["video"], int(row["index"])) for row in table] == [
        *((str(video), index) for index in range(3)),
        *((str(other), index) for index in range(2)),
    ]
    assert run(["shots", str(video), str(other), "--to", form, "-o", "all"]) == 0
    assert (place / "all").read_text("utf-8") == output


def test_several_videos_get_a_file_each(video: Path, other: Path, place: Path, capsys: Capture) -> None:
    assert run(["shots", str(video), str(other), "--to", "edl", "-o", "lists"]) == 0
    assert clips.entries(place / "lists") == ["holiday.edl", "trip.edl"]
    assert "TITLE: trip\n" in (place / "lists" / "trip.edl").read_text()
    assert capsys.readouterr() == ("", f"{Path('lists/holiday.edl')}: written\n{Path('lists/trip.edl')}: written\n")
    # In the folder that the user works in, and in one that is there, also for one video.
    assert run(["shots", str(video), str(other), "--to", "qp", "-q"]) == 0
    assert run(["shots", str(video), "--to", "aegisub", "-o", "lists", "-q"]) == 0
    assert clips.entries(place) == ["holiday.qp", "lists", "trip.qp"]
    assert "holiday.keyframes.txt" in clips.entries(place / "lists")


def test_a_failure_does_not_stop_the_others(video: Path, other: Path, place: Path, capsys: Capture) -> None:
    assert run(["shots", str(video), "missing.mp4", str(other), "--to", "csv"]) == 3
    output, told = capsys.readouterr()
    assert {row["video"] for row in rows(output)} == {str(video), str(other)}
    assert told == "vkeyframe: missing.mp4: no such file.\n"
    assert run(["shots", "missing.mp4", "--to", "csv", "-o", "out.csv"]) == 3
    assert clips.entries(place) == []


def test_json_goes_where_it_is_asked_for(video: Path, other: Path, place: Path, capsys: Capture) -> None:
    assert run(["shots", str(video)]) == 0
    plain = capsys.readouterr().out
    assert run(["shots", str(video), "--json", "-"]) == 0
    assert capsys.readouterr().out == plain
    for _ in range(2):
        # A list of ours is replaced unasked, as a report is.
        assert run(["shots", str(video), "--json", "shots.json", "--to", "edl", "-o", "a.edl", "--overwrite"]) == 0
        assert (place / "shots.json").read_text("utf-8") == plain
    for _ in range(2):
        assert run(["shots", str(video), str(other), "--json", "both.json"]) == 0
    lines = [json.loads(line) for line in (place / "both.json").read_text("utf-8").splitlines()]
    assert [(line["video"], len(line["shots"])) for line in lines] == [(str(video), 3), (str(other), 2)]
    (place / "mine.json").write_text("[1]")
    assert run(["shots", str(video), "--json", "mine.json"]) == 6
    assert (place / "mine.json").read_text() == "[1]"


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (["-o", "x"], "-o is the place of what --to writes"),
        (["--to", "csv", "--format", "csv"], "contradict each other"),
        (["--json", "-", "--format", "csv"], "contradict each other"),
        (["--to", "csv", "--reencode"], "--reencode is for clips"),
        (["--to", "edl", "--json", "-"], "would both write to standard output"),
        (["--to", "edl", "-o", ""], "-o has an empty name"),
        (["--min-length", "short"], "'short' is no time"),
        (["--sensitivity", "2"], "--sensitivity"),
        (["--sensitivity", "nan"], "--sensitivity"),
        (["--to", "tape"], "--to"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_contradict(options: list[str], cause: str, video: Path, place: Path, capsys: Capture) -> None:
    assert run(["shots", str(video), *options]) == 2
    output, told = capsys.readouterr()
    assert output == ""
    assert cause in told
    assert clips.entries(place) == []


def test_csv_of_several_videos_needs_their_names(video: Path, other: Path, capsys: Capture) -> None:
    assert run(["shots", str(video), str(other), "--format", "csv"]) == 2
    assert "use --to csv" in capsys.readouterr().err


@pytest.mark.parametrize("to", ["edl", "csv", "clips"])
def test_no_input_is_written_over(to: str, video: Path, place: Path, capsys: Capture) -> None:
    before = video.read_bytes()
    assert run(["shots", str(video), "--to", to, "-o", str(video), "--overwrite"]) == 2
    assert "is the same file as the input" in capsys.readouterr().err
    assert video.read_bytes() == before


def test_short_shots_are_joined(other: Path, capsys: Capture) -> None:
    for least, starts in (("12f", [0, 30]), ("0.5", [0]), ("13f", [0])):
        assert run(["shots", str(other), "--min-length", least]) == 0
        assert [shot["start_frame"] for shot in json.loads(capsys.readouterr().out)] == starts


def test_a_form_that_needs_a_package(video: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(lists, "find_spec", lambda _name: None)
    assert run(["shots", str(video), "--to", "otio"]) == 1
    told = "vkeyframe: The form 'otio' needs OpenTimelineIO; pip install 'vkeyframe[otio]'.\n"
    assert capsys.readouterr() == ("", told)
    # Before the video is looked at: this one is missing.
    assert run(["extract", "missing.mp4", "--otio"]) == 1
    assert capsys.readouterr() == ("", told)


def test_the_help_describes_the_forms(capsys: Capture) -> None:
    assert run(["shots", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for name, form in LISTS.items():
        assert f"{name} {form.help[0].upper()}{form.help[1:]}" in text


def test_a_report_is_exported_in_every_form(video: Path, place: Path, capsys: Capture) -> None:
    """With `extract`, and afterwards from its report, to the same bytes."""
    pytest.importorskip("opentimelineio")
    flags = [f"--{form}" for form in LISTS]
    assert run(["extract", str(video), "-o", "out", "--no-images", *flags]) == 0
    report: dict[str, Any] = json.loads((place / "out" / "report.json").read_text("utf-8"))
    names = [f"shots{form.suffix}" for form in LISTS.values()]
    assert report["files"] == sorted(["report.json", *names]) == clips.entries(place / "out")
    for form in LISTS:
        assert run(["export", "out", "--to", form, "-o", "again", "-q"]) == 0
    for name in names:
        assert (place / "again" / name).read_bytes() == (place / "out" / name).read_bytes()
    capsys.readouterr()
    assert run(["shots", str(video), "--to", "edl"]) == 0
    assert capsys.readouterr().out == (place / "out" / "shots.edl").read_text("utf-8")
