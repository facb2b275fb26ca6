"""`vkeyframe track`: the files, the JSON, and what is said where there is nothing to follow."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests import clips
from tests.tracking import drawn
from vkeyframe.cli.main import run
from vkeyframe.report.tracks import load_tracks
from vkeyframe.tracking import run as tracking_run

Capture = pytest.CaptureFixture[str]
COUNT = 24
BOXES = drawn.moving(COUNT)
BOX = ("--box", "30,40,32,32", "--decode", "every")


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip in which a square moves."""
    return clips.write_clip(tmp_path_factory.mktemp("walk") / "walk.mp4", drawn.with_thing(BOXES))


def rows_in(folder: Path) -> list[dict[str, str]]:
    with (folder / "tracks.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_box_is_followed_and_all_files_are_written(walk: Path, place: Path, capsys: Capture) -> None:
    assert run(["track", str(walk), *BOX]) == 0
    output, said = capsys.readouterr()
    assert output == ""
    assert said.splitlines()[-1].endswith("1 track in walk_tracks")
    assert [entry.name for entry in place.iterdir()] == ["walk_tracks"]
    folder = place / "walk_tracks"
    assert sorted(entry.name for entry in folder.iterdir()) == ["tracks.csv", "tracks.json", "tracks.mot.txt"]
    rows = rows_in(folder)
    assert list(rows[0]) == ["frame", "time", "track", "x", "y", "width", "height", "score", "state"]
    assert [int(row["frame"]) for row in rows] == list(range(COUNT))
    for row, box in zip(rows, BOXES, strict=True):
        found = float(row["x"]), float(row["y"]), float(row["width"]), float(row["height"])
        assert drawn.overlap(found, box) > 0.7
        assert (row["track"], row["state"]) == ("1", "seen")
    mot = [line.split(",") for line in (folder / "tracks.mot.txt").read_text().splitlines()]
    assert [int(fields[0]) for fields in mot] == list(range(1, COUNT + 1))
    assert all(fields[1] == "1" and fields[7:] == ["-1", "-1", "-1"] for fields in mot)
    assert [fields[2:6] for fields in mot] == [[row["x"], row["y"], row["width"], row["height"]] for row in rows]
    tracks = load_tracks((folder / "tracks.json").read_bytes())
    assert tracks.files == ("tracks.csv", "tracks.json", "tracks.mot.txt")
    (track,) = tracks.tracks
    assert (track.track, track.shot, track.start_frame, track.end_frame) == (1, 0, 0, COUNT - 1)
    assert len(track.boxes) == COUNT


def test_it_begins_at_the_time_that_is_given(walk: Path, place: Path, capsys: Capture) -> None:
    box = ",".join(str(round(value)) for value in BOXES[10])
    for time in "10f", "0.4", "00:00:00.4":
        assert run(["track", str(walk), "--box", box, "--at", time, "--decode", "every", "--json", "-", "-q"]) == 0
        output, said = capsys.readouterr()
        assert said == ""
        (track,) = json.loads(output)["tracks"]
        assert (track["start_frame"], track["end_frame"]) == (10, COUNT - 1)
        assert track["start_time"] == pytest.approx(0.4)
    assert list(place.iterdir()) == []


def test_without_a_box_the_moving_thing_is_found(walk: Path, place: Path) -> None:
    assert run(["track", str(walk), "--decode", "every", "-o", "out", "-q"]) == 0
    rows = [row for row in rows_in(place / "out") if row["track"] == "1"]
    assert [int(row["frame"]) for row in rows] == list(range(COUNT))
    middles = [(x + width / 2, y + height / 2) for x, y, width, height in BOXES]
    boxes = [[float(row[name]) for name in ("x", "y", "width", "height")] for row in rows]
    on_it = [
        0 < x - left < width and 0 < y - top < height for (left, top, width, height), (x, y) in zip(boxes, middles, strict=True)
    ]
    assert sum(on_it) > COUNT / 2
    assert all(width * height < drawn.WIDTH * drawn.HEIGHT / 4 for _, _, width, height in boxes)


def test_the_shots_have_things_of_their_own(video: Path, capsys: Capture) -> None:
    assert run(["track", str(video), "--json", "-", "-q"]) == 0
    tracks = json.loads(capsys.readouterr().out)["tracks"]
    assert [track["track"] for track in tracks] == list(range(1, len(tracks) + 1))
    shots = [track["shot"] for track in tracks]
    assert shots == sorted(shots)
    for track in tracks:
        assert 25 * track["shot"] <= track["start_frame"] <= track["end_frame"] < 25 * (track["shot"] + 1)


def test_the_video_has_every_frame(walk: Path, place: Path) -> None:
    assert run(["track", str(walk), "--box", "30,40,32,32", "--video", "-o", "out", "-q"]) == 0
    asked = ["-count_frames", "-show_entries", "stream=width,height,avg_frame_rate,nb_read_frames", "-of", "json"]
    done = subprocess.run(
        [clips.tool("ffprobe"), "-v", "error", *asked, place / "out" / "tracks.mp4"], capture_output=True, check=True
    )
    (stream,) = json.loads(done.stdout)["streams"]
    assert (stream["width"], stream["height"], int(stream["nb_read_frames"])) == (drawn.WIDTH, drawn.HEIGHT, COUNT)
    assert stream["avg_frame_rate"] == "25/1"
    # The box is drawn: green where the source is not.
    picture = clips.decode_some(place / "out" / "tracks.mp4", [5])[5].astype(int)
    assert (picture[..., 1] - picture.max(axis=2, where=[True, False, True], initial=0) > 60).sum() > 40


def test_an_odd_size_can_be_written(tmp_path: Path, place: Path) -> None:
    frames = [frame[:91, :121] for frame in drawn.with_thing(drawn.moving(4, 24.0))]
    odd = clips.encode(tmp_path / "odd.mkv", frames, "-c:v", "ffv1", "-pix_fmt", "bgr0")
    assert run(["track", str(odd), "--box", "30,40,24,24", "--video", "-o", "out", "-q"]) == 0
    (shown,) = clips.decode_some(place / "out" / "tracks.mp4", [3]).values()
    assert shown.shape == (91, 121, 3)


def test_the_output_is_replaced_only_if_asked(walk: Path, place: Path, capsys: Capture) -> None:
    call = ["track", str(walk), *BOX, "-o", "out", "-q"]
    assert run(call) == 0
    before = (place / "out" / "tracks.json").read_bytes()
    assert run(call) == 6
    assert "exists already" in capsys.readouterr().err
    assert run([*call, "--overwrite"]) == 0
    assert (place / "out" / "tracks.json").read_bytes() == before
    (place / "out" / "mine.txt").write_text("mine")
    assert run([*call, "--overwrite"]) == 6
    assert "mine.txt" in capsys.readouterr().err
    assert (place / "out" / "tracks.json").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--at", "1"], "--box"),
        (["--box", "1,2,3"], "no box"),
        (["--box", "a,b,c,d"], "no box"),
        (["--box", "10,10,3,30"], "at least 4 pixels"),
        (["--box", "500,10,30,30"], "outside the picture"),
        (["--box", "-40,10,30,30"], "outside the picture"),
        (["--box", "10,10,30,30", "--at", "99"], "ends before"),
        (["--box", "10,10,30,30", "--at", "24f"], "ends before"),
        (["--box", "10,10,30,30", "--at", "noon"], "is no time"),
        (["-o", ""], "empty name"),
    ],
)
def test_what_cannot_be_is_a_usage_error(options: list[str], words: str, walk: Path, place: Path, capsys: Capture) -> None:
    assert run(["track", str(walk), *options]) == 2
    output, said = capsys.readouterr()
    assert output == ""
    assert words in said
    assert len(said.splitlines()) == 1
    assert list(place.iterdir()) == []


