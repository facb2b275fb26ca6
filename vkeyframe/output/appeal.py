"""How good a cover the pictures of candidates would make."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.appeal import appeal
from vkeyframe.output.small_pictures import SmallPictures
from vkeyframe.selection.candidates import Candidate


class Appeal:
    """Knows how good a cover the pictures of candidates would make; it is a `Preference`."""

    def __init__(self, pictures: SmallPictures) -> None:
        self._pictures = pictures
        self._known: dict[int | None, float] = {None: 1.0}

    def of(self, candidates: Sequence[Candidate]) -> ndarray:
        """Return the appeal of each candidate's picture."""
        for candidate in candidates:
            if candidate.token is not None and candidate.token not in self._known:
                self._known[candidate.token] = appeal(self._pictures.get(candidate.token))
        return np.array([self._known[candidate.token] for candidate in candidates])
