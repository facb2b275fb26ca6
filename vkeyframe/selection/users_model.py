"""A model of the user in one choice of keyframes: it is loaded, asked, and the report says what it did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.sections import ModelShare, ModelUse
from vkeyframe.models.files import State, state_of_model
from vkeyframe.models.pictures import PictureModel
from vkeyframe.models.words import TextModel, check_same_size
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.choice import Selection
from vkeyframe.selection.learned import LearnedPictures
from vkeyframe.selection.options import SelectionOptions
from vkeyframe.selection.question import Question
from vkeyframe.selection.request import RELEVANT, SelectionRequest
from vkeyframe.selection.sink import PictureSink

if TYPE_CHECKING:
    from vkeyframe.selection.sink import Vectors


@dataclass(frozen=True, slots=True)
class UsersModel:
    """A model that is loaded, and what it is asked.

    Attributes
    ----------
    pictures : PictureModel
    words : (d,) float32 or None
        Vector of what is asked about.
    enough : (float, float)
        As of `Question`.
    """

    pictures: PictureModel
    words: ndarray | None = None
    enough: tuple[float, ...] = ()


def load_model(options: SelectionOptions, threads: int) -> UsersModel | None:
    """Load what the options name; None where they name nothing. What was loaded last stays loaded.

    Raises
    ------
    MissingLibraryError, InputError, UsageError
        As of `PictureModel` and `TextModel`.
    """
    if options.features is None:
        return None
    place = Path(options.features)
    pictures = _pictures(place, state_of_model(place), threads)
    if options.about is None or options.text_model is None:
        return UsersModel(pictures)
    other = Path(options.text_model)
    reader = _words(other, state_of_model(other))
    vector = reader.embed(options.about)
    check_same_size(pictures.dimensions, vector, place, other)
    return UsersModel(pictures, vector, reader.recipe.stands_out)


def with_model(
    model: UsersModel | None, request: SelectionRequest, sink: PictureSink, *hide: Callable[[ndarray], ndarray]
) -> tuple[SelectionRequest, PictureSink]:
    """Return a request that a model has a say in, and the sink by which it sees the pictures; without a model nothing changes.

    `hide`, if given, paints over what is to be ignored in a picture.
    """
    if model is None:
        return request, sink
    seen = LearnedPictures(sink, model.pictures, *hide)
    request = replace(request, learned=seen)
    return (request if model.words is None else replace(request, wanted=Question(model.words, seen, model.enough))), seen


def describe_use(request: SelectionRequest, candidates: Sequence[Candidate], selection: Selection) -> dict[str, ModelUse]:
    """Return the section of the report that says what a model did; none where there was no model."""
    seen = request.learned
    if not isinstance(seen, LearnedPictures):
        return {}
    chosen = [candidates[choice.candidate] for choice in selection.choices]
    shares = seen.shares(chosen)
    question = request.wanted if isinstance(request.wanted, Question) else None
    cosines = [None] * len(chosen) if question is None else [_rounded(cosine) for cosine in question.cosines(chosen)]
    order = sorted(range(len(chosen)), key=lambda place: chosen[place].best.features.index)
    keyframes = (ModelShare(index, round(shares[place], 4), cosines[place]) for index, place in enumerate(order))
    found = None if question is None else bool((question.of(candidates) >= RELEVANT).any())
    model = seen.model
    return {"model": ModelUse(model.name, model.dimensions, model.recipe.weight, found, tuple(keyframes))}


def vectors_of(request: SelectionRequest, candidates: Sequence[Candidate], selection: Selection) -> Vectors | None:
    """Return the name of the model and its vectors of the keyframes in order of time; None where there was no model."""
    seen = request.learned
    if not isinstance(seen, LearnedPictures):
        return None
    chosen = [candidates[choice.candidate] for choice in selection.choices]
    return seen.model.name, seen.vectors(sorted(chosen, key=lambda candidate: candidate.best.features.index))


def _rounded(cosine: float) -> float | None:
    return None if np.isnan(cosine) else round(min(1.0, max(-1.0, float(cosine))), 4)


@lru_cache(maxsize=1)
def _pictures(path: Path, _state: State, threads: int) -> PictureModel:
    return PictureModel(path, threads)


@lru_cache(maxsize=1)
def _words(path: Path, _state: State) -> TextModel:
    return TextModel(path)
