"""The most attended things of a shot are found, but not what lies over all of the video."""

import numpy as np

from tests.tracking import drawn
from vkeyframe.tracking.attended import follow_attended
from vkeyframe.video.frame import Frame


def test_what_lies_over_all_of_the_video_is_nothing_to_follow() -> None:
    pictures = drawn.with_thing(drawn.moving(12))
    frames = [Frame(i, i / 25, picture, (), True) for i, picture in enumerate(pictures)]
    found = list(follow_attended(frames))
    assert all(1 in each.boxes for each in found)
    assert len(found) == 12
    lasting = np.ones((36, 64), np.float32)
    assert [each.boxes for each in follow_attended(frames, lasting)] == [{}] * 12
