"""Inner loops of background models: what a still camera sees, and what moves before it."""

from numpy import float64, int32, ndarray, uint32

from vkeyframe.kernels.jit import kernel, part

# Differences beyond so many times their mean are not of the exposure.
_TRIM = 2.0
# Grey levels up to which a difference always counts.
_NOISE = 3.0


@part
def _mean_left(luma: ndarray, background: ndarray, known: ndarray, gain: float, offset: float) -> float:
    total, places = 0.0, 0.0
    for i in range(len(luma)):
        for j in range(luma.shape[1]):
            if known[i, j]:
                total += abs(gain * float64(luma[i, j]) + offset - float64(background[i, j]))
                places += 1.0
    return total / places


@kernel
def measure_exposure(
    luma: ndarray, background: ndarray, known: ndarray, rounds: int, gains: ndarray, least_spread: float
) -> tuple[float, float]:
    """Measure by what gain and offset a picture comes to the exposure of the background.

    Least squares over the places that show the background, without those that differ too much in each round after the first.

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
        limit = max(_NOISE, _TRIM * _mean_left(luma, background, known, gain, offset))
    return gain, offset


@part
def _next_random(state: ndarray) -> uint32:
    # Marsaglia, "Xorshift RNGs", Journal of Statistical Software, 2003, doi:10.18637/jss.v008.i14.
    value = state[0]
    value ^= uint32(value << uint32(13))
    value ^= uint32(value >> uint32(17))
    value ^= uint32(value << uint32(5))
    state[0] = value
    return uint32(value)


@kernel
def classify_pixels(picture: ndarray, memory: ndarray, state: ndarray, radius: int, matches: int, mask: ndarray) -> None:
    """Tell which pixels differ from what was seen in their places, and let the others be remembered.

    ViBe: Barnich, Van Droogenbroeck, IEEE TIP 20(6), 2011, doi:10.1109/TIP.2010.2101613, with its update in one of 16 frames.

    Parameters
    ----------
    picture : (height, width, 3) uint8
        BGR.
    memory : (height, width, n, 3) uint8, in and out
        Values seen in each place. Where a pixel belongs to the background, with a chance of 1/16 it takes the place of one of
        them, chosen by chance so that none is too old to go, and with as much that of one of a neighbour.
    state : (1,) uint32, not 0, in and out
        Of the random numbers.
    radius : int
        Sum of the differences of blue, green and red below which a value matches.
    matches : int
        How many values a pixel of the background must match.
    mask : (height, width) uint8, out
        255 where a pixel moves, else 0.
    """
    height, width, _ = picture.shape
    values = memory.shape[2]
    for y in range(height):
        for x in range(width):
            blue, green, red = int32(picture[y, x, 0]), int32(picture[y, x, 1]), int32(picture[y, x, 2])
            found = 0
            for n in range(values):
                one = memory[y, x, n]
                if abs(blue - int32(one[0])) + abs(green - int32(one[1])) + abs(red - int32(one[2])) < radius:
                    found += 1
                    if found == matches:
                        break
            mask[y, x] = 0 if found == matches else 255
            if found < matches:
                continue
            chance = _next_random(state)
            if chance & uint32(15) == 0:
                for channel in range(3):
                    memory[y, x, (chance >> uint32(8)) % uint32(values), channel] = picture[y, x, channel]
            if chance & uint32(240) == 0:
                other_y = min(height - 1, max(0, y + int32((chance >> uint32(14)) % uint32(3)) - 1))
                other_x = min(width - 1, max(0, x + int32((chance >> uint32(18)) % uint32(3)) - 1))
                for channel in range(3):
                    memory[other_y, other_x, (chance >> uint32(22)) % uint32(values), channel] = picture[y, x, channel]
