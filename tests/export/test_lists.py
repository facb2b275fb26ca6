"""Lists of shots, read back by programs that are not ours: every cut at its frame, at every rate."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests import clips
from tests.export.conftest import Footage
from vkeyframe.export.edit_list import edit_list
from vkeyframe.export.lists import LISTS
from vkeyframe.report.records import Report, Shot, Transition
from vkeyframe.report.shot_list import ShotList
from vkeyframe.timecode import Timecode

otio = pytest.importorskip("opentimelineio")


def write(form: str, found: ShotList) -> str:
    return LISTS[form].load()(found)


def read(form: str, text: str, **options: Any) -> Any:
    """Read a text with an adapter of OpenTimelineIO and return the items of its video track."""
    if form not in otio.adapters.available_adapter_names():
        pytest.skip(f"the adapter {form} is not installed")
    found = otio.adapters.read_from_string(text, form, **options)
    timeline = found if isinstance(found, otio.schema.Timeline) else found[0]
    (track,) = timeline.video_tracks()
    return timeline, track


def places(track: Any) -> list[int]:
    """Return the first frame of each clip's source, and the first one behind the last."""
    ranges = [clip.source_range for clip in track if isinstance(clip, otio.schema.Clip)]
    return [int(each.start_time.value) for each in ranges] + [int(ranges[-1].end_time_exclusive().value)]


def origin(footage: Footage) -> int:
    return Timecode.parse(footage.start, footage.rate).frame


def test_the_shots_are_found_with_the_rate_and_the_timecode_of_the_file(footage: Footage) -> None:
    assert [shot.start_frame for shot in footage.found.shots] == list(footage.frames[:-1])
    assert footage.found.video.start_timecode == footage.start
    assert footage.found.video.rate == f"{footage.rate.numerator}/{footage.rate.denominator}"


def test_an_edl_is_read_by_opentimelineio(footage: Footage) -> None:
    text = write("edl", footage.found)
    assert ("FCM: DROP FRAME" in text) is (";" in footage.start)
    _, track = read("cmx_3600", text, rate=float(footage.rate))
    assert places(track) == [origin(footage) + cut for cut in footage.cuts]
    lines = [line.split() for line in text.splitlines() if line[:1].isdigit()]
    # Source and record are the same, each end is the next beginning.
    assert (
        [line[4:6] for line in lines] == [line[6:8] for line in lines] == [list(pair) for pair in pairwise(footage.timecodes())]
    )


def test_a_timeline_is_read_by_opentimelineio(footage: Footage) -> None:
    timeline, track = read("otio_json", write("otio", footage.found))
    assert places(track) == [origin(footage) + cut for cut in footage.cuts]
    rate = float(footage.rate)
    assert timeline.global_start_time == otio.opentime.RationalTime(origin(footage), rate)
    assert otio.opentime.to_timecode(timeline.global_start_time, rate, ";" in footage.start) == footage.start
    media = track[0].media_reference
    assert media.target_url == footage.path.as_uri()
    assert int(media.available_range.start_time.value) == origin(footage)
    assert media.available_range.end_time_exclusive() >= track[-1].source_range.end_time_exclusive()


def test_final_cut_xml_is_read_by_opentimelineio(footage: Footage) -> None:
    text = write("fcp7", footage.found)
    timeline, track = read("fcp_xml", text)
    assert places(track) == [origin(footage) + cut for cut in footage.cuts]
    assert int(timeline.global_start_time.value) == origin(footage)
    assert timeline.global_start_time.rate == pytest.approx(float(footage.rate))
    file = ET.fromstring(text).find(".//file[@id='file-1']")
    assert file is not None
    assert file.findtext("pathurl") == footage.path.as_uri()
    assert file.findtext("timecode/string") == footage.start


