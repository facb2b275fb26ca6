"""Following the things of a video in this process, and as `vkeyframe.track`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import clips
from tests.tracking import drawn
from tests.tracking.stand_in import segment
from vkeyframe import TrackRequest, track
from vkeyframe.errors import OutputError, UsageError
from vkeyframe.opencv import cv2
from vkeyframe.timing import Position
from vkeyframe.tracking.run import follow_things
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions

EVERY = ReadOptions(decode="every")


@pytest.fixture(scope="module")
def two_shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip of a moving square, then another scene, then the square again."""
    square = drawn.with_thing(drawn.moving(30))
    other = clips.scene(5, 25, drawn.WIDTH, drawn.HEIGHT)
    return clips.write_clip(tmp_path_factory.mktemp("shots") / "shots.mp4", [*square, *other, *square[10:]])


def test_a_given_thing_is_lost_behind_a_cut_and_found_in_the_next_shot(two_shots: Path) -> None:
    request = TrackRequest(box=(30, 40, 32, 32), reading=EVERY)
    (found,) = track(two_shots, request, isolate=False).tracks
    states = {box.frame: box.state for box in found.boxes}
    assert {states[frame] for frame in range(30)} == {"seen"}
    assert {states[frame] for frame in range(32, 55)} == {"lost"}
    assert states[74] == "seen"
    last = found.boxes[-1]
    assert drawn.overlap((last.x, last.y, last.width, last.height), drawn.moving(30)[-1]) > 0.6


def test_only_analysed_frames_are_followed(two_shots: Path) -> None:
    request = TrackRequest(box=(30, 40, 32, 32))
    (found,) = track(two_shots, request, isolate=False).tracks
    frames = [box.frame for box in found.boxes]
    assert frames == sorted(set(frames))
    assert len(frames) < 60


def test_masks_are_numbered_over_all_shots(two_shots: Path, tmp_path: Path) -> None:
    request = TrackRequest(masks=True, reading=EVERY)
    tracks = follow_things(VideoFile.of(two_shots), request, tmp_path, segment=segment)
    assert [(each.track, each.shot) for each in tracks.tracks] == [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 2)]
    for frame, numbers in (0, {0, 1, 2}), (29, {0, 1, 2}), (30, {0, 3, 4}), (74, {0, 5, 6}):
        mask = cv2.imread(str(tmp_path / "masks" / f"{frame:06d}.png"), cv2.IMREAD_UNCHANGED)
        assert set(mask.ravel().tolist()) == numbers
    box = tracks.tracks[1].boxes[0]
    assert (box.x, box.y, box.width, box.height, box.score, box.state) == (50.0, 60.0, 40.0, 20.0, 1.0, "seen")


def test_with_masks_a_given_thing_ends_with_its_shot(two_shots: Path, tmp_path: Path) -> None:
    request = TrackRequest(box=(30, 40, 32, 32), at=Position(None, 5), masks=True, reading=EVERY)
    (found,) = follow_things(VideoFile.of(two_shots), request, tmp_path, segment=segment).tracks
    assert (found.track, found.start_frame, found.end_frame) == (1, 5, 29)
    assert sorted(path.name for path in (tmp_path / "masks").iterdir())[:2] == ["000005.png", "000006.png"]


def test_progress_goes_through_all_times_that_the_video_is_read(two_shots: Path, tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []
    request = TrackRequest(box=(30, 40, 32, 32), video=True)
    follow_things(VideoFile.of(two_shots), request, tmp_path, lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert all(total == pytest.approx(9.0, abs=0.2) for _, total in told)
    assert told[-1][0] > 8.8


def test_the_python_interface_writes_a_folder_of_its_own(two_shots: Path, tmp_path: Path) -> None:
    tracks = track(two_shots, TrackRequest(box=(30, 40, 32, 32)), output=tmp_path / "out", isolate=False)
    assert tracks.files == ("tracks.csv", "tracks.json", "tracks.mot.txt")
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == list(tracks.files)
    with pytest.raises(OutputError, match="exists already"):
        track(two_shots, output=tmp_path / "out", isolate=False)


def test_a_time_without_a_box_is_refused() -> None:
    with pytest.raises(UsageError, match="box=…"):
        TrackRequest(at=Position(1.0, None))


def test_a_time_may_be_written_as_people_write_it() -> None:
    box = (30, 40, 32, 32)
    assert TrackRequest.of(box=box, at="5f") == TrackRequest(box=box, at=Position(None, 5))
    assert TrackRequest.of(box=box, at=1.5) == TrackRequest(box=box, at=Position(1.5, None))
    assert TrackRequest.of(box=box) == TrackRequest(box=box)
