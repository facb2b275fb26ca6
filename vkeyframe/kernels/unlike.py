"""How much of a picture has become another, place by place."""

from numpy import exp, float32, float64, full, isnan, ndarray, sqrt

from vkeyframe.kernels.jit import kernel, part


@part
def _share(one: ndarray, other: ndarray, tolerance: ndarray, noise: float32) -> float:
    rows, columns, _ = one.shape
    total = float64(0.0)
    for y in range(rows):
        for x in range(columns):
            lightness = one[y, x, 0] - other[y, x, 0]
            a = one[y, x, 1] - other[y, x, 1]
            b = one[y, x, 2] - other[y, x, 2]
            beyond = sqrt(lightness * lightness + a * a + b * b) - noise
            if beyond > 0.0:
                total += float64(1.0) - float64(exp(-beyond * beyond / tolerance[y, x]))
    return float(total / (rows * columns))


@kernel
def unlike_share(one: ndarray, other: ndarray, tolerance: ndarray, noise: float32) -> float:
    """Tell which share of the places of a picture no longer attends to the same place of another.

    Each place attends to itself at the other time with the weight exp(−‖x − y‖² / tolerance), the attention of non-local means
    (Buades, Coll, Morel, CVPR 2005, doi:10.1109/CVPR.2005.38) with a temperature for each place; what is left of that weight is
    what has become another.

    Parameters
    ----------
    one, other : (rows, columns, 3) float32
        CIE Lab.
    tolerance : (rows, columns) float32, > 0
        Squared colour difference (ΔE²) that leaves 37 % of the attention.
    noise : float32
        Colour difference (ΔE) that is taken for none.

    Returns
    -------
    float in [0, 1]
    """
    return _share(one, other, tolerance, noise)


@kernel
def unlike_matrix(
    pictures: ndarray, groups: ndarray, tolerances: ndarray, noise: float32, between: float32, shares: ndarray
) -> None:
    """Compute `unlike_share` of all pairs of pictures.

    Parameters
    ----------
    pictures : (n, rows, columns, 3) float32
        CIE Lab.
    groups : (n,) int64
        Which of the tolerances belongs to each picture.
    tolerances : (groups, rows, columns) float32, > 0
    noise : float32
    between : float32
        Tolerance at every place for two pictures of different groups.
    shares : (n, n) float64, in and out
        Symmetric. A share of two pictures of different groups that is known beforehand stays; NaN where it is to be computed.
    """
    even = full(pictures.shape[1:3], between, float32)
    for i in range(len(pictures)):
        shares[i, i] = 0.0
        for j in range(i + 1, len(pictures)):
            if groups[i] != groups[j] and not isnan(shares[i, j]):
                continue
            tolerance = tolerances[groups[i]] if groups[i] == groups[j] else even
            shares[i, j] = _share(pictures[i], pictures[j], tolerance, noise)
            shares[j, i] = shares[i, j]