def test_fcpxml_has_exact_times(footage: Footage) -> None:
    """As Apple's reference has it: times are fractions of seconds, and whole multiples of the frame's duration."""
    root = ET.fromstring(write("fcpxml", footage.found))
    assert (root.tag, root.get("version")) == ("fcpxml", "1.8")

    def frames(text: str | None) -> int:
        count = Fraction(str(text).removesuffix("s")) * footage.rate
        assert str(text).endswith("s")
        assert count.denominator == 1
        return int(count)

    assert frames(root.findtext(".//format") or root.find(".//format").get("frameDuration")) == 1  # type: ignore[union-attr]
    found = root.findall(".//spine/asset-clip")
    begin = origin(footage)
    assert [frames(clip.get("offset")) for clip in found] == [begin + cut for cut in footage.cuts[:-1]]
    assert [frames(clip.get("start")) for clip in found] == [begin + cut for cut in footage.cuts[:-1]]
    assert [frames(clip.get("duration")) for clip in found] == [b - a for a, b in pairwise(footage.cuts)]
    sequence = root.find(".//sequence")
    assert sequence is not None
    assert frames(sequence.get("tcStart")) == begin
    assert sequence.get("tcFormat") == ("DF" if ";" in footage.start else "NDF")
    asset = root.find(".//asset")
    assert asset is not None
    assert asset.get("src") == footage.path.as_uri()
    assert {clip.get("ref") for clip in found} == {asset.get("id")}


def test_fcpxml_is_read_by_opentimelineio(make_footage: Callable[[str], Footage]) -> None:
    """Only at 25, because the adapter cuts rates down to whole numbers, 23.976 to 23."""
    if "fcpx_xml" not in otio.adapters.available_adapter_names():
        pytest.skip("the adapter is not installed")
    footage = make_footage("25")
    found = otio.adapters.read_from_string(write("fcpxml", footage.found), "fcpx_xml")
    ranges = [clip.source_range for clip in found.find_clips()]
    assert [int(each.duration.value) for each in ranges] == [b - a for a, b in pairwise(footage.cuts)]
    assert [int(each.start_time.value) for each in ranges] == [origin(footage) + cut for cut in footage.cuts[:-1]]


def test_chapters_are_read_by_ffprobe(footage: Footage, tmp_path: Path) -> None:
    path = tmp_path / "chapters.txt"
    path.write_text(write("ffmetadata", footage.found), "utf-8")
    video = tmp_path / "with.mkv"
    clips.ffmpeg("-i", footage.path, "-f", "ffmetadata", "-i", path, "-map", "0:v", "-map_chapters", "1", "-c", "copy", video)
    for source in (["-f", "ffmetadata", path], [video]):
        command = [clips.tool("ffprobe"), "-v", "error", "-show_chapters", "-of", "json", *source]
        chapters = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["chapters"]
        starts = [float(chapter["start_time"]) for chapter in chapters]
        assert starts == pytest.approx([footage.shown[frame] for frame in footage.frames[:-1]], abs=1e-5)
        assert [float(chapter["end_time"]) for chapter in chapters[:-1]] == pytest.approx(starts[1:], abs=1e-5)
        assert [chapter["tags"]["title"] for chapter in chapters] == ["Shot 0", "Shot 1", "Shot 2"]


def test_matroska_chapters_have_the_elements_of_its_dtd(footage: Footage) -> None:
    """matroskachapters.dtd: Chapters > EditionEntry > ChapterAtom > times as HH:MM:SS.nnnnnnnnn, and ChapterDisplay."""
    root = ET.fromstring(write("mkvchapters", footage.found))
    atoms = root.findall("./EditionEntry/ChapterAtom")
    for atom, first in zip(atoms, footage.frames, strict=False):
        assert [child.tag for child in atom] == ["ChapterTimeStart", "ChapterTimeEnd", "ChapterDisplay"]
        hours, minutes, seconds = str(atom.findtext("ChapterTimeStart")).split(":")
        assert len(seconds) == 12
        assert int(hours) * 3600 + int(minutes) * 60 + float(seconds) == pytest.approx(footage.shown[first], abs=1e-5)
        assert atom.findtext("ChapterDisplay/ChapterLanguage") == "eng"
    assert len(atoms) == 3


def test_mkvmerge_takes_matroska_chapters(make_footage: Callable[[str], Footage], tmp_path: Path) -> None:
    footage = make_footage("25")
    (tmp_path / "chapters.xml").write_text(write("mkvchapters", footage.found), "utf-8")
    command = [clips.tool("mkvmerge"), "-q", "-o", tmp_path / "out.mkv", "--chapters", tmp_path / "chapters.xml", footage.path]
    assert subprocess.run(command, check=False).returncode == 0


