"""What is seen in the frames: features, change, shots, attention, attention over time, actions."""
