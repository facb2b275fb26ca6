"""Tests of the choice of frames."""
