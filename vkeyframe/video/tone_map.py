"""High dynamic range and wide gamut, made pictures for an ordinary screen: BT.709 colours, gamma 2.4, 8 bits.

The way is that of ``ffmpeg -vf zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709``.

References
----------
ITU-R BT.2100-2, tables 4 (PQ) and 5 (HLG). ITU-R BT.1886, annex 1. ITU-R BT.2020-2, table 3. ITU-R BT.709-6, item 1.
J. Hable, "Uncharted 2: HDR Lighting", Game Developers Conference 2010.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Self, cast

import numpy as np
from av.sidedata.sidedata import SideDataContainer
from av.video.frame import VideoFrame
from numpy import ndarray

from vkeyframe.kernels.tone_map import map_planes, tone_map
from vkeyframe.video.colour import (
    BT709,
    BT2020,
    DISPLAY_P3,
    FULL,
    HLG,
    LIMITED,
    PQ,
    WEIGHTS,
    ColourTags,
    to_bgr_coefficients,
    to_rgb_matrix,
)

# Light of 1, in cd/m²: what an ordinary screen shows as white (BT.2035), as npl=100 for zscale.
WHITE = 100.0
# Where a file does not tell how bright it becomes, in cd/m²: the peak of HLG (BT.2100, note 5e) and of FFmpeg's tonemap.
USUAL_PEAK = 1000.0
# Of HLG on a screen of 1000 cd/m² (BT.2100, note 5e).
HLG_GAMMA = 1.2
# Of a screen for SDR (BT.1886).
GAMMA = 2.4
# Red, green, blue and white in CIE x, y; white is D65 in all (BT.709, BT.2020, SMPTE EG 432-1).
D65 = (0.3127, 0.3290)
CHROMATICITIES = {
    BT709: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    DISPLAY_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
# Places of the tables that are looked up by the square root of light: an error of less than half a grey level.
STEPS = 4096
METADATA = ("CONTENT_LIGHT_LEVEL", "MASTERING_DISPLAY_METADATA")
# FFmpeg's AVMasteringDisplayMetadata: primaries, white, darkest and brightest light as fractions, and whether it has them.
MASTERING = struct.Struct("=20i2i")
BITS = 10
# What FFmpeg makes of white with 16 bits, by range; measured: of limited range 255 times 256, of full range 1023 times 64.
CODED_WHITE = {LIMITED: 65283.0, FULL: 65472.0}
PLANES = "yuv420p10le"


@dataclass(frozen=True)
class ToneMap:
    """How pictures of one video are converted.

    Attributes
    ----------
    tags : ColourTags
        Of its frames.
    peak : float
        Brightest light in cd/m², which becomes white; 0 for a video that is not of high dynamic range.
    """

    tags: ColourTags
    peak: float

    @classmethod
    def of(cls, frame: VideoFrame, tags: ColourTags) -> Self:
        """Make what a video needs of its first frame, whose metadata may tell how bright it becomes."""
        return cls(tags, (_told_peak(frame) or USUAL_PEAK) if tags.is_hdr else 0.0)

    def picture(self, frame: VideoFrame) -> ndarray:
        """Convert a frame, (height, width, 3) uint8 BGR."""
        # FFmpeg converts with the matrix and the range that the frame is tagged with.
        if self.tags.bits <= 8 and self.tags.guessed_matrix:
            frame = self._with_ten_bits(frame)
        coded = frame.to_ndarray(format="rgb48le", src_colorspace=self.tags.guessed_matrix or None)
        given = np.ascontiguousarray(coded)
        out = np.empty(given.shape, np.uint8)
        peak = np.float32(self.peak / WHITE)
        weights = np.asarray(_luminance(self._primaries), np.float32)
        tone_map(given, self._light, weights, self._system, self._gamut.astype(np.float32), peak, self._encoding, out)
        return out

    def planes(self, frame: VideoFrame) -> tuple[ndarray, ndarray]:
        """Convert a frame nearly so, at a small part of the cost: luma (height, width), colours (2, half, half), full range."""
        if frame.format.name != PLANES:
            frame = self._with_ten_bits(frame)
        luma, cb, cr = (np.frombuffer(memoryview(plane), np.uint16).reshape(-1, plane.line_size // 2) for plane in frame.planes)
        small = frame.planes[1]
        out = np.empty((frame.height, frame.width), np.uint8)
        outs = np.empty((2, small.height, small.width), np.uint8)
        map_planes(luma, cb, cr, *self._plane_tables, out, outs)
        return out, outs

    def _with_ten_bits(self, frame: VideoFrame) -> VideoFrame:
        # From 8 bits FFmpeg makes 16 less exactly than from 10.
        wanted = FULL if self.tags.range == FULL else LIMITED
        return frame.reformat(format=PLANES, src_color_range=wanted, dst_color_range=wanted)

    @cached_property
    def to_bgr(self) -> ndarray:
        """Coefficients that turn such planes into blue, green and red, (3, 4) float32."""
        return to_bgr_coefficients(BT709, full=True)

    @property
    def _primaries(self) -> int:
        return self.tags.primaries if self.tags.primaries in CHROMATICITIES else BT2020

    @cached_property
    def _light(self) -> ndarray:
        white = CODED_WHITE.get(self.tags.range, CODED_WHITE[LIMITED])
        return self._light_of(np.minimum(np.arange(65536) / white, 1.0)).astype(np.float32)

    def _light_of(self, value: ndarray) -> ndarray:
        """Light of coded values 0 to 1, where 1 is `WHITE`; of HLG that of the scene, where 1 is its brightest."""
        if self.tags.transfer == PQ:
            return pq_light(value) / WHITE
        return hlg_scene_light(value) if self.tags.transfer == HLG else value**GAMMA

    @cached_property
    def _system(self) -> ndarray:
        if self.tags.transfer != HLG:
            return np.ones(1, np.float32)
        luminance = np.square(np.arange(STEPS) / (STEPS - 1.0))
        return (USUAL_PEAK / WHITE * luminance ** (HLG_GAMMA - 1.0)).astype(np.float32)

    @cached_property
    def _gamut(self) -> ndarray:
        return np.asarray(np.linalg.inv(_to_xyz(BT709)) @ _to_xyz(self._primaries))

    @cached_property
    def _encoding(self) -> ndarray:
        return np.rint(255.0 * np.square(np.arange(STEPS) / (STEPS - 1.0)) ** (1.0 / GAMMA)).astype(np.uint8)

    @cached_property
    def _plane_tables(self) -> tuple[ndarray, ndarray, ndarray]:
        """Make the tables of `map_planes`: near grey the way from a coded value to the new one is a curve and its slope."""
        full = self.tags.range == FULL
        codes = np.arange(1 << BITS)
        black, white, chroma = (0.0, 1023.0, 1023.0) if full else (64.0, 940.0, 896.0)
        values = np.clip((codes - black) / (white - black), 0.0, 1.0)
        step = 1e-4
        slopes = (self._grey(values + step) - self._grey(values - step)) / (2 * step)
        differences = 255.0 / chroma * slopes
        to_rgb = to_rgb_matrix(*WEIGHTS.get(self.tags.guessed_matrix, WEIGHTS[BT2020]))[:, 1:]
        from_rgb = np.linalg.inv(to_rgb_matrix(*WEIGHTS[BT709]))[1:]
        mix = from_rgb @ self._gamut @ to_rgb
        return np.rint(255.0 * self._grey(values)).astype(np.uint8), differences.astype(np.float32), mix.astype(np.float32)

    def _grey(self, value: ndarray) -> ndarray:
        """Return what coded greys, 0 to 1, become, 0 to 1."""
        light = self._light_of(np.clip(value, 0.0, 1.0))
        if self.tags.transfer == HLG:
            light = USUAL_PEAK / WHITE * light**HLG_GAMMA
        if self.peak:
            light = film_curve(light) / film_curve(np.array(self.peak / WHITE))
        return np.asarray(np.clip(light, 0.0, 1.0) ** (1.0 / GAMMA))


def pq_light(value: ndarray) -> ndarray:
    """Light in cd/m² of values 0 to 1 that are coded with PQ: the EOTF of ITU-R BT.2100, table 4."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = value ** (1.0 / m2)
    return np.asarray(10000.0 * (np.maximum(power - c1, 0.0) / (c2 - c3 * power)) ** (1.0 / m1))


