"""Things followed from frame to frame."""
