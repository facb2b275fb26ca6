"""From the decoded picture to the small one: area means and the sharpness of every cell in one pass."""

import numpy as np
from numpy import float32, float64, int32, int64, ndarray

from vkeyframe.kernels.jit import kernel, part

ROWS_PER_CELL = 6


@kernel
def downsample(picture: ndarray, means: ndarray, gradients: ndarray) -> None:
    """Reduce a BGR picture to area means and mean squared luma gradients.

    Of a tall cell only some evenly spaced rows are read, `ROWS_PER_CELL` to twice as many: on 1080p a fifth of the rows
    (and their neighbours below), whose means differ from the full ones by less than the noise of the codec.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
    means : (rows, columns, 3) float32, out
        Mean of the pixels of each cell, 0 to 255. A cell smaller than one pixel takes the nearest pixel.
    gradients : (rows, columns) float32, out
        Mean over the cell of dx² + dy², the squared differences of luma (0 to 255) to the next pixel on the
        right and below; 0 where the picture is one pixel wide and high.
    """
    height, width, _ = picture.shape
    rows, columns, _ = means.shape
    # One line of sums for each column of pixels, so that every inner loop runs over a whole line and is vectorised. So it is
    # only where a line is indexed flat: with [x, 0], [x, 1], [x, 2] the luma alone takes six times as long.
    sums = np.empty(3 * width, np.int32)
    energies = np.empty(width, np.int64)
    here = np.empty(width, np.int32)
    under = np.empty(width, np.int32)
    for row in range(rows):
        top, bottom = _cell(row, rows, height)
        stride = max(1, (bottom - top) // ROWS_PER_CELL)
        lines = 0
        sums[:] = 0
        energies[:] = 0
        for y in range(top, bottom, stride):
            lines += 1
            line = picture[y].ravel()
            for i in range(3 * width):
                sums[i] += int32(line[i])
            _luma(line, here)
            _luma(picture[min(y + 1, height - 1)].ravel(), under)
            _add_squares(here, under, energies)
        for column in range(columns):
            left, right = _cell(column, columns, width)
            count = lines * (right - left)
            blue, green, red = _sum_colours(sums[3 * left : 3 * right])
            means[row, column, 0] = float32(blue / count)
            means[row, column, 1] = float32(green / count)
            means[row, column, 2] = float32(red / count)
            gradients[row, column] = float32(float64(_sum(energies[left:right])) / (count * 65536.0))


@kernel
def downsample_plane(plane: ndarray, width: int, means: ndarray, gradients: ndarray) -> None:
    """Reduce one plane of a picture to area means and mean squared gradients, from the same lines as `downsample`.

    Parameters
    ----------
    plane : (height, pitch) uint8
        Of each line only the first `width` values are the picture.
    width : int
    means : (rows, columns) float32, out
    gradients : (rows, columns) float32, out
        Or an empty array, if they are not wanted.
    """
    # One loop for both kernels, given how to get the luma of a line, takes a fifth longer and cannot be cached.
    height = plane.shape[0]
    rows, columns = means.shape
    wanted = gradients.size > 0
    sums = np.empty(width, np.int32)
    energies = np.empty(width, np.int32)
    for row in range(rows):
        top, bottom = _cell(row, rows, height)
        stride = max(1, (bottom - top) // ROWS_PER_CELL)
        lines = 0
        sums[:] = 0
        energies[:] = 0
        for y in range(top, bottom, stride):
            lines += 1
            line = plane[y]
            for x in range(width):
                sums[x] += int32(line[x])
            if wanted:
                _add_squares(line, plane[min(y + 1, height - 1)], energies)
        for column in range(columns):
            left, right = _cell(column, columns, width)
            count = lines * (right - left)
            means[row, column] = float32(_sum(sums[left:right]) / count)
            if wanted:
                gradients[row, column] = float32(_sum(energies[left:right]) / count)


@kernel
def _cell(index: int, count: int, length: int) -> tuple[int, int]:
    """Beginning and end of a cell, of so many along a length."""
    begin = index * length // count
    return begin, max(begin + 1, (index + 1) * length // count)


@kernel
def _sum(values: ndarray) -> int64:
    """Sum of whole numbers; NumPy's own sum takes twice as long to compile."""
    total = int64(0)
    for x in range(values.size):
        total += values[x]
    return total


@part
def _sum_colours(cell: ndarray) -> tuple[int32, int32, int32]:
    """Sum of the blue, of the green and of the red values of some pixels."""
    blue = int32(0)
    green = int32(0)
    red = int32(0)
    for x in range(cell.size // 3):
        blue += cell[3 * x]
        green += cell[3 * x + 1]
        red += cell[3 * x + 2]
    return blue, green, red


@kernel
def _add_squares(here: ndarray, below: ndarray, energies: ndarray) -> None:
    """Add the squared differences of a line to the next value on the right and below."""
    last = energies.size - 1
    for x in range(last):
        dx = int64(here[x + 1]) - int64(here[x])
        dy = int64(below[x]) - int64(here[x])
        energies[x] += dx * dx + dy * dy
    dy = int64(below[last]) - int64(here[last])
    energies[last] += dy * dy


@kernel
def _luma(line: ndarray, out: ndarray) -> None:
    """ITU-R BT.601 luma of a line of BGR pixels in 1/256: 29 b + 150 g + 77 r."""
    for x in range(out.size):
        blue, green, red = int32(line[3 * x]), int32(line[3 * x + 1]), int32(line[3 * x + 2])
        out[x] = int32(29) * blue + int32(150) * green + int32(77) * red
