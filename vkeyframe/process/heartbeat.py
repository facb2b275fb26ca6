"""A count that grows while work goes on, by which a supervisor tells long work from a hang."""


class Heartbeat:
    """The count of this process."""

    ticks = 0


def tick() -> None:
    """Count one step of work, such as a decoded frame."""
    Heartbeat.ticks += 1
