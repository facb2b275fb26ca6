"""How a model wants what it is given, from a small TOML file beside it; imports no library."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from vkeyframe.errors import UsageError
from vkeyframe.options import check_options, option, option_fields

# More than anyone writes by hand.
_LONGEST = 1 << 16
LARGEST_PX, LONGEST_TEXT = 2048, 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRecipe:
    """What a model wants of pictures, and how what it sees counts.

    The mean and the deviation that are usual are those of CLIP; no model was at hand to set the likenesses by.

    Raises
    ------
    UsageError
        If a value is of a wrong type or out of its range.
    """

    size: tuple[int, ...] = option(
        (), "Height and width in pixels, or one number for both; what the model itself says goes first."
    )
    scale: float = option(1 / 255, "Factor for values of 0 to 255.", low=1e-9, high=1e9)
    mean: tuple[float, ...] = option((0.48145466, 0.4578275, 0.40821073), "What is then taken off red, green and blue.")
    std: tuple[float, ...] = option((0.26862954, 0.26130258, 0.27577711), "What that is then divided by.")
    colour: str = option("RGB", "Order of the colours.", choices=("RGB", "BGR"))
    layout: str | None = option(None, "Order of picture, colours, rows and columns.", choices=("NCHW", "NHWC"))
    fit: str = option("stretch", "Whether the whole picture is stretched, or its middle cut out.", choices=("stretch", "crop"))
    output: str | None = option(None, "Name of the output that is the vector.")
    tokens: str = option("mean", "Which of many vectors counts.", choices=("mean", "first"))
    batch: int = option(1, "How many pictures go through it at once.", low=1, high=256)
    weight: float = option(0.5, "Share of its likeness in that of two frames.", low=0.0, high=1.0)
    unlike: float = option(0.5, "Cosine up to which two pictures have nothing in common.", low=-1.0, high=1.0)
    alike: float = option(0.95, "Cosine from which on two pictures show the same.", low=-1.0, high=1.0)

    def __post_init__(self) -> None:
        check_options(self)
        for name in ("mean", "std"):
            if not _are_numbers(getattr(self, name), 3):
                raise UsageError(f"{name} is {getattr(self, name)!r}, but must be three numbers, for red, green and blue.")
        if 0.0 in self.std:
            raise UsageError("std has a 0, by which nothing can be divided.")
        if self.unlike >= self.alike:
            raise UsageError(f"unlike is {self.unlike}, but must be less than alike, {self.alike}.")
        if self.size and not _are_sides(self.size):
            raise UsageError(f"size is {list(self.size)}, but must be a number of pixels up to {LARGEST_PX}, or [height, width].")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRecipe:
    """What the half of a model that reads wants of words, and when what is asked for stands out.

    Raises
    ------
    UsageError
        As of `PictureRecipe`.
    """

    tokenizer: str | None = option(None, "The tokenizer's file, from the model's folder on.")
    length: int | None = option(None, "How many tokens the model takes, if it does not say so.", low=1, high=LONGEST_TEXT)
    pad: int | None = option(None, "Number of the token that fills up.", low=0, high=1 << 31)
    prompt: str = option("{}", "Sentence in which the words are put for {}.")
    output: str | None = option(None, "Name of the output that is the vector.")
    tokens: str = option("mean", "Which of many vectors counts.", choices=("mean", "first"))
    stands_out: tuple[float, ...] = option((0.04, 0.1), "By how much the best must at least stand out, and how much is enough.")

    def __post_init__(self) -> None:
        check_options(self)
        if self.prompt.count("{}") != 1:
            raise UsageError(f"prompt is '{self.prompt}', but must have one {{}} for the words.")
        if not _are_numbers(self.stands_out, 2) or not 0.0 < self.stands_out[0] <= self.stands_out[1]:
            raise UsageError(f"stands_out is {self.stands_out!r}, but must be two numbers above 0, the smaller one first.")


Recipe = TypeVar("Recipe", PictureRecipe, TextRecipe)


def read_recipe(kind: type[Recipe], model: Path) -> Recipe:
    """Read the TOML file that has the name of a model, ``model.toml`` for ``model.onnx``; without one all is as usual.

    Raises
    ------
    UsageError
        If it cannot be read, has a key that there is not, or a value that cannot be used.
    """
    path = model.with_suffix(".toml")
    if not path.exists():
        return kind()
    known = [item.name for item in option_fields(kind)]
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in _parsed(path).items()}
    if isinstance(given.get("size"), int) and not isinstance(given["size"], bool):
        given["size"] = (given["size"],) * 2
    for name in given:
        if name not in known:
            raise UsageError(f"{path}: there is no '{name}'; there are {', '.join(known)}.")
    try:
        return kind(**given)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _parsed(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error}); move it away, or allow it.") from None
    if len(data) > _LONGEST:
        raise UsageError(f"{path}: is too large to say how a model is used; move it away.")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: is not TOML ({' '.join(str(error).split())}).") from None


def _are_numbers(values: Any, count: int) -> bool:
    numbers = isinstance(values, tuple) and all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)
    return numbers and len(values) == count and all(math.isfinite(each) for each in values)


def _are_sides(sides: Any) -> bool:
    whole = isinstance(sides, tuple) and all(isinstance(each, int) and not isinstance(each, bool) for each in sides)
    return whole and len(sides) == 2 and all(1 <= side <= LARGEST_PX for side in sides)
