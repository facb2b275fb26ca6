"""The pages for kinds of work: a reader who follows one from top to bottom gets what it says."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import clips, nets
from tests.conftest import SAMPLES
from tests.test_readme import ELSEWHERE
from vkeyframe.cli.guide import GUIDES, page_of
from vkeyframe.cli.main import run

ROOT = Path(__file__).parents[1]
TEXTS = {name: page_of(name).read_text("utf-8") for name in GUIDES}
# What is run elsewhere; `jq`, `find` and the like are other programs.
NOT_HERE = (*ELSEWHERE, "recording.ts")
# What a page says is there when its commands are done.
MADE = {
    "editing": [
        "film/sheet.jpg",
        "film/report.json",
        "film.edl",
        "clips",
        "still.png",
        "frame36.png",
        "spoken/shots.chapters.vtt",
    ],
    "datasets": [
        "data/videos/a.mp4/coco.json",
        "data/videos/a.mp4/labelstudio.json",
        "steps/image_list.txt",
        "a50/cvat.xml",
        "frames.parquet",
    ],
    "models": ["talk_keyframes/messages-claude.json", "talk_keyframes/messages-gpt.json", "twelve/sheet.jpg", "detail.png"],
    "photos": [
        "best/sheet.jpg",
        "moment",
        "exact.png",
        "web/holiday_01.jpg",
        "show/reel.mp4",
        "model/images",
        "model/image_list.txt",
    ],
    "archives": ["keyframes/batch.jsonl", "records/archive/a.mp4/report.json", "found.json", "sheets/report.html", "archive.db"],
    "cameras": ["yard_keyframes/report.html", "yard_keyframes/sheet.jpg", "tracks/tracks.csv", "tracks/tracks.mp4"],
}


def commands(text: str) -> list[str]:
    """All lines of a page that call vkeyframe, without comments and where their output goes."""
    lines = [line.strip() for line in text.splitlines() if line.startswith("    vkeyframe ")]
    return [re.split(r"\s+#|\s+\||\s+>", line)[0] for line in lines]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small videos of the names that the pages use."""
    folder = tmp_path_factory.mktemp("guides")
    for inner in ("videos", "archive", "recordings"):
        (folder / inner).mkdir()
    for source, begin, length, names in (
        ("edited", 0, 2, ("film.mp4", "talk.mp4", "holiday.mp4", "statue.mp4", "videos/a.mp4", "archive/a.mp4")),
        ("static", 4, 2, ("yard.mp4", "recordings/night.mp4")),
        ("slides", 0, 2, ("lecture.mp4",)),
    ):
        first = folder / names[0]
        form = ("-vf", "scale=240:-2", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
        clips.ffmpeg("-ss", str(begin), "-i", SAMPLES / f"{source}.mp4", "-t", str(length), *form, first)
        for name in names[1:]:
            shutil.copy(first, folder / name)
    for name in ("film", "talk", "archive/a"):
        (folder / f"{name}.srt").write_text("1\n00:00:00,300 --> 00:00:01,200\nGood day.\n")
    nets.colour(folder / "model.onnx")
    (folder / "archive" / "broken.mp4").write_bytes((folder / "film.mp4").read_bytes()[:5000])
    clips.ffmpeg("-ss", "1", "-i", folder / "film.mp4", "-frames:v", "1", "-q:v", "2", folder / "still.jpg")
    return folder


def test_each_page_is_there_and_named_in_the_readme() -> None:
    assert sorted(GUIDES) == sorted(path.stem for path in (ROOT / "vkeyframe" / "guides").glob("*.md"))
    readme = (ROOT / "README.md").read_text("utf-8")
    assert all(f"(vkeyframe/guides/{name}.md)" in readme for name in GUIDES)


@pytest.mark.parametrize("name", GUIDES)
def test_the_command_prints_a_page(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["guide", name]) == 0
    assert capsys.readouterr().out == TEXTS[name]


def test_without_a_name_the_pages_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["guide"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(GUIDES)


@pytest.mark.usefixtures("childless")
@pytest.mark.parametrize("name", MADE)
def test_a_page_can_be_followed_from_top_to_bottom(
    name: str, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(videos, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    here = [command for command in commands(TEXTS[name]) if not any(word in command for word in NOT_HERE)]
    assert len(here) >= 5
    for command in here:
        # One file of the archive holds no video that can be read; that is what the page is about.
        assert run(shlex.split(command)[1:]) == (
            3 if command.split()[1:3] in (["batch", "archive"], ["index", "archive"]) else 0
        ), command
    for line in re.findall(r"(?m)^    (jq .*)$", TEXTS[name]) if shutil.which("jq") else ():
        subprocess.run(line, shell=True, check=True, capture_output=True)
    for block in re.findall(r"```python\n(.*?)```", TEXTS[name], re.DOTALL):
        exec(block, {})
    for block in re.findall(r"```json\n(.*?)```", TEXTS[name], re.DOTALL):
        assert json.loads(block)
    missing = [made for made in MADE[name] if not Path(made).exists()]
    assert missing == []


@pytest.mark.usefixtures("childless")
def test_the_data_sets_of_several_videos_become_one(videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No two pictures and no two boxes of the joined file have the same number, and each box is on its own picture."""
    monkeypatch.chdir(tmp_path)
    for name in ("film.mp4", "yard.mp4"):
        assert run(["extract", str(videos / name), "-o", f"data/{name}", "--coco", "--count", "2", "-q"]) == 0
    (block,) = (part for part in re.findall(r"```python\n(.*?)```", TEXTS["datasets"], re.DOTALL) if "merged" in part)
    exec(block, {})
    merged = json.loads(Path("coco.json").read_text("utf-8"))
    parts = {name: json.loads(Path("data", name, "coco.json").read_text("utf-8")) for name in ("film.mp4", "yard.mp4")}
    assert sorted(image["id"] for image in merged["images"]) == [1, 2, 3, 4]
    assert all(Path("data", image["file_name"]).is_file() for image in merged["images"])
    names = {image["id"]: image["file_name"] for image in merged["images"]}
    found = sorted((names[box["image_id"]], box["bbox"]) for box in merged["annotations"])
    own = {name: {image["id"]: image["file_name"] for image in part["images"]} for name, part in parts.items()}
    assert found == sorted(
        (f"{name}/{own[name][box['image_id']]}", box["bbox"]) for name, part in parts.items() for box in part["annotations"]
    )
    assert len({box["id"] for box in merged["annotations"]}) == len(found) > 0
