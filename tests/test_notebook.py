"""What a notebook or a script does with the package: pictures of keyframes, reports that show themselves, further calls."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

import vkeyframe
from tests import clips
from vkeyframe import Report, Settings, extract, load_report, match, shots, track
from vkeyframe.errors import InputError, ReportError
from vkeyframe.video import one_frame
from vkeyframe.video.container import open_container
from vkeyframe.video.file import VideoFile
from vkeyframe.video.one_frame import frame_at

SAMPLES = Path(__file__).parents[1] / "sample_videos"
EDITED = SAMPLES / "edited.mp4"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return extract(EDITED, output=tmp_path_factory.mktemp("out") / "frames", isolate=False)


def test_a_keyframes_picture_is_that_of_its_file_or_its_frame_in_the_video(written: Report) -> None:
    unwritten = extract(EDITED, isolate=False)
    assert unwritten == replace(written, keyframes=unwritten.keyframes, files=(), run=unwritten.run)
    assert unwritten.folder is None
    assert written.folder is not None
    for one, other in zip(written.keyframes, unwritten.keyframes, strict=True):
        assert one.file is not None
        assert one.picture.shape == other.picture.shape == (one.height, one.width, 3)
        # One of them went through JPEG.
        assert np.abs(one.picture.astype(int) - other.picture).mean() < 2.0


def test_a_picture_from_the_video_has_the_size_that_was_asked_for() -> None:
    report = extract(EDITED, Settings.of(width=100, count=1), isolate=False)
    assert report.keyframes[0].picture.shape[1] == 100


Maker = Callable[[Path, Sequence[ndarray]], Path]
KINDS: dict[str, tuple[str, Maker]] = {
    "b-frames": ("b.mp4", clips.with_b_frames),
    "variable rate": ("v.mkv", clips.with_variable_rate),
    "delayed start": ("d.mkv", clips.with_delayed_start),
    "transport stream": ("t.ts", lambda path, frames: clips.encode(path, frames, "-c:v", "libx264", "-g", "12")),
    "no index": ("n.avi", clips.write_clip),
}


@pytest.mark.parametrize("kind", KINDS)
def test_one_frame_is_found_by_its_time(tmp_path: Path, kind: str) -> None:
    name, make = KINDS[kind]
    path = make(tmp_path / name, clips.numbered_scene(40))
    report = extract(path, Settings.of(decode="every", count=6), isolate=False)
    for keyframe in report.keyframes:
        assert clips.number_of(frame_at(VideoFile.of(path), keyframe.time)) == keyframe.frame
        assert clips.number_of(keyframe.picture) == keyframe.frame


def test_what_cannot_be_decoded_from_a_key_frame_is_decoded_from_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some files mark frames as key frames that need what lies before them: there the decoder says that a picture is damaged."""
    path = clips.encode(tmp_path / "k.mp4", clips.numbered_scene(60), "-x264-params", "keyint=20:min-keyint=20:scenecut=0")
    started: list[float] = []

    class Damaged:
        is_corrupt = True

        def __init__(self, time: float) -> None:
            self.time = time

    class Container:
        def __init__(self, container: Any) -> None:
            self.container = container
            self.streams, self.close = container.streams, container.close

        def seek(self, offset: int, stream: Any) -> None:
            started.append(offset * float(stream.time_base))
            self.container.seek(offset, stream=stream)

        def decode(self, stream: Any) -> Iterator[Any]:
            frames = self.container.decode(stream)
            return frames if started[-1] <= 0.0 else (Damaged(frame.time) for frame in frames)

    monkeypatch.setattr(one_frame, "open_container", lambda *arguments: Container(open_container(*arguments)))
    assert clips.number_of(frame_at(VideoFile.of(path), 45 / 25)) == 45
    assert started[0] == pytest.approx(1.6)
    assert started[-1] <= 0.0


