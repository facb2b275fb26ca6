"""Which frames may not be keyframes, and where a gap must be filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from numpy import ndarray

from vkeyframe.selection.candidates import Candidate, sharpest_nearby
from vkeyframe.selection.request import SelectionRequest


@dataclass(frozen=True, slots=True)
class FilterTuning:
    """Which frames show nothing.

    Attributes
    ----------
    dark : float
        Mean luma, in grey levels, below which a frame is nearly black.
    flat : float
        Deviation of luma, in grey levels, below which it is nearly of one colour.
    nearby_seconds : float
        Frames of a shot that are not further apart show much the same, so that their sharpness can be compared.
    """

    dark: float = 24.0
    flat: float = 8.0
    nearby_seconds: float = 2.0


FILTERS = FilterTuning()


def unusable_candidates(candidates: list[Candidate], request: SelectionRequest) -> tuple[dict[int, str], list[str]]:
    """Find the candidates that the filters leave out.

    Returns
    -------
    unusable : dict of int to str
        Their places in the list, with the reason.
    warnings : list of str
        A filter that would leave none is not applied, which is told here.
    """
    sharpest = sharpest_nearby(candidates, FILTERS.nearby_seconds)
    filters: list[tuple[str, dict[int, str]]] = [("skip_dark", {}), ("skip_flat", {}), ("min_sharpness", {})]
    (_, dark), (_, flat), (_, blurred) = filters
    for number, candidate in enumerate(candidates):
        luma, share = candidate.best.features.luma, candidate.best.sharpness / max(sharpest[number], 1e-9)
        if request.skip_dark and luma.mean() < FILTERS.dark:
            dark[number] = f"dark: mean luma {luma.mean():.0f}"
        if request.skip_flat and luma.std() < FILTERS.flat:
            flat[number] = f"flat: deviation of luma {luma.std():.1f}"
        if share < request.min_sharpness:
            blurred[number] = f"not sharp: {share:.2f} of the sharpest within {FILTERS.nearby_seconds:g} s"
    unusable: dict[int, str] = {}
    warnings = []
    for name, hit in filters:
        if len(unusable | hit) < len(candidates):
            unusable = hit | unusable
        else:
            warnings.append(f"{name} would leave no frame, so it was not applied.")
    return unusable, warnings


def fill_gaps(
    candidates: list[Candidate], chosen: Sequence[int], usable: ndarray, request: SelectionRequest, ends: tuple[float, float]
) -> list[tuple[int, float]]:
    """Find candidates for wherever there is none for longer than `max_gap`; each with the length of the gap that it fills.

    Of those in the second half of the time that is left the best is taken, so that no more are needed than must be.

    Parameters
    ----------
    candidates : list of Candidate
        In order of time.
    chosen : sequence of int
        Places of those that are chosen already.
    usable : (n,) bool
    request : SelectionRequest
        With a `max_gap`.
    ends : (float, float)
        Times of the first and the last frame, seconds.
    """
    max_gap = request.max_gap or 0.0
    times = [candidate.best.features.time for candidate in candidates]
    stops = sorted(times[number] for number in chosen)
    added = []
    margin = max(request.min_gap, 1e-6)
    for earlier, after in pairwise([ends[0] - margin, *stops, ends[1] + margin]):
        before, place = earlier, max(earlier, ends[0])
        while min(after, ends[1]) - place > max_gap:
            may = [i for i, time in enumerate(times) if usable[i] and before + margin <= time <= after - margin]
            near = [i for i in may if times[i] <= place + max_gap]
            late = [i for i in near if times[i] > place + max_gap / 2]
            if not may:
                break
            best = max(late, key=lambda i: candidates[i].best.quality) if late else near[-1] if near else may[0]
            added.append((best, min(after, ends[1]) - place))
            before = place = times[best]
    return added


def longest_gap(times: Sequence[float], ends: tuple[float, float]) -> float:
    """Return the longest time without a keyframe, in seconds."""
    return max(later - earlier for earlier, later in pairwise([ends[0], *sorted(times), ends[1]]))
