"""`vkeyframe extract`: what goes to which stream, where files come to lie, and what every failure leaves behind."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests import clips
from tests.conftest import SAMPLES
from vkeyframe.cli.main import run
from vkeyframe.opencv import cv2

Capture = pytest.CaptureFixture[str]
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals and pipes")
MAGIC = {"jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n", "webp": b"RIFF"}


def report_of(folder: Path) -> Any:
    """Load the report in an output folder and check that it holds exactly the pictures that are there."""
    report = json.loads((folder / "report.json").read_text("utf-8"))
    files = {keyframe["file"] for keyframe in report["keyframes"]} - {None}
    assert set(clips.entries(folder)) - {"sheet.jpg"} == files | {"report.json"}
    return report


def read_picture(path: Path) -> np.ndarray:
    """Read a picture file."""
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


def test_json_on_standard_output_is_nothing_but_json(video: Path, place: Path, capsys: Capture) -> None:
    assert run(["extract", str(video), "--json", "-"]) == 0
    output, told = capsys.readouterr()
    report = json.loads(output)
    assert report["schema"] == "vkeyframe.report/2"
    assert report["video"]["path"] == str(video)
    assert len(report["keyframes"]) == len(report["shots"]) == 3
    assert told == f"{video}: 3 keyframes of 3 shots in holiday_keyframes\n"
    assert report_of(place / "holiday_keyframes") == report


def test_several_videos_give_a_line_each(video: Path, place: Path, capsys: Capture) -> None:
    other = place / "other.mp4"
    shutil.copy(video, other)
    assert run(["extract", str(video), str(other), "--json", "-", "--no-images"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["video"]["name"] for line in lines] == ["holiday.mp4", "other.mp4"]
    assert clips.entries(place) == ["other.mp4"]


def test_a_process_of_its_own_writes_the_same(video: Path, place: Path, capsys: Capture) -> None:
    done = clips.call("extract", video, "--json", "-", "-o", "out")
    assert done.returncode == 0
    assert run(["extract", str(video), "--json", "-", "-o", "again"]) == 0
    theirs, ours = json.loads(done.stdout), json.loads(capsys.readouterr().out)
    theirs.pop("run")
    ours.pop("run")
    assert theirs == ours
    # Standard error is no terminal here: no progress bar, only the summary.
    assert done.stderr.decode() == f"{video}: 3 keyframes of 3 shots in out{os.linesep}"


def test_jq_reads_it(video: Path) -> None:
    jq = clips.tool("jq")
    done = clips.call("extract", video, video, "--json", "-", "--no-images", "-q")
    assert done.stderr == b""
    asked = [jq, "-r", ".keyframes[] | [.frame, .timecode] | @tsv"]
    told = subprocess.run(asked, input=done.stdout, capture_output=True, check=True).stdout.decode().splitlines()
    frames = [keyframe["frame"] for keyframe in json.loads(done.stdout.splitlines()[0])["keyframes"]]
    assert [int(line.split("\t")[0]) for line in told] == frames * 2


def test_without_json_standard_output_is_empty(video: Path, capsys: Capture) -> None:
    assert run(["extract", str(video)]) == 0
    assert capsys.readouterr().out == ""


def test_quiet_says_nothing(video: Path, broken: Path, capsys: Capture) -> None:
    assert run(["extract", "-q", str(video), "-o", "one"]) == 0
    assert run(["extract", "--quiet", str(broken), "-o", "two"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_json_file_is_written_besides(video: Path, place: Path, capsys: Capture) -> None:
    assert run(["extract", str(video), "--json", "one.json", "--no-images"]) == 0
    assert clips.entries(place) == ["one.json"]
    assert json.loads((place / "one.json").read_text("utf-8"))["video"]["name"] == "holiday.mp4"
    assert run(["extract", str(video), str(video), "--json", "two.jsonl", "--no-images"]) == 0
    assert [json.loads(line)["video"]["name"] for line in (place / "two.jsonl").read_text().splitlines()] == ["holiday.mp4"] * 2
    assert capsys.readouterr().out == ""


def test_a_json_file_that_cannot_be_written_is_told(video: Path, capsys: Capture) -> None:
    assert run(["extract", str(video), "--json", "missing/report.json", "--no-images", "-q"]) == 6
    output, told = capsys.readouterr()
    assert output == ""
    assert told.startswith("vkeyframe: missing/report.json: cannot be written")


def test_a_name_that_is_no_text_can_be_told(nameless: bytes, place: Path) -> None:
    done = clips.call("extract", nameless, "--json", "-", "-o", "out")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["video"]["name"] == "caf\ufffd.mp4"
    assert len(report_of(place / "out")["keyframes"]) == 3


def test_the_folder_is_named_after_the_video(video: Path, place: Path) -> None:
    assert run(["extract", str(video)]) == 0
    assert clips.entries(place) == ["holiday_keyframes"]
    files = [keyframe["file"] for keyframe in report_of(place / "holiday_keyframes")["keyframes"]]
    assert [name[:12] for name in files] == ["holiday_000_", "holiday_001_", "holiday_002_"]


def test_one_keyframe_of_one_shot_is_told_as_one(video: Path, capsys: Capture) -> None:
    assert run(["extract", str(video), "--end", "20f", "--count", "1"]) == 0
    assert capsys.readouterr().err == f"{video}: 1 keyframe of 1 shot in holiday_keyframes\n"


def test_a_chosen_folder_is_that_folder(video: Path, place: Path) -> None:
    assert run(["extract", str(video), "-o", "deep/down/out"]) == 0
    assert clips.entries(place) == ["deep"]
    assert clips.entries(place / "deep" / "down") == ["out"]
    assert len(report_of(place / "deep" / "down" / "out")["keyframes"]) == 3


def test_an_empty_folder_is_taken_over(video: Path, place: Path) -> None:
    (place / "out").mkdir()
    assert run(["extract", str(video), "-o", "out"]) == 0
    assert len(report_of(place / "out")["keyframes"]) == 3


def test_several_videos_get_a_folder_each_in_it(video: Path, place: Path) -> None:
    other = place / "other.mp4"
    shutil.copy(video, other)
    assert run(["extract", str(video), str(other), "-o", "out"]) == 0
    assert clips.entries(place / "out") == ["holiday", "other"]
    assert report_of(place / "out" / "other")["video"]["name"] == "other.mp4"


def test_several_videos_without_a_folder_are_named_each(video: Path, place: Path) -> None:
    other = place / "other.mp4"
    shutil.copy(video, other)
    assert run(["extract", str(video), str(other)]) == 0
    assert clips.entries(place) == ["holiday_keyframes", "other.mp4", "other_keyframes"]


@pytest.mark.parametrize(
    "names",
    [
        ("a/clip.mp4", "b/clip.mp4"),
        ("a/clip.mp4", "a/clip.mov"),
        ("a/clip.mp4", "b/clip.mp4", "c/clip.mov", "d/clip.mp4"),
        ("a/clip.mp4", "b/clip.mp4", "clip.mp4-2.mp4"),
        ("a/clip.mp4", "a/clip.mov", "clip.mp4.mp4"),
    ],
    ids=" ".join,
)
def test_videos_of_the_same_name_do_not_collide(names: tuple[str, ...], video: Path, place: Path) -> None:
    for name in names:
        (place / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(video, place / "in" / name)
    assert run(["extract", *(f"in/{name}" for name in names), "-o", "out", "--count", "1"]) == 0
    told = [report_of(folder)["video"]["path"] for folder in (place / "out").iterdir()]
    assert sorted(told) == sorted(f"in/{name}" for name in names)


def test_without_pictures_only_the_report_is_written(video: Path, place: Path) -> None:
    assert run(["extract", str(video), "--no-images"]) == 0
    assert clips.entries(place / "holiday_keyframes") == ["report.json"]
    assert [keyframe["file"] for keyframe in report_of(place / "holiday_keyframes")["keyframes"]] == [None] * 3


def test_without_pictures_a_chosen_folder_is_made_also_with_json(video: Path, place: Path, capsys: Capture) -> None:
    assert run(["extract", str(video), "--no-images", "--json", "-", "-o", "out"]) == 0
    assert report_of(place / "out") == json.loads(capsys.readouterr().out)


def test_a_sheet_shows_all_keyframes(video: Path, place: Path) -> None:
    assert run(["extract", str(video), "--sheet", "-o", "out"]) == 0
    assert "sheet.jpg" in clips.entries(place / "out")
    sheet = read_picture(place / "out" / "sheet.jpg")
    assert sheet.shape[1] > 3 * sheet.shape[0] / 2
    assert sheet.std() > 20


@pytest.mark.parametrize("form", MAGIC)
def test_pictures_have_the_format_asked_for(form: str, video: Path, place: Path) -> None:
    assert run(["extract", str(video), "--format", form, "-o", "out"]) == 0
    files = [place / "out" / keyframe["file"] for keyframe in report_of(place / "out")["keyframes"]]
    assert {path.suffix for path in files} == {f".{form}"}
    for path in files:
        assert path.read_bytes().startswith(MAGIC[form])
        assert read_picture(path).shape == (clips.HEIGHT, clips.WIDTH, 3)


def test_pictures_have_the_width_asked_for(video: Path, place: Path) -> None:
    assert run(["extract", str(video), "--width", "80", "-o", "out"]) == 0
    for keyframe in report_of(place / "out")["keyframes"]:
        assert (keyframe["width"], keyframe["height"]) == (80, 48)
        assert read_picture(place / "out" / keyframe["file"]).shape == (48, 80, 3)


@pytest.mark.parametrize("form", ["jpg", "webp"])
def test_quality_bears_on_the_size(form: str, video: Path, place: Path) -> None:
    sizes = []
    for quality in (5, 60, 95):
        assert run(["extract", str(video), "--format", form, "--quality", str(quality), "-o", f"q{quality}"]) == 0
        sizes.append(sum(path.stat().st_size for path in (place / f"q{quality}").glob(f"*.{form}")))
    assert sizes[0] < sizes[1] < sizes[2]


def test_a_template_names_the_pictures(video: Path, place: Path) -> None:
    assert run(["extract", str(video), "--name", "{shot:02d}-{frame}-{rank}", "-o", "out"]) == 0
    for keyframe in report_of(place / "out")["keyframes"]:
        assert keyframe["file"] == f"{keyframe['shot']:02d}-{keyframe['frame']:06d}-{keyframe['rank']:03d}.jpg"


@pytest.mark.parametrize(
    "template",
    [
        "../{index}",
        "/{index}",
        "a/{index}/",
        "..\\{index}",
        "C:{index}",
        "{index}\n",
        "{index:/>9}",
        "{index!r}",
        "{0}{index}",
        "{name.__class__}{index}",
        "{name}",
        "",
        "{index",
    ],
)
def test_a_template_that_could_leave_the_folder_is_refused(template: str, video: Path, place: Path, capsys: Capture) -> None:
    assert run(["extract", str(video), "--name", template, "-o", "deep/out"]) == 2
    output, told = capsys.readouterr()
    assert output == ""
    assert told.startswith("vkeyframe: The name template")
    assert clips.entries(place) == []
    assert clips.entries(place.parent) == ["place"]


def test_the_name_of_a_video_cannot_leave_the_folder_either(video: Path, place: Path) -> None:
    path = place / "..{index}.mp4"
    shutil.copy(video, path)
    assert run(["extract", str(path)]) == 0
    assert clips.entries(place) == ["..{index}.mp4", "{index}_keyframes"]
    assert len(report_of(place / "{index}_keyframes")["keyframes"]) == 3


def test_a_folder_in_the_way_is_refused(video: Path, place: Path, capsys: Capture) -> None:
    (place / "out").mkdir()
    (place / "out" / "mine.txt").write_text("mine")
    for options in ([], ["--overwrite"]):
        assert run(["extract", str(video), "-o", "out", *options]) == 6
        output, told = capsys.readouterr()
        assert output == ""
        assert told.startswith("vkeyframe: ")
        assert "out: " in told
        assert len(told.splitlines()) == 1
    assert clips.entries(place) == ["out"]
    assert clips.entries(place / "out") == ["mine.txt"]


def test_a_file_in_the_way_is_refused(video: Path, place: Path, capsys: Capture) -> None:
    (place / "out").write_text("mine")
    for target in ("out", "out/deeper"):
        assert run(["extract", str(video), "-o", target, "--overwrite"]) == 6
        told = capsys.readouterr().err
        assert told.startswith("vkeyframe: ")
        assert f"{target}: " in told
    assert (place / "out").read_text() == "mine"
    assert clips.entries(place) == ["out"]


def test_a_name_too_long_for_a_folder_is_told(video: Path, place: Path, capsys: Capture) -> None:
    assert run(["extract", str(video), "-o", "o" * 300]) == 6
    assert capsys.readouterr().err.startswith("vkeyframe: ooo")
    assert clips.entries(place) == []


def test_overwrite_replaces_an_earlier_run_whole(video: Path, place: Path, capsys: Capture) -> None:
    assert run(["extract", str(video), "-o", "out", "--format", "png", "--sheet"]) == 0
    assert run(["extract", str(video), "-o", "out", "--count", "1"]) == 6
    assert "--overwrite" in capsys.readouterr().err
    assert len(report_of(place / "out")["keyframes"]) == 3
    assert run(["extract", str(video), "-o", "out", "--count", "1", "--overwrite"]) == 0
    assert len(report_of(place / "out")["keyframes"]) == 1
    assert len(clips.entries(place / "out")) == 2
    assert clips.entries(place) == ["out"]


def test_a_failed_run_leaves_the_earlier_one(video: Path, place: Path) -> None:
    assert run(["extract", str(video), "-o", "out"]) == 0
    before = report_of(place / "out")
    (place / "bad.mp4").write_text("no video")
    assert run(["extract", "bad.mp4", "-o", "out", "--overwrite"]) == 3
    assert report_of(place / "out") == before
    assert clips.entries(place) == ["bad.mp4", "out"]


def test_what_exists_can_be_skipped(video: Path, place: Path, capsys: Capture) -> None:
    path = place / "clip.mp4"
    shutil.copy(video, path)
    assert run(["extract", "clip.mp4"]) == 0
    before = report_of(place / "clip_keyframes")
    path.write_text("This would fail if it were read.")
    capsys.readouterr()
    assert run(["extract", "clip.mp4", "--skip-existing", "--json", "-"]) == 0
    output, told = capsys.readouterr()
    assert json.loads(output) == before
    assert told == "clip.mp4: skipped, clip_keyframes exists\n"
    assert run(["extract", "clip.mp4", "-q", "--skip-existing"]) == 0
    assert capsys.readouterr() == ("", "")


def test_only_what_exists_is_skipped(video: Path, place: Path, capsys: Capture) -> None:
    for name in ("one", "two"):
        shutil.copy(video, place / f"{name}.mp4")
    assert run(["extract", "one.mp4", "two.mp4", "-o", "out"]) == 0
    shutil.rmtree(place / "out" / "two")
    capsys.readouterr()
    assert run(["extract", "one.mp4", "two.mp4", "-o", "out", "--skip-existing", "--json", "-"]) == 0
    output, told = capsys.readouterr()
    assert [json.loads(line)["video"]["name"] for line in output.splitlines()] == ["one.mp4", "two.mp4"]
    assert told.splitlines()[0].startswith("one.mp4: skipped")
    assert told.splitlines()[1].startswith("two.mp4: 3 keyframes")
    assert clips.entries(place / "out") == ["one", "two"]


def test_a_report_that_cannot_be_read_is_not_skipped(video: Path, place: Path, capsys: Capture) -> None:
    assert run(["extract", str(video), "-o", "out"]) == 0
    (place / "out" / "report.json").write_text("{")
    capsys.readouterr()
    assert run(["extract", str(video), "-o", "out", "--skip-existing"]) == 6
    assert capsys.readouterr().err.startswith("vkeyframe: out: exists already; ")
    assert (place / "out" / "report.json").read_text() == "{"


@pytest.mark.parametrize(
    "options",
    [
        ["--count", "0"],
        ["--count", "many"],
        ["--start", "noon"],
        ["--start", "5", "--end", "5"],
        ["--start", "50f", "--end", "20f"],
        ["--start", "100"],
        ["--decode", "fast"],
        ["--format", "gif"],
        ["--quality", "101"],
        ["--width", "0"],
        ["--threads", "-1"],
        ["--overwrite", "--skip-existing"],
        ["--sheet", "--no-images"],
        ["--frobnicate"],
    ],
    ids=" ".join,
)
def test_an_option_that_cannot_be_is_a_usage_error(options: list[str], video: Path, place: Path, capsys: Capture) -> None:
    assert run(["extract", str(video), *options]) == 2
    output, told = capsys.readouterr()
    assert output == ""
    assert told
    assert clips.entries(place) == []


def test_no_video_at_all_is_a_usage_error(capsys: Capture) -> None:
    assert run(["extract"]) == 2
    assert "VIDEO" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing.mp4", ".", "text.mp4", "empty.mp4", "n" * 300 + ".mp4"], ids=lambda name: name[:12])
def test_what_is_no_video_is_told_in_one_line(name: str, place: Path, capsys: Capture) -> None:
    (place / "text.mp4").write_text("no video")
    (place / "empty.mp4").touch()
    assert run(["extract", name, "-o", "out", "--json", "-"]) == 3
    output, told = capsys.readouterr()
    assert output == ""
    assert told.startswith(f"vkeyframe: {name}: ")
    assert len(told.splitlines()) == 1
    assert clips.entries(place) == ["empty.mp4", "text.mp4"]


def test_a_failure_does_not_stop_the_others(video: Path, place: Path, capsys: Capture) -> None:
    (place / "bad.mp4").write_text("no video")
    assert run(["extract", "missing.mp4", str(video), "bad.mp4", "-o", "out", "--json", "-"]) == 3
    output, told = capsys.readouterr()
    assert [json.loads(line)["video"]["name"] for line in output.splitlines()] == ["holiday.mp4"]
    lines = told.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("vkeyframe: missing.mp4: ")
    assert lines[2].startswith("vkeyframe: bad.mp4: ")
    assert clips.entries(place / "out") == ["holiday"]


def test_the_first_failure_gives_the_code(video: Path, place: Path) -> None:
    (place / "out" / "holiday").mkdir(parents=True)
    (place / "out" / "holiday" / "mine.txt").touch()
    assert run(["extract", str(video), "missing.mp4", "-o", "out"]) == 6
    assert run(["extract", "missing.mp4", str(video), "-o", "out"]) == 3


def test_a_damaged_video_is_used_with_a_warning(broken: Path, place: Path, capsys: Capture) -> None:
    assert run(["extract", str(broken), "--json", "-"]) == 0
    output, told = capsys.readouterr()
    decoding = json.loads(output)["decoding"]
    assert decoding["complete"] is False
    assert told.splitlines()[0] == f"{broken}: {decoding['warnings'][0]}"
    assert clips.entries(place) == ["broken_keyframes"]


def test_a_damaged_video_fails_when_strict(broken: Path, place: Path, capsys: Capture) -> None:
    assert run(["extract", str(broken), "--strict", "--json", "-"]) == 4
    output, told = capsys.readouterr()
    assert output == ""
    assert told.startswith(f"vkeyframe: {broken}: ")
    assert clips.entries(place) == []


def test_a_count_that_cannot_be_reached_is_told(place: Path, capsys: Capture) -> None:
    clips.write_clip(place / "still.mp4", clips.flat(10, 90))
    assert run(["extract", "still.mp4", "--count", "9"]) == 0
    told = capsys.readouterr().err.splitlines()
    found = len(report_of(place / "still_keyframes")["keyframes"])
    assert found < 9
    assert told[0] == f"still.mp4: The video has only {found} frames that differ; 9 were asked for."


def test_a_damaged_video_in_a_process_of_its_own_says_only_ours(tmp_path: Path) -> None:
    path = clips.damaged(clips.write_clip(tmp_path / "clip.mp4", clips.scene(1, 60)), 0.4, 0.5)
    done = clips.call("extract", path, "--json", "-", "--no-images")
    assert done.returncode == 0
    assert json.loads(done.stdout)["decoding"]["damaged_frames"] > 0
    lines = done.stderr.decode().splitlines()
    # The damage, how much the decoder said of it, the summary.
    assert len(lines) == 3
    assert all(line.startswith(str(path)) for line in lines)


def test_standard_input_is_a_video(video: Path, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(video.read_bytes())))
    assert run(["extract", "-", "--json", "-"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["video"]["path"], report["video"]["name"]) == ("stdin", "stdin")
    assert clips.entries(place) == ["stdin_keyframes"]
    assert all(keyframe["file"].startswith("stdin_") for keyframe in report_of(place / "stdin_keyframes")["keyframes"])


def test_a_video_comes_through_a_pipe_and_leaves_no_copy(video: Path, tmp_path: Path, place: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = clips.call(
        "extract", "-", "--json", "-", "--no-images", input=video.read_bytes(), env=os.environ | {"TMPDIR": str(temporary)}
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["keyframes"]) == 3
    assert clips.entries(temporary) == []
    assert clips.entries(place) == []


@POSIX
def test_a_reader_that_has_enough_ends_it_quietly(video: Path) -> None:
    done = clips.call_unheard("extract", video, "--json", "-", "--no-images", "-q")
    assert done.stderr == b""
    assert done.returncode == 0


@POSIX
def test_head_can_be_put_behind_it(video: Path) -> None:
    first = subprocess.Popen(
        [*clips.PROGRAM, "extract", str(video), "--json", "-", "--no-images", "-q"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    told = subprocess.run([clips.tool("head"), "-c", "1"], stdin=first.stdout, capture_output=True, check=True).stdout
    assert first.stdout is not None
    assert first.stderr is not None
    first.stdout.close()
    with first.stderr as stream:
        assert stream.read() == b""
    assert first.wait(clips.PATIENCE) == 0
    assert told == b"{"


def check_interrupted(number: str, code: int, place: Path, pattern: str, *arguments: str) -> None:
    """Send a signal once something like this is in a folder, and check that it ends the command, which leaves nothing."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen([*clips.PROGRAM, "extract", *arguments], cwd=place, **pipes)
    clips.wait_until(lambda: any(place.glob(pattern)), process)
    process.send_signal(signal.Signals[number])
    _, told = process.communicate(timeout=clips.PATIENCE)
    assert process.returncode == code, told
    assert b"Traceback" not in told
    assert clips.entries(place) == []


@POSIX
@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
@pytest.mark.parametrize("pattern", ["*", "*/*.png"], ids=["at-the-start", "in-the-middle"])
def test_a_signal_ends_it_and_leaves_nothing(pattern: str, number: str, code: int, place: Path) -> None:
    video = str(SAMPLES / "edited.mp4")
    check_interrupted(number, code, place, pattern, video, video, "--decode", "every", "--format", "png")


@POSIX
@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_while_it_waits_for_a_pipe_leaves_nothing(
    number: str, code: int, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(place))
    check_interrupted(number, code, place, "*", "-")


@POSIX
@pytest.mark.parametrize("quiet", [False, True], ids=["shown", "quiet"])
def test_progress_is_shown_on_a_terminal_unless_quiet(quiet: bool, video: Path) -> None:
    options = ["--json", "-", "--no-images", *(["-q"] if quiet else [])]
    done, shown = clips.call_on_terminal("extract", video, *options)
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["keyframes"]) == 3
    if quiet:
        assert shown == b""
    else:
        assert b"holiday.mp4" in shown
        assert b"%|" in shown
        # The bar is gone before anything else is said.
        assert re.search(rb"%\|.*\r +\r[^\r%]*: 3 keyframes of 3 shots", shown, re.DOTALL)
