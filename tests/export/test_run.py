"""Writing a report in another form, from an output that is there already."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import clips
from tests.conftest import SAMPLES
from vkeyframe.cli.main import run
from vkeyframe.errors import OutputError, ReportError, UsageError, VkeyframeError
from vkeyframe.export.registry import EXPORTERS, Exporter, exporters, find_exporter
from vkeyframe.export.run import export_output, write_forms
from vkeyframe.output.folder import OutputFolder
from vkeyframe.report.records import Report

MakeReport = Callable[..., Report]
Write = Callable[[Report, Path], list[str]]


@pytest.fixture
def output(tmp_path: Path, make_report: MakeReport) -> Path:
    """Give the output of an earlier run: two pictures and the report."""
    with OutputFolder(tmp_path / "out", overwrite=False) as folder:
        for name in ("a.png", "b.png"):
            (folder.path / name).write_bytes(cv2.imencode(".png", np.full((36, 64, 3), 99, np.uint8))[1].tobytes())
        folder.commit(make_report("a.png", "b.png"))
    return tmp_path / "out"


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give a function that makes `write` the form "test", which may need pictures."""
    return lambda write, pictures=False: monkeypatch.setitem(EXPORTERS, "test", Exporter("Write a test.", write, pictures))


def writing(**files: str) -> Write:
    """Make an exporter that writes these files, dots for underscores."""

    def write(_: Report, folder: Path) -> list[str]:
        names = [name.replace("_", ".") for name in files]
        for name, text in zip(names, files.values(), strict=True):
            (folder / name).write_text(text)
        return names

    return write


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def files_of(output: Path) -> list[str]:
    files: list[str] = json.loads((output / "report.json").read_text("utf-8"))["files"]
    return files


