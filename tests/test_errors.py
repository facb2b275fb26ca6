"""Exit codes, the one handler of errors, and an installation without libGL."""

import ast
import os
import pickle
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import click
import pytest

from vkeyframe import errors
from vkeyframe.cli.main import cli, run
from vkeyframe.errors import VkeyframeError

CODES = {
    "VkeyframeError": 1,
    "InternalError": 1,
    "MissingLibraryError": 1,
    "UsageError": 2,
    "InputError": 3,
    "LibraryError": 3,
    "ReportError": 3,
    "DamagedVideoError": 4,
    "DecoderError": 5,
    "ResourceError": 5,
    "OutputError": 6,
    "ClusterError": 7,
}
KINDS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, VkeyframeError)}
LIBGL = "libGL.so.1: cannot open shared object file: No such file or directory"
README = Path(__file__).parents[1] / "README.md"
INSTALLED = shutil.which("vkeyframe", path=sysconfig.get_path("scripts"))
PYTHON = [sys.executable, "-c", "from vkeyframe.cli.main import main; main()"]


def test_every_error_has_its_exit_code() -> None:
    assert {name: kind.exit_code for name, kind in KINDS.items()} == CODES


def test_no_two_kinds_of_failure_share_an_exit_code() -> None:
    own = [kind.exit_code for kind in KINDS.values() if "exit_code" in vars(kind)]
    assert sorted(own) == [1, 2, 3, 4, 5, 6, 7]


def test_every_error_is_one_of_ours() -> None:
    defined = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, BaseException)}
    assert defined == set(CODES)


@pytest.mark.parametrize("name", CODES)
def test_every_error_says_what_it_is(name: str) -> None:
    assert str(KINDS[name].__doc__).endswith(".")


@pytest.mark.parametrize("text", [str(cli.help), README.read_text("utf-8")], ids=["help", "README"])
def test_all_exit_codes_are_documented(text: str) -> None:
    told = text.partition("Exit codes:")[2].partition("\n\n")[0]
    assert [int(code) for code in re.findall(r"\b\d+\b", told)] == [0, 1, 2, 3, 4, 5, 6, 7, 129, 130, 143]


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        *((KINDS[name]("It is so; do that."), code, "vkeyframe: It is so; do that.\n") for name, code in CODES.items()),
        (KeyboardInterrupt(), 130, "vkeyframe: interrupted.\n"),
        (click.Abort(), 130, "vkeyframe: interrupted.\n"),
        (click.exceptions.Exit(7), 7, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_the_handler_turns_an_error_into_one_line_and_a_code(
    error: BaseException, code: int, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli, "main", fail)
    assert run([]) == code
    assert capsys.readouterr() == ("", told)


def test_the_handler_hides_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "main", fail)
    with pytest.raises(ZeroDivisionError):
        run([])


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["extract"],
        ["extract", "--nonsense", "x.mp4"],
        ["extract", "--count", "0", "x.mp4"],
        ["extract", "--start", "noon", "x.mp4"],
        ["extract", "--overwrite", "--skip-existing", "x.mp4"],
        ["match", "x.mp4"],
        ["shots", "--format", "xml", "x.mp4"],
    ],
    ids=" ".join,
)
def test_a_usage_error_ends_with_2_and_says_why(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == CODES["UsageError"]
    output, told = capsys.readouterr()
    assert output == ""
    assert told.strip()


@pytest.fixture
def without_libgl(tmp_path: Path) -> dict[str, str]:
    """Give an environment whose `cv2` fails as OpenCV does on a machine without a screen."""
    package = tmp_path / "broken" / "cv2"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f"raise ImportError({LIBGL!r})\n")
    path = os.pathsep.join([str(package.parent), str(Path(errors.__file__).parents[1])])
    return os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(
            [str(INSTALLED)],
            id="script",
            marks=pytest.mark.skipif(INSTALLED is None, reason="the vkeyframe script is not installed"),
        ),
        pytest.param(PYTHON, id="python"),
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [["extract", "x.mp4"], ["match", "x.mp4", "--target", "1"], ["shots", "x.mp4"], ["probe", "x.mp4"]],
    ids=lambda arguments: arguments[0],
)
def test_a_missing_libgl_is_told_in_a_sentence(
    command: list[str], arguments: list[str], without_libgl: dict[str, str], tmp_path: Path
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    done = subprocess.run([*command, *arguments], cwd=place, env=without_libgl, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    for needed in ("OpenCV", LIBGL, "libgl1", "opencv-python-headless"):
        assert needed in done.stderr
    assert list(place.iterdir()) == []


def test_what_needs_no_opencv_works_without_libgl(without_libgl: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run([*PYTHON, "schema"], cwd=tmp_path, env=without_libgl, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "vkeyframe.report/2" in done.stdout


def test_the_library_raises_its_own_error_without_libgl(without_libgl: dict[str, str], tmp_path: Path) -> None:
    program = (
        "import vkeyframe\n"
        "from vkeyframe.errors import MissingLibraryError\n"
        "try:\n"
        "    vkeyframe.extract('x.mp4', isolate=False)\n"
        "except MissingLibraryError as error:\n"
        "    print(type(error.__cause__).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=without_libgl, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ImportError\n", "")


@pytest.mark.parametrize(("kind", "also"), [("UsageError", ValueError), ("InputError", OSError), ("ReportError", OSError)])
def test_errors_of_ours_are_also_those_that_python_has_for_it(kind: str, also: type[Exception]) -> None:
    error = KINDS[kind]("a.mp4: no.")
    assert isinstance(error, also)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), str(error)) == (KINDS[kind], "a.mp4: no.", "a.mp4: no.")


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (MemoryError(), 5, "vkeyframe: there is not enough memory"),
        (OSError(24, "Too many open files"), 5, "vkeyframe: there are not enough file descriptors"),
        (OSError(28, "No space left on device", "/tmp/a"), 6, "/tmp/a: cannot be written (No space left on device)."),
        (RuntimeError("can't start new thread"), 5, "vkeyframe: there are not enough threads"),
    ],
)
def test_what_the_machine_lacks_is_one_line(
    error: Exception, code: int, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli, "main", fail)
    assert run([]) == code
    shown = capsys.readouterr().err
    assert shown.startswith(told)
    assert shown.count("\n") == 1


