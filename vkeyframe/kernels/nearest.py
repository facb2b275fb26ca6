"""Which of very many descriptors are most like a few others."""

from numpy import int16, int32, ndarray

from vkeyframe.kernels.jit import kernel

# Numbers of a descriptor, see `analysis.descriptor.SIZE`: known beforehand, the sum is of 16 products at a time.
WIDTH = 147
_LEAST = int32(-2147483648)


@kernel
def best_dots(stored: ndarray, queries: ndarray, out: ndarray) -> None:
    """Compute the largest dot product of each descriptor with several queries.

    Parameters
    ----------
    stored : (n, 147) int8
    queries : (q, 147) int16
        From -127 to 127; wider than the others because that takes a fifth less time.
    out : (n,) int32
        Filled with the largest of the dot products; with the least int32 where there is no query.
    """
    for i in range(len(stored)):
        best = _LEAST
        for j in range(len(queries)):
            # Each step is cut to 32 bits: Numba would take 64, which takes twice the time.
            total = int32(0)
            for k in range(WIDTH):
                total = int32(total + int32(int32(int16(stored[i, k])) * int32(queries[j, k])))
            best = max(best, total)
        out[i] = best
