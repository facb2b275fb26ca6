"""The half of a model that sees: from pictures to vectors."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.errors import InputError, UsageError
from vkeyframe.models.files import digest
from vkeyframe.models.recipe import LARGEST_PX, PictureRecipe, read_recipe
from vkeyframe.models.session import FLOATS, Port, Session, unit_rows
from vkeyframe.opencv import cv2
from vkeyframe.process.cores import cores

USUAL_SIZE = (224, 224)


class PictureModel:
    """Makes a vector of each picture.

    Parameters
    ----------
    path : Path
        A model in ONNX; what it wants stands in a TOML file beside it, see `PictureRecipe`.
    threads : int
        How many pictures are looked at side by side; 0 takes one for each core. The vectors do not depend on it.

    Attributes
    ----------
    recipe : PictureRecipe
    name : str
        32 hex digits, the same for the same model and settings; vectors of two names cannot be compared.
    dimensions : int
        Numbers in a vector.

    Raises
    ------
    MissingLibraryError
        If onnxruntime is not installed.
    InputError
        If it is no model that can be used.
    UsageError
        If what stands beside it cannot be used, or does not say enough.
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        self.path, self.recipe = path, read_recipe(PictureRecipe, path)
        self._session = Session(path)
        self._port = self._input()
        self._layout = self._found_layout()
        self._size = self._found_size()
        self._batch = self._port.shape[0] or self.recipe.batch
        self._output = self._session.output_of(self.recipe.output)
        self._pool = ThreadPoolExecutor(min(threads or cores(), cores()), thread_name_prefix="model")
        # What is wrong with it shows before a video is decoded.
        self.dimensions = self.embed([np.full((*USUAL_SIZE, 3), 128, np.uint8)]).shape[1]
        self.name = digest(path, repr((self.recipe, self._layout, self._size)))

    def embed(self, pictures: Sequence[ndarray]) -> ndarray:
        """Return a vector of length 1 of each picture, (n, dimensions) float32; one of zeros has no direction.

        Parameters
        ----------
        pictures : sequence of (height, width, 3) uint8, BGR
            Of any sizes.
        """
        batches = [self.begin([self.fit(picture) for picture in group]) for group in _groups(pictures, self._batch)]
        return np.concatenate([batch.result() for batch in batches]) if batches else np.empty((0, self.dimensions), np.float32)

    @property
    def batch(self) -> int:
        """How many pictures go through it at once."""
        return self._batch

    def fit(self, picture: ndarray) -> ndarray:
        """Bring a BGR picture to the size that the model wants, (height, width, 3) uint8."""
        height, width = self._size
        if self.recipe.fit == "crop":
            scale = max(height / picture.shape[0], width / picture.shape[1])
            high, wide = max(1, round(height / scale)), max(1, round(width / scale))
            top, left = (picture.shape[0] - high) // 2, (picture.shape[1] - wide) // 2
            picture = picture[max(0, top) : max(0, top) + high, max(0, left) : max(0, left) + wide]
        if picture.shape[:2] == (height, width):
            return picture.copy()
        shrinks = picture.shape[0] * picture.shape[1] > height * width
        return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC))

    def begin(self, fitted: Sequence[ndarray]) -> Future[ndarray]:
        """Let a thread make the vectors of no more pictures of `fit` than `batch`, (n, dimensions) float32."""
        return self._pool.submit(self._vectors, list(fitted))

    def _vectors(self, fitted: list[ndarray]) -> ndarray:
        # A model whose batch is fixed takes no fewer.
        filled = fitted + fitted[-1:] * ((self._port.shape[0] or 0) - len(fitted))
        found = self._session.run(self._output, {self._port.name: self._values(np.stack(filled))})
        return unit_rows(self._rows(found, len(filled))[: len(fitted)], self.path)

    def _values(self, pictures: ndarray) -> ndarray:
        """Turn (n, height, width, 3) uint8 BGR into what the model takes."""
        recipe = self.recipe
        values = pictures[..., ::-1].astype(np.float32) * np.float32(recipe.scale)
        wanted = (values - np.array(recipe.mean, np.float32)) / np.array(recipe.std, np.float32)
        ordered = wanted[..., ::-1] if recipe.colour == "BGR" else wanted
        placed = np.moveaxis(ordered, 3, 1) if self._layout == "NCHW" else ordered
        return np.ascontiguousarray(placed, FLOATS[self._port.kind])

    def _rows(self, found: ndarray, count: int) -> ndarray:
        """Make one vector for each picture of an output: (n, d), tokens (n, t, d), or a map with the layout of the input."""
        if found.ndim not in (2, 3, 4) or found.shape[0] != count or 0 in found.shape:
            raise InputError(f"{self.path}: gives an array of {found.shape} for {count} pictures, and not a vector of each.")
        if found.ndim == 3:
            return np.asarray(found[:, 0] if self.recipe.tokens == "first" else found.mean(axis=1, dtype=np.float64))
        if found.ndim == 4:
            return np.asarray(found.mean(axis=(2, 3) if self._layout == "NCHW" else (1, 2), dtype=np.float64))
        return found

    def _input(self) -> Port:
        pictures = [each for each in self._session.inputs if len(each.shape) == 4]
        others = [each.name for each in self._session.inputs if each not in pictures]
        if len(pictures) != 1 or others:
            names = ", ".join(each.name for each in self._session.inputs) or "none"
            raise InputError(f"{self.path}: its inputs are {names}, and not one picture; give the half of a model that sees.")
        if pictures[0].kind not in FLOATS:
            raise InputError(f"{self.path}: takes {pictures[0].kind} and not float32 or float16; export it with a float input.")
        return pictures[0]

    def _found_layout(self) -> str:
        """Return the layout: that of the recipe, else the one whose place for the colours has three of them, or may have."""
        places = {"NCHW": self._port.shape[1], "NHWC": self._port.shape[3]}
        said = [layout for layout, colours in places.items() if colours == 3]
        layout = self.recipe.layout or (said[0] if said else "NCHW")
        if places[layout] not in (3, None):
            sizes = ", ".join("?" if size is None else str(size) for size in self._port.shape)
            raise InputError(f"{self.path}: takes arrays of ({sizes}), and not pictures of three colours as {layout}.")
        return layout

    def _found_size(self) -> tuple[int, int]:
        """Return height and width: what the model says goes first, and the recipe must not say otherwise."""
        said = self._port.shape[2:] if self._layout == "NCHW" else self._port.shape[1:3]
        wanted = self.recipe.size or tuple(
            side or other or usual for side, other, usual in zip(said, reversed(said), USUAL_SIZE, strict=True)
        )
        for side, own in zip(wanted, said, strict=True):
            if own is not None and own != side:
                raise UsageError(
                    f"{self.path}: takes pictures of {said[0]}×{said[1]}, and not the size in its TOML; leave that out."
                )
        if not all(1 <= side <= LARGEST_PX for side in wanted):
            raise InputError(f"{self.path}: takes pictures of {wanted[0]}×{wanted[1]}; no side may have more than {LARGEST_PX}.")
        return wanted[0], wanted[1]


def _groups(pictures: Sequence[ndarray], size: int) -> list[Sequence[ndarray]]:
    return [pictures[start : start + size] for start in range(0, len(pictures), size)]
