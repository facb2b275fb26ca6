"""Folders with the tracks of a video."""

from vkeyframe.output.listing import Listing
from vkeyframe.report.tracks import load_tracks

TRACKS = Listing("tracks.json", lambda data: load_tracks(data).files, "masks", r"\d{6,}\.png")
