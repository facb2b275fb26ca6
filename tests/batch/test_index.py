"""The page of a batch: it has what the journal has, is written in the end, and takes the place of nothing else."""

from __future__ import annotations

import json
import re
from contextlib import closing
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.batch.test_run import Echo
from vkeyframe.batch.discovery import find_tasks
from vkeyframe.batch.plan import Outcome, Task
from vkeyframe.batch.run import run_batch
from vkeyframe.cli.main import run
from vkeyframe.errors import OutputError
from vkeyframe.export.index import BEGINNING, Card

pytestmark = pytest.mark.usefixtures("place")


class Worked(Echo):
    """An executor whose videos are done, apart from those that are bad."""

    def outcome(self) -> Outcome:
        task = self.held.pop()
        if task.video == "bad":
            return Outcome(task.index, task.video, "failed", "bad: output=… is wrong.", 3)
        return Outcome(task.index, task.video, "done", report=f"{task.output}/report.json", card=Card(task.index, "", shots=2))


def shown(path: Path = Path("out/index.html")) -> list[tuple[str, str]]:
    """Where each card leads, and its name."""
    found = re.findall(r'<li data-kind=[^>]*>\s*(?:<a href="([^"]*)">)?.*?<b>(.*?)</b>', path.read_text("utf-8"), re.DOTALL)
    return [(unquote(unescape(page)), unescape(name)) for page, name in found]


def test_it_has_a_card_for_each_line_of_the_journal() -> None:
    names = ["b/a.mp4", "bad", "c:1 %<.mp4", "https://user:secret@host/x.mp4"]
    outcomes = list(run_batch(find_tasks(names, "out"), "out", Worked(), page=True))
    lines = [json.loads(line) for line in Path("out/batch.jsonl").read_text("utf-8").splitlines()]
    assert all("card" not in line for line in lines)
    pages = {line["path"]: (line["report"] or "").removeprefix("out/").replace("report.json", "report.html") for line in lines}
    assert len(outcomes) == 4
    assert [page for page, _ in shown()] == [pages[name] for name in names]
    assert [name for _, name in shown()] == ["a.mp4", "bad", "c:1 %<.mp4", "x.mp4"]
    text = Path("out/index.html").read_text("utf-8")
    # The sentence names the flag, and not once more the video.
    assert '<p class="failed">--output is wrong.</p>' in text
    assert "secret" not in text
    assert re.search(r'href="[^"]*:', text.replace('href="data:', "")) is None


def test_without_being_asked_for_there_is_none() -> None:
    list(run_batch(find_tasks(["a"], "out"), "out", Worked()))
    assert not Path("out/index.html").exists()


def test_one_of_an_earlier_batch_is_replaced_in_the_end_and_not_before() -> None:
    list(run_batch(find_tasks(["a"], "out"), "out", Worked(), page=True))
    first = Path("out/index.html").read_bytes()
    with closing(run_batch(find_tasks(["b", "c"], "out"), "out", Worked(1), page=True)) as outcomes:
        next(outcomes)
    assert Path("out/index.html").read_bytes() == first
    list(run_batch(find_tasks(["b", "bad", "c"], "out"), "out", Worked(1), fail_fast=True, page=True))
    assert [name for _, name in shown()] == ["b", "bad"]
    assert sorted(path.name for path in Path("out").iterdir()) == ["batch.jsonl", "index.html"]


@pytest.mark.parametrize("kind", ["foreign", "empty", "link", "hard link", "folder"])
def test_what_is_not_ours_stays(kind: str) -> None:
    out = Path("out")
    out.mkdir()
    Path("mine").write_text(BEGINNING if "link" in kind else "")
    {
        "foreign": lambda: (out / "index.html").write_text("<!DOCTYPE html>\n<html>my own</html>"),
        "empty": lambda: (out / "index.html").write_text(""),
        "link": lambda: (out / "index.html").symlink_to("../mine"),
        "hard link": lambda: (out / "index.html").hardlink_to("mine"),
        "folder": (out / "index.html").mkdir,
    }[kind]()
    with pytest.raises(OutputError, match=r"index\.html: is not the page of a batch"):
        list(run_batch(find_tasks(["a"], "out"), "out", Worked(), page=True))
    # Nor was anything begun.
    assert [path.name for path in out.iterdir()] == ["index.html"]
    assert Path("mine").read_text() == (BEGINNING if "link" in kind else "")


def test_what_came_in_its_place_meanwhile_stays() -> None:
    outcomes = run_batch(find_tasks(["a"], "out"), "out", Worked(), page=True)
    next(outcomes)
    Path("out/index.html").write_text("my own")
    with pytest.raises(OutputError, match="is not the page of a batch"):
        next(outcomes)
    assert Path("out/index.html").read_text() == "my own"


def test_a_remote_one_is_uploaded_and_takes_the_place_of_nothing_else() -> None:
    pytest.importorskip("fsspec")
    place = Path("far").absolute()
    place.mkdir()
    url = f"local://{place}"
    for names in (["a"], ["a", "b"]):
        list(run_batch(find_tasks(names, url), url, Worked(), page=True))
        assert [name for _, name in shown(place / "index.html")] == names
    assert [page for page, _ in shown(place / "index.html")] == ["a/report.html", "b/report.html"]
    (place / "index.html").write_text("my own")
    with pytest.raises(OutputError, match="is not the page of a batch"):
        list(run_batch(find_tasks(["a"], url), url, Worked(), page=True))
    assert (place / "index.html").read_text() == "my own"


def test_no_video_has_its_folder_there() -> None:
    tasks: list[Task] = list(find_tasks(["index.html", "INDEX.HTML/x.mp4"], "out"))
    assert [task.output for task in tasks] == ["out/index.html-2", "out/x.mp4"]


def test_covers_are_those_of_the_reports_near_and_far(clip: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fsspec")
    Path("a.mp4").write_bytes(clip)
    url = f"local://{Path('far').absolute()}"
    pages = []
    for output, folder, more in (("out", Path("out"), []), ("out", Path("out"), ["--resume"]), (url, Path("far"), [])):
        assert run(["batch", "a.mp4", "bad.mp4", "-o", output, "--html", "--jobs", "1", *more]) == 3
        assert f"{output}/index.html" in capsys.readouterr().err
        pages.append((folder / "index.html").read_bytes())
        assert shown(folder / "index.html") == [("a.mp4/report.html", "a.mp4"), ("", "bad.mp4")]
        assert (folder / "a.mp4" / "report.html").is_file()
    # What is skipped is in it as what is done.
    assert pages[1] == pages[0]
    assert pages[2] == pages[0].replace(b"<title>out", b"<title>far").replace(b"<h1>out", b"<h1>far")
    assert pages[0].count(b'src="data:image/webp;base64,') == 1
