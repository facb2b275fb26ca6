"""Each command of the README does what it says there: it is run, on videos of the names that it uses."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import clips, nets
from vkeyframe.cli.main import run

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")
SAMPLES = ROOT / "sample_videos"
# What needs a network, a cluster, a camera or another program; tests of their own run these ways.
ELSEWHERE = (
    "https://",
    "rtsp://",
    "tcp://",
    "/archive",
    "/shared",
    "--follow",
    "--from-file -",
    "extract - ",
    " mcp ",
    " browse ",
)
# A place that only the reader has.
PLACES = {"/new/place/film.mp4": "film.mp4"}


def commands() -> list[str]:
    """All lines of the README that call vkeyframe, without comments and what comes behind a pipe."""
    lines = [line.strip() for line in TEXT.splitlines() if line.startswith("    vkeyframe ")]
    return [re.split(r"\s+#|\s+\||\s+&&", line)[0] for line in lines]


HERE = [command for command in commands() if not any(word in command for word in ELSEWHERE)]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short videos and a picture of the names that the README uses."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "videos").mkdir()
    (folder / "clips").mkdir()
    (folder / "holidays").mkdir()
    short = folder / "short.mp4"
    clips.ffmpeg("-i", SAMPLES / "edited.mp4", "-t", "4", "-c:v", "libx264", "-pix_fmt", "yuv420p", short)
    for name in ("holiday.mp4", "film.mp4", "film.mov", "film.mkv", "race.mp4", "talk.mp4", "videos/a.mp4", "holidays/b.mp4"):
        clips.ffmpeg("-i", short, "-c", "copy", folder / name)
    clips.ffmpeg("-i", short, "-c", "copy", folder / "clips" / "c.mov")
    clips.ffmpeg("-i", SAMPLES / "slides.mp4", "-t", "4", folder / "lecture.mp4")
    clips.ffmpeg("-ss", "1", "-i", short, "-frames:v", "1", "-q:v", "2", folder / "still.jpg")
    short.unlink()
    nets.colour(folder / "model.onnx")
    nets.words(folder / "text.onnx")
    (folder / "film.en.srt").write_text("1\n00:00:00,500 --> 00:00:01,500\nGood day.\n")
    (folder / "talk.json").write_text('{"segments": [{"start": 0.5, "end": 1.5, "text": " Good day."}]}')
    return folder


@pytest.fixture
def work(videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with these, and results of earlier runs, that is worked in."""
    folder = tmp_path / "work"
    shutil.copytree(videos, folder)
    monkeypatch.chdir(folder)
    return folder


def test_there_are_commands() -> None:
    assert len(HERE) >= 25
    assert any("--preset" in command for command in HERE)


@pytest.mark.usefixtures("childless")
@pytest.mark.parametrize("command", HERE)
def test_a_command_of_the_readme_works(command: str, work: Path) -> None:
    words = [PLACES.get(word, word) for word in shlex.split(command)[1:]]
    # Times that lie behind the end of these short videos.
    words = ["00:00:01.5" if re.fullmatch(r"00:[01][12]:\d\d\.\d", word) else "1.5" if word == "12.5" else word for word in words]
    words = [str(path) for word in words for path in (sorted(Path().glob(word)) if "*" in word else [word])]
    for name in ("holiday", "film"):
        if f"{name}_keyframes" in words:
            assert run(["extract", f"{name}.mp4", "-q"]) == 0
    if words[0] in ("search", "duplicates"):
        assert run(["index", "holidays", "--library", "films.db", "-q"]) == 0
    if words[:1] == ["batch"] and "holiday" in words:
        words[words.index("holiday")] = "holidays"
    assert run(words) == 0


@pytest.mark.usefixtures("work")
def test_the_python_of_the_readme_works_again_and_again() -> None:
    pandas = pytest.importorskip("pandas")
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    block = block.replace("12.5", "0.5").replace("310, 120, 64, 80", "100, 60, 80, 80")
    for _ in range(2):
        exec(block, {"pandas": pandas})


def test_make_knows_what_the_readme_calls() -> None:
    for goal in set(re.findall(r"`?make ([a-z]+)", TEXT)):
        subprocess.run(["make", "-n", goal], cwd=ROOT, check=True, capture_output=True)
