"""Options from files and the environment: their order, where they are looked for, and what is wrong with them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import clips, packages
from vkeyframe.cli.main import run


@pytest.fixture(autouse=True)
def with_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let project files be looked for, as they are for users."""
    monkeypatch.delenv("VKEYFRAME_CONFIG")


def project(text: str, folder: Path = Path()) -> Path:
    """Write a project file with our table."""
    path = folder / "pyproject.toml"
    path.write_text(f'[project]\nname = "films"\n\n[tool.vkeyframe]\n{text}\n', "utf-8")
    return path.absolute()


def settings(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[Any, str]]:
    """Give the values and sources that `vkeyframe config` shows."""
    assert run(["config", *arguments, "--json", "-"]) == 0
    shown = json.loads(capsys.readouterr().out)["settings"]
    return {key: (each["value"], each["from"]) for key, each in shown.items()}


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Give the one sentence with which a command refuses its options."""
    assert run(list(arguments or ("extract", "no.mp4"))) == 2
    output, told = capsys.readouterr()
    assert output == ""
    assert told.count("\n") == 1
    return told.removeprefix("vkeyframe: ").rstrip("\n")


def test_environment_goes_before_file_before_preset_before_default(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(project('preset = "summary"\nsensitivity = 0.6\nmax = 7\nquality = 80\nmin-gap = 3'))
    monkeypatch.setenv("VKEYFRAME_QUALITY", "70")
    monkeypatch.setenv("VKEYFRAME_MAX", "")
    shown = settings(capsys)
    assert shown["preset"] == ("summary", path)
    assert shown["quality"] == (70, "VKEYFRAME_QUALITY")
    assert shown["sensitivity"] == (0.6, path)
    # An empty variable is none.
    assert shown["max"] == (7, path)
    assert shown["min-gap"][1] == path
    assert shown["skip-dark"] == (True, "preset summary")
    assert shown["decode"] == ("sampled", "default")
    assert settings(capsys, "--preset", "slides")["preset"] == ("slides", "command line")


def test_the_command_line_goes_before_all(
    video: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project("count = 1\nskip-dark = true\nno-images = true\nsheet = true")
    monkeypatch.setenv("VKEYFRAME_COUNT", "2")
    for more, count in (([], 2), (["--count", "3"], 3)):
        assert run(["extract", str(video), "-q", "--no-sheet", "--json", "-", *more]) == 0
        report = json.loads(capsys.readouterr().out)
        assert len(report["keyframes"]) == count
        assert report["settings"]["skip_dark"]
        assert [frame["file"] for frame in report["keyframes"]] == [None] * count
    assert run(["extract", str(video), "-q", "--images", "--no-skip-dark", "-o", "out"]) == 0
    assert len(list(Path("out").glob("*.jpg"))) == 3
    assert not json.loads(Path("out/report.json").read_text("utf-8"))["settings"]["skip_dark"]


def test_the_report_is_the_same_wherever_a_setting_comes_from(
    video: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def report(*more: str) -> dict[str, Any]:
        assert run(["extract", str(video), "--no-images", "-q", "--json", "-", *more]) == 0
        return {key: value for key, value in json.loads(capsys.readouterr().out).items() if key != "run"}

    wanted = report("--count", "2", "--start", "0.5", "--novelty")
    Path("mine.toml").write_text("count = 2\nstart = 0.5\nnovelty = true\n", "utf-8")
    assert report("--config", "mine.toml") == wanted
    for name, value in (("COUNT", "2"), ("START", "0.5"), ("NOVELTY", "1")):
        monkeypatch.setenv(f"VKEYFRAME_{name}", value)
    assert report() == wanted


@pytest.mark.parametrize("stronger", ["per-minute", "per-shot", "max-gap"])
def test_a_number_from_a_stronger_place_replaces_others(
    stronger: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project("count = 3")
    monkeypatch.setenv(f"VKEYFRAME_{stronger.upper().replace('-', '_')}", "2")
    shown = settings(capsys)
    assert shown["count"] == (None, "default")
    assert shown[stronger][1].startswith("VKEYFRAME_")


def test_to_skip_what_is_there_gives_way_to_overwrite_on_the_command_line(
    video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project("resume = true\nskip-existing = true")
    for _ in range(2):
        assert run(["extract", str(video), "-o", "out", "--overwrite", "--count", "1"]) == 0
        assert "skipped" not in capsys.readouterr().err
    assert run(["extract", str(video), "-o", "out", "--overwrite", "--skip-existing"]) == 2


def test_a_flag_of_a_preset_can_be_turned_off(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    project('preset = "surveillance"')
    assert settings(capsys)["novelty"] == (True, "preset surveillance")
    monkeypatch.setenv("VKEYFRAME_NOVELTY", "0")
    assert settings(capsys)["novelty"] == (False, "VKEYFRAME_NOVELTY")


def test_the_nearest_project_file_with_a_table_counts(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = project("count = 4\nquality = 60")
    folder = place / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "vkeyframe-films"\n', "utf-8")
    # What is no TOML and does not speak of us is nobody's business here.
    (place / "a" / "pyproject.toml").write_text("= broken", "utf-8")
    monkeypatch.chdir(folder)
    assert settings(capsys)["count"] == (4, str(outer))
    inner = project("count = 5", place / "a")
    shown = settings(capsys)
    assert shown["count"] == (5, str(inner))
    assert shown["quality"] == (90, "default")


def test_a_file_that_is_named_replaces_the_project_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project("count = 4")
    Path("mine.toml").write_text("quality = 60\n", "utf-8")
    shown = settings(capsys, "--config", "mine.toml")
    assert (shown["count"], shown["quality"]) == ((None, "default"), (60, "mine.toml"))
    monkeypatch.setenv("VKEYFRAME_CONFIG", "mine.toml")
    assert settings(capsys)["quality"] == (60, "mine.toml")
    assert settings(capsys, "--config", "/dev/null")["quality"] == (90, "default")
    assert settings(capsys, "--config", "pyproject.toml")["count"] == (4, "pyproject.toml")


def test_a_table_of_a_command_counts_for_it_alone(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(project("sensitivity = 0.6\nno_images = true\n[tool.vkeyframe.shots]\nsensitivity = 0.7\nmin-length = 0.5"))
    assert settings(capsys)["sensitivity"] == (0.6, path)
    of_shots = settings(capsys, "shots")
    assert of_shots["sensitivity"] == (0.7, path)
    assert of_shots["min-length"] == ("0.5", path)
    # A command without an option takes no offence at it.
    assert "no-images" not in of_shots
    assert settings(capsys)["no-images"] == (True, path)


def test_shots_match_and_track_take_their_options_from_a_file(video: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project('end = "10f"\ntop = 1\nformat = "png"\nmasks = true')
    assert run(["shots", str(video), "-q"]) == 0
    assert json.loads(capsys.readouterr().out)[-1]["end_frame"] == 9
    assert run(["match", str(video), "--target", "0.2", "-o", "hits", "-q"]) == 0
    assert [path.suffix for path in Path("hits").iterdir() if path.suffix != ".json"] == [".png"]
    assert run(["track", str(video), "-o", "things", "-q"]) == 0
    assert len(list(Path("things/masks").iterdir())) > 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cuont = 3", "vkeyframe has no option 'cuont'; did you mean 'count'?"),
        ("skip_drak = true", "vkeyframe has no option 'skip_drak'; did you mean 'skip-dark'?"),
        ("xyzzy = 3", "vkeyframe has no option 'xyzzy'; vkeyframe config lists them."),
        ("[tool.vkeyframe.shots]\nquality = 3", "vkeyframe shots has no option 'quality'; did you mean 'quiet'?"),
        ("[tool.vkeyframe.shot]\nstart = 3", "vkeyframe has no option 'shot'; "),
        ("min-gap = 1\nmin_gap = 1", "'min-gap' is there twice, with - and with _; keep one of them."),
        ('output = "there"', "'output' is of one run; give --output on the command line."),
        ('json = "-"', "'json' is of one run; give --json on the command line."),
        ('target = "a.png"', "'target' is of one run; give --target on the command line."),
        ('count = "3"', "count is '3', but must be a whole number."),
        ("count = 3.5", "count is 3.5, but must be a whole number."),
        ("count = true", "count is true, but must be a whole number."),
        ("count = [3]", "count is [3], but must be a whole number."),
        ('skip-dark = "yes"', "skip-dark is 'yes', but must be true or false."),
        ("skip-dark = 1", "skip-dark is 1, but must be true or false."),
        ('sensitivity = "0.5"', "sensitivity is '0.5', but must be a number."),
        ("keep = 5", "keep is 5, but must be a text in quotes."),
        ("start = 2026-01-01", "start is datetime.date(2026, 1, 1), but must be a time"),
        ("count = 0", "count cannot be used; 0 is not in the range x>=1."),
        ("sensitivity = nan", "sensitivity cannot be used; 'nan' is not a finite number."),
        ('keep = "all"', "keep cannot be used; 'all' is not one of 'content', 'states', 'events', 'steps', 'lines'."),
        ('start = "noon"', "start cannot be used; 'noon' is no time; "),
        ('name = "same"', "name cannot be used; "),
        ('preset = "lecture"', "preset cannot be used; 'lecture' is not one of "),
        ("count = ", "is no TOML that can be read ("),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_file_and_key(text: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = project(text)
    assert complaint(capsys).startswith(f"{path}: {told}")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CUONT", "3", "there is no such option; did you mean VKEYFRAME_COUNT?"),
        ("OUTPUT", "x", "is of one run; give --output on the command line."),
        ("COUNT", "many", "count cannot be used; 'many' is not a valid integer range."),
        ("SKIP_DARK", "perhaps", "skip-dark cannot be used; 'perhaps' is not a valid boolean"),
        ("MIN_GAP", "soon", "min-gap cannot be used; 'soon' is no time; "),
    ],
)
def test_what_is_wrong_in_the_environment_is_said_with_the_variable(
    name: str, value: str, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"VKEYFRAME_{name}", value)
    assert complaint(capsys).startswith(f"VKEYFRAME_{name}: {told}")


def test_variables_of_others_are_left_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # The last two are what Kubernetes sets for a service of our name.
    for name in ("ALL", "PORT_443_TCP_ADDR", "SERVICE_HOST"):
        monkeypatch.setenv(f"VKEYFRAME_{name}", "1")
    assert {place for _, place in settings(capsys).values()} == {"default"}


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("none.toml", "none.toml: cannot be read (No such file or directory); give --config a file."),
        (".", ".: cannot be read (Is a directory); give --config a file."),
        ("/dev/zero", "/dev/zero: is too large for a file of options; give --config another one."),
        ("bytes.toml", "bytes.toml: is no TOML that can be read ("),
        ("pyproject.toml", "pyproject.toml: has no table [tool.vkeyframe]; add one, or give --config another file."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(file: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bytes.toml").write_bytes(b"\xff\x00")
    Path("pyproject.toml").write_text("[project]\n", "utf-8")
    assert complaint(capsys, "extract", "no.mp4", "--config", file).startswith(told)


def test_the_table_has_a_line_for_each_setting(capsys: pytest.CaptureFixture[str]) -> None:
    path = project("count = 3\nsheet = true")
    assert run(["config"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["count", "3", str(path)] in lines
    assert ["sheet", "true", str(path)] in lines
    assert ["decode", '"sampled"', "default"] in lines
    assert {"output", "json", "config"}.isdisjoint(line[0] for line in lines)


def test_a_command_without_settings_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert complaint(capsys, "config", "schema").startswith("'schema' is no command that has settings; give extract, batch, ")


def test_a_real_process_reads_the_project_file_and_help_does_not(place: Path) -> None:
    project("cuont = 3")
    done = clips.call("extract", "no.mp4")
    assert (done.returncode, b"did you mean 'count'?" in done.stderr) == (2, True)
    assert clips.call("extract", "--help").returncode == 0


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("vkeyframe ex", ["export", "extract"]),
        ("vkeyframe extract --pres", ["--preset"]),
        ("vkeyframe extract --preset s", ["slides", "summary", "surveillance"]),
        ("vkeyframe batch --keep st", ["states", "steps"]),
    ],
)
def test_the_shell_completes(words: str, completed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # A file that is broken hinders nobody from typing.
    project("cuont = 3")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    monkeypatch.setenv("_VKEYFRAME_COMPLETE", "bash_complete")
    done = subprocess.run(clips.PROGRAM, capture_output=True, text=True, check=False)
    assert sorted(line.partition(",")[2] for line in done.stdout.splitlines()) == completed
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_can_be_had(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_VKEYFRAME_COMPLETE", f"{shell}_source")
    done = subprocess.run(clips.PROGRAM, capture_output=True, text=True, check=True)
    assert f"_VKEYFRAME_COMPLETE={shell}_complete" in done.stdout


def test_a_flag_of_an_installed_package_can_be_set(tmp_path: Path, video: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        '"""Nothing."""\nfrom vkeyframe.export.registry import Exporter\nEXPORTER = Exporter("Write nothing.", lambda *_: [])\n'
    )
    site = packages.install(
        tmp_path / "site", "nothing_exporter", text, "[vkeyframe.exporters]\nnothing = nothing_exporter:EXPORTER\n"
    )
    path = project("nothing = true")
    done = packages.run(site, "config", "--json", "-")
    assert json.loads(done.stdout)["settings"]["nothing"] == {"value": True, "from": str(path)}
    # A command without it knows all the same that there is such an option.
    assert packages.run(site, "shots", "no.mp4").returncode == 3
    assert complaint(capsys, "shots", "no.mp4") == f"{path}: vkeyframe has no option 'nothing'; did you mean 'moving'?"
