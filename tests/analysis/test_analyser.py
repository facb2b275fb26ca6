"""The loop that feeds all analysers: samples, shots, and when each of them is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar
from weakref import ref

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from vkeyframe.analysis.analyser import Analyser, analyse
from vkeyframe.analysis.sample import Sample, ShotSpan, ShotStart
from vkeyframe.analysis.shots import MEMORY_SAMPLES
from vkeyframe.video.cut_frames import Gap
from vkeyframe.video.frame import Frame, FrameTime

RATE = 8.0
WIDTH, HEIGHT = 320, 192


class Reader:
    """Hands out frames as a reader does; each is a sample unless told otherwise."""

    def __init__(self, frames: Sequence[Frame], samples: Sequence[bool] | None = None) -> None:
        self._frames, self._samples = frames, samples or [True] * len(frames)
        self.info = SimpleNamespace(duration=9.0, fps=RATE)
        self.last_frame, self.last_time = (frames[-1].index, frames[-1].time) if frames else (0, 0.0)
        self.handed_out = -1

    def measured_info(self) -> SimpleNamespace:
        return self.info

    def narrow_cuts(self, gaps: list[Gap]) -> list[Gap | None]:
        return [None for _ in gaps]

    def frames(self) -> Iterator[tuple[Frame, bool]]:
        for number, (frame, is_sample) in enumerate(zip(self._frames, self._samples, strict=True)):
            self.handed_out = number
            yield frame, is_sample


class Watcher(Analyser[list[Any]]):
    """Notes what it is told, and with which frame."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.samples: list[Sample] = []
        self.seen: list[int] = []
        self.shots: list[ShotSpan] = []
        self.told: list[tuple[str, int, int]] = []

    def see(self, frame: Frame) -> None:
        self.seen.append(frame.index)

    def push(self, sample: Sample) -> None:
        self.samples.append(sample)
        self.told.append(("sample", sample.features.index, self._reader.handed_out))

    def end_shot(self, shot: ShotSpan) -> None:
        self.shots.append(shot)
        self.told.append(("end", shot.index, self._reader.handed_out))

    def finish(self) -> list[Any]:
        return [*self.told]


class PictureWatcher(Watcher):
    needs_pictures: ClassVar[bool] = True


def frames_of(pictures: Sequence[ndarray], rate: float = RATE) -> list[Frame]:
    return [Frame(index, index / rate, picture) for index, picture in enumerate(pictures)]


def scene(seed: int, count: int) -> list[ndarray]:
    return clips.scene(seed, count, WIDTH, HEIGHT, 0)


def watch(reader: Reader, kind: type[Watcher] = Watcher) -> tuple[Watcher, tuple[ShotSpan, ...]]:
    watcher = kind(reader)
    analysis = analyse(reader, [watcher])  # type: ignore[arg-type]
    assert analysis.sections == (watcher.told,)
    return watcher, analysis.shots


def test_a_cut_ends_one_shot_and_begins_the_next() -> None:
    _, shots = watch(Reader(frames_of([*scene(1, 12), *scene(2, 10)])))
    first, second = shots
    assert (first.index, first.transition, first.start) == (0, "start", ShotStart(0, 0.0, 0.0))
    assert (first.end.index, first.end.time) == (11, 11 / 8)
    assert (first.last_sample, first.next_sample, first.ends_gradually) == (11, 12, False)
    assert (second.index, second.transition, second.start) == (1, "cut", ShotStart(12, 1.5, 11 / 8))
    assert (second.end.index, second.end.time) == (21, 21 / 8)
    assert first.stop == FrameTime(12, 1.5)
    assert second.stop == FrameTime(22, 22 / 8)
    assert (second.last_sample, second.next_sample, second.ends_gradually) == (None, None, False)


@pytest.mark.parametrize("kind", [Watcher, PictureWatcher])
def test_all_samples_arrive_once_and_in_order(kind: type[Watcher]) -> None:
    watcher, _ = watch(Reader(frames_of([*scene(1, 12), *scene(2, 40)])), kind)
    assert [sample.features.index for sample in watcher.samples] == list(range(52))
    assert [shot.index for shot in watcher.shots] == [0, 1]


def test_who_needs_pictures_gets_each_sample_at_once_with_its_frame_and_learns_late_of_a_cut() -> None:
    frames = frames_of([*scene(1, 12), *scene(2, 12)])
    watcher, _ = watch(Reader(frames), PictureWatcher)
    assert [at for what, index, at in watcher.told if what == "sample"] == list(range(24))
    assert [sample.frame for sample in watcher.samples] == frames
    assert watcher.seen == list(range(24))
    # Three more samples decide about the cut before sample 12.
    assert ("end", 0, 15) in watcher.told


