"""Tests of what follows things through a shot."""
