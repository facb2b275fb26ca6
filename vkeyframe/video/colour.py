"""What the numbers of a video's pixels mean: primaries, transfer, matrix and range, as the file tells or as players guess.

Numbers and names are those of ITU-T H.273, which FFmpeg uses too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy import ndarray

from vkeyframe.report.colour import Colour

UNKNOWN = 2
BT709, BT601 = 1, 6
BT2020, DISPLAY_P3 = 9, 12
PQ, HLG = 16, 18
# VP8 knows no other matrix than that of BT.601 (RFC 6386, 9.2), which FFmpeg says of its frames only.
VP8 = 5
LIMITED, FULL = 1, 2
PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
TRANSFERS = {
    1: "bt709",
    4: "gamma22",
    5: "gamma28",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    9: "log100",
    10: "log316",
    11: "iec61966-2-4",
    12: "bt1361e",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
MATRICES = {
    0: "gbr",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "ycgco",
    9: "bt2020nc",
    10: "bt2020c",
    11: "smpte2085",
    12: "chroma-derived-nc",
    13: "chroma-derived-c",
    14: "ictcp",
}
RANGES = {LIMITED: "limited", FULL: "full"}
# How much of red and of blue makes luma: ITU-R BT.709-6, 3.2; BT.601-7, 2.5.1; BT.2020-2, table 4.
WEIGHTS = {
    1: (0.2126, 0.0722),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
# Pixel formats that are full range by their name.
FULL_FORMATS = "yuvj"
# Where a file does not tell the matrix, larger pictures than those of standard definition have that of BT.709, as in mpv
# (mp_csp_guess_colorspace) and, by the height, in VLC.
HD_WIDTH_PX, SD_HEIGHT_PX = 1280, 576


@dataclass(frozen=True, slots=True)
class ColourTags:
    """What a stream says of its colours, in numbers of H.273; 2 where it does not say.

    Attributes
    ----------
    primaries, transfer, matrix : int
    range : int
        1 for limited, 2 for full, 0 where it does not say.
    bits : int
        Of each value, 0 where unknown.
    guessed_matrix : int
        The matrix, or the one that players take where it does not say; 0 for RGB.
    """

    primaries: int
    transfer: int
    matrix: int
    range: int
    bits: int
    guessed_matrix: int

    @property
    def is_hdr(self) -> bool:
        """Whether it is coded for a brighter screen: PQ or HLG (ITU-R BT.2100)."""
        return self.transfer in (PQ, HLG)

    @property
    def is_beyond_sdr(self) -> bool:
        """Whether it must be converted to be shown as BT.709: high dynamic range, or colours outside of that gamut."""
        return self.is_hdr or self.primaries in (BT2020, DISPLAY_P3)

    def described(self, tone_mapped: bool) -> Colour | None:
        """Return its section of the report; None where nothing is known."""
        found = Colour(
            primaries=PRIMARIES.get(self.primaries),
            transfer=TRANSFERS.get(self.transfer),
            matrix=MATRICES.get(self.matrix),
            range=RANGES.get(self.range),
            bit_depth=self.bits or None,
            tone_mapped=tone_mapped,
        )
        return None if found == Colour() else found


def tags_of(source: VideoCodecContext | VideoFrame) -> ColourTags:
    """Read the tags of a stream, or of a frame, which knows more."""
    form = source.format
    name = "" if form is None else form.name
    is_rgb = form is not None and form.is_rgb
    matrix = int(source.colorspace)
    if matrix == 0 and not is_rgb:
        matrix = UNKNOWN
    if isinstance(source, VideoCodecContext) and source.name == "vp8":
        matrix = VP8
    return ColourTags(
        primaries=int(source.color_primaries),
        transfer=int(source.color_trc),
        matrix=matrix,
        range=FULL if name.startswith(FULL_FORMATS) else int(source.color_range),
        bits=0 if form is None else max((part.bits for part in form.components), default=0),
        guessed_matrix=0 if is_rgb else guessed_matrix(matrix, source.width, source.height),
    )


def guessed_matrix(matrix: int, width: int, height: int) -> int:
    """Return a matrix, or the one that players take for pictures of this size where the file does not tell it."""
    if matrix != UNKNOWN:
        return matrix
    return BT709 if width >= HD_WIDTH_PX or height > SD_HEIGHT_PX else BT601


def to_rgb_matrix(red: float, blue: float) -> ndarray:
    """Coefficients that turn luma 0 to 1 and colour differences −0.5 to 0.5 into red, green, blue, 0 to 1; (3, 3) float64."""
    green = 1.0 - red - blue
    of_blue, of_red = 2 * (1 - blue), 2 * (1 - red)
    return np.array([(1.0, 0.0, of_red), (1.0, -of_blue * blue / green, -of_red * red / green), (1.0, of_blue, 0.0)])


def to_bgr_coefficients(matrix: int, full: bool) -> ndarray:
    """Coefficients of luma, both colour differences, 1 → blue, green, red, all 0 to 255; (3, 4) float32."""
    luma, chroma, black = (1.0, 1.0, 0.0) if full else (255 / 219, 255 / 224, 16.0)
    scaled = to_rgb_matrix(*WEIGHTS[matrix])[::-1] * (luma, chroma, chroma)
    return np.column_stack([scaled, -luma * black - 128 * scaled[:, 1:].sum(axis=1)]).astype(np.float32)


def matrix_correction(taken: int, true: int) -> ndarray:
    """Coefficients that turn BGR which was made with another matrix into what it should be, (3, 3) float32.

    What was cut off at 0 or 255 is lost. With the range it has nothing to do.
    """
    wrong, right = (to_rgb_matrix(*WEIGHTS[each]) for each in (taken, true))
    return (right @ np.linalg.inv(wrong))[::-1, ::-1].astype(np.float32)
