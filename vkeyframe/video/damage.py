"""Damaged frames: they are counted, and read over."""

from __future__ import annotations

from numpy import ndarray

from vkeyframe.video.decoder import Decoder
from vkeyframe.video.frame import Planes

# How often a decoder may fail in a row before that counts as the end. After damage it fails a few times and then goes on; at
# the end it fails for ever, and at once, so that a high number costs no time.
FAILURES_ALLOWED = 64


class DamageCounter:
    """Reads over damaged frames.

    Attributes
    ----------
    failures : int
        How often the decoder has failed, other than at the end.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self.failures = 0

    def grab(self) -> bool:
        """Decode the next frame that can be decoded; False at the end."""
        for failed in range(FAILURES_ALLOWED + 1):
            if self._decoder.grab():
                self.failures += failed
                return True
        return False

    def picture(self, time: float) -> ndarray | Planes | None:
        """Return the frame grabbed last, at this many seconds from the first; None, and counted, if it is damaged."""
        content = self._decoder.picture()
        if content is None and self._decoder.go_on(time):
            content = self._decoder.picture()
        self.failures += content is None
        return content
