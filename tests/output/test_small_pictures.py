"""Small copies of pictures, beside a sink that may keep the pictures themselves."""

from pathlib import Path

import numpy as np
import pytest

from tests.output.test_spool import SIZE, distance, picture
from vkeyframe.output.options import PictureOptions
from vkeyframe.output.small_pictures import SmallPictures
from vkeyframe.output.spool import PictureSpool


def test_a_picture_that_is_kept_has_a_copy_and_its_name(tmp_path: Path) -> None:
    with PictureSpool(tmp_path, PictureOptions(format="png"), SIZE) as spool:
        small = SmallPictures(spool, 32)
        tokens = [small.put(picture(seed)) for seed in range(3)]
        small.drop(tokens[1])
        small.drop(tokens[1])
        assert tokens[0] is not None
        assert tokens[2] is not None
        copy = small.get(tokens[2])
        assert copy.shape == (18, 32, 3)
        assert distance(copy, picture(2).reshape(18, 2, 32, 2, 3).mean(axis=(1, 3))) < 4
        with pytest.raises(KeyError):
            small.get(tokens[1] or 0)
        assert small.publish({tokens[2]: "two"}) == {tokens[2]: "two.png"}
    assert [path.name for path in tmp_path.iterdir()] == ["two.png"]


def test_where_no_picture_is_written_there_are_copies_all_the_same() -> None:
    with PictureSpool(None, PictureOptions(), SIZE) as spool:
        small = SmallPictures(spool, 320)
        token = small.put(picture(1))
        assert token is not None
        assert small.put(None) is None
        small.drop(None)
        # What is small enough is not enlarged.
        assert small.get(token).shape == (36, 64, 3)
        assert distance(small.get(token), picture(1)) < 4
        assert small.publish({token: "one"}) == {}


def test_a_flat_line_has_a_copy() -> None:
    with PictureSpool(None, PictureOptions(), SIZE) as spool:
        small = SmallPictures(spool, 320)
        token = small.put(np.full((1, 2000, 3), 7, np.uint8))
        assert token is not None
        assert small.get(token).shape == (1, 320, 3)
