"""Damaged frames: they are counted, and read over."""

from __future__ import annotations

from collections.abc import Callable

from numpy import ndarray

from vkeyframe.video.decoder import Decoder
from vkeyframe.video.frame import Planes

# How often a decoder may fail in a row before that counts as the end. After damage it fails a few times and then goes on; at
# the end it fails for ever, and at once, so that a high number costs no time.
FAILURES_ALLOWED = 64


class DamageFoundError(Exception):
    """A video is damaged, and what is made of that depends on how it is decoded: on the number of threads."""


class DamageCounter:
    """Reads over damaged frames.

    Parameters
    ----------
    decoder : Decoder
    new_errors : callable, optional
        Returns how many errors the decoder has written since it was asked last. A frame that it gives all the same is
        damaged.

    Attributes
    ----------
    failures : int
        How often the decoder has failed, other than at the end, or has written of errors.
    """

    def __init__(self, decoder: Decoder, new_errors: Callable[[], int] = lambda: 0) -> None:
        self._decoder, self._new_errors = decoder, new_errors
        self.failures = 0

    def grab(self) -> bool:
        """Decode the next frame that can be decoded; False at the end."""
        failed = heard = 0
        while failed <= FAILURES_ALLOWED:
            grabbed = self._decoder.grab()
            has_errors = self._new_errors() > 0
            heard += has_errors
            if grabbed:
                self.failures += failed + has_errors
                return True
            failed += 1
        self.failures += heard
        return False

    def picture(self, time: float) -> ndarray | Planes | None:
        """Return the frame grabbed last, at this many seconds from the first; None, and counted, if it is damaged."""
        content = self._decoder.picture()
        if content is None and self.go_on(time):
            content = self._decoder.picture()
        self.failures += content is None
        return content

    def go_on(self, time: float) -> bool:
        """Go on by other means, as `Decoder.go_on`; what is wrong with frames that were decoded before is not counted again."""
        goes_on = self._decoder.go_on(time)
        self._new_errors()
        return goes_on
