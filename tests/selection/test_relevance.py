"""Keyframes that are like a picture: its weights for candidates, and what is chosen with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import clips
from vkeyframe import Settings, extract
from vkeyframe.cli.main import run
from vkeyframe.errors import InputError, UsageError
from vkeyframe.opencv import cv2
from vkeyframe.report.write import report_to_json

SECONDS = 2


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip of four scenes of two seconds each."""
    frames = clips.scenes(range(4), SECONDS * 25, width=320, height=192)
    return clips.write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", frames)


def scenes_of(clip: Path, **options: object) -> list[int]:
    """Give the scene of each keyframe."""
    report = extract(clip, Settings.of(**options), isolate=False)
    return [int(keyframe.time / SECONDS) for keyframe in report.keyframes]


def test_only_what_is_like_the_picture_needs_a_keyframe(clip: Path, tmp_path: Path) -> None:
    scene = 3
    picture = clips.decode_some(clip, [scene * SECONDS * 25 + 30])[scene * SECONDS * 25 + 30]
    path = tmp_path / "like.jpg"
    # Mirrored and cut.
    cv2.imwrite(str(path), np.ascontiguousarray(picture[10:180, 30:310][:, ::-1]))
    assert set(scenes_of(clip)) == {0, 1, 2, 3}
    assert set(scenes_of(clip, like=str(path))) == {scene}
    assert set(scenes_of(clip, like=f"{scene * SECONDS + 1.0}")) == {scene}
    assert scenes_of(clip, like=str(path), count=1) == [scene]


def test_the_best_of_a_number_are_like_it_and_unlike_each_other(clip: Path) -> None:
    report = extract(clip, Settings.of(like="5.0", count=3), isolate=False)
    times = [keyframe.time for keyframe in report.keyframes]
    assert all(4.0 <= time < 6.0 for time in times)
    assert min(np.diff(times)) > 0.2
    assert report.settings["like"] == "5.0"


def test_where_nothing_is_like_it_the_whole_video_is_covered(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.png"
    cv2.imwrite(str(path), clips.scene(88, 1, 320, 192)[0])
    found, plain = (extract(clip, Settings.of(**like), isolate=False) for like in ({"like": str(path)}, {}))
    assert [frame.frame for frame in found.keyframes] == [frame.frame for frame in plain.keyframes]
    assert "like=…" in " ".join(found.decoding.warnings)
    assert "like" not in plain.settings
    assert '"like"' not in report_to_json(plain)


def test_a_verdict_says_what_is_unlike_it(clip: Path) -> None:
    report = extract(clip, Settings.of(like="5.0", explain=True), isolate=False)
    reasons = {int(verdict.time / SECONDS): verdict.reason for verdict in report.verdicts if not verdict.kept}
    assert reasons[0] == "unlike what is asked for"
    assert all(2 * SECONDS <= verdict.time < 3 * SECONDS for verdict in report.verdicts if verdict.kept)


def test_in_a_long_video_it_is_not_pruned_away(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vkeyframe.selection.pruning.PRUNE_AT", 4)
    assert set(scenes_of(clip, like="5.0")) == {2}


def test_what_is_no_picture_is_told(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "none.png").write_text("none")
    with pytest.raises(InputError, match="no picture"):
        extract(clip, Settings.of(like=str(tmp_path / "none.png")), isolate=False)
    with pytest.raises(UsageError, match="neither a picture file nor a time"):
        extract(clip, Settings.of(like="noon"), isolate=False)
    with pytest.raises(UsageError, match="ends before"):
        extract(clip, Settings.of(like="99"), isolate=False)


def test_the_command_line_has_it(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("like.png", clips.decode_some(clip, [125])[125])
    assert run(["extract", str(clip), "--like", "like.png", "-o", "out", "-q"]) == 0
    times = [name[-16:-4] for name in clips.entries("out") if name.endswith(".jpg")]
    assert times
    assert all(time.startswith(("00-00-04", "00-00-05")) for time in times)
    # The picture is an input, which no output replaces.
    like = next(path for path in Path("out").iterdir() if path.suffix == ".jpg")
    before = clips.results(Path("out"))
    assert run(["extract", str(clip), "--like", str(like), "-o", "out", "--overwrite", "-q"]) == 2
    assert run(["batch", str(clip), "--like", str(like), "-o", str(like), "--overwrite", "-q"]) == 2
    assert clips.results(Path("out")) == before