def test_a_time_without_a_frame_is_refused() -> None:
    with pytest.raises(InputError, match="no frame can be read at 99 s"):
        frame_at(VideoFile.of(EDITED), 99.0)


def test_a_loaded_report_knows_its_folder_and_its_pictures(written: Report) -> None:
    assert written.folder is not None
    for place in (written.folder, written.folder / "report.json"):
        loaded = load_report(place)
        assert loaded.to_json() == written.to_json()
        assert loaded.folder == written.folder
        np.testing.assert_array_equal(loaded.keyframes[0].picture, written.keyframes[0].picture)
    assert loaded.to_dict() == json.loads((written.folder / "report.json").read_text("utf-8"))


def test_what_is_gone_is_told(tmp_path: Path, written: Report) -> None:
    with pytest.raises(ReportError, match=r"report\.json: cannot be read"):
        load_report(tmp_path)
    (tmp_path / "report.json").write_text("{}")
    with pytest.raises(ReportError, match=r"report\.json: This is no report"):
        load_report(tmp_path)
    (tmp_path / "report.json").write_text(written.to_json())
    with pytest.raises(InputError, match=r"cannot be read"):
        _ = load_report(tmp_path).keyframes[0].picture
    with pytest.raises(InputError, match="does not know its folder"):
        _ = replace(written.keyframes[0]).picture


def test_a_report_is_short_in_a_line_and_a_sheet_in_a_notebook(written: Report) -> None:
    count = len(written.keyframes)
    assert repr(written) == f"<Report of edited.mp4: {count} keyframes, {len(written.shots)} shots>"
    assert repr(written.keyframes[0]).startswith("<Keyframe at 00:00:0")
    page = written._repr_html_()
    assert page.count("data:image/jpeg;base64,") == count
    assert len(page) < 40_000 * count
    hostile = replace(written, video=replace(written.video, name="<script>alert(1)</script>.mp4"))
    assert "<script>" not in hostile._repr_html_()
    # Without pictures the lines stay.
    assert hostile.lying_in(None)._repr_html_().count("rank") == count
    bare = replace(written, keyframes=tuple(replace(keyframe) for keyframe in written.keyframes))
    assert "<img" not in bare._repr_html_()


def test_keyframes_become_a_table_in_one_line(written: Report) -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(written.keyframes)
    assert table["time"].tolist() == [keyframe.time for keyframe in written.keyframes]
    assert {"frame", "shot", "rank", "score", "file"} <= set(table.columns)


def test_a_bar_is_shown_when_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    extract(EDITED, Settings.of(end="2"), progress=True, isolate=False)
    assert "edited.mp4" in capsys.readouterr().err
    extract(EDITED, Settings.of(end="2"), progress=False, isolate=False)
    assert not capsys.readouterr().err


def test_shots_and_matches_are_calls_too(written: Report) -> None:
    told: list[tuple[float, float]] = []
    assert shots(EDITED, progress=lambda *seconds: told.append(seconds)).shots[0].length_frames == written.shots[0].length_frames
    assert told
    found = match("00:00:01", EDITED)
    assert found.found
    assert abs(found.matches[0].time - 1.0) < 0.5
    assert len(shots(EDITED, Settings.of(end="1")).shots) == 1


def test_all_names_are_there_and_none_is_loaded_too_early() -> None:
    assert {extract, load_report, match, shots, track} <= {getattr(vkeyframe, name) for name in vkeyframe.__all__}
    program = "import sys, vkeyframe; vkeyframe.__version__; print([m for m in ('numpy', 'numba', 'click') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
    with pytest.raises(AttributeError):
        _ = vkeyframe.nothing  # type: ignore[attr-defined]


def test_the_notebook_runs(tmp_path: Path) -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    notebook = nbformat.read(SAMPLES / "tour.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    (tmp_path / "edited.mp4").symlink_to(EDITED)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert any("data:image/jpeg" in output.get("data", {}).get("text/html", "") for output in shown)
