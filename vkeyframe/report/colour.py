"""What a report tells of a video's colours."""

from __future__ import annotations

from dataclasses import dataclass

from vkeyframe.report.describe import about


@dataclass(frozen=True, slots=True)
class Colour:
    """What the values of a video's pixels mean, as far as the file tells it; names are FFmpeg's."""

    primaries: str | None = about("Its primaries, such as bt709 or bt2020; null where the file does not tell.", default=None)
    transfer: str | None = about(
        "How light is coded, such as bt709, smpte2084 (PQ) or arib-std-b67 (HLG); null where the file does not tell.",
        default=None,
    )
    matrix: str | None = about(
        "What turns its luma and colour differences into RGB, such as bt709, smpte170m (BT.601) or bt2020nc; null where the "
        "file does not tell, and then BT.709 is taken from 1280 pixels of width or 577 of height on, else BT.601.",
        default=None,
    )
    range: str | None = about(
        "Whether black and white lie at the ends of the values or inside; null where the file does not tell, and then inside.",
        default=None,
        choices=("limited", "full", None),
    )
    bit_depth: int | None = about("Bits of each value; null where unknown.", default=None, minimum=1)
    tone_mapped: bool = about(
        "Whether the pictures were converted from high dynamic range or wide gamut to BT.709 for an ordinary screen.",
        default=False,
    )
