"""What is heard: where people speak, kinds of sound, onsets and loudness."""