def test_tables_have_frames_times_and_timecodes(footage: Footage) -> None:
    rows = list(csv.DictReader(io.StringIO(write("csv", footage.found))))
    assert [int(row["start_frame"]) for row in rows] == list(footage.frames[:-1])
    assert [int(row["end_frame_exclusive"]) for row in rows] == list(footage.frames[1:])
    assert [row["start_timecode"] for row in rows] == footage.timecodes()[:-1]
    assert [row["end_timecode_exclusive"] for row in rows] == footage.timecodes()[1:]
    lengths = [str(Timecode(b - a, footage.rate, ";" in footage.start)) for a, b in pairwise(footage.cuts)]
    assert [row["length_timecode"] for row in rows] == lengths
    lines = [json.loads(line) for line in write("jsonl", footage.found).splitlines()]
    assert [{name: "" if value is None else str(value) for name, value in line.items()} for line in lines] == rows
    assert {line["video"] for line in lines} == {str(footage.path)}


def test_the_columns_of_pyscenedetect(footage: Footage) -> None:
    """As PySceneDetect 0.7 writes them with --skip-cuts: frames count from 1, so that ends are inclusive; times are not."""
    rows = list(csv.DictReader(io.StringIO(write("scenedetect", footage.found))))
    assert [int(row["Scene Number"]) for row in rows] == [1, 2, 3]
    assert [int(row["Start Frame"]) - 1 for row in rows] == list(footage.frames[:-1])
    assert [int(row["End Frame"]) for row in rows] == list(footage.frames[1:])
    assert [int(row["Length (frames)"]) for row in rows] == [b - a for a, b in pairwise(footage.frames)]
    starts = [float(row["Start Time (seconds)"]) for row in rows]
    assert starts == pytest.approx([footage.shown[first] for first in footage.frames[:-1]], abs=6e-4)
    assert [float(row["End Time (seconds)"]) for row in rows[:-1]] == starts[1:]
    assert [row["End Timecode"] for row in rows[:-1]] == [row["Start Timecode"] for row in rows[1:]]


def test_pyscenedetect_reads_its_columns_and_writes_the_same(make_footage: Callable[[str], Footage], tmp_path: Path) -> None:
    if find_spec("scenedetect") is None:
        pytest.skip("scenedetect is not installed")
    footage = make_footage("29.97 drop-frame")
    (tmp_path / "scenes.csv").write_text(write("scenedetect", footage.found), "utf-8")
    program = [sys.executable, "-m", "scenedetect", "-i", footage.path, "-o", tmp_path, "load-scenes", "-i"]
    listing = [tmp_path / "scenes.csv", "list-scenes", "-f", "again.csv", "--skip-cuts"]
    subprocess.run([*program, *listing], capture_output=True, check=True)
    ours, again = (list(csv.reader((tmp_path / name).read_text("utf-8").splitlines())) for name in ("scenes.csv", "again.csv"))
    assert again == ours


def test_key_frame_files(make_footage: Callable[[str], Footage]) -> None:
    footage = make_footage("25")
    assert write("aegisub", footage.found).splitlines() == ["# keyframe format v1", "fps 0", "0", "31", "71"]
    assert write("qp", footage.found).splitlines() == ["0 I -1", "31 I -1", "71 I -1"]


TRUE_LENGTHS = {"dissolve": 24, "fade": 31, "wipe": 20}


@pytest.fixture
def gradual(make_report: Callable[..., Report]) -> ShotList:
    """Give four shots of 100 frames at 25 with a dissolve, a fade and a wipe between them."""
    shots, transitions = [], []
    for index, kind in enumerate(["start", *TRUE_LENGTHS]):
        first = 100 * index
        times = first / 25, (first + 99) / 25, (first + 100) / 25
        shots.append(Shot(index, first, first + 99, *times[:2], kind, 0.25, first + 100, times[2], 100, 4.0))
        if index:
            before = first - 1 - TRUE_LENGTHS[kind] // 2
            after = before + 1 + TRUE_LENGTHS[kind]
            transitions.append(Transition(kind, index, before, after, before / 25, after / 25))
    found = ShotList.of(make_report(None))
    video = replace(found.video, duration=16.0, rate="25/1", start_timecode="01:00:00:00")
    return replace(found, video=video, shots=tuple(shots), transitions=tuple(transitions))


