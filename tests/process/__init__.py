"""Reading videos and writing pictures."""