def test_a_missing_video_is_told(place: Path, capsys: Capture) -> None:
    assert run(["track", "missing.mp4"]) == 3
    assert capsys.readouterr().err.startswith("vkeyframe: missing.mp4: no such file")
    assert list(place.iterdir()) == []


def test_a_process_of_its_own_writes_the_same_with_any_number_of_threads(walk: Path, place: Path) -> None:
    for threads in "1", "2":
        environment = os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        done = clips.call("track", walk, *BOX, "--video", "--threads", threads, "-o", f"out{threads}", env=environment)
        assert (done.returncode, done.stdout) == (0, b""), done.stderr
    for name in "tracks.csv", "tracks.json", "tracks.mot.txt", "tracks.mp4":
        assert (place / "out1" / name).read_bytes() == (place / "out2" / name).read_bytes(), name


def test_the_masks_have_the_numbers_of_the_tracks(walk: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.tracking.stand_in import segment

    monkeypatch.setattr(tracking_run, "_segment", segment)
    assert run(["track", str(walk), "--masks", "--video", "--decode", "every", "-o", "out", "-q"]) == 0
    assert len(list((place / "out" / "masks").iterdir())) == COUNT
    for index in 0, COUNT - 1:
        mask = clips.cv2.imread(str(place / "out" / "masks" / f"{index:06d}.png"), clips.cv2.IMREAD_UNCHANGED)
        assert mask.shape == (drawn.HEIGHT, drawn.WIDTH)
        assert sorted(set(mask.ravel().tolist())) == [0, 1, 2]
    rows = rows_in(place / "out")
    assert {row["track"] for row in rows} == {"1", "2"}
    assert (rows[0]["x"], rows[0]["width"]) == ("10.00", "20.00")
    # With a file of somebody's in the folder of masks the output is not replaced.
    (place / "out" / "masks" / "mine.txt").write_text("mine")
    assert run(["track", str(walk), *BOX, "-o", "out", "-q", "--overwrite"]) == 6
    (place / "out" / "masks" / "mine.txt").unlink()
    assert run(["track", str(walk), *BOX, "-o", "out", "-q", "--overwrite"]) == 0
    assert not (place / "out" / "masks").exists()
