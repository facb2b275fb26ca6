"""What a model of the user sees in candidates, and how that joins the choice."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

import numpy as np
from numpy import ndarray

from vkeyframe.models.pictures import PictureModel
from vkeyframe.process.heartbeat import tick
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.likeness import compare
from vkeyframe.selection.sink import PictureSink

# Batches that wait for the model or are in it; then the decoder waits too, so that memory stays bounded.
MOST_RUNNING = 8


class LearnedPictures:
    """Hands pictures on to a sink, and lets a model look at each that is kept, while the video is decoded.

    It is a `PictureSink` itself, and a `Learned`.

    Parameters
    ----------
    sink : PictureSink
    model : PictureModel
    hide : callable, optional
        Paints over what is to be ignored in a picture.

    Attributes
    ----------
    model : PictureModel
    """

    def __init__(
        self, sink: PictureSink, model: PictureModel, hide: Callable[[ndarray], ndarray] = lambda picture: picture
    ) -> None:
        self._sink, self.model, self._hide = sink, model, hide
        # Pictures that wait for a batch to be full, by token.
        self._waiting: dict[int, ndarray] = {}
        # The batch that each picture went into, and its place there.
        self._begun: dict[int, tuple[Future[ndarray], int]] = {}
        self._running: deque[Future[ndarray]] = deque()

    def put(self, picture: ndarray | None) -> int | None:
        """Keep a (height, width, 3) uint8 BGR picture and return its token; None where nothing is kept."""
        token = self._sink.put(picture)
        if token is not None and picture is not None:
            self._waiting[token] = self.model.fit(self._hide(picture))
            if len(self._waiting) >= self.model.batch:
                self._begin()
        return token

    def drop(self, token: int | None) -> None:
        """Forget a picture, in the sink too; None is ignored."""
        if token is not None:
            self._waiting.pop(token, None)
            self._begun.pop(token, None)
        self._sink.drop(token)

    def publish(self, stems: Mapping[int, str]) -> dict[int, str]:
        """Let the sink give pictures their names."""
        return self._sink.publish(stems)

    def vectors(self, candidates: Sequence[Candidate]) -> ndarray:
        """Return the model's vector of each candidate, (n, d) float32 of length 1; zeros for one without a picture.

        Raises
        ------
        InputError
            If the model fails.
        """
        if self._waiting.keys() & {candidate.token for candidate in candidates}:
            self._begin()
        found = np.zeros((len(candidates), self.model.dimensions), np.float32)
        for row, candidate in enumerate(candidates):
            if candidate.token in self._begun:
                batch, place = self._begun[candidate.token]
                found[row] = batch.result()[place]
                tick()
        return found

    def likeness(self, candidates: Sequence[Candidate]) -> ndarray:
        """Return how alike pairs of candidates are by the model, (n, n) float64, NaN where it does not say.

        It is (cos − u)/(a − u) between 0 and 1: with a cosine of u two pictures have nothing in common, with a they are the same.
        """
        recipe = self.model.recipe
        vectors = self.vectors(candidates).astype(np.float64)
        alike = np.clip((vectors @ vectors.T - recipe.unlike) / (recipe.alike - recipe.unlike), 0.0, 1.0)
        unknown = ~vectors.any(axis=1)
        alike[unknown], alike[:, unknown] = np.nan, np.nan
        return np.asarray(alike)

    def mixed(self, ours: ndarray, candidates: Sequence[Candidate]) -> ndarray:
        """Return (1 − w)·ours + w·likeness, (n, n) float64; ours alone where the model does not say."""
        theirs, weight = self.likeness(candidates), self.model.recipe.weight
        return np.where(np.isnan(theirs), ours, (1.0 - weight) * ours + weight * theirs)

    def shares(self, chosen: Sequence[Candidate]) -> list[float]:
        """Return which share of what is new in each keyframe the model saw, 0 to 1.

        New is what is left of 1 by the likeness with the most alike of the keyframes of a better rank: n by the model, o by our
        measures. The share is w·n/(w·n + (1 − w)·o), and 0 where nothing is new.

        Parameters
        ----------
        chosen : sequence of Candidate
            The best first.
        """
        weight = self.model.recipe.weight
        theirs = self.likeness(chosen)
        pictures = np.stack([candidate.best.features.lab.ravel() for candidate in chosen])
        *_, ours = compare(chosen, pictures)
        theirs = np.where(np.isnan(theirs), 1.0, theirs)
        found = []
        for place in range(len(chosen)):
            new = weight * (1.0 - theirs[place, :place].max(initial=0.0))
            other = (1.0 - weight) * (1.0 - ours[place, :place].max(initial=0.0))
            found.append(float(new / (new + other)) if new + other > 0.0 else 0.0)
        return found

    def _begin(self) -> None:
        batch = self.model.begin(list(self._waiting.values()))
        self._begun |= {token: (batch, place) for place, token in enumerate(self._waiting)}
        self._waiting.clear()
        self._running.append(batch)
        if len(self._running) > MOST_RUNNING:
            self._running.popleft().result()
