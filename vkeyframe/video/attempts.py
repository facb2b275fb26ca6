"""Reading a video as fast as it can be read, and again with more care where that does not do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from vkeyframe.video.damage import DamageFoundError
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.timeline import TimelineMismatchError

Found = TypeVar("Found")


def read_with_care(options: ReadOptions, look: Callable[[ReadOptions], Found]) -> Found:
    """Read a video, and begin anew where it turns out not to be as it should.

    What a decoder makes of damage depends on the number of its threads: which part of which earlier picture it puts in place
    of what is missing. So a damaged video is read with one thread, and the result is the same on every machine.

    Parameters
    ----------
    options : ReadOptions
        How to read it at first.
    look : callable
        Opens the video with the options that it is given and goes through it.
    """
    while True:
        try:
            return look(options)
        except TimelineMismatchError:
            options = replace(options, skip_nonref=False)
        except DamageFoundError:
            options = replace(options, threads=1) if options.threads != 1 else replace(options, skip_nonref=False)
