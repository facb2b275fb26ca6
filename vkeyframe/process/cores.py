"""How many threads the machine has room for."""

import os

# More do not pay: FFmpeg itself never takes more of its own accord, and each holds pictures.
MOST_THREADS = 16


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_of_threads(workers: int = 1) -> int:
    """How many decoder threads each of some processes gets.

    A process by itself gets two for each core: with one, decoding stops while a picture is converted; two took a sixth less
    time, three hardly less. Where several are at work, none of them leaves a core idle, and one thread for each core is best.
    """
    return max(1, min(MOST_THREADS, (cores() if workers > 1 else 2 * cores()) // workers))
