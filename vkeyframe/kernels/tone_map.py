"""Pictures of high dynamic range on an ordinary screen."""

from numpy import float32, int32, intp, ndarray, sqrt

from vkeyframe.kernels.jit import kernel, part


@part
def _place(light: float32, table: ndarray) -> intp:
    """Place of light, cut off at 1, in a table by its square root."""
    return intp(sqrt(min(light, float32(1.0))) * float32(table.size - 1) + float32(0.5))


@part
def _hable(light: float32) -> float32:
    """Return the film curve of Hable, "Uncharted 2: HDR Lighting", GDC 2010, with his constants, as in FFmpeg's `tonemap`."""
    above = light * (float32(0.15) * light + float32(0.05)) + float32(0.004)
    below = light * (float32(0.15) * light + float32(0.5)) + float32(0.06)
    return above / below - float32(0.02 / 0.3)


@kernel
def tone_map(
    picture: ndarray,
    light: ndarray,
    weights: ndarray,
    system: ndarray,
    gamut: ndarray,
    peak: float32,
    encoding: ndarray,
    out: ndarray,
) -> None:
    """Turn coded RGB into 8 bits for an ordinary screen.

    Parameters
    ----------
    picture : (height, width, 3) uint16
        Red, green, blue as they are coded, 0 to 65535.
    light : (65536,) float32
        The light that a value stands for.
    weights : (3,) float32
        How much of each makes luminance.
    system : (n,) float32
        By what the light is multiplied, by the square root of its luminance (0 to 1): the OOTF. A single number: by nothing.
    gamut : (3, 3) float32
        Turns that light into red, green and blue of the screen.
    peak : float32
        Light that becomes white; 0 leaves the light as it is. Hue stays: all three are multiplied by the same number.
    encoding : (n,) uint8
        Values by the square root of light, 0 to 1.
    out : (height, width, 3) uint8, BGR, out
    """
    height, width, _ = picture.shape
    white = _hable(peak) if peak > 0 else float32(1.0)
    for y in range(height):
        line = picture[y].ravel()
        target = out[y].ravel()
        for x in range(width):
            red, green, blue = light[line[3 * x]], light[line[3 * x + 1]], light[line[3 * x + 2]]
            if system.size > 1:
                gain = system[_place(weights[0] * red + weights[1] * green + weights[2] * blue, system)]
                red, green, blue = red * gain, green * gain, blue * gain
            r = max(gamut[0, 0] * red + gamut[0, 1] * green + gamut[0, 2] * blue, float32(0.0))
            g = max(gamut[1, 0] * red + gamut[1, 1] * green + gamut[1, 2] * blue, float32(0.0))
            b = max(gamut[2, 0] * red + gamut[2, 1] * green + gamut[2, 2] * blue, float32(0.0))
            if peak > 0:
                brightest = max(r, g, b, float32(1e-6))
                scale = _hable(brightest) / (white * brightest)
                r, g, b = r * scale, g * scale, b * scale
            target[3 * x] = encoding[_place(b, encoding)]
            target[3 * x + 1] = encoding[_place(g, encoding)]
            target[3 * x + 2] = encoding[_place(r, encoding)]


@kernel
def map_planes(
    luma: ndarray, cb: ndarray, cr: ndarray, lumas: ndarray, slopes: ndarray, mix: ndarray, out: ndarray, outs: ndarray
) -> None:
    """Turn the planes of a picture into 8 bits for an ordinary screen, exactly for greys and nearly so for other colours.

    Parameters
    ----------
    luma : (height, pitch) uint16
        Of each line only the beginning is the picture.
    cb, cr : (half height, half pitch) uint16
        Colour differences, around the middle of their values.
    lumas : (n,) uint8
        New luma by the old.
    slopes : (n,) float32
        By how much a small colour difference grows, by luma.
    mix : (2, 2) float32
        Turns both colour differences into those of the screen.
    out : (height, width) uint8, out
    outs : (2, half height, half width) uint8, out
        Colour differences around 128.
    """
    height, width = out.shape
    most = int32(lumas.size - 1)
    for y in range(height):
        line, target = luma[y], out[y]
        for x in range(width):
            target[x] = lumas[min(int32(line[x]), most)]
    middle = float32(lumas.size // 2)
    for y in range(outs.shape[1]):
        line = luma[2 * y]
        for x in range(outs.shape[2]):
            slope = slopes[min(int32(line[2 * x]), most)]
            blue, red = (float32(cb[y, x]) - middle) * slope, (float32(cr[y, x]) - middle) * slope
            outs[0, y, x] = _eight_bits(mix[0, 0] * blue + mix[0, 1] * red)
            outs[1, y, x] = _eight_bits(mix[1, 0] * blue + mix[1, 1] * red)


@part
def _eight_bits(difference: float32) -> int32:
    return int32(min(max(difference + float32(128.5), float32(0.0)), float32(255.0)))
