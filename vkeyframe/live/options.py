"""How long a recording or a stream is waited for."""

from __future__ import annotations

from dataclasses import dataclass

# Seconds. Segments of HLS last 2 to 10 s, and come whole.
USUAL_IDLE = 20.0
USUAL_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """How long a recording or a stream is waited for.

    Attributes
    ----------
    idle : float
        Seconds without new data after which a recording has ended, and a stream is connected anew.
    tries : int
        How often in a row a lost stream is connected anew.
    most_pixels : int
        Pictures with more pixels are refused.
    threads : int
        Threads of the decoder, 0 for as many as the machine has room for.
    """

    idle: float = USUAL_IDLE
    tries: int = USUAL_TRIES
    most_pixels: int = 150_000_000
    threads: int = 0