def hlg_scene_light(value: ndarray) -> ndarray:
    """Light of the scene, 0 to 1, of values 0 to 1 that are coded with HLG: the inverse OETF of ITU-R BT.2100, table 5."""
    a = 0.17883277
    b, c = 1.0 - 4.0 * a, 0.5 - a * np.log(4.0 * a)
    return np.where(value <= 0.5, value**2 / 3.0, (np.exp((value - c) / a) + b) / 12.0)


def film_curve(light: ndarray) -> ndarray:
    """Hable's curve, as in the kernel."""
    above, below = light * (0.15 * light + 0.05) + 0.004, light * (0.15 * light + 0.5) + 0.06
    return np.asarray(above / below - 0.02 / 0.3)


def _to_xyz(primaries: int) -> ndarray:
    """Turn light of these primaries into CIE XYZ; (3, 3) float64 (SMPTE RP 177)."""
    colours = np.array([(x / y, 1.0, (1.0 - x - y) / y) for x, y in (*CHROMATICITIES[primaries], D65)]).T
    shares = np.linalg.solve(colours[:, :3], colours[:, 3])
    return np.asarray(colours[:, :3] * shares)


def _luminance(primaries: int) -> ndarray:
    """How much of red, green and blue makes luminance, (3,) float64."""
    return np.asarray(_to_xyz(primaries)[1])


def _told_peak(frame: VideoFrame) -> float:
    """Return the brightest light in cd/m² that a frame's metadata tell (CTA-861.3, else SMPTE ST 2086), 0 where they do not."""
    level, screen = (_metadata(frame, kind) for kind in METADATA)
    brightest = struct.unpack_from("<I", level)[0] if len(level) >= 4 else 0
    if not brightest and len(screen) >= MASTERING.size:
        *_, top, below, _has_primaries, has_luminance = MASTERING.unpack_from(screen)
        brightest = top / below if has_luminance and below else 0
    return float(brightest)


def _metadata(frame: VideoFrame, kind: str) -> bytes:
    try:
        # The type of this attribute names one kind of data only.
        return bytes(cast(SideDataContainer, frame.side_data)[kind])
    except KeyError:
        return b""