def test_a_form_is_written_beside_the_pictures_and_listed(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = json.loads((output / "report.json").read_text("utf-8"))
    for number, source in enumerate((output, output / "report.json")):
        assert run(["export", str(source), "--to", "sheet", *["--overwrite"] * number]) == 0
        assert capsys.readouterr() == ("", f"{output / 'sheet.jpg'}: written\n")
        assert clips.entries(output) == ["a.png", "b.png", "report.json", "sheet.jpg"] == files_of(output)
    after = json.loads((output / "report.json").read_text("utf-8"))
    assert after | {"files": None} == before | {"files": None}
    # So a later run replaces it.
    with OutputFolder(output, overwrite=True):
        pass


def test_a_form_is_written_elsewhere_and_the_output_stays_as_it_is(output: Path, tmp_path: Path) -> None:
    before = tree(output)
    assert run(["export", str(output), "--to", "sheet", "-o", str(tmp_path / "new" / "er"), "-q"]) == 0
    assert clips.entries(tmp_path / "new" / "er") == ["sheet.jpg"]
    assert tree(output) == before


def test_what_a_later_version_knows_stays_in_the_report(output: Path, form: Callable[..., None]) -> None:
    data = json.loads((output / "report.json").read_text("utf-8"))
    data["shots"][0]["length"] = 50
    data["faces"] = [{"count": 3}]
    (output / "report.json").write_text(json.dumps(data))
    form(writing(cuts_csv="0"))
    export_output(output, "test")
    files = ["a.png", "b.png", "cuts.csv", "report.json"]
    assert json.loads((output / "report.json").read_text("utf-8")) == data | {"files": files}


def test_a_report_of_version_1_becomes_one_of_version_2(output: Path, form: Callable[..., None]) -> None:
    data = json.loads((output / "report.json").read_text("utf-8")) | {"schema": "vkeyframe.report/1"}
    del data["files"]
    (output / "report.json").write_text(json.dumps(data))
    form(writing(cuts_csv="0"))
    export_output(output, "test")
    assert files_of(output) == ["a.png", "b.png", "cuts.csv", "report.json"]
    assert json.loads((output / "report.json").read_text("utf-8"))["schema"] == "vkeyframe.report/2"


def test_nothing_that_is_there_is_replaced_unasked(output: Path, form: Callable[..., None]) -> None:
    (output / "cuts.csv").write_text("mine")
    before = tree(output)
    form(writing(a_txt="1", cuts_csv="2"))
    with pytest.raises(OutputError, match=r"cuts\.csv: exists already; use overwrite=…"):
        export_output(output, "test")
    assert tree(output) == before
    export_output(output, "test", overwrite=True)
    assert (output / "cuts.csv").read_text() == "2"


@pytest.mark.parametrize("name", ["report.json", "folder"])
def test_the_report_and_folders_are_never_replaced(name: str, output: Path, form: Callable[..., None]) -> None:
    (output / "folder").mkdir()
    before = tree(output)
    form(writing(a_txt="1", **{name.replace(".", "_"): "2"}))
    with pytest.raises(OutputError, match=f"{name}: .* not replaced"):
        export_output(output, "test", overwrite=True)
    assert tree(output) == before


@pytest.mark.parametrize("name", ["a.png", "A.PNG", "report.json"])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_no_exporter_writes_over_a_picture_or_the_report(
    name: str, elsewhere: bool, output: Path, tmp_path: Path, form: Callable[..., None]
) -> None:
    before = tree(tmp_path)
    form(writing(**{name.replace(".", "_"): "x" * (output / "a.png").stat().st_size}))
    with pytest.raises(OutputError, match=f"{name}: .* not replaced by the form 'test'"):
        export_output(output, "test", tmp_path / "new" if elsewhere else None, overwrite=True)
    assert tree(tmp_path) == before


def test_no_exporter_removes_a_picture(output: Path, tmp_path: Path, form: Callable[..., None]) -> None:
    before = tree(tmp_path)

    def write(_: Report, folder: Path) -> list[str]:
        (folder / "a.png").unlink()
        return []

    form(write, pictures=True)
    with pytest.raises(OutputError, match=r"a\.png: .* not replaced by the form"):
        export_output(output, "test")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("needed", [False, True])
def test_pictures_are_copied_only_where_they_are_needed(needed: bool, output: Path, form: Callable[..., None]) -> None:
    seen: list[str] = []

    def write(_: Report, folder: Path) -> list[str]:
        seen.extend(sorted(path.name for path in folder.iterdir()))
        return []

    form(write, pictures=needed)
    export_output(output, "test")
    assert seen == (["a.png", "b.png"] if needed else [])
    (output / "a.png").unlink()
    with pytest.raises(ReportError, match="the picture is missing") if needed else nullcontext():
        export_output(output, "test")


def test_no_form_is_written_over_another(tmp_path: Path, make_report: MakeReport, form: Callable[..., None]) -> None:
    form(writing(sheet_jpg="x"))
    (tmp_path / "sheet.jpg").write_text("a sheet")
    with pytest.raises(OutputError, match=r"sheet\.jpg: .* not replaced by the form"):
        write_forms(make_report(None), tmp_path, ["test"])


def test_the_report_itself_under_another_name_is_not_replaced(output: Path, form: Callable[..., None]) -> None:
    (output / "report.json").rename(output / "mine.json")
    before = tree(output)
    form(writing(mine_json="x"))
    with pytest.raises(UsageError, match="same file as the input"):
        export_output(output / "mine.json", "test", overwrite=True)
    assert tree(output) == before


def test_what_cannot_be_moved_leaves_all_as_it_was(
    output: Path, form: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (output / "b.txt").write_text("mine")
    before = tree(output)
    form(writing(a_txt="1", b_txt="2", c_txt="3"))
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if Path(target) == output / "c.txt":
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="out: cannot be written"):
        export_output(output, "test", overwrite=True)
    assert tree(output) == before


def fail(error: BaseException) -> Write:
    def write(_: Report, folder: Path) -> list[str]:
        (folder / "half.txt").write_text("half")
        raise error

    return write


@pytest.mark.parametrize(
    ("write", "kind", "cause"),
    [
        (fail(ZeroDivisionError("two\nlines")), OutputError, r"'test' cannot be written \(ZeroDivisionError: two lines\)\."),
        (fail(UsageError("It is so.")), UsageError, "It is so."),
        (lambda _report, _folder: ["none.txt"], OutputError, "'test' did not write none.txt"),
        (lambda _report, _folder: None, OutputError, "'test' cannot be written"),
    ],
)
@pytest.mark.parametrize("elsewhere", [False, True])
def test_an_exporter_that_fails_leaves_nothing(
    write: Write,
    kind: type[VkeyframeError],
    cause: str,
    elsewhere: bool,
    output: Path,
    tmp_path: Path,
    form: Callable[..., None],
) -> None:
    form(write)
    before = tree(tmp_path)
    with pytest.raises(kind, match=cause):
        export_output(output, "test", tmp_path / "new" if elsewhere else None)
    assert tree(tmp_path) == before
    assert clips.entries(tmp_path) == ["out"]


def test_a_report_that_cannot_be_used_is_told_in_a_sentence(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (output / "b.png").unlink()
    (output.parent / "bad.json").write_text("{}")
    (output.parent / "empty").mkdir()
    for source, part in (
        (output, "b.png: the picture is missing"),
        (output.parent / "bad.json", "bad.json: This is no report"),
        (output.parent / "empty", "report.json: no such file"),
        (output.parent / "missing.json", "missing.json: no such file"),
        (output / "a.png", "a.png: This is no report"),
    ):
        assert run(["export", str(source), "--to", "sheet"]) == 3
        told = capsys.readouterr().err
        assert part in told
        assert len(told.splitlines()) == 1


def test_a_folder_of_several_videos_names_one_of_them(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for inner in ("c.mp4", "tapes/a.mp4"):
        (output.parent / "all" / inner).mkdir(parents=True)
        (output.parent / "all" / inner / "report.json").write_bytes((output / "report.json").read_bytes())
    assert run(["export", str(output.parent / "all"), "--to", "sheet"]) == 3
    folder = output.parent / "all"
    assert (
        f"{folder / 'report.json'}: no such file; give the folder of one video, such as {folder / 'c.mp4'}.\n"
        in capsys.readouterr().err
    )
    assert run(["export", str(folder / "missing.json"), "--to", "sheet"]) == 3
    assert "such as" not in capsys.readouterr().err


def test_a_video_in_place_of_a_report_is_told_what_to_give(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(SAMPLES / "slides.mp4"), "--to", "sheet"]) == 3
    assert capsys.readouterr().err.endswith("Give the folder that was written for a video, or the report.json in it.\n")


def test_a_picture_that_is_none_is_an_input_error(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (output / "b.png").write_text("no picture")
    assert run(["export", str(output), "--to", "sheet"]) == 3
    assert "b.png: no picture can be read from it." in capsys.readouterr().err


def test_a_sheet_needs_pictures(tmp_path: Path, make_report: MakeReport) -> None:
    with pytest.raises(ReportError, match="'sheet' needs the keyframes' pictures"):
        write_forms(make_report(None), tmp_path, ["sheet"])


def test_the_forms_come_with_the_package(tmp_path: Path, make_report: MakeReport) -> None:
    assert "sheet" in exporters()
    assert find_exporter("sheet") is EXPORTERS["sheet"]
    with pytest.raises(UsageError, match="no form 'gif'; there are animation, collage, crops, heatmap, html, masks, messages-"):
        find_exporter("gif")
    with pytest.raises(UsageError, match="There is no form 'gif'"):
        write_forms(replace(make_report(None)), tmp_path, ["gif"])
