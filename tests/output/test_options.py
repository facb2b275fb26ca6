"""The options of pictures: their limits, and the size that pictures are written at."""

from typing import Any

import pytest

from vkeyframe.errors import UsageError
from vkeyframe.output.options import PictureOptions


@pytest.mark.parametrize(
    ("name", "value"), [("format", "gif"), ("quality", 0), ("quality", 101), ("width", 0), ("width", 65536), ("name", "still")]
)
def test_a_value_that_cannot_be_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=str(value)):
        PictureOptions(**{name: value})


@pytest.mark.parametrize(
    ("width", "size"), [(None, (64, 36)), (64, (64, 36)), (65, (64, 36)), (32, (32, 18)), (33, (33, 19)), (1, (1, 1))]
)
def test_pictures_are_made_smaller_and_never_larger(width: int | None, size: tuple[int, int]) -> None:
    assert PictureOptions(width=width).size_of(64, 36) == size
