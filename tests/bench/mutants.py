"""Change the code in small ways and see whether its tests notice: the share of such mutants that they kill.

    python -m tests.bench.mutants [--seed N] [--count 60] [--jobs 2] [--list] [--one NUMBER]

Mutants are drawn with a seed from the analysis, the selection and the kernels, from each file as many as it has lines of code.
In a mutant one comparison, number, sign or operator is another one, or one condition is negated; docstrings, annotations and
`__init__.py` stay as they are. Each is put into a temporary copy of the project, and the tests of these three rooms run there,
those of the mutant's own room first, until one fails; what takes too long counts as killed. A line tells what became of each.

Mutants that change nothing a test could see are named with the reason in EQUIVALENT; these are not run and do not count.
The exit code is 1 where less than 90 % of the others are killed. `--list` only tells what would be run; `--one` runs the mutant
of that number and shows what its tests say.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from random import Random
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
ROOMS = ("analysis", "selection", "kernels")
COPIED = ("vkeyframe", "tests", "sample_videos", "pyproject.toml")
ENOUGH = 0.9
# What the tests of a mutant may take: seconds of a processor, four times as many as without a change, and memory in KiB.
SECONDS, MEMORY = 120, 8 << 20
# Seconds by the clock after which it is given up where it waits for something.
PATIENCE = 1800.0
ENDED_BY_OTHERS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
# Letters of code by which a change can be recognised.
LEAST_SHOWN = 20

COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}

GUARD = "It only keeps from dividing by zero."
REST = "Any negative length stands for what is left, and a length that is too small leaves it to the last axis."
EMPTY = "All that is asked of it is that it is empty."
EARLY = "It only ends the test early; the same is asked of the belief at the end."
# File, code, code of the mutant, and why no test can tell them apart.
EQUIVALENT: tuple[tuple[str, str, str, str], ...] = (
    ("analysis/change.py", "texture.sum() + 1e-06", "texture.sum() - 1e-06", GUARD),
    ("analysis/features.py", "np.empty((0, 0), np.float32)", "np.empty((0, 1), np.float32)", EMPTY),
    ("analysis/features.py", "np.empty((0, 0), np.float32)", "np.empty((1, 0), np.float32)", EMPTY),
    ("analysis/features.py", "float(planes.to_bgr[0, 0])", "float(planes.to_bgr[1, 0])", "Luma counts alike for all colours."),
    (
        "analysis/attention.py",
        "total += gains[head] * residual",
        "total -= gains[head] * residual",
        "The sum takes the sign out.",
    ),
    (
        "analysis/attention.py",
        "np.log1p(features.gradients).reshape(-1, 1)",
        "np.log1p(features.gradients).reshape(-2, 1)",
        REST,
    ),
    ("analysis/attention.py", "picture.shape[1] // columns", "picture.shape[0] // columns", REST),
    (
        "analysis/attention.py",
        "picture.reshape(rows, height, columns, width, -1)",
        "picture.reshape(rows, height, columns, width, -2)",
        REST,
    ),
    (
        "analysis/attention.py",
        "logits - logits.max(axis=1, keepdims=True)",
        "logits + logits.max(axis=1, keepdims=True)",
        "A softmax does not see what is added to a whole row.",
    ),
    (
        "analysis/sections.py",
        "about('First frame of the action, 0-based in display order.', minimum=0)",
        "about('First frame of the action, 0-based in display order.', minimum=-1)",
        "The limits of a record are held by the schema, whose test is in another room (tests/report/test_schema.py).",
    ),
    ("analysis/gradual.py", "GRADUAL.residual_budget * (len(frames) - 2)", "GRADUAL.residual_budget * (len(frames) + 2)", EARLY),
    ("analysis/gradual.py", "GRADUAL.residual_budget * (len(frames) - 2)", "GRADUAL.residual_budget * (len(frames) - 1)", EARLY),
    (
        "analysis/shots.py",
        "new < 1 or steps[new].unmatched_texture < CUT.unmatched_texture",
        "new < 0 or steps[new].unmatched_texture < CUT.unmatched_texture",
        "The change before the first frame is none.",
    ),
    (
        "selection/ranking.py",
        "np.where(needed, 1000000.0, 0.0)",
        "np.where(needed, 1000000.0, 1.0)",
        "All that is not needed is worth one more, so that the order stays.",
    ),
    ("selection/ranking.py", "np.where(needed, 1000000.0, 0.0)", "np.where(needed, 2000000.0, 0.0)", "Both are above all gains."),
    ("selection/ranking.py", "filled = lengths > 0", "filled = lengths >= 0", "A shot without frames weighs nothing."),
    ("kernels/transition.py", "max(_sum(weights), 1e-06 * patches)", "max(_sum(weights), 1e-06 / patches)", GUARD),
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one file: its line, the code there before and after, and the text of the whole file with it."""

    file: str
    line: int
    before: str
    after: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.before}  →  {self.after}"

    @property
    def reason(self) -> str | None:
        """Why it is equivalent, None if it is not known to be."""
        known = {(f"vkeyframe/{file}", before, after): reason for file, before, after, reason in EQUIVALENT}
        return known.get((self.file, self.before, self.after))


