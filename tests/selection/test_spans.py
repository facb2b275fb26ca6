"""Each keyframe stands for the part of its shot that is nearest to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vkeyframe.report.records import Keyframe, Shot
from vkeyframe.selection.spans import with_spans

SHOTS = (
    Shot(0, 0, 49, 0.0, 1.96, "start", 0.5, 50, 2.0, 50, 2.0),
    Shot(1, 50, 99, 2.0, 3.96, "cut", 0.3, 100, 4.0, 50, 2.0),
    Shot(2, 100, 119, 4.0, 4.76, "cut", 0.2, 120, 4.8, 20, 0.8),
)


def spans(make: Callable[..., Keyframe], *places: tuple[int, int]) -> list[tuple[int | None, ...]]:
    """Give the frames, and the times in frames, of the spans of keyframes, each a shot and a frame."""
    keyframes = [replace(make(i, None), shot=shot, frame=frame, time=frame / 25) for i, (shot, frame) in enumerate(places)]
    spanned = with_spans(keyframes, SHOTS)
    assert [replace(each, **dict.fromkeys(NAMES)) for each in spanned] == keyframes
    for each in spanned:
        assert each.span_start_frame is not None
        assert each.span_end_frame_exclusive is not None
        assert each.span_start_time == each.span_start_frame / 25
        assert each.span_end_time_exclusive == each.span_end_frame_exclusive / 25
    return [(each.span_start_frame, each.span_end_frame_exclusive) for each in spanned]


NAMES = ("span_start_frame", "span_end_frame_exclusive", "span_start_time", "span_end_time_exclusive")


def test_the_only_keyframe_of_a_shot_stands_for_all_of_it(make_keyframe: Callable[..., Keyframe]) -> None:
    assert spans(make_keyframe, (0, 20), (1, 50), (2, 119)) == [(0, 50), (50, 100), (100, 120)]


def test_several_share_their_shot_at_the_middle_between_them(make_keyframe: Callable[..., Keyframe]) -> None:
    # Frame 20 is as near to both, and the earlier one's.
    assert spans(make_keyframe, (0, 10), (0, 30), (0, 33), (2, 110)) == [(0, 21), (21, 32), (32, 50), (100, 120)]
    assert spans(make_keyframe, (1, 60), (1, 61)) == [(50, 61), (61, 100)]
