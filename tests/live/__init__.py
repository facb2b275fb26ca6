"""Tests of what is followed while it comes."""
