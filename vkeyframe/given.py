"""What is known before a video is looked at: by what to choose, what the keyframes are to be like, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from numpy import ndarray

from vkeyframe.selection.collector import CandidateCollector
from vkeyframe.selection.dialogue import Dialogue, line_segmenter, without_pauses
from vkeyframe.selection.options import SelectionOptions
from vkeyframe.selection.pruning import Pruner
from vkeyframe.selection.request import DIVISIBLE, SelectionRequest, Wanted
from vkeyframe.selection.segmenters import segmenter_factory
from vkeyframe.selection.sink import PictureSink
from vkeyframe.selection.users_model import UsersModel, load_model, with_model
from vkeyframe.settings import Settings
from vkeyframe.video.file import VideoFile

if TYPE_CHECKING:
    from vkeyframe.report.video_info import VideoInfo
    from vkeyframe.words.source import Words


@dataclass(frozen=True, slots=True)
class Given:
    """What is known before a video is looked at.

    Attributes
    ----------
    settings : Settings
    options : SelectionOptions
        Those of the settings, as far as they fit what is said.
    wanted : Wanted or None
        What the keyframes are to be like.
    words : Words or None
        What is said, where it is asked for.
    model : UsersModel or None
    """

    settings: Settings
    options: SelectionOptions
    wanted: Wanted | None
    words: Words | None
    model: UsersModel | None

    def request(self, info: VideoInfo, most: int | None = None) -> SelectionRequest:
        """Make the request for a video, of at most so many keyframes."""
        first, last = self.settings.reading.range_in_seconds(info.fps)
        # As far as the header tells.
        seconds = (info.duration if last == inf else last) - first
        request = SelectionRequest.of(self.options, info.fps, seconds)
        fewest = min((number for number in (most, request.most) if number is not None), default=None)
        return replace(request, wanted=self.wanted, most=fewest)

    def collector(
        self, request: SelectionRequest, sink: PictureSink, *hide: Callable[[ndarray], ndarray]
    ) -> tuple[SelectionRequest, CandidateCollector]:
        """Make what collects the candidates, and the request in which a user's model has its say.

        `hide`, if given, paints over what is to be ignored in a picture.
        """
        request, sink = with_model(self.model, request, sink, *hide)
        options = self.options
        if options.keep == "lines" and self.words is not None:
            return request, CandidateCollector(sink, line_segmenter(self.words.lines), None, without_pauses)
        segmenter = segmenter_factory(options.keep, options.sensitivity, request.asks_for_number)
        depth = request.subdivision_depth if options.keep in DIVISIBLE else None
        # To explain all candidates, or to fill every gap, all must be there.
        if options.explain or options.max_gap is not None:
            return request, CandidateCollector(sink, segmenter, depth)
        return request, CandidateCollector(sink, segmenter, depth, Pruner(request))

    def notes(self, dialogue: Dialogue | None) -> tuple[str, ...]:
        """Return what is to be told of what is said."""
        return (*(self.words.notes if self.words is not None else ()), *(dialogue.warnings if dialogue is not None else ()))


def load_given(file: VideoFile, settings: Settings) -> Given:
    """Load what the settings name; what that needs is loaded only where it is asked for.

    Raises
    ------
    InputError, UsageError
        If something cannot be read, or is not what it should be.
    """
    options, wanted, words = settings.selection, None, None
    if options.like is not None:
        from vkeyframe.matching import load_target
        from vkeyframe.selection.relevance import Relevance

        wanted = Relevance(load_target(options.like, file, replace(settings.reading, start=None, end=None)))
    if settings.takes_words:
        from vkeyframe.words.source import read_words

        words = read_words(file, settings.spoken, settings.reading.max_pixels)
        if options.keep == "lines" and not words.lines:
            options = replace(options, keep="content")
            words = replace(words, notes=(*words.notes, "There are no lines to keep; the keyframes show new content instead."))
    return Given(settings, options, wanted, words, load_model(options, settings.reading.threads))
