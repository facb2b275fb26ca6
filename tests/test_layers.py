"""The order of the house: who may import whom, who may touch OpenCV, how long a file may be."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "vkeyframe"
LAYERS = {
    "errors": 0,
    "opencv": 1,
    "plugins": 1,
    "presets": 1,
    "process": 1,
    "timecode": 1,
    "timing": 1,
    "kernels": 2,
    "options": 2,
    "report": 2,
    "sound": 3,
    "video": 3,
    "analysis": 4,
    "models": 4,
    "words": 4,
    "attention": 5,
    "tracking": 5,
    "selection": 5,
    "output": 6,
    "export": 7,
    "settings": 7,
    "live": 9,
    "matching": 8,
    "given": 8,
    "pipeline": 8,
    "api": 9,
    "library": 10,
    "queries": 11,
    "browse": 11,
    "batch": 11,
    "cli": 12,
}
TOP = max(LAYERS.values()) + 1
LONGEST_FILE = 300
LONGEST_FUNCTION = 50
MOST_PARAMETERS = 6
# A kernel takes no records, which Numba does not know, and its results are arguments as well: arrays that the caller allocates.
MOST_PARAMETERS_OF_KERNELS = 8
# What one call of the Python interface can say: the front door may have one more.
FRONT_DOOR = ["extract: path, settings, output, overwrite, exports, progress, isolate"]


def module_name(path: Path) -> str:
    """Dotted name of a module of the package, or of a package by its `__init__.py`."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
EMPTY_INITS = [name for name, path in SOURCES.items() if path.name == "__init__.py" and name != "vkeyframe"]


@cache
def parse(module: str) -> ast.Module:
    return ast.parse(SOURCES[module].read_text("utf-8"))


def imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names of all that is imported anywhere in a module, in functions too; a relative import begins with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def inner_imports(tree: ast.AST) -> set[str]:
    """Those modules of the package that a module imports."""
    found = set()
    for name in imports(tree):
        if name.split(".")[0] != "vkeyframe":
            continue
        found.add(name if name in SOURCES else name.rpartition(".")[0])
    return found


def layer(module: str) -> int:
    """The layer of a module; the package itself, which only hands on its interface, lies above all."""
    return TOP if module == "vkeyframe" else LAYERS[module.split(".")[1]]


def upward_imports(module: str, tree: ast.AST) -> list[str]:
    return sorted(other for other in inner_imports(tree) if layer(other) > layer(module))


def names_of_calls(tree: ast.AST) -> set[str]:
    """Every name and attribute that a module uses, and what it imports."""
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return used | {name.rpartition(".")[2] for name in imports(tree)}


def long_functions(tree: ast.AST, longest: int = LONGEST_FUNCTION) -> list[str]:
    """Functions and how many lines they have, signature and docstring included, where these are too many."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {function.name: (function.end_lineno or 0) - function.lineno + 1 for function in functions}
    return [f"{name}: {length} lines" for name, length in lengths.items() if length > longest]


def rooms(module: str) -> str:
    """The room of a module: a folder of the package, or a module beside these."""
    return module.split(".")[1] if "." in module else module


def many_parameters(tree: ast.AST, most: int = MOST_PARAMETERS) -> list[str]:
    """Public functions with too many parameters, `self` and `cls` aside; a name with an underscore in front is not public."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            arguments = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            if len(arguments) - (arguments[:1] in (["self"], ["cls"])) > most:
                found.append(f"{node.name}: {', '.join(arguments)}")
    return found


