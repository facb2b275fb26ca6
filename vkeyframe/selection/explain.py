"""Why each candidate is a keyframe or none."""

import numpy as np

from vkeyframe.kernels.pearson import pearson_matrix
from vkeyframe.report.records import Verdict
from vkeyframe.selection.budget import Selection
from vkeyframe.selection.candidates import Candidate


def explain(candidates: list[Candidate], selection: Selection, min_gap: float) -> tuple[Verdict, ...]:
    """Give a verdict for every candidate, in order of time."""
    reasons = {choice.candidate: choice.reason for choice in selection.choices}
    chosen = sorted(reasons)
    pictures = np.stack([candidate.pick.features.lab.ravel() for candidate in candidates])
    similarity = pearson_matrix(pictures, np.stack([candidate.weights for candidate in candidates]))[:, chosen]
    times = np.array([candidate.pick.features.time for candidate in candidates])
    verdicts = []
    for number, candidate in enumerate(candidates):
        frame = candidate.pick.features
        reason = reasons.get(number) or selection.unusable.get(number)
        if reason is None:
            nearest = chosen[int(np.abs(times[chosen] - frame.time).argmin())]
            likest = chosen[int(similarity[number].argmax())]
            reason = f"similarity {similarity[number].max():.2f} to the keyframe at {times[likest]:.3f} s"
            if abs(times[nearest] - frame.time) < min_gap:
                reason = f"only {abs(times[nearest] - frame.time):.2f} s from the keyframe at {times[nearest]:.3f} s"
            elif candidates[nearest].stretch is candidate.stretch:
                reason = f"the same stretch as the keyframe at {times[nearest]:.3f} s"
            elif candidate.stretch.stands is False:
                reason = f"a {candidate.stretch.kind} that is short, incomplete or was shown before; {reason}"
        verdicts.append(Verdict(frame.index, frame.time, candidate.shot, number in reasons, reason))
    return tuple(verdicts)
