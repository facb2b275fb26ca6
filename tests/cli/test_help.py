"""The help: complete, quick, and of one mind with the settings."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import version

import click
import pytest

from vkeyframe.cli.main import cli, run
from vkeyframe.settings import OPTIONS as OF_ALL_SETTINGS

COMMANDS = (
    "batch",
    "browse",
    "config",
    "duplicates",
    "export",
    "extract",
    "frame",
    "guide",
    "index",
    "match",
    "mcp",
    "probe",
    "schema",
    "search",
    "shots",
    "track",
)
LIMITS = {name: item.metadata for name, (_, item) in OF_ALL_SETTINGS.items()}
DEFAULTS = {name: item.default for name, (_, item) in OF_ALL_SETTINGS.items()}
HEAVY = ("numpy", "numba", "llvmlite", "cv2", "tqdm", "vkeyframe.pipeline")
INSTALLED = shutil.which("vkeyframe", path=sysconfig.get_path("scripts"))
# What each command needs, so that all its other values are its defaults.
NEEDED = {
    "batch": ["a.mp4"],
    "browse": ["--library", "a.db"],
    "config": [],
    "duplicates": ["--library", "a.db"],
    "export": ["out", "--to", "sheet"],
    "extract": ["a.mp4"],
    "frame": ["a.mp4", "1"],
    "guide": [],
    "index": ["a.mp4", "--library", "a.db"],
    "match": ["a.mp4", "--target", "1"],
    "mcp": [],
    "probe": ["a.mp4"],
    "schema": [],
    "search": ["a.png", "--library", "a.db"],
    "shots": ["a.mp4"],
    "track": ["a.mp4"],
}


ALL = [
    (name, parameter)
    for name, command in cli.commands.items()
    for parameter in command.params
    if isinstance(parameter, click.Option)
]
# `shots --format`, the form of a list, is another parameter than the setting.
SHARED = [(name, option) for name, option in ALL if option.name in LIMITS]
OPTIONS = [pytest.param(name, option, id=f"{name} {option.opts[-1]}") for name, option in ALL]
OF_SETTINGS = [pytest.param(name, option, id=f"{name} {option.opts[-1]}") for name, option in SHARED]


def help_of(command: str, capsys: pytest.CaptureFixture[str], flag: str = "--help") -> str:
    assert run([*([command] if command else []), flag]) == 0
    output, told = capsys.readouterr()
    assert told == ""
    return " ".join(output.split())


def test_these_are_the_commands() -> None:
    assert sorted(cli.commands) == sorted(COMMANDS)
    assert sorted(NEEDED) == sorted(COMMANDS)


def test_the_overview_begins_with_what_most_people_want_and_has_a_whole_line_for_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["--help"]) == 0
    listed = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(cli.commands)
    assert [line.split()[0] for line in listed[:2]] == ["extract", "batch"]
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = str(cli.commands[command].help)
    assert text.splitlines()[0].endswith(".")
    first = text.splitlines()[0]
    assert first in help_of(command, capsys)
    overview = help_of("", capsys)
    told = re.search(rf" {command} (.+?)(?:\.\.\.|\.)", overview)
    assert told is not None
    assert first.startswith(told[1].removesuffix("."))


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_every_option_says_what_it_does(command: str, option: click.Option, capsys: pytest.CaptureFixture[str]) -> None:
    assert option.help is not None
    assert len(option.help) > 10
    assert option.help.split(" [default")[0].endswith(".")
    text = help_of(command, capsys)
    assert " ".join(option.help.split()) in text
    assert all(re.search(rf"(?:^|[ ,]){re.escape(flag)}\b", text) for flag in option.opts)
    assert not option.hidden


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_a_short_and_a_long_form(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(command, capsys, "-h")
    assert text == help_of(command, capsys, "--help")
    assert text.startswith(f"Usage: vkeyframe {command}".rstrip())
    assert "-h, --help" in text


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr() == (f"vkeyframe, version {version('vkeyframe')}\n", "")


@pytest.mark.parametrize("command", ["batch", "extract"])
def test_every_setting_is_offered_with_its_default(command: str) -> None:
    values = cli.commands[command].make_context(command, ["a.mp4"]).params
    assert {name: values[name] for name in LIMITS} == DEFAULTS


@pytest.mark.parametrize(
    ("command", "usual"),
    [
        ("batch", "output from-file jobs resume overwrite preset count sensitivity width html"),
        ("extract", "output json overwrite preset count sensitivity start end width html"),
    ],
)
def test_the_help_lists_the_ten_usual_options_and_then_the_others_in_groups(
    command: str, usual: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "--help"]) == 0
    text = capsys.readouterr().out
    titles = re.findall(r"^([A-Z].+):$", text, re.MULTILINE)
    of_titles = {
        "selection": "Which frames",
        "spoken": "Words",
        "reading": "Reading",
        "pictures": "Pictures",
        "exports": "Further forms",
    }
    assert titles == [
        "Usual options", "Which frames", "Words", "Reading", "Pictures", "Further analysis", "Further forms", "Other options"
    ]  # fmt: skip
    groups = dict(zip(titles, re.split(r"^[A-Z].+:$", text, flags=re.MULTILINE)[1:], strict=True))
    assert [flag for flag in re.findall(r"^  .*?--([a-z-]+)", groups["Usual options"], re.MULTILINE) if flag] == usual.split()
    assert len(usual.split()) == 10
    for name, (group, _) in OF_ALL_SETTINGS.items():
        flag = name.replace("_", "-")
        assert re.search(
            rf"^  --{flag}[ ,]", groups["Usual options" if flag in usual.split() else of_titles[group]], re.MULTILINE
        )
        assert len(re.findall(rf"^  --{flag}[ ,]", text, re.MULTILINE)) == 1
    assert "  --novelty " in groups["Further analysis"]
    assert "  --moving " in groups["Further analysis"]
    assert "  --sheet " in groups["Further forms"]
    assert "  -h, --help " in groups["Other options"]
    # All of the usual ones are on the first page, and nothing is wider than that.
    assert max(map(len, text.splitlines())) <= 80
    assert text[: text.index("Which frames:")].count("\n") <= 42


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_the_defaults_of_the_settings(command: str) -> None:
    values = cli.commands[command].make_context(command, NEEDED[command]).params
    offered = {option.name for option in cli.commands[command].params if isinstance(option, click.Option)} & set(LIMITS)
    assert {name: values[name] for name in offered} == {name: DEFAULTS[name] for name in offered}
    assert bool(offered) == (
        command in ("batch", "export", "extract", "frame", "index", "match", "probe", "search", "shots", "track")
    )


@pytest.mark.parametrize(("command", "option"), OF_SETTINGS)
def test_an_option_has_the_help_the_limits_and_the_default_of_its_setting(
    command: str, option: click.Option, capsys: pytest.CaptureFixture[str]
) -> None:
    limits, default = LIMITS[str(option.name)], DEFAULTS[str(option.name)]
    assert option.opts == [f"--{str(option.name).replace('_', '-')}", *([limits["flag"]] if "flag" in limits else [])]
    assert option.help == limits["help"]
    assert option.is_flag is isinstance(default, bool)
    assert list(getattr(option.type, "choices", ())) == list(limits.get("choices", ()))
    assert getattr(option.type, "min", None) == limits.get("low")
    assert getattr(option.type, "max", None) == limits.get("high")
    text = help_of(command, capsys)
    shown = f"{' '.join(limits['help'].split())} [default: {default}"
    assert (shown in text) is (default not in (None, ()) and not isinstance(default, bool))


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_a_value_beyond_the_limits_is_refused_with_the_options_name(
    command: str, option: click.Option, capsys: pytest.CaptureFixture[str]
) -> None:
    if option.is_flag:
        assert run([command, f"{option.opts[-1]}=1", *NEEDED[command]]) == 2
    elif isinstance(option.type, click.Choice):
        assert run([command, option.opts[-1], "nonsense", *NEEDED[command]]) == 2
    elif isinstance(option.type, click.IntRange):
        assert run([command, option.opts[-1], str((option.type.min or 0) - 1), *NEEDED[command]]) == 2
    else:
        assert run([command, *NEEDED[command], option.opts[-1]]) == 2
    output, told = capsys.readouterr()
    assert output == ""
    assert option.opts[-1] in told


def test_help_is_quick_because_it_imports_nothing_heavy() -> None:
    program = (
        "import io, sys\n"
        "from contextlib import redirect_stdout\n"
        "from vkeyframe.cli.main import run\n"
        "arguments = [['--help'], ['-h'], ['--version'], *([name, '--help'] for name in sys.argv[1:])]\n"
        "with redirect_stdout(io.StringIO()) as shown:\n"
        "    codes = [run(one) for one in arguments]\n"
        "import json\n"
        "print(json.dumps([codes, len(shown.getvalue()), sorted(sys.modules)]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *COMMANDS], capture_output=True, text=True, check=True)
    codes, shown, modules = json.loads(done.stdout)
    assert codes == [0] * (3 + len(COMMANDS))
    assert shown > 3000
    assert "vkeyframe.cli.main" in modules
    assert [name for name in HEAVY if name in modules] == []


@pytest.mark.skipif(INSTALLED is None, reason="the vkeyframe script is not installed")
def test_the_installed_script_shows_the_help_and_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(INSTALLED), "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Usage: vkeyframe [OPTIONS] COMMAND")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "vkeyframe.cli.main" in imported
    assert not imported & set(HEAVY)
