"""Tests of what follows things."""