def draw(seed: int, count: int) -> list[Mutant]:
    """Draw mutants, spread over the files by their lines of code; what is drawn from one file does not hang on the others."""
    paths = [path for room in ROOMS for path in sorted((ROOT / "vkeyframe" / room).rglob("*.py")) if path.name != "__init__.py"]
    trees = [ast.parse(path.read_text("utf-8")) for path in paths]
    places = [list(_places(tree)) for tree in trees]
    lengths = [_lines_of_code(tree) if found else 0 for tree, found in zip(trees, places, strict=True)]
    mutants = []
    begun = 0
    for path, tree, found, length in zip(paths, trees, places, lengths, strict=True):
        # Rounded so that the numbers sum up to the count.
        share = round((begun + length) * count / sum(lengths)) - round(begun * count / sum(lengths))
        begun += length
        source = Random(f"{seed} {path.name}")
        drawn = sorted(source.sample(found, min(share, len(found))))
        mutants += [_mutant(path, tree, *place, source) for place in drawn]
    return mutants


def _lines_of_code(tree: ast.Module) -> int:
    """Count the lines on which a statement that does something begins or goes on."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            lines |= {node.lineno, node.end_lineno or node.lineno}
    return len(lines)


def _places(tree: ast.AST) -> Iterator[tuple[int, int, str]]:
    """Where a file can be changed: the number of the node in a walk, that of its parent, and in what."""
    numbers = {id(node): number for number, node in enumerate(ast.walk(tree))}
    skipped = {id(inner) for part in _annotations(tree) for inner in ast.walk(part)}
    for parent in ast.walk(tree):
        for node in ast.iter_child_nodes(parent):
            place = numbers[id(node)], numbers[id(parent)]
            if id(node) in skipped:
                continue
            # What is imported for the types alone changes nothing.
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                continue
            if isinstance(node, ast.If | ast.While | ast.IfExp) or (isinstance(node, ast.comprehension) and node.ifs):
                yield *place, "condition"
            if isinstance(node, ast.Compare):
                yield *place, "comparison"
            elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
                yield *place, "number"
            elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
                yield *place, "sign"
            elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS and not _is_union(node):
                yield *place, "operator"


def _annotations(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        parts = getattr(node, "annotation", None), getattr(node, "returns", None)
        yield from (part for part in parts if isinstance(part, ast.AST))


def _is_union(node: ast.AST) -> bool:
    """Whether it is a type like `int | None`."""
    return isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant) and node.right.value is None


def _mutant(path: Path, tree: ast.Module, number: int, parent: int, what: str, source: Random) -> Mutant:
    changed = copy.deepcopy(tree)
    nodes, others = list(ast.walk(tree)), list(ast.walk(changed))
    numbers = {id(node): place for place, node in enumerate(nodes)}
    parents = {id(inner): outer for outer in nodes for inner in ast.iter_child_nodes(outer)}
    # A number alone says little; it is shown with what it is a part of.
    shown = nodes[number]
    while not isinstance(shown, ast.stmt) and len(_show(shown)) < LEAST_SHOWN:
        shown = parents[id(shown)]
    CHANGES[what](others[number], others[parent], source)
    line = getattr(nodes[number], "lineno", None) or getattr(nodes[parent], "lineno", 0)
    text = ast.unparse(ast.fix_missing_locations(changed))
    return Mutant(path.relative_to(ROOT).as_posix(), line, _show(shown), _show(others[numbers[id(shown)]]), text)


def _show(node: ast.AST) -> str:
    """Write code in one line, of a statement with a body only its head."""
    return ast.unparse(node).strip().splitlines()[0]


def _negate(node: ast.AST, _parent: ast.AST, source: Random) -> None:
    if isinstance(node, ast.comprehension):
        node.ifs[0] = ast.UnaryOp(ast.Not(), node.ifs[0])
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)


def _compare_otherwise(node: ast.AST, _parent: ast.AST, source: Random) -> None:
    assert isinstance(node, ast.Compare)
    place = source.randrange(len(node.ops))
    node.ops[place] = source.choice(COMPARISONS[type(node.ops[place])])()


def _count_otherwise(node: ast.AST, _parent: ast.AST, source: Random) -> None:
    """Change a whole number by one, double or halve another; one that only keeps from dividing by zero becomes 1."""
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int | float)
    if isinstance(node.value, int):
        node.value += source.choice((1, -1))
    elif 1e-3 <= abs(node.value) <= 1e6:
        node.value *= source.choice((2.0, 0.5))
    else:
        node.value = 1.0


def _turn(node: ast.AST, parent: ast.AST, _source: Random) -> None:
    """Leave out a sign, or a negation of arrays."""
    assert isinstance(node, ast.UnaryOp)
    for name, value in ast.iter_fields(parent):
        if value is node:
            setattr(parent, name, node.operand)
        elif isinstance(value, list) and any(item is node for item in value):
            setattr(parent, name, [node.operand if item is node else item for item in value])


def _calculate_otherwise(node: ast.AST, _parent: ast.AST, _source: Random) -> None:
    assert isinstance(node, ast.BinOp | ast.AugAssign)
    node.op = OPERATORS[type(node.op)]()


CHANGES: dict[str, Callable[[ast.AST, ast.AST, Random], None]] = {
    "condition": _negate,
    "comparison": _compare_otherwise,
    "number": _count_otherwise,
    "sign": _turn,
    "operator": _calculate_otherwise,
}


class Copy:
    """A copy of the project with kernels compiled for it alone, in which one file after the other is changed."""

    def __init__(self, folder: Path) -> None:
        self._root, self._compiled, self._cache = folder / "copy", folder / "compiled", folder / "cache"
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self._root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(ROOT / name, self._root / name)
        # No bytecode is kept: it would pass for that of a changed file of the same length and second.
        self._environment = os.environ | {
            "PYTHONPATH": str(self._root),
            "NUMBA_CACHE_DIR": str(self._cache),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }

    def prepare(self) -> None:
        """Compile all kernels, and see that the tests pass as long as nothing is changed."""
        self._cache.mkdir()
        code = self._test(ROOMS[0])
        if code:
            raise SystemExit(f"The tests fail without any change, with exit code {code}.")
        shutil.copytree(self._cache, self._compiled)

    def judge(self, mutant: Mutant, quiet: bool = True) -> str:
        """Say what became of a mutant: killed, hangs or SURVIVED."""
        path = self._root / mutant.file
        before, times = path.read_bytes(), path.stat()
        shutil.rmtree(self._cache)
        shutil.copytree(self._compiled, self._cache)
        path.write_text(mutant.text, "utf-8")
        try:
            code = self._test(Path(mutant.file).parts[1], quiet)
            if -code in ENDED_BY_OTHERS:
                raise SystemExit(f"The tests were ended by signal {-code}, which tells nothing.")
            return "SURVIVED" if code == 0 else "hangs" if code == -signal.SIGXCPU else "killed"
        finally:
            path.write_bytes(before)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    def _test(self, room: str, quiet: bool = True) -> int:
        """Run the tests until one fails, and return the exit code; below 0 for the signal that ended them."""
        rooms = sorted(ROOMS, key=lambda other: other != room)
        tests = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *(f"tests/{name}" for name in rooms))
        limited = ("sh", "-c", f'ulimit -S -t {SECONDS}; ulimit -v {MEMORY}; exec "$@"', "sh", *tests)
        output = subprocess.DEVNULL if quiet else None
        with subprocess.Popen(
            limited, cwd=self._root, env=self._environment, stdout=output, stderr=output, start_new_session=True
        ) as process:
            try:
                return process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                return -signal.SIGXCPU
            finally:
                # Also what it started and left behind.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def judge(mutants: list[tuple[int, Mutant]], jobs: int, quiet: bool = True) -> int:
    """Run the tests on each mutant, and print what became of it; return how many were killed."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        copies: SimpleQueue[Copy] = SimpleQueue()
        made = [Copy(Path(folder) / str(number)) for number in range(min(jobs, len(mutants)))]
        for each, _ in zip(made, pool.map(Copy.prepare, made), strict=True):
            copies.put(each)

        def run(item: tuple[int, Mutant]) -> bool:
            number, mutant = item
            free = copies.get()
            try:
                outcome = free.judge(mutant, quiet)
            finally:
                copies.put(free)
            print(f"{number:3d} {outcome:8} {mutant}", flush=True)
            return outcome != "SURVIVED"

        return sum(pool.map(run, mutants))


def main() -> int:
    """Run the command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--one", type=int)
    options = parser.parse_args()
    drawn = list(enumerate(draw(options.seed, options.count), 1))
    if options.one is not None:
        drawn = [drawn[options.one - 1]]
    elif not options.list:
        for number, mutant in drawn:
            if mutant.reason is not None:
                print(f"{number:3d} the same {mutant}: {mutant.reason}")
        drawn = [(number, mutant) for number, mutant in drawn if mutant.reason is None]
    if options.list:
        for number, mutant in drawn:
            print(f"{number:3d} {mutant}" + (f": {mutant.reason}" if mutant.reason else ""))
        return 0
    killed = judge(drawn, options.jobs, quiet=options.one is None)
    print(f"{killed} of {len(drawn)} mutants are killed, {killed / max(1, len(drawn)):.0%}")
    return int(killed < ENOUGH * len(drawn))


if __name__ == "__main__":
    sys.exit(main())
