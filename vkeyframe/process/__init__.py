"""Child processes and processor cores; knows nothing of video."""
