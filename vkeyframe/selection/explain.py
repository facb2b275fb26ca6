"""Why each candidate is a keyframe or none."""

import numpy as np

from vkeyframe.kernels.pearson import pearson_matrix
from vkeyframe.report.records import Verdict
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.choice import Selection
from vkeyframe.selection.segments import Keep


def explain(candidates: list[Candidate], selection: Selection, min_gap: float) -> tuple[Verdict, ...]:
    """Give a verdict for every candidate, in order of time."""
    reasons = {choice.candidate: choice.reason for choice in selection.choices}
    chosen = sorted(reasons)
    pictures = np.stack([candidate.best.features.lab.ravel() for candidate in candidates])
    similarity = pearson_matrix(pictures, np.stack([candidate.weights for candidate in candidates]))[:, chosen]
    times = np.array([candidate.best.features.time for candidate in candidates])
    verdicts = []
    for number, candidate in enumerate(candidates):
        frame = candidate.best.features
        reason = reasons.get(number) or selection.unusable.get(number)
        if reason is None:
            nearest = chosen[int(np.abs(times[chosen] - frame.time).argmin())]
            likest = chosen[int(similarity[number].argmax())]
            reason = f"similarity {similarity[number].max():.2f} to the keyframe at {times[likest]:.3f} s"
            if abs(times[nearest] - frame.time) < min_gap:
                reason = f"only {abs(times[nearest] - frame.time):.2f} s from the keyframe at {times[nearest]:.3f} s"
            elif candidates[nearest].segment.number == candidate.segment.number:
                reason = f"the same segment as the keyframe at {times[nearest]:.3f} s"
            elif candidate.segment.keyworthy is Keep.NO:
                reason = f"a {candidate.segment.kind} that is short, incomplete or was shown before; {reason}"
        verdicts.append(Verdict(frame.index, frame.time, candidate.shot, number in reasons, reason))
    return tuple(verdicts)
