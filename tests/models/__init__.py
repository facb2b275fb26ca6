"""Tests of models of the user."""
