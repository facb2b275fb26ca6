"""The inner step of learning a correlation filter."""

from numpy import complex128, float64, ndarray

from vkeyframe.kernels.jit import kernel


@kernel
def fit_spectrum(
    samples: ndarray, label: ndarray, support: ndarray, dual: ndarray, penalty: float, size: int, out: ndarray
) -> None:
    """Find the filter that answers to samples as the label says, and is near another filter of small support.

    Solves for each frequency the ridge regression over the channels, min ‖xᴴg − y‖² / N + µ‖g − h + l/µ‖², by the
    Sherman-Morrison formula (Galoogahi, Fagg, Lucey, ICCV 2017, arXiv:1703.04590, eq. 10).

    Parameters
    ----------
    samples : (channels, n) complex64
        Spectrum x of what was seen, N numbers for each channel before the transform of real numbers halved them to n.
    label : (n,) complex64
        Spectrum of the wished answer, divided by N.
    support, dual : (channels, n) complex64
        Spectra h of the filter with small support, and l of the Lagrangian multipliers.
    penalty : float, > 0
        µ.
    size : int
        N.
    out : (channels, n) complex64, out
        Spectrum g.
    """
    channels, count = samples.shape
    for i in range(count):
        energy = float64(0.0)
        answer = complex128(0.0)
        for k in range(channels):
            x = complex128(samples[k, i])
            energy += x.real * x.real + x.imag * x.imag
            wished = x * label[i] - dual[k, i] + penalty * support[k, i]
            out[k, i] = wished
            answer += x.conjugate() * wished
        answer = answer / (energy + penalty * size)
        for k in range(channels):
            out[k, i] = (out[k, i] - complex128(samples[k, i]) * answer) / penalty
