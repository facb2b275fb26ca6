"""A keyframe for each line of dialogue."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from tests.selection.conftest import MakeCandidate, choose, look, request_of, texture
from vkeyframe.analysis.sections import Line
from vkeyframe.errors import UsageError
from vkeyframe.selection import parts
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.dialogue import NEAR_SECONDS, Dialogue, line_segmenter, of_lines, without_pauses
from vkeyframe.selection.segments import Keep
from vkeyframe.settings import Settings

RATE = 8


def lines(*ends: tuple[float, float]) -> list[Line]:
    return [Line(start, end, f"line {number}") for number, (start, end) in enumerate(ends)]


def divided(said: list[Line], seconds: float) -> list[tuple[float, int, bool, float]]:
    """Give for each sample its time, the number of its segment, whether that is spoken, and how well it can stand for it."""
    segmenter = line_segmenter(said)(count())
    placed = [(time, *segmenter.place(look(texture(1), time))) for time in np.arange(0, seconds, 1 / RATE).tolist()]
    return [(time, number, segmenter.segment(number).keyworthy is Keep.YES, fitness) for time, number, fitness in placed]


def test_a_shot_is_divided_where_lines_begin_and_end() -> None:
    found = divided(lines((1.0, 2.0), (2.0, 3.0), (4.0, 6.0), (5.0, 7.0)), 9.0)
    spoken = {time for time, _, is_spoken, _ in found if is_spoken}
    assert spoken == {time for time, *_ in found if 1.0 <= time < 3.0 or 4.0 <= time < 7.0}
    starts = [time for (time, number, *_), before in zip(found[1:], found, strict=False) if number != before[1]]
    assert starts == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]


def test_a_sample_whose_sharpest_frame_may_come_before_the_line_stands_for_it_only_for_want_of_another() -> None:
    found = divided(lines((1.05, 2.0)), 3.0)
    assert {time: fitness < 0.5 for time, _, is_spoken, fitness in found if is_spoken}[1.125]
    assert all(fitness == 1.0 for time, _, is_spoken, fitness in found if is_spoken and time > 1.125)


def test_however_short_a_line_is_a_sample_falls_into_it() -> None:
    for start in np.arange(1.0, 2.0, 0.01).tolist():
        assert any(is_spoken for _, _, is_spoken, _ in divided(lines((start, start + 0.001)), 4.0))


def test_the_lines_of_a_long_video_are_chosen_in_parts(make_candidate: MakeCandidate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PRUNE_AT", 48)
    made = [make_candidate(3.0 * n, shot=n // 40, picture=n % 7, quality=1.0 + n % 5, stands=True) for n in range(1, 161)]
    shots, ends = 5, (0.0, 483.0)

    def found(**options: object) -> list[Candidate]:
        left, selection = parts.select_in_parts(made, shots, request_of(Settings.of(keep="lines", **options)), ends)
        assert len({choice.candidate for choice in selection.choices}) == len(selection.choices)
        assert selection.ranking.shot_attention.sum() == pytest.approx(1.0)
        return [left[choice.candidate] for choice in selection.choices]

    # Compared by what they are, for they hold arrays.
    assert {id(each) for each in found()} == {id(each) for each in made}
    seven = found(count=7)
    assert len({round(each.best.features.time) // 3 % 7 for each in seven}) == len(seven) == 7
    assert len(found(max=9)) == 9
    times = sorted(each.best.features.time for each in found(min_gap=4))
    assert min(np.diff(times)) >= 4.0
    assert len(times) > 60


@pytest.fixture
def spoken(make_candidate: MakeCandidate) -> list[Candidate]:
    """A candidate each second for ten seconds in two shots, each better than the one before it."""
    return [
        make_candidate(float(second), shot=int(second > 5), picture=1, quality=float(second), seconds=1.0, stands=True)
        for second in range(1, 11)
    ]


def chosen(found: Dialogue) -> list[float | None]:
    """Give the time of the frame of each line."""
    return [None if frame is None else frame / RATE for frame in found.frames]


def test_each_line_has_its_own_keyframe_also_where_nothing_changes(spoken: list[Candidate]) -> None:
    said = lines((0.5, 1.4), (1.5, 2.4), (2.5, 3.4))
    found = of_lines(spoken, said)
    assert chosen(found) == [1.0, 2.0, 3.0]
    assert len(choose(found.candidates, Settings.of(keep="lines")).choices) == 3
    # What shows new content alone would choose one.
    assert len(choose(found.candidates, Settings.of(keep="lines", count=2)).choices) == 2


def test_the_best_frame_in_the_line_is_taken_and_the_shot_with_the_most_of_it(spoken: list[Candidate]) -> None:
    assert chosen(of_lines(spoken, lines((0.5, 4.5)))) == [4.0]
    # Better ones are in the next shot, but most of the line is not.
    assert chosen(of_lines(spoken, lines((1.5, 7.5)))) == [5.0]


def test_lines_at_the_same_time_have_frames_of_their_own_as_far_as_there_are_any(spoken: list[Candidate]) -> None:
    assert chosen(of_lines(spoken, lines((0.5, 3.5), (0.6, 3.6), (0.7, 3.7)))) == [3.0, 2.0, 1.0]
    shared = of_lines(spoken, lines((0.5, 1.5), (0.6, 1.6)))
    assert chosen(shared) == [1.0, 1.0]
    assert len(shared.candidates) == 1


def test_a_line_without_a_frame_is_told(spoken: list[Candidate]) -> None:
    found = of_lines(spoken, lines((0.5, 1.5), (20.0, 21.0)))
    assert chosen(found) == [1.0, None]
    assert found.warnings == ("1 of 2 lines have no keyframe; no frame in them could be one.",)
    assert of_lines(spoken, lines((0.5, 1.5))).warnings == ()
    assert of_lines(spoken, []).warnings[0].startswith("Nothing is said in the part that was read")


def test_a_line_between_two_samples_takes_the_nearest_frame(spoken: list[Candidate]) -> None:
    assert chosen(of_lines(spoken, lines((2.05, 2.1)))) == [2.0]
    assert chosen(of_lines(spoken, lines((2.0 + NEAR_SECONDS + 0.01, 2.3)))) == [None]


def test_of_the_pauses_the_best_of_each_shot_stays(make_candidate: MakeCandidate) -> None:
    made = [
        make_candidate(float(second), shot=second // 5, quality=float(second % 3), seconds=1.0, stands=second % 2 == 0)
        for second in range(10)
    ]
    kept = without_pauses(made, 2)
    pauses = [candidate for candidate in kept if candidate.segment.keyworthy is Keep.NO]
    assert [candidate.best.features.time for candidate in pauses] == [1.0, 5.0]
    assert [candidate for candidate in made if candidate.segment.keyworthy is Keep.YES] == [
        candidate for candidate in kept if candidate.segment.keyworthy is Keep.YES
    ]


def test_numbers_are_of_lines(spoken: list[Candidate]) -> None:
    found = of_lines(spoken, lines((0.5, 1.4), (1.5, 2.4), (5.6, 6.4)))
    assert len(choose(found.candidates, Settings.of(keep="lines", max=2)).choices) == 2
    assert len(choose(found.candidates, Settings.of(keep="lines", min_gap=1.5)).choices) == 2
    per_shot = choose(found.candidates, Settings.of(keep="lines", per_shot=1))
    assert [found.candidates[choice.candidate].shot for choice in per_shot.choices] in ([0, 1], [1, 0])
    more = choose(found.candidates, Settings.of(keep="lines", count=9))
    assert more.warnings == ("The video has only 3 lines of dialogue with a frame of their own; 9 were asked for.",)
    with pytest.raises(UsageError, match="max_gap adds keyframes where nothing is said"):
        Settings.of(keep="lines", max_gap=3)
