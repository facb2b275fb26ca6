"""How many threads the machine has room for."""

import os

# More do not pay: FFmpeg itself never takes more of its own accord, and each holds pictures.
MOST_THREADS = 16


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_of_threads(workers: int = 1) -> int:
    """How many decoder threads each of some processes gets: together two for each core.

    With one for each, decoding stops while a picture is converted; two took a sixth less time for a video, three hardly less.
    """
    return max(1, min(MOST_THREADS, 2 * cores() // workers))
