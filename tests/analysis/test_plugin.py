"""A new analyser is one small file of somebody else's package and its entry point; no line of ours changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import clips
from tests.packages import install, run, run_python

jsonschema = pytest.importorskip("jsonschema")

ANALYSER = '''\
from dataclasses import dataclass

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.report.describe import about


@dataclass(frozen=True, slots=True)
class Brightness:
    """The brightness of a shot."""
    shot: int = about("Index of the shot.", minimum=0)
    luma: float = about("Mean luma of the shot.", minimum=0, maximum=255)


class BrightnessMeter(Analyser[tuple[Brightness, ...]]):
    """Measure how bright each shot is."""

    section = tuple[Brightness, ...]

    def __init__(self):
        self._values, self._found = [], []

    def push(self, sample):
        self._values.append(float(sample.features.luma.mean()))

    def end_shot(self, shot):
        self._found.append(Brightness(shot.index, sum(self._values) / len(self._values)))
        self._values = []

    def finish(self):
        return tuple(self._found)
'''
POINTS = "[vkeyframe.analysers]\nbright-shots = brightness_meter:BrightnessMeter\n"
WRONG_POINTS = f"""\
{POINTS}broken = no_such_module:Analyser
odd = brightness_meter:Brightness
count = brightness_meter:BrightnessMeter
actions = brightness_meter:BrightnessMeter
shots = brightness_meter:BrightnessMeter
bare = brightness_meter:Analyser
"""
# In the order in which they are told; an option of that name is seen last.
WRONG = ["actions", "bare", "broken", "odd", "shots", "count"]
READ = """\
import json
from pathlib import Path
from vkeyframe.analysis.registry import section_types
from vkeyframe.report.read import load_report
data = Path("out/report.json").read_bytes()
found = load_report(data, section_types()).sections["bright-shots"]
print([type(one).__name__ for one in found], [one.shot for one in found])
"""
EXTRACT = """\
from vkeyframe import Settings, extract
print(len(extract("clip.mp4", Settings.of(analysers=("bright-shots",))).sections["bright-shots"]))
print(list(extract("clip.mp4").sections))
try:
    extract("clip.mp4", Settings.of(analysers=("none",)))
except Exception as error:
    print(type(error).__name__, error)
"""
SECTIONS = """
from __future__ import annotations
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional
from brightness_meter import Brightness, BrightnessMeter

@dataclass(frozen=True)
class Fitting:
    "All that a report can hold."
    inner: Brightness
    maybe: Optional[Brightness]
    many: tuple[tuple[int, str], ...]
    names: dict[str, int]
    more: Mapping
    none: float | None = None
    any: Any = None

class FittingMeter(BrightnessMeter):
    "A section of many kinds."
    section = Optional[Fitting]

"""
NOT_FITTING = {
    "list[int]": "Odd.value: list[int] is none of int, float",
    "int | str": "Odd.value: int | str is none of",
    "tuple": "Odd.value: tuple is none of",
    "tuple[set[int], ...]": "Odd.value: set[int] is none of",
    "Unknown": "name 'Unknown' is not defined",
    "Odd | None": "it holds itself",
}
ODD = """
@dataclass(frozen=True)
class Odd:
    "What no report can hold."
    value: {kind}

