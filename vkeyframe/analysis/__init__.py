"""What is seen in the frames: features, change, shots, attention, where people look, motion, actions."""
