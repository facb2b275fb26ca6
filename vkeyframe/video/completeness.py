"""Whether a pass over a video came to its end."""

from __future__ import annotations

from dataclasses import dataclass

from vkeyframe.report.video_info import VideoInfo
from vkeyframe.video.file import VideoFile
from vkeyframe.video.packets import PacketIndex
from vkeyframe.video.truncation import is_truncated


@dataclass(frozen=True, slots=True)
class CompletenessTuning:
    """How much may be missing from what a header declares; set by eye, headers of intact files are often a little wrong.

    Attributes
    ----------
    share : float
        Share of the declared frames, or of the declared duration, that counts as all.
    last_frame : float
        For how many frames the last one is shown; half a frame more than one, because the frame rate may be rounded.
    """

    share: float = 0.95
    last_frame: float = 1.5


TUNING = CompletenessTuning()


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a pass has come: number of frames decoded, and time in seconds of the last one, counted as the duration is."""

    frames: int
    time: float

    def near_declared_end(self, info: VideoInfo) -> bool:
        """Whether it is as far as the header says that there is something, by frames or by time."""
        shown_until = self.time + TUNING.last_frame / info.fps
        return self.frames >= TUNING.share * info.declared_frames or shown_until >= TUNING.share * info.duration

    def is_whole(self, info: VideoInfo, file: VideoFile, packets: PacketIndex) -> bool:
        """Whether nothing is missing at the end, as far as the file lets one tell."""
        # With all the frames that were declared nothing is missing, whatever the file has lost behind them.
        if self.frames != info.declared_frames and is_truncated(file.path):
            return False
        return self.near_declared_end(info) or self._nothing_left(info, packets)

    def _nothing_left(self, info: VideoInfo, packets: PacketIndex) -> bool:
        """Whether the file goes on to its declared end, only without pictures: where the sound is longer."""
        scan = packets.scan()
        return scan.end >= TUNING.share * info.duration and self.frames >= TUNING.share * scan.frames