def test_who_needs_no_pictures_gets_a_sample_when_its_shot_is_certain_and_none_keeps_a_picture() -> None:
    watcher, _ = watch(Reader(frames_of(scene(1, 40))))
    waits = [at - index for what, index, at in watcher.told if what == "sample"][: 40 - MEMORY_SAMPLES]
    assert waits == [MEMORY_SAMPLES] * (40 - MEMORY_SAMPLES)
    assert all(sample.frame is None for sample in watcher.samples)
    assert watcher.seen == []


def test_who_needs_no_pictures_is_told_of_a_shots_end_between_its_samples_and_the_next_ones() -> None:
    watcher, _ = watch(Reader(frames_of([*scene(1, 12), *scene(2, 12)])))
    order = [(what, index) for what, index, _ in watcher.told]
    assert order == [*(("sample", i) for i in range(12)), ("end", 0), *(("sample", i) for i in range(12, 24)), ("end", 1)]


def test_no_sample_inside_a_gradual_transition_reaches_who_needs_no_pictures() -> None:
    old, new = scene(1, 30), scene(2, 30)
    mixed = [np.rint((8 - step) / 8 * old[0] + step / 8 * new[0]).astype(np.uint8) for step in range(1, 8)]
    watcher, shots = watch(Reader(frames_of([*old[:16], *mixed, *new[:16]])))
    (first, second) = shots
    assert (second.transition, first.ends_gradually) == ("dissolve", True)
    assert (first.last_sample, first.next_sample) == (15, 23)
    assert [sample.features.index for sample in watcher.samples] == [*range(16), *range(23, 39)]
    # The new shot is said to begin half-way through.
    assert second.start.frame == 19
    assert first.end.index == 18


def test_a_new_shot_begins_half_way_through_what_was_skipped() -> None:
    pictures = [*scene(1, 12), *scene(2, 12)]
    frames = [
        Frame(3 * number, 3 * number / 24, picture, tuple((3 * number - back) / 24 for back in (2, 1)) if number else ())
        for number, picture in enumerate(pictures)
    ]
    _, (first, second) = watch(Reader(frames))
    # Frames 34 and 35 were skipped before frame 36, which shows the new scene.
    assert second.start == ShotStart(35, 35 / 24, 34 / 24)
    assert (first.end.index, first.end.time) == (34, 34 / 24)


def test_of_the_frames_since_the_last_sample_the_sharpest_behind_a_jump_shows_it() -> None:
    sharp, blurred, other = scene(1, 1)[0], clips.cv2.blur(scene(1, 1)[0], (9, 9)), clips.cv2.blur(scene(2, 1)[0], (3, 3))
    frames = frames_of([sharp, blurred, blurred, sharp, blurred, sharp, other, clips.cv2.blur(other, (9, 9)), other], 24.0)
    reader = Reader(frames, [True, False, False, False, True, False, False, True, False])
    watcher, _ = watch(reader, PictureWatcher)
    assert [sample.features.index for sample in watcher.samples] == [0, 4, 7]
    # Before sample 4 nothing jumps, so that the sharpest of all is taken; before sample 7 only what shows the new scene is.
    assert [sample.sharpest.index for sample in watcher.samples] == [0, 3, 6]
    assert [sample.frame.index for sample in watcher.samples if sample.frame] == [0, 3, 6]
    assert watcher.samples[2].shot_start == ShotStart(6, 6 / 24, 5 / 24)
    assert watcher.seen == list(range(9))


def test_a_video_without_frames_has_no_shots() -> None:
    watcher, shots = watch(Reader([]))
    assert shots == ()
    assert watcher.told == []


def test_progress_is_told_with_each_sample() -> None:
    told: list[tuple[float, float]] = []
    frames = frames_of(scene(1, 5))
    analysis = analyse(Reader(frames, [True, False, True, False, True]), [], lambda *given: told.append(given))  # type: ignore[arg-type]
    assert told == [(0.0, 9.0), (0.25, 9.0), (0.5, 9.0)]
    assert (analysis.frame_count, analysis.last_sample_time) == (5, 0.5)


def test_no_more_than_a_few_pictures_are_in_memory_at_a_time() -> None:
    pictures: list[ref[ndarray]] = []
    alive: list[int] = []

    class Passing(Reader):
        def frames(self) -> Iterator[tuple[Frame, bool]]:
            for index in range(2 * MEMORY_SAMPLES):
                picture = scene(index // 9, 1)[0]
                pictures.append(ref(picture))
                alive.append(sum(picture() is not None for picture in pictures))
                yield Frame(index, index / RATE, picture), True

    analyse(Passing(frames_of(scene(1, 1))), [])
    assert max(alive) <= 4
