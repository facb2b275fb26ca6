"""From the decoded picture to the small one: area means and the sharpness of every cell in one pass."""

from numpy import float32, float64, int64, ndarray

from vkeyframe.kernels.jit import kernel

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
    for row in range(rows):
        top = row * height // rows
        bottom = max(top + 1, (row + 1) * height // rows)
        stride = max(1, (bottom - top) // ROWS_PER_CELL)
        for column in range(columns):
            left = column * width // columns
            right = max(left + 1, (column + 1) * width // columns)
            blue = int64(0)
            green = int64(0)
            red = int64(0)
            energy = int64(0)
            count = int64(0)
            for y in range(top, bottom, stride):
                below = min(y + 1, height - 1)
                for x in range(left, right):
                    after = min(x + 1, width - 1)
                    b = int64(picture[y, x, 0])
                    g = int64(picture[y, x, 1])
                    r = int64(picture[y, x, 2])
                    blue += b
                    green += g
                    red += r
                    # ITU-R BT.601 luma in 1/256: 29 b + 150 g + 77 r
                    here = 29 * b + 150 * g + 77 * r
                    dx = 29 * int64(picture[y, after, 0]) + 150 * int64(picture[y, after, 1])
                    dx += 77 * int64(picture[y, after, 2]) - here
                    dy = 29 * int64(picture[below, x, 0]) + 150 * int64(picture[below, x, 1])
                    dy += 77 * int64(picture[below, x, 2]) - here
                    energy += dx * dx + dy * dy
                    count += 1
            means[row, column, 0] = float32(blue / count)
            means[row, column, 1] = float32(green / count)
            means[row, column, 2] = float32(red / count)
            gradients[row, column] = float32(float64(energy) / (count * 65536.0))
