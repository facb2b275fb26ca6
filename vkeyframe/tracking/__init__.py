"""Following things through a shot: their masks."""
