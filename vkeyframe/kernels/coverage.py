"""Greedy facility location: which few items stand for all."""

from numpy import ndarray

from vkeyframe.kernels.jit import kernel


@kernel
def coverage_gains(similarity: ndarray, weights: ndarray, covered: ndarray, gains: ndarray) -> None:
    """Compute what each item would add to Σ_t w_t max_k s(t, k) over the chosen k.

    The greedy choice by these gains reaches at least 1 − 1/e of the optimum (Nemhauser, Wolsey, Fisher, 1978,
    doi:10.1007/BF01588971).

    Parameters
    ----------
    similarity : (n, n) float64, ≥ 0
    weights : (n,) float64, ≥ 0
    covered : (n,) float64
        Greatest similarity of each item to a chosen one; 0 where nothing is chosen.
    gains : (n,) float64, out
    """
    gains[:] = 0.0
    for t in range(similarity.shape[0]):
        for k in range(similarity.shape[0]):
            gains[k] += weights[t] * max(similarity[t, k] - covered[t], 0.0)
