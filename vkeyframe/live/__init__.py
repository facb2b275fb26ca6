"""Recordings that are still written, and streams: keyframes are told while they come."""
