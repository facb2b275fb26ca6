"""A clip for each frame rate, drawn and looked at once, with cuts at known frames and a start timecode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import clips
from vkeyframe.pipeline import find_shots
from vkeyframe.report.shot_list import ShotList
from vkeyframe.timecode import Timecode
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions

if TYPE_CHECKING:
    from selenium import webdriver

LENGTHS = (31, 40, 34)


@dataclass(frozen=True)
class Footage:
    """A clip, what is known of it by its making, and what was found in it.

    `frames` has the first frame of each shot and the first one behind the last, `cuts` the same on a timeline of `rate`; `shown`
    has the times of all frames, as ffprobe says.
    """

    path: Path
    rate: Fraction
    start: str
    frames: tuple[int, ...]
    shown: tuple[float, ...]
    cuts: tuple[int, ...]
    found: ShotList

    def timecodes(self) -> list[str]:
        return [str(Timecode.parse(self.start, self.rate) + cut) for cut in self.cuts]


FORMS = {
    "23.976": (".mov", Fraction(24000, 1001), "01:00:00:00", 1),
    "25": (".mkv", Fraction(25), "01:00:00:00", 1),
    "29.97 drop-frame": (".mp4", Fraction(30000, 1001), "00:59:58;00", 1),
    "59.94": (".mov", Fraction(60000, 1001), "01:00:00:00", 2),
    "59.94 drop-frame": (".mp4", Fraction(60000, 1001), "00:59:58;00", 2),
    # Steps of 20, 40, 60 and 120 ms; the header says 25 frames a second.
    "variable": (".mkv", Fraction(25), "01:00:00:00", 1),
}


@pytest.fixture(scope="session")
def make_footage(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Footage]:
    """Give a function that draws the clip of a rate, once."""

    @cache
    def make(name: str) -> Footage:
        suffix, rate, start, times = FORMS[name]
        path = tmp_path_factory.mktemp("footage") / f"film{suffix}"
        # Twice as many frames a second show as much motion.
        frames = [f for seed, n in enumerate(LENGTHS) for f in clips.scene(seed, n, 64, 36) for _ in range(times)]
        if name == "variable":
            clips.with_variable_rate(path, frames)
            plain = path.rename(path.with_stem("plain"))
            clips.ffmpeg("-i", plain, "-c", "copy", "-metadata", f"timecode={start}", path)
        else:
            clips.encode(path, frames, "-timecode", start, fps=str(rate))
        firsts = tuple(times * sum(LENGTHS[:place]) for place in range(len(LENGTHS) + 1))
        shown = tuple(frame["time"] for frame in clips.probe_frames(path))
        found = find_shots(VideoFile.of(path), ReadOptions(threads=1))
        cuts = firsts
        if name == "variable":
            end = found.shots[-1].end_time_exclusive or 0.0
            cuts = tuple(round(time * float(rate)) for time in [*(shown[first] for first in firsts[:-1]), end])
        return Footage(path, rate, start, firsts, shown, cuts, found)

    return make


@pytest.fixture(params=FORMS)
def footage(request: pytest.FixtureRequest, make_footage: Callable[[str], Footage]) -> Footage:
    """Give the clip of each rate."""
    return make_footage(request.param)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Give a Chromium of our own, started once."""
    # Selenium takes some time to load, which most tests here need not pay.
    from tests.browser import started

    yield from started(tmp_path_factory.mktemp("browser"))
