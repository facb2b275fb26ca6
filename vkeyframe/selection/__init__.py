"""Which frames to keep."""