def is_command(tree: ast.AST, name: str) -> bool:
    """Whether a function is a command, whose parameters are the options of its command line."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    return any("command" in ast.dump(decorator) for function in functions for decorator in function.decorator_list)


def test_the_modules_are_found() -> None:
    assert {"vkeyframe", "vkeyframe.cli.main", "vkeyframe.kernels.jit", "vkeyframe.video.opencv_decoder"} <= set(SOURCES)


def test_every_part_of_the_package_has_a_layer_and_every_layer_a_part() -> None:
    assert {name.split(".")[1] for name in SOURCES if name != "vkeyframe"} == set(LAYERS)


@pytest.mark.parametrize("module", SOURCES)
def test_an_import_points_to_the_same_or_a_lower_layer(module: str) -> None:
    assert upward_imports(module, parse(module)) == []


def test_no_modules_import_each_other() -> None:
    TopologicalSorter({module: inner_imports(parse(module)) for module in SOURCES}).prepare()


def test_no_rooms_import_each_other() -> None:
    arrows: dict[str, set[str]] = {}
    for module in SOURCES:
        others = {rooms(other) for other in inner_imports(parse(module))} - {rooms(module), "vkeyframe"}
        arrows.setdefault(rooms(module), set()).update(others)
    TopologicalSorter(arrows).prepare()


@pytest.mark.parametrize("module", SOURCES)
def test_imports_are_absolute_and_can_be_seen(module: str) -> None:
    assert [name for name in imports(parse(module)) if name.startswith(".")] == []
    # The child process imports what its owner names, so that it has it before it is called.
    if module != "vkeyframe.process.child":
        assert not {"__import__", "import_module"} & names_of_calls(parse(module))


def test_one_module_imports_opencv() -> None:
    importers = [module for module in SOURCES if "cv2" in {name.split(".")[0] for name in imports(parse(module))}]
    assert importers == ["vkeyframe.opencv"]


def test_one_module_opens_videos() -> None:
    assert [module for module in SOURCES if "VideoCapture" in names_of_calls(parse(module))] == ["vkeyframe.video.opencv_decoder"]


@pytest.mark.parametrize("module", SOURCES)
def test_no_file_is_too_long(module: str) -> None:
    assert len(SOURCES[module].read_text("utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("module", SOURCES)
def test_no_function_is_too_long(module: str) -> None:
    assert long_functions(parse(module)) == []


@pytest.mark.parametrize("module", SOURCES)
def test_no_public_function_has_too_many_parameters(module: str) -> None:
    tree = parse(module)
    most = MOST_PARAMETERS_OF_KERNELS if rooms(module) == "kernels" else MOST_PARAMETERS
    found = [found for found in many_parameters(tree, most) if not is_command(tree, found.partition(":")[0])]
    assert found == (FRONT_DOOR if module == "vkeyframe.api" else [])


@pytest.mark.parametrize("module", EMPTY_INITS)
def test_a_package_holds_nothing_but_its_docstring(module: str) -> None:
    tree = parse(module)
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


@pytest.mark.parametrize(
    ("source", "upward"),
    [
        ("from vkeyframe.errors import InputError", []),
        ("from vkeyframe.analysis.shots import Boundary", []),
        ("import numpy\nimport vkeyframes", []),
        ("from vkeyframe.pipeline import run", ["vkeyframe.pipeline"]),
        ("import vkeyframe.cli.main as main", ["vkeyframe.cli.main"]),
        ("from vkeyframe.cli import main", ["vkeyframe.cli.main"]),
        ("from vkeyframe import api, errors", ["vkeyframe.api"]),
        ("from vkeyframe import extract", ["vkeyframe"]),
        ("def f():\n    from vkeyframe.output.folder import write_text", ["vkeyframe.output.folder"]),
        ("if TYPE_CHECKING:\n    from vkeyframe.api import extract", ["vkeyframe.api"]),
    ],
)
def test_the_check_sees_an_import_that_points_upwards(source: str, upward: list[str]) -> None:
    assert upward_imports("vkeyframe.analysis.shots", ast.parse(source)) == upward


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("cv2.VideoCapture(path)", "VideoCapture"),
        ("from cv2 import VideoCapture as Video", "VideoCapture"),
        ("a = importlib.import_module('cv2')", "import_module"),
        ("a = __import__('cv2')", "__import__"),
    ],
)
def test_the_check_sees_a_name_in_use(source: str, used: str) -> None:
    assert used in names_of_calls(ast.parse(source))


def test_the_check_sees_a_cycle_a_relative_import_and_a_long_function() -> None:
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()
    assert list(imports(ast.parse("from ..errors import InputError"))) == ["..errors.InputError"]
    assert long_functions(ast.parse("def f():\n    pass\n    pass"), longest=2) == ["f: 3 lines"]
    assert many_parameters(ast.parse("def f(a, b, *, c): pass\ndef g(a): pass\ndef _h(a, b, c): pass"), most=2) == ["f: a, b, c"]
    assert many_parameters(ast.parse("class A:\n    def f(self, a, b): pass"), most=2) == []
    assert is_command(ast.parse("@click.command()\ndef f(a): pass"), "f")
    assert long_functions(ast.parse("class A:\n    async def f():\n        pass"), longest=2) == []
