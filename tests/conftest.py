"""What several tests need: a real report, made once, and records to build small ones from."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import vkeyframe
from vkeyframe.process.isolation import Isolation
from vkeyframe.process.wire import decode, encode, to_record
from vkeyframe.report.records import Decoding, Generator, Heads, Keyframe, Region, Report, Run, Scores, Shot
from vkeyframe.report.video_info import VideoInfo

# The same examples in every run, however slow the machine.
settings.register_profile("fixed", deadline=None, derandomize=True, database=None)
settings.load_profile("fixed")

# What the machine's user has set up changes no test, nor what a test starts.
for _name in [name for name in os.environ if name.startswith("VKEYFRAME_") and name != "VKEYFRAME_ALL"]:
    del os.environ[_name]
os.environ["VKEYFRAME_CONFIG"] = os.devnull

SAMPLES = Path(__file__).parents[1] / "sample_videos"


@pytest.fixture(scope="session", autouse=True)
def unisolated() -> None:
    """Let the Python interface work in this process unless a test asks for a child, to be quick."""
    (vkeyframe.extract.__kwdefaults__ or {})["isolate"] = False


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    here = tmp_path / "place"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def deep(place: Path) -> Iterator[Path]:
    """Give the innermost of 1,200 folders within each other, the outermost of which is ``deep``."""
    folder = Path("deep").joinpath(*["d"] * 1199)
    folders = [folder, *folder.parents][:-1]
    for each in reversed(folders):
        each.mkdir()
    yield folder
    # Python cannot remove so many by itself.
    for each in folders:
        for file in each.iterdir():
            file.unlink()
        each.rmdir()


@pytest.fixture
def childless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an isolation do its work in this process, to be quick."""

    def call(_self: Isolation, _subject: str, function: Any, *given: Any, answer: Any = Any, **watching: Any) -> Any:
        watching.pop("on_crash", None)
        found = function(*given, **{name: value for name, value in watching.items() if value is not None})
        # A child would send it as JSON.
        return to_record(answer, decode(encode(found)))

    monkeypatch.setattr(Isolation, "call", call)


@pytest.fixture(scope="session")
def edited_report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Give the report of the sample video with cuts, a dissolve, a fade and a wipe; its pictures were written."""
    from vkeyframe import extract

    return extract(SAMPLES / "edited.mp4", output=tmp_path_factory.mktemp("edited") / "out", exports=("sheet",))


@pytest.fixture
def make_keyframe() -> Callable[..., Keyframe]:
    """Give a function that makes the keyframe of an index with the file of its picture."""

    def make(index: int, file: str | None, width: int = 64, height: int = 36) -> Keyframe:
        return Keyframe(
            index=index,
            frame=25 * index,
            frame_exact=True,
            time=float(index),
            timecode=f"00:00:{index:02d}.000",
            shot=0,
            rank=index + 1,
            score=1.0,
            scores=Scores(1.0, 1.0, 1.0, 1.0),
            heads=Heads(texture=0.5, motion=0.5),
            regions=(Region((0, 0, width, height), 1.0),),
            file=file,
            width=width,
            height=height,
        )

    return make


@pytest.fixture
def make_report(make_keyframe: Callable[..., Keyframe]) -> Callable[..., Report]:
    """Give a function that makes a report whose keyframes have these files."""

    def make(*files: str | None) -> Report:
        return Report(
            generator=Generator("vkeyframe", "0"),
            video=VideoInfo("clip.mp4", "clip.mp4", 64, 36, 25.0, 2.0, "h264", 0, 1.0, 1000, 50),
            decoding=Decoding("sampled", 50, 50, 16, 0, True, ()),
            settings={},
            shots=(Shot(0, 0, 49, 0.0, 1.96, "start", 1.0),),
            keyframes=tuple(make_keyframe(index, file) for index, file in enumerate(files or (None,))),
            sections={"actions": ()},
            verdicts=(),
            files=(),
            run=Run(0.1, 500.0, 0),
        )

    return make
