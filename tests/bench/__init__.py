"""What vkeyframe achieves, and how fast."""