class OddMeter(BrightnessMeter):
    "A section that does not fit."
    section = tuple[Odd, ...]
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Install a package with an analyser."""
    return install(tmp_path / "site", "brightness_meter", ANALYSER, POINTS)


@pytest.fixture
def clip(place: Path) -> Path:
    """Draw a dark and a bright shot."""
    return clips.write_clip(place / "clip.mp4", [*clips.scene(1, 25), *clips.scene(2, 25)])


def test_the_file_is_short() -> None:
    assert len(ANALYSER.splitlines()) <= 30


@pytest.mark.parametrize("command", ["extract", "batch"])
def test_the_help_shows_the_analyser(command: str, site: Path) -> None:
    done = run(site, command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--bright-shots Measure how bright each shot is." in " ".join(done.stdout.split())


def test_the_report_has_its_section_and_fits_the_schema(site: Path, clip: Path, place: Path) -> None:
    done = run(site, "extract", "clip.mp4", "-o", "out", "--bright-shots")
    assert done.returncode == 0, done.stderr
    report = json.loads((place / "out" / "report.json").read_text("utf-8"))
    assert [one["shot"] for one in report["bright-shots"]] == [0, 1]
    assert report["settings"]["analysers"] == ["bright-shots"]
    schema = json.loads(run(site, "schema").stdout)
    assert schema["properties"]["bright-shots"]["description"] == "The brightness of a shot."
    assert schema["properties"]["bright-shots"]["items"]["properties"]["luma"]["maximum"] == 255
    jsonschema.validate(report, schema)
    # It is read back as records, and others still get plain values.
    read = run_python(site, READ)
    assert (read.stdout, read.stderr) == ("['Brightness', 'Brightness'] [0, 1]\n", "")


def test_without_the_flag_the_report_has_no_such_section(site: Path, clip: Path, place: Path) -> None:
    assert run(site, "batch", "clip.mp4", "-o", "out").returncode == 0
    report = json.loads((place / "out" / "clip.mp4" / "report.json").read_text("utf-8"))
    assert "bright-shots" not in report
    jsonschema.validate(report, json.loads(run(site, "schema").stdout))


def test_a_batch_that_is_asked_for_more_does_not_skip(site: Path, clip: Path, place: Path) -> None:
    for options, status in (([], "done"), (["--bright-shots"], "done"), (["--bright-shots"], "skipped")):
        done = run(site, "batch", "clip.mp4", "-o", "out", "--resume", *options)
        assert json.loads(done.stdout)["status"] == status, done.stderr


def test_python_gets_the_section_by_name(site: Path, clip: Path) -> None:
    done = run_python(site, EXTRACT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "2",
        "['actions']",
        "UsageError There is no analyser 'none'; there are actions, novelty, moving, curves, bright-shots.",
    ]


def test_analysers_that_cannot_be_used_are_a_warning_and_harm_no_other(site: Path, clip: Path, place: Path) -> None:
    (site / "brightness_meter-1.0.dist-info" / "entry_points.txt").write_text(WRONG_POINTS)
    done = run(site, "extract", "clip.mp4", "-o", "out", "--bright-shots")
    assert done.returncode == 0
    *told, result = done.stderr.splitlines()
    assert result == "clip.mp4: 2 keyframes of 2 shots in out"
    assert [next(name for name in WRONG if line.startswith(f"vkeyframe: '{name}' ")) for line in told] == WRONG
    assert all(line.endswith(".") for line in told)
    assert len(json.loads((place / "out" / "report.json").read_text("utf-8"))["bright-shots"]) == 2
    done = run(site, "schema")
    assert "bright-shots" in json.loads(done.stdout)["properties"]
    assert done.stderr.splitlines() == told[:-1]
    # A command that looks for no analysers says nothing.
    assert run(site, "--help").stderr == run(site, "probe", "--help").stderr == ""


@pytest.mark.parametrize("kind", NOT_FITTING)
def test_a_section_that_no_report_can_hold_is_told_in_a_sentence(kind: str, site: Path) -> None:
    (site / "sections.py").write_text(SECTIONS + ODD.format(kind=kind))
    points = f"{POINTS}fitting = sections:FittingMeter\nodd = sections:OddMeter\n"
    (site / "brightness_meter-1.0.dist-info" / "entry_points.txt").write_text(points)
    done = run(site, "schema")
    assert done.returncode == 0, done.stderr
    start = "vkeyframe: 'odd' in the group vkeyframe.analysers has a section that no report can hold ("
    assert done.stderr.startswith(start + NOT_FITTING[kind])
    assert done.stderr.endswith(").\n")
    assert len(done.stderr.splitlines()) == 1
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    bright = {"shot": 0, "luma": 1}
    value = {"inner": bright, "maybe": None, "many": [[1, "a"]], "names": {"a": 1}, "more": {}, "none": None, "any": [1]}
    section = jsonschema.Draft202012Validator(schema["properties"]["fitting"])
    assert "odd" not in schema["properties"]
    assert schema["properties"]["fitting"]["description"] == "All that a report can hold."
    assert section.is_valid(None)
    assert section.is_valid(value)
    assert not section.is_valid(value | {"maybe": {}})
