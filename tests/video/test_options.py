"""How to read a video: what is refused, and how the refusal names it."""

import subprocess
import sys
from dataclasses import replace

import pytest

from vkeyframe.errors import UsageError
from vkeyframe.timing import parse_position
from vkeyframe.video.options import ReadOptions


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2", "1.5", "start 2 is not before end 1.5."),
        ("00:01:00", "60", "start 60 is not before end 60."),
        ("10f", "10f", "start 10f is not before end 10f."),
        ("0f", "0f", "start 0f is not before end 0f."),
    ],
)
def test_an_empty_range_is_refused(start: str, end: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"^The range is empty: {text}$"):
        ReadOptions(start=parse_position(start), end=parse_position(end))


@pytest.mark.parametrize(("start", "end"), [("1", "2"), ("10f", "11f"), ("100f", "1"), (None, "0"), ("5", None)])
def test_a_range_that_may_hold_something_is_allowed(start: str | None, end: str | None) -> None:
    first, last = (None if text is None else parse_position(text) for text in (start, end))
    assert (ReadOptions(start=first, end=last).start, ReadOptions(end=last).end) == (first, last)


@pytest.mark.parametrize("wrong", [{"decode": "all"}, {"decoder": "vlc"}, {"max_pixels": 0}, {"threads": 65}, {"start": "1.5"}])
def test_a_wrong_value_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=f"^{next(iter(wrong))} is "):
        replace(ReadOptions(), **wrong)  # type: ignore[arg-type]


def test_help_needs_no_library() -> None:
    program = (
        "import sys, vkeyframe\nbefore = set(sys.modules)\nimport vkeyframe.video.options, vkeyframe.video.file\n"
        "print(sorted({'numpy', 'cv2', 'av'} & {name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
