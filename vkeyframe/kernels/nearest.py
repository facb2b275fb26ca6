"""Which of very many descriptors are most like a few others, or the mirror images of these."""

from numpy import int16, int32, ndarray

from vkeyframe.kernels.jit import kernel

# Numbers of a descriptor, and how many of them are the same for the mirror image: known beforehand, many are summed at a time.
WIDTH, EVEN = 147, 75
_LEAST = int32(-2147483648)


@kernel
def best_dots(stored: ndarray, queries: ndarray, out: ndarray) -> None:
    """Compute the largest dot product of each descriptor with several queries and their mirror images.

    Both come from one sum: of the mirror image the second part has the other sign.

    Parameters
    ----------
    stored : (n, 147) int8
        First the 75 numbers that are the same for the mirror image, see `analysis.descriptor.EVEN_FIRST`.
    queries : (q, 147) int16
        From -127 to 127, in the same order; wider than the others because that takes a fifth less time.
    out : (n,) int32
        Filled with the largest of the dot products; with the least int32 where there is no query.
    """
    for i in range(len(stored)):
        best = _LEAST
        for j in range(len(queries)):
            # Each step is cut to 32 bits: Numba would take 64, which takes twice the time.
            even, odd = int32(0), int32(0)
            for k in range(EVEN):
                even = int32(even + int32(int32(int16(stored[i, k])) * int32(queries[j, k])))
            for k in range(EVEN, WIDTH):
                odd = int32(odd + int32(int32(int16(stored[i, k])) * int32(queries[j, k])))
            best = max(best, int32(even + abs(odd)))
        out[i] = best
