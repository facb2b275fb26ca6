"""A count that grows while frames are decoded, by which a supervisor tells long work from a hang."""


class Heartbeat:
    """How often this process has got somewhere."""

    ticks = 0


def tick() -> None:
    """Count one step of work, such as a decoded frame."""
    Heartbeat.ticks += 1
