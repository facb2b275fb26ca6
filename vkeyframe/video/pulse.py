"""A count that grows while frames are decoded, by which a supervisor tells long work from a hang."""


class Pulse:
    """How often this process has got somewhere."""

    beats = 0


def beat() -> None:
    """Count one step of work, such as a decoded frame."""
    Pulse.beats += 1
