"""What pictures cost with the makers of models that look, by the formulas that these publish.

As of November 2026. Claude's squares, GPT's tiles and patches, and the limits of Qwen's processor were read in copies of the
makers' pages and files, the 1120 tokens of Gemini 3 where others quote them. Not looked up again were: the tiles of Gemini 2, the
most pictures of Gemini, and what Qwen's own loader keeps to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, sqrt

# Squares of all pictures together, above which Qwen's processor scales them down.
QWEN_MOST_SQUARES = 25_165_824 // 32**2


@dataclass(frozen=True, slots=True)
class Formula:
    """A published formula.

    Attributes
    ----------
    models : str
        The models that it holds for.
    tokens : callable
        Gives the tokens of a number of pictures of a width and a height in pixels that the maker does not scale.
    source : str
        Where it is published.
    """

    models: str
    tokens: Callable[[int, int, int], int]
    source: str


@dataclass(frozen=True, slots=True)
class Maker:
    """What a maker does with pictures.

    Attributes
    ----------
    model : str
        A model to which a request can go; the body names it where there is a place for it.
    formulas : tuple of Formula
        A maker's models can count differently.
    cell_px : int
        Side of the squares that are counted.
    most_cells : int
        Squares of a picture above which the maker scales it down.
    longest_px, shorter_px : int
        Longest side, and longest shorter side, above which the maker scales a picture down.
    most_pictures : int
        Pictures that one request can have.
    least_px : int
        Shorter side of a picture below which it is not shrunk to save tokens.
    paired : bool
        Whether two pictures in succession are one to the model; their sides are multiples of the squares then.
    """

    model: str
    formulas: tuple[Formula, ...]
    cell_px: int
    most_cells: int
    longest_px: int
    shorter_px: int
    most_pictures: int
    least_px: int
    paired: bool = False

    def size(self, width: int, height: int, most_cells: int | None = None) -> tuple[int, int]:
        """Return the largest size of a picture that the maker does not scale; it is never larger than the picture.

        Parameters
        ----------
        width, height : int
            In pixels, at least 1.
        most_cells : int, optional
            Squares that it shall not exceed besides.
        """
        cells = self.most_cells if most_cells is None else min(self.most_cells, most_cells)
        scale = min(1.0, self.longest_px / max(width, height), self.shorter_px / min(width, height))
        scale = min(scale, 1.01 * sqrt(cells * self.cell_px**2 / (width * height)))
        while True:
            wide, high = max(1, floor(width * scale)), max(1, floor(height * scale))
            if self.paired:
                wide, high = (max(1, round(side / self.cell_px)) * self.cell_px for side in (wide, high))
            if squares(wide, high, self.cell_px) <= cells or max(wide, high) <= self.cell_px:
                return wide, high
            scale *= 0.995

    def request_size(self, pictures: int, width: int, height: int) -> tuple[int, int]:
        """Return the size at which a request has so many pictures of a size, in pixels."""
        pairs = pictures + pictures % 2
        return self.size(width, height, QWEN_MOST_SQUARES // pairs if self.paired else None)


def squares(width: int, height: int, side: int) -> int:
    """Return how many squares of a side cover a picture; all in pixels."""
    return ceil(width / side) * ceil(height / side)


def _claude(pictures: int, width: int, height: int) -> int:
    return pictures * squares(width, height, 28)


def _gpt_tiles(pictures: int, width: int, height: int) -> int:
    return pictures * (85 + 170 * squares(width, height, 512))


def _gpt_patches(pictures: int, width: int, height: int) -> int:
    return pictures * ceil(1.62 * squares(width, height, 32))


def _gemini_tiles(pictures: int, width: int, height: int) -> int:
    if max(width, height) <= 384:
        return pictures * 258
    # Tiles are about as large as two thirds of the shorter side, 256 to 768 pixels.
    return pictures * 258 * squares(width, height, min(768, max(256, floor(min(width, height) / 1.5))))


def _gemini_fixed(pictures: int, _width: int, _height: int) -> int:
    return pictures * 1120


def _qwen(pictures: int, width: int, height: int) -> int:
    return ceil(pictures / 2) * squares(width, height, 32)


OPENAI = "https://platform.openai.com/docs/guides/images-vision#calculating-costs"
MAKERS: dict[str, Maker] = {
    # Models since Opus 4.7 take 2576 pixels and 4784 squares; below the limits of the others none of them scales. Until 2026
    # the page had width·height/750, which is 5 % more where sides are multiples of 28.
    "claude": Maker(
        "claude-sonnet-4-6",
        (Formula("Claude", _claude, "https://platform.claude.com/docs/en/build-with-claude/vision"),),
        cell_px=28,
        most_cells=1568,
        longest_px=1568,
        shorter_px=1568,
        most_pictures=100,
        # The page says of less than 200 pixels on a side that the model may read it worse.
        least_px=200,
    ),
    # 2048 × 768 is what tiles are cut from, and 1536 patches as well.
    "gpt": Maker(
        "gpt-4.1-mini",
        (
            Formula("GPT-4o and GPT-4.1", _gpt_tiles, OPENAI),
            Formula("GPT-4.1 mini and GPT-5 mini", _gpt_patches, OPENAI),
        ),
        cell_px=32,
        most_cells=1536,
        longest_px=2048,
        shorter_px=768,
        most_pictures=500,
        # 512 × 288, as large as what it looks at with little detail.
        least_px=288,
    ),
    # Above 1152 pixels tiles of two thirds of the shorter side would be scaled down to 768.
    "gemini": Maker(
        "gemini-2.5-flash",
        (
            Formula("Gemini 2", _gemini_tiles, "https://ai.google.dev/gemini-api/docs/image-understanding"),
            Formula("Gemini 3", _gemini_fixed, "https://ai.google.dev/gemini-api/docs/media-resolution"),
        ),
        cell_px=768,
        most_cells=6,
        longest_px=3072,
        shorter_px=1152,
        most_pictures=3000,
        # 384 × 216, up to which a picture is small for it and costs one tile.
        least_px=216,
    ),
    # Squares of 2 × 2 patches of 16 pixels. 768 squares a picture and 768 pictures are what its own loader keeps to, 25,165,824
    # pixels in all is the limit of its processor (video_preprocessor_config.json), 32 pictures of 768 squares.
    "qwen": Maker(
        "qwen3-vl-plus",
        (Formula("Qwen3-VL", _qwen, "https://github.com/QwenLM/Qwen3-VL"),),
        cell_px=32,
        most_cells=768,
        longest_px=8192,
        shorter_px=8192,
        most_pictures=768,
        # 512 × 288 have 144 squares; its own loader gives a picture at least 128.
        least_px=288,
        paired=True,
    ),
}
