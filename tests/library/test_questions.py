"""What a library may be asked by, as people write it."""

from pathlib import Path

import pytest

from vkeyframe.errors import InputError, UsageError
from vkeyframe.library.answers import CLIP, PICTURE, Answer, Find, SearchOptions, answer_of
from vkeyframe.library.questions import parse_question


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with files of odd names, to work in."""
    for name in ("a.mp4", "b@12.mp4", "c-d@3.mkv", "e.PNG", "f@2.jpg"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "name", "asked", "times"),
    [
        ("a.mp4", "a.mp4", CLIP, ("None", "None")),
        ("a.mp4@12.5", "a.mp4", PICTURE, ("12.5", "None")),
        ("a.mp4@00:01:02.5", "a.mp4", PICTURE, ("62.5", "None")),
        ("a.mp4@150f", "a.mp4", PICTURE, ("150f", "None")),
        ("a.mp4@10-15", "a.mp4", CLIP, ("10", "15")),
        ("a.mp4@0f-9f", "a.mp4", CLIP, ("0f", "9f")),
        ("b@12.mp4", "b@12.mp4", CLIP, ("None", "None")),
        ("b@12.mp4@3", "b@12.mp4", PICTURE, ("3", "None")),
        ("c-d@3.mkv@1-2", "c-d@3.mkv", CLIP, ("1", "2")),
        ("e.PNG", "e.PNG", PICTURE, ("None", "None")),
        ("f@2.jpg", "f@2.jpg", PICTURE, ("None", "None")),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_question_is_read(text: str, name: str, asked: str, times: tuple[str, str]) -> None:
    question = parse_question(text)
    assert (str(question.file), question.asked) == (name, asked)
    assert (str(question.start), str(question.end)) == times


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("gone.mp4", InputError, "no such file"),
        ("gone.mp4@3", InputError, "no such file"),
        ("", InputError, "no such file"),
        ("a\0b", InputError, "no such file"),
        ("a.mp4@", UsageError, "''"),
        ("a.mp4@soon", UsageError, "soon"),
        ("a.mp4@5-3", UsageError, "before"),
        ("a.mp4@3-3", UsageError, "before"),
        ("a.mp4@3-9f", UsageError, "not both"),
        ("e.PNG@3", UsageError, "no times"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_asked_is_said(text: str, kind: type[Exception], part: str) -> None:
    with pytest.raises(kind, match=part):
        parse_question(text)


@pytest.mark.parametrize(("name", "value"), [("top", 0), ("threshold", 1.5), ("threshold", float("nan"))])
def test_options_are_checked(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"{name}={value}"):
        SearchOptions(**{name: value})


def find(similarity: float | None) -> Find:
    return Find(video="/a", kind="video", time=0.0, end_time=0.0, timecode="00:00:00.000", similarity=similarity)


def test_what_does_not_reach_the_threshold_is_but_told_of() -> None:
    answer: Answer = answer_of("q", PICTURE, 0.5, [find(0.9), find(0.5), find(0.49)])
    assert (answer.found, [each.similarity for each in answer.finds], answer.nearest) == (True, [0.9, 0.5], None)
    answer = answer_of("q", PICTURE, 0.5, [find(0.1), find(0.3)])
    assert (answer.found, answer.finds, answer.nearest) == (False, (), find(0.3))
    assert answer_of("q", PICTURE, 0.5, []).nearest is None
