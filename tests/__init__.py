"""Tests of vkeyframe; clips and pictures are drawn by the tests themselves."""
