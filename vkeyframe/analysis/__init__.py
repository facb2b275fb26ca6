"""What is seen in the frames: features, change, shots, saliency, attention over time, actions."""
