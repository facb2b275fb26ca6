"""Tests of the library of many videos."""
