"""A new form is one small file of somebody else's package and its entry point; no line of ours changes."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests import clips
from tests.packages import install, run
from vkeyframe.report.records import Report
from vkeyframe.report.write import report_to_json

EXPORTER = '''\
"""The times of the keyframes, one a line."""

from vkeyframe.export.registry import Exporter


def write(report, folder):
    lines = [f"{keyframe.time:.3f}\\t{keyframe.file}\\n" for keyframe in report.keyframes]
    peaks = [f"peak {action.peak_frame}\\n" for action in report.sections["actions"]]
    (folder / "times.txt").write_text("".join(lines + peaks), "utf-8")
    return ["times.txt"]


EXPORTER = Exporter("Write times.txt, the time of each keyframe.", write)
'''
POINTS = """\
[vkeyframe.exporters]
times = times_exporter:EXPORTER
broken = no_such_module:EXPORTER
odd = times_exporter:write
count = times_exporter:EXPORTER
sheet = times_exporter:EXPORTER
Bad_Name = times_exporter:EXPORTER
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Install a package with a form."""
    return install(tmp_path / "site", "times_exporter", EXPORTER, "[vkeyframe.exporters]\ntimes = times_exporter:EXPORTER\n")


def test_the_file_is_short() -> None:
    assert len(EXPORTER.splitlines()) <= 30


@pytest.mark.parametrize("command", ["extract", "batch", "export"])
def test_the_help_shows_the_form(command: str, site: Path) -> None:
    done = run(site, command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Write times.txt, the time of each keyframe." in " ".join(done.stdout.split())
    assert ("--times" in done.stdout) is (command != "export")
    assert "sheet.jpg" in done.stdout


def test_extract_writes_the_form_beside_the_pictures(site: Path, place: Path) -> None:
    clips.write_clip(place / "clip.mp4", clips.scenes(range(2), 20))
    done = run(site, "extract", "clip.mp4", "-o", "out", "--times", "--sheet")
    assert done.returncode == 0, done.stderr
    report = json.loads((place / "out" / "report.json").read_text("utf-8"))
    assert {"times.txt", "sheet.jpg", "report.json"} < set(report["files"])
    assert report["files"] == clips.entries(place / "out")
    lines = (place / "out" / "times.txt").read_text("utf-8").splitlines()
    assert [line.split("\t")[1] for line in lines] == [keyframe["file"] for keyframe in report["keyframes"]]
    # What the report lists is replaced.
    assert run(site, "extract", "clip.mp4", "-o", "out", "--overwrite", "--no-images", "--times").returncode == 0
    assert clips.entries(place / "out") == ["report.json", "times.txt"]


def test_batch_writes_the_form_for_each_video(site: Path, place: Path) -> None:
    clips.write_clip(place / "clip.mp4", clips.scenes(range(2), 20))
    assert run(site, "batch", "clip.mp4", "-o", "out", "--times").returncode == 0
    assert "times.txt" in clips.entries(place / "out" / "clip.mp4")


def test_export_writes_the_form_of_an_earlier_result(site: Path, place: Path, make_report: Callable[..., Report]) -> None:
    (place / "report.json").write_text(report_to_json(make_report(None)))
    done = run(site, "export", "report.json", "--to", "times", "-o", "elsewhere")
    assert (done.returncode, done.stderr) == (0, f"{Path('elsewhere/times.txt')}: written\n")
    assert clips.entries(place / "elsewhere") == ["times.txt"]


def test_export_loads_no_analyser_whose_section_is_not_in_the_report(
    site: Path, place: Path, make_report: Callable[..., Report]
) -> None:
    """It would cost OpenCV and NumPy, and this one a warning."""
    with (site / "times_exporter-1.0.dist-info" / "entry_points.txt").open("a") as points:
        points.write("[vkeyframe.analysers]\nbroken = no_such_module:Analyser\nwrong = no_such_module:Analyser\n")
    for sections, warnings in (({}, 0), ({"broken": ()}, 1)):
        (place / "report.json").write_text(report_to_json(replace(make_report(None), sections={"actions": ()} | sections)))
        done = run(site, "export", "report.json", "--to", "times", "--overwrite")
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("'broken' of the package times-exporter cannot be loaded") == warnings
        assert "'wrong'" not in done.stderr


def test_forms_that_cannot_be_used_are_a_warning_and_harm_no_other(
    site: Path, place: Path, make_report: Callable[..., Report]
) -> None:
    (site / "times_exporter-1.0.dist-info" / "entry_points.txt").write_text(POINTS)
    done = run(site, "extract", "--help")
    assert done.returncode == 0
    assert "--times" in done.stdout
    told = done.stderr.splitlines()
    assert [next(form for form in ("broken", "odd", "sheet", "Bad_Name", "count") if f"'{form}'" in line) for line in told] == [
        *("Bad_Name", "broken", "odd", "sheet", "count")
    ]
    assert all(line.startswith("vkeyframe: '") and line.endswith(".") for line in told)
    # A command that has no forms does not look for them.
    assert run(site, "--help").stderr == run(site, "schema").stderr == run(site, "probe", "--help").stderr == ""
    (place / "report.json").write_text(report_to_json(make_report(None)))
    for form, code, part in (
        ("broken", 1, "cannot be loaded"),
        ("odd", 1, "is not of the kind"),
        ("none", 2, "there are animation, collage, crops, heatmap, html, masks, messages-claude"),
    ):
        done = run(site, "export", "report.json", "--to", form)
        assert (done.returncode, part in done.stderr, len(done.stderr.splitlines())) == (code, True, 1)
    assert run(site, "export", "report.json", "--to", "count").returncode == 0