def test_a_transition_has_its_true_length_in_an_edl(gradual: ShotList) -> None:
    _, track = read("cmx_3600", write("edl", gradual), rate=25)
    hour = 90_000
    found = [(type(item).__name__, item) for item in track]
    transitions = [item for kind, item in found if kind == "Transition"]
    # A fade is one to black, and one from there.
    assert [int(each.duration().value) for each in transitions] == [24, 15, 16, 20]
    assert [each.transition_type for each in transitions] == [*["SMPTE_Dissolve"] * 3, "SMPTE_Wipe"]
    # An event begins with its transition: 12 frames before the cut at 100, 15 before 200, at 200, 10 before 300.
    ranges = [track.range_of_child(item) for kind, item in found if kind != "Transition"]
    assert [int(each.start_time.value) for each in ranges] == [0, 88, 185, 200, 290]
    black = [item for kind, item in found if kind != "Transition"][2]
    assert black.media_reference.generator_kind == "black"
    sources = [item for kind, item in found if kind == "Clip" and item is not black]
    assert [int(clip.source_range.start_time.value) - hour for clip in sources] == [0, 88, 200, 290]


@pytest.mark.parametrize(("form", "adapter"), [("otio", "otio_json"), ("fcp7", "fcp_xml")])
def test_a_transition_has_its_true_length_on_a_timeline(form: str, adapter: str, gradual: ShotList) -> None:
    _, track = read(adapter, write(form, gradual))
    transitions = [item for item in track if isinstance(item, otio.schema.Transition)]
    assert [int(each.duration().value) for each in transitions] == list(TRUE_LENGTHS.values())
    firsts = [int(track.range_of_child(item).start_time.value) for item in track if isinstance(item, otio.schema.Clip)]
    assert firsts == [0, 100, 200, 300]
    begins = [first - int(each.in_offset.value) for first, each in zip(firsts[1:], transitions, strict=True)]
    assert begins == [transition.from_frame + 1 for transition in gradual.transitions]
    assert places(track)[:4] == [90_000, 90_100, 90_200, 90_300]


# Of Apple's DTD of version 1.8: what an element may hold, in this order, and its attributes, those that it must have first.
FCPXML = {
    "fcpxml": (["resources", "library"], ["version"], []),
    "resources": (["format", "asset", "effect"], [], []),
    "format": ([], ["id"], ["name", "frameDuration", "width", "height"]),
    "asset": ([], ["id", "src"], ["name", "start", "duration", "hasVideo", "format"]),
    "effect": ([], ["id", "uid"], ["name"]),
    "library": (["event"], [], ["location"]),
    "event": (["project"], [], ["name"]),
    "project": (["sequence"], [], ["name"]),
    "sequence": (["spine"], ["format"], ["duration", "tcStart", "tcFormat"]),
    "spine": (["asset-clip", "transition"], [], []),
    "asset-clip": ([], ["ref"], ["offset", "name", "start", "duration", "format", "tcFormat"]),
    "transition": (["filter-video"], ["duration"], ["name", "offset"]),
    "filter-video": ([], ["ref"], ["name"]),
}


def test_fcpxml_keeps_to_its_dtd(gradual: ShotList) -> None:
    text = write("fcpxml", gradual)
    assert text.splitlines()[1] == "<!DOCTYPE fcpxml>"
    root = ET.fromstring(text)
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(set(names)) == len(names)
    for element in root.iter():
        children, needed, possible = FCPXML[element.tag]
        assert {child.tag for child in element} <= set(children)
        assert set(needed) <= set(element.keys()) <= {*needed, *possible}
        assert {element.get("ref"), element.get("format")} - {None} <= set(names)


