"""Keyframes of a library that show what words name, by both halves of a user's model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vkeyframe.errors import UsageError
from vkeyframe.library.entries import KeyframeRow
from vkeyframe.library.store import Library
from vkeyframe.models.pictures import PictureModel
from vkeyframe.models.words import TextModel, check_same_size
from vkeyframe.selection.question import weigh
from vkeyframe.selection.request import RELEVANT


@dataclass(frozen=True, slots=True)
class WordHit:
    """A keyframe, the cosine of its vector and that of the words, and whether it stands out among all of the library."""

    keyframe: KeyframeRow
    relevance: float
    stands_out: bool


def by_words(library: Library, words: str, features: Path, text_model: Path, top: int = 5) -> list[WordHit]:
    """Find the keyframes that show what words name, the likest first.

    Parameters
    ----------
    library : Library
    words : str
    features, text_model : Path
        The two halves of the model; the library was indexed with the first of them, and with the same settings.
    top : int

    Raises
    ------
    UsageError
        If nothing was indexed with this model, or the two do not belong together.
    MissingLibraryError, InputError
        As of `PictureModel` and `TextModel`.
    """
    pictures, reader = PictureModel(features), TextModel(text_model)
    vector = reader.embed(words).astype(np.float32)
    check_same_size(pictures.dimensions, vector, features, text_model)
    ids, vectors = library.vectors(pictures.name)
    if not len(ids):
        raise UsageError(f"{library.path}: nothing in it was indexed with {features} as it is; index it with features=….")
    cosines = (vectors.astype(np.float32) @ vector).astype(np.float64)
    found = weigh(cosines, cosines, reader.recipe.stands_out) >= RELEVANT
    best = np.argsort(-cosines, kind="stable")[:top]
    places = {int(ids[place]): place for place in best}
    return [
        WordHit(row, round(float(cosines[places[row.id]]), 4), bool(found[places[row.id]]))
        for row in library.keyframe_rows(ids[best])
    ]
