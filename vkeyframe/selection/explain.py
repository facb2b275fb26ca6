"""Why each candidate is a keyframe or none."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vkeyframe.analysis.sections import Novelty
from vkeyframe.report.records import Verdict
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.choice import Selection
from vkeyframe.selection.likeness import similarity
from vkeyframe.selection.request import RELEVANT, SelectionRequest
from vkeyframe.selection.segments import Keep

# Seconds from a sample at which its novelty is still that of a frame; samples are an eighth apart.
NEAR = 0.25


def explain(candidates: list[Candidate], selection: Selection, request: SelectionRequest) -> tuple[Verdict, ...]:
    """Give a verdict for every candidate, in order of time."""
    reasons = {choice.candidate: choice.reason for choice in selection.choices}
    refusal = _Refusal(candidates, selection, request)
    verdicts = []
    for number, candidate in enumerate(candidates):
        frame = candidate.best.features
        reason = reasons.get(number) or selection.unusable.get(number) or refusal.of(number)
        verdicts.append(Verdict(frame.index, frame.time, candidate.shot, number in reasons, reason))
    return tuple(verdicts)


def with_novelty(verdicts: Sequence[Verdict], values: Sequence[Novelty]) -> tuple[Verdict, ...]:
    """Tell in each verdict how unusual what moves in its frame is, as far as that is known, by the value nearest in time."""
    times = np.array([item.time for item in values])
    told = []
    for verdict in verdicts:
        near = values[int(np.abs(times - verdict.time).argmin())] if values else None
        if near is not None and abs(near.time - verdict.time) <= NEAR:
            told.append(replace(verdict, reason=f"{verdict.reason}; novelty {near.value:.1f}"))
        else:
            told.append(verdict)
    return tuple(told)


class _Refusal:
    """Knows why a candidate that might have been chosen was not."""

    def __init__(self, candidates: list[Candidate], selection: Selection, request: SelectionRequest) -> None:
        self._candidates, self._ranking, self._request = candidates, selection.ranking, request
        self._chosen = sorted(choice.candidate for choice in selection.choices)
        pictures = np.stack([candidate.best.features.lab.ravel() for candidate in candidates])
        self._similarity = similarity(candidates, pictures, request.learned)[:, self._chosen]
        wanted = request.wanted
        self._unlike = np.zeros(len(candidates), bool) if wanted is None else wanted.of(candidates) < RELEVANT
        # Where nothing is like it, that was no reason.
        self._unlike &= not self._unlike.all()
        self._times = np.array([candidate.best.features.time for candidate in candidates])

    def of(self, number: int) -> str:
        """Say why a candidate is no keyframe."""
        candidate, time = self._candidates[number], self._times[number]
        nearest = self._chosen[int(np.abs(self._times[self._chosen] - time).argmin())]
        if abs(self._times[nearest] - time) < self._request.min_gap - 1e-6:
            return f"only {abs(self._times[nearest] - time):.2f} s from the keyframe at {self._times[nearest]:.3f} s"
        if self._candidates[nearest].segment.number == candidate.segment.number:
            return f"the same segment as the keyframe at {self._times[nearest]:.3f} s"
        if self._unlike[number]:
            return "unlike what is asked for"
        if candidate.segment.keyworthy is Keep.NO:
            return f"a {candidate.segment.kind} that is short, incomplete or was shown before"
        if not self._ranking.worth_showing[number]:
            return "nearly black or blank, or in a shot too short to be seen"
        return self._shown_already(number)

    def _shown_already(self, number: int) -> str:
        candidate = self._candidates[number]
        likest, similarity = self._chosen[int(self._similarity[number].argmax())], self._similarity[number].max()
        elsewhere = candidate.shot not in {self._candidates[chosen].shot for chosen in self._chosen}
        if elsewhere and similarity >= self._request.thresholds.same:
            return f"its shot shows the same as the keyframe at {self._times[likest]:.3f} s: similarity {similarity:.2f}"
        adds, should = self._ranking.adds_seconds[number], self._ranking.should_add[number]
        if self._request.count is None and self._request.per_shot is None and adds < should:
            return f"adds {adds:.2f} s of what no keyframe shows; here {should:.2f} s would be enough"
        return f"adds {adds:.2f} s of what no keyframe shows, less than those that were asked for"