def test_a_fade_is_a_fade_in_every_form(gradual: ShotList) -> None:
    _, track = read("otio_json", write("otio", gradual))
    assert [each.name for each in track if isinstance(each, otio.schema.Transition)] == ["dissolve", "fade", "wipe"]
    effects = ET.fromstring(write("fcp7", gradual)).findall(".//transitionitem/effect")
    assert [effect.findtext("effectid") for effect in effects] == ["Cross Dissolve", "Dip to Color Dissolve", "Edge Wipe"]
    root = ET.fromstring(write("fcpxml", gradual))
    transitions = root.findall(".//spine/transition")
    assert [each.get("name") for each in transitions] == ["Cross Dissolve", "Fade To Color", "Wipe"]
    assert [each.get("duration") for each in transitions] == ["24/25s", "31/25s", "20/25s"]
    assert [each.get("offset") for each in transitions] == [f"{90_000 + t.from_frame + 1}/25s" for t in gradual.transitions]
    # An effect that is not among the resources would be one that does nothing.
    known = {effect.get("id"): effect.get("uid") for effect in root.findall(".//resources/effect")}
    used = [each.find("filter-video").get("ref") for each in transitions]  # type: ignore[union-attr]
    assert [known[str(each)] for each in used] == [known["r3"], known["r4"], known["r3"]]


def test_the_transitions_of_a_real_report(edited_report: Report) -> None:
    _, track = read("cmx_3600", write("edl", ShotList.of(edited_report)), rate=edited_report.video.fps)
    found = [int(each.duration().value) for each in track if isinstance(each, otio.schema.Transition)]
    assert found
    gradual = [each for each in edited_report.transitions if each.kind != "cut"]
    assert sum(found) == sum(each.to_frame - each.from_frame - 1 for each in gradual)
    shots = edited_report.shots
    cuts = [int(str(row["start_frame"])) for row in csv.DictReader(io.StringIO(write("csv", ShotList.of(edited_report))))]
    assert cuts == [shot.start_frame for shot in shots]


def test_a_list_of_an_earlier_report_has_what_is_known(make_report: Callable[..., Report]) -> None:
    """A report of version 1 has no exact rate, no exclusive ends and no transitions."""
    report = make_report(None)
    for form in LISTS:
        assert write(form, ShotList.of(report))
    assert "00:00:00:00 00:00:02:00" in write("edl", ShotList.of(report))


def test_a_day_ends_in_mid_film(gradual: ShotList) -> None:
    late = replace(gradual, video=replace(gradual.video, start_timecode="23:59:58:00"))
    assert "23:59:58:00 00:00:01:13" in write("edl", late)


def test_a_timecode_that_cannot_be_is_left_out(gradual: ShotList) -> None:
    wrong = replace(gradual, video=replace(gradual.video, start_timecode="01:00:00:29"))
    assert str(edit_list(wrong).start) == "00:00:00:00"


def test_a_name_with_marks_of_xml_and_controls(gradual: ShotList) -> None:
    name = "<a>&\"'\x01\n;=#\\ é.mp4"
    odd = replace(gradual, video=replace(gradual.video, name=name, path=name))
    for form in ("fcp7", "fcpxml"):
        assert "<a>&\"'? ;=#\\ é" in [element.text for element in ET.fromstring(write(form, odd)).iter("name")] + [
            element.get("name") for element in ET.fromstring(write(form, odd)).iter("project")
        ]
    assert "* FROM CLIP NAME: <a>&\"'? ;=#\\ é.mp4" in write("edl", odd).splitlines()
    assert "title=<a>&\"'? \\;\\=\\#\\\\ é" in write("ffmetadata", odd).splitlines()


def test_a_rate_that_no_program_knows_becomes_the_next_usual_one(gradual: ShotList) -> None:
    phone = replace(gradual, video=replace(gradual.video, rate="2998/100", fps=29.98, start_timecode=None))
    edits = edit_list(phone)
    assert edits.rate == 30
    assert [event.start for event in edits.events] == [0, 120, 240, 360]


def test_a_shot_of_less_than_a_frame_of_the_timeline_has_one(gradual: ShotList) -> None:
    """Where the rate varies, frames can follow each other faster than the timeline's."""
    first, second, third, last = gradual.shots
    second = replace(second, end_time_exclusive=4.001)
    third = replace(third, start_time=4.001)
    fast = replace(gradual, shots=(first, second, third, last), transitions=())
    assert [(event.start, event.stop) for event in edit_list(fast).events] == [(0, 100), (100, 101), (101, 300), (300, 400)]
