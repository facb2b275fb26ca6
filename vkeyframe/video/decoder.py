"""What a decoder offers, whichever library it uses."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from numpy import ndarray

    from vkeyframe.video.frame import Planes
    from vkeyframe.video.header import Header


class Discard(Enum):
    """Which frames a decoder leaves out: none, those that no other depends on, all but key frames; values as FFmpeg's."""

    NONE = "default"
    NONREF = "nonref"
    NONKEY = "nonkey"


class Decoder(Protocol):
    """Decodes one video forwards, frame by frame, in display order."""

    def grab(self) -> bool:
        """Decode the next frame; False at the end, and where a frame is damaged, behind which there may be more."""

    def time(self) -> float:
        """Return the presentation time in seconds of the frame grabbed last, from any origin; NaN where it has none."""

    def picture(self) -> ndarray | Planes | None:
        """Return the frame grabbed last: (height, width, 3) uint8 BGR, turned as it is to be shown, or planes.

        None if it is damaged or cannot be converted.
        """

    def correction(self) -> ndarray | None:
        """Return coefficients that turn the BGR of `picture` into true colours, (3, 3) float32; None where it has them."""

    def is_key_frame(self) -> bool:
        """Whether the frame grabbed last is a key frame of the codec; False where the decoder does not say."""

    def go_on(self, time: float) -> bool:
        """After a failure of `grab` or `picture`, go on by other means.

        Parameters
        ----------
        time : float
            Seconds from the first frame. Afterwards the frame grabbed last is the first one that is not before this time.

        Returns
        -------
        bool
            False if there are no other means, or no such frame; then nothing has changed.
        """

    def header(self) -> Header:
        """Return what the header claims; only after the first frame was grabbed."""

    def close(self) -> None:
        """Close the file."""