def test_the_python_interface_decodes_in_a_child_of_its_own(tmp_path: Path) -> None:
    """A crash of the decoder, here of both, is an error that a notebook survives."""
    program = (
        "import os, signal, vkeyframe, vkeyframe.api\n"
        "from tests import clips\n"
        "from pathlib import Path\n"
        "path = clips.write_clip(Path('clip.mp4'), clips.scene(1, 10))\n"
        "here = vkeyframe.extract(path, isolate=False)\n"
        "found = vkeyframe.extract(path)\n"
        "print(found.keyframes == here.keyframes, found.settings == here.settings, found.sections == here.sections)\n"
        "path.write_bytes(b'x')\n"
        "try:\n"
        "    vkeyframe.extract(path, progress=lambda done, total: None)\n"
        "except vkeyframe.errors.InputError as error:\n"
        "    print(error)\n"
        "os.environ['PYTHONPATH'] = os.getcwd()\n"
        "Path('sitecustomize.py').write_text('import os; os.abort()')\n"
        "try:\n"
        "    vkeyframe.extract('clip.mp4')\n"
        "except vkeyframe.errors.DecoderError as error:\n"
        "    print(error)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "True True True",
        "clip.mp4: no video can be found in it; it may be no video, damaged at the start, or encrypted.",
        "clip.mp4: the decoder crashed on it; convert it with another program first.",
    ]


def _sentences(module: Path) -> list[str]:
    """List the texts in the errors that a module makes."""
    calls = [node for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.Call)]
    made = [call for call in calls if "Error" in ast.unparse(call.func)]
    return [
        part.value for call in made for part in ast.walk(call) if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]


def test_the_library_names_arguments_and_the_command_line_flags() -> None:
    package = Path(errors.__file__).parent
    sentences = {module: _sentences(module) for module in package.rglob("*.py")}
    flags = [
        (module.name, sentence)
        for module, found in sentences.items()
        for sentence in found
        if module.parent.name != "cli" and re.search(r"(^|\s)(--[a-z]|-o)\b", sentence)
    ]
    assert flags == []
    # It would see one, as those of the command line.
    assert any("--no-images" in sentence for sentence in sentences[package / "cli" / "command.py"])
    arguments = [text for module, found in sentences.items() if module.parent.name == "cli" for text in found if "=…" in text]
    assert arguments == []
