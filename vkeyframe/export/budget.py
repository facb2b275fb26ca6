"""How many keyframes, and how large, fit into a number of tokens of a model that looks at pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vkeyframe.errors import UsageError
from vkeyframe.export.makers import MAKERS
from vkeyframe.export.options import FormOptions


@dataclass(frozen=True)
class TokenBudget:
    """What pictures of a video may cost in all; the texts beside them are not counted.

    A video has as many keyframes as it has to show. Where they do not fit at the size that the maker does not scale, all become
    smaller alike, but not less than `Maker.least_px`; only then are there fewer of them, those of the best ranks. More tokens
    never give fewer or smaller pictures of the same video.

    Attributes
    ----------
    tokens : int
        By whichever of the maker's formulas gives more.
    maker : str
    width, height : int
        Of the video as it is written, in pixels.
    """

    tokens: int
    maker: str
    width: int
    height: int

    @classmethod
    def of(cls, options: FormOptions, width: int, height: int) -> TokenBudget | None:
        """Return that of a video whose pictures have a size; None where none is asked for.

        Raises
        ------
        UsageError
            If there is not enough for one picture.
        """
        if options.tokens is None or options.tokens_for is None:
            return None
        budget = cls(options.tokens, options.tokens_for, width, height)
        if not budget.most:
            least = cost(budget.maker, 1, *budget._least)
            size = "×".join(map(str, budget._least))
            told = f"one picture of {size} pixels, the smallest that {budget.maker} is to read, costs {least}"
            raise UsageError(f"tokens is {budget.tokens}, but {told}; give tokens=… {least} or more.")
        return budget

    @cached_property
    def most(self) -> int:
        """The most pictures that fit, and that the maker does not scale down for their number; 0 where none fits."""
        maker, least = MAKERS[self.maker], self._least
        whole = maker.request_size(1, *least)
        numbers = range(1, maker.most_pictures + 1)
        fitting = (n for n in numbers if maker.request_size(n, *least) == whole and cost(self.maker, n, *least) <= self.tokens)
        return max(fitting, default=0)

    def size_for(self, pictures: int) -> tuple[int, int]:
        """Return the width and height in pixels of so many pictures, 1 to `most`."""
        # Others were left out, or nearly so; what remains makes these no larger, or those that more tokens give would be smaller.
        if pictures == self.most and cost(self.maker, pictures + 1, *self._least) > self.tokens:
            return self._least
        return self._largest(pictures, self.tokens)

    @cached_property
    def _least(self) -> tuple[int, int]:
        """The largest size of a picture that costs as little as the smallest one."""
        shorter = min(self.width, self.height, MAKERS[self.maker].least_px)
        width = max(1, round(self.width * shorter / min(self.width, self.height)))
        return self._largest(1, cost(self.maker, 1, width, self._height(width)))

    def _largest(self, pictures: int, tokens: int) -> tuple[int, int]:
        width = min(self.width, MAKERS[self.maker].size(self.width, self.height)[0])
        while width > 1 and cost(self.maker, pictures, width, self._height(width)) > tokens:
            width -= 1
        return width, self._height(width)

    def _height(self, width: int) -> int:
        return max(1, round(self.height * width / self.width))


def cost(maker: str, pictures: int, width: int, height: int) -> int:
    """Return what pictures cost by whichever of a maker's formulas gives more, at the size at which a request has them."""
    size = MAKERS[maker].request_size(pictures, width, height)
    return max(formula.tokens(pictures, *size) for formula in MAKERS[maker].formulas)
