"""Inner loops of background models: what a still camera sees, and what moves before it."""

from numpy import abs, bool_, float32, float64, int64, ndarray, uint32

from vkeyframe.kernels.jit import kernel, part

# Differences beyond so many times their mean are not of the exposure.
_TRIM = 2.0
# Grey levels up to which a difference always counts.
_NOISE = 3.0


@kernel
def measure_exposure(
    luma: ndarray, background: ndarray, known: ndarray, rounds: int, gains: ndarray, least_spread: float
) -> tuple[float, float]:
    """Measure by what gain and offset a picture comes to the exposure of the background.

    Least squares over the places that show the background, with those that differ too much left out in each round after the first.

    Parameters
    ----------
    luma, background : (rows, columns) float32
        0 to 255.
    known : (rows, columns) bool
        Which places may show the background.
    rounds : int
    gains : (2,) float64
        The least and the greatest gain.
    least_spread : float
        Variance, in squared grey levels, of the places that count, below which the gain is 1.

    Returns
    -------
    gain, offset : float
        1 and 0 where no place is known.
    """
    rows, columns = luma.shape
    gain, offset, limit = 1.0, 0.0, 1e9
    for _ in range(rounds):
        count, x, y, xx, xy = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(rows):
            for j in range(columns):
                if not known[i, j]:
                    continue
                one, other = float64(luma[i, j]), float64(background[i, j])
                if abs(gain * one + offset - other) < limit:
                    count += 1.0
                    x += one
                    y += other
                    xx += one * one
                    xy += one * other
        if count < 1.0:
            break
        spread = xx / count - (x / count) ** 2
        slope = (xy / count - x / count * y / count) / spread if spread > least_spread else 1.0
        gain = min(gains[1], max(gains[0], slope))
        offset = y / count - gain * x / count
        total, places = 0.0, 0.0
        for i in range(rows):
            for j in range(columns):
                if known[i, j]:
                    total += abs(gain * float64(luma[i, j]) + offset - float64(background[i, j]))
                    places += 1.0
        limit = max(_NOISE, _TRIM * total / places)
    return gain, offset
