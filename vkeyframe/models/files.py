"""The files of a model: whether they are there, how large they are, and what tells two models apart."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

from vkeyframe.errors import InputError
from vkeyframe.process.heartbeat import tick

# More than any half of a model that is known to be used so; it must fit into memory.
MOST_BYTES = 4 << 30
_BLOCK = 1 << 22
# Path, size and time of change of each file.
State = tuple[tuple[str, int, int], ...]


def check_model(path: Path) -> None:
    """Refuse what is no file, or too large, before it is loaded.

    Raises
    ------
    InputError
        With what to do.
    """
    try:
        if not path.is_file():
            there = "is no file" if path.exists() else "there is no such file"
            raise InputError(f"{path}: {there}; give the path of a model in ONNX.")
        size = sum(part.stat().st_size for part in parts(path))
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error}).") from None
    if size > MOST_BYTES:
        raise InputError(f"{path}: has {size >> 20} MiB with its weights, more than {MOST_BYTES >> 20}; use a smaller model.")
    if size == 0:
        raise InputError(f"{path}: is empty; give the path of a model in ONNX.")


def parts(path: Path) -> list[Path]:
    """List a model's file and the files beside it that have its weights, as exporters name them: ``model.onnx.data`` and such."""
    beside = {path.stem + ".data", path.stem + ".bin"}
    others = [each for each in path.parent.iterdir() if each.name.startswith(path.name) or each.name in beside]
    return [path, *sorted(each for each in others if each.name != path.name and each.is_file())]


def digest(path: Path, settings: str) -> str:
    """Return 32 hex digits that are the same for the same files and settings.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    found = blake2b(settings.encode("utf-8", "surrogateescape"), digest_size=16)
    try:
        for part in parts(path):
            found.update(b"\0part\0")
            with part.open("rb") as file:
                while block := file.read(_BLOCK):
                    found.update(block)
                    tick()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from None
    return found.hexdigest()


def state_of_model(path: Path) -> State:
    """Return what changes when a model's files do, and those beside it that say how it is used; empty where there is none."""
    try:
        beside = [path.with_suffix(".toml"), *(folder / "tokenizer.json" for folder in (path.parent, path.parent / ".."))]
        files = [*parts(path), *(each for each in beside if each.exists())]
        return tuple((str(each), found.st_size, found.st_mtime_ns) for each in files for found in (each.stat(),))
    except (OSError, ValueError):
        # What is wrong with it is said when it is loaded.
        return ()
