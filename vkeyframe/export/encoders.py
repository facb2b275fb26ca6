"""First frames of shots for subtitle editors and encoders."""

from __future__ import annotations

from vkeyframe.report.shot_list import ShotList


def write_aegisub(found: ShotList) -> str:
    """Write the list of key frames that Aegisub and VapourSynth read; frames are 0-based."""
    return "".join(["# keyframe format v1\n", "fps 0\n", *(f"{shot.start_frame}\n" for shot in found.shots)])


def write_qp(found: ShotList) -> str:
    """Write a file for ``x264 --qpfile`` and ``x265 --qpfile`` that puts a key frame at the start of each shot.

    Frames are 0-based; the encoder chooses the quality. It fits an encoding of all of the video.
    """
    return "".join(f"{shot.start_frame} I -1\n" for shot in found.shots)
