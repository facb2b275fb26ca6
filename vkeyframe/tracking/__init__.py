"""Following things from frame to frame: their boxes and masks."""
