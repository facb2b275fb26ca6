"""The one place that knows the order: read, analyse, choose, report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser, Analysis, Progress, analyse
from vkeyframe.analysis.appeal import SIDE_PX as COVER_SIDE_PX
from vkeyframe.analysis.descriptions import describe_shot, describe_transitions
from vkeyframe.analysis.gaze import SIDE_PX, gaze_map
from vkeyframe.analysis.motion import motion_in
from vkeyframe.analysis.overlays import OverlayFinder
from vkeyframe.analysis.regions import find_regions
from vkeyframe.analysis.registry import make_analysers
from vkeyframe.analysis.sample import ShotSpan
from vkeyframe.analysis.sensitivity import USUAL_SENSITIVITY
from vkeyframe.errors import DamagedVideoError, UsageError
from vkeyframe.kernels.ahead import compile_beside
from vkeyframe.output.cover import CoverAppeal
from vkeyframe.output.metadata import describe
from vkeyframe.output.naming import PictureLabel, picture_name, safe_name
from vkeyframe.output.options import PictureOptions
from vkeyframe.output.small_pictures import SmallPictures
from vkeyframe.output.spool import PictureSpool
from vkeyframe.report.records import Decoding, Generator, Heads, Keyframe, Report, Run, Shot
from vkeyframe.report.shot_list import ShotList
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.choice import Selection, select
from vkeyframe.selection.collector import CandidateCollector
from vkeyframe.selection.dialogue import Dialogue, line_segmenter, of_lines, without_pauses
from vkeyframe.selection.events import rest_on_actions, with_keyframes
from vkeyframe.selection.explain import explain, with_novelty
from vkeyframe.selection.keyframes import Look, Seen, make_keyframes
from vkeyframe.selection.options import SelectionOptions
from vkeyframe.selection.parts import select_in_parts
from vkeyframe.selection.pruning import Pruner
from vkeyframe.selection.request import DIVISIBLE, SelectionRequest
from vkeyframe.selection.segmenters import segmenter_factory
from vkeyframe.selection.sink import PictureSink
from vkeyframe.selection.spans import with_spans
from vkeyframe.settings import Settings
from vkeyframe.video.attempts import read_with_care
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.reader import VideoReader, describe_decoding
from vkeyframe.words.placing import Said, with_words

if TYPE_CHECKING:
    from vkeyframe.selection.relevance import Relevance
    from vkeyframe.words.source import Words

# With fewer of the codec's key frames than this, or more seconds between them, they cannot stand for the video.
FEWEST_KEY_FRAMES, MOST_SECONDS_BETWEEN = 3, 10.0

Found = TypeVar("Found")
# Sentences about how the video had to be read.
Notes = tuple[str, ...]


class _KeyFramesTooRareError(Exception):
    """The codec's key frames cannot stand for the video."""


@dataclass(frozen=True, slots=True)
class _Given:
    """What is known before the video is read: by what to choose, what the keyframes are to be like, and what is said."""

    options: SelectionOptions
    wanted: Relevance | None
    words: Words | None


def run(file: VideoFile, settings: Settings, pictures: Path | None = None, progress: Progress | None = None) -> Report:
    """Analyse a video and choose its keyframes.

    Parameters
    ----------
    file : VideoFile
    settings : Settings
    pictures : Path, optional
        An existing folder that takes the pictures under their final names; None writes none.
    progress : callable, optional
        Called with the seconds of video done and the seconds in all, 0 where these are unknown.

    Raises
    ------
    InputError, UsageError, DamagedVideoError, OutputError
    """
    started = perf_counter()
    compile_beside()
    given = _given(file, settings)

    def look(options: ReadOptions, notes: Notes) -> Report:
        with open_video(file, options) as reader:
            size = settings.pictures.size_of(reader.info.width, reader.info.height)
            with PictureSpool(pictures, settings.pictures, size) as spool:
                report = _extract(reader, settings, spool, given, progress)
            return replace(report, decoding=_judged(report.decoding, file, options, notes))

    report = describe(_read(settings.reading, look), file, pictures, settings.pictures, settings.reading.max_pixels)
    seconds = perf_counter() - started
    speed = round(report.decoding.decoded_frames / seconds, 1)
    return replace(report, run=Run(round(seconds, 3), speed, settings.reading.threads))


def find_shots(
    file: VideoFile, options: ReadOptions, sensitivity: float = USUAL_SENSITIVITY, progress: Progress | None = None
) -> ShotList:
    """Find the shots of a video and choose nothing; `sensitivity`, 0 to 1, says how little must change between two shots.

    Raises
    ------
    InputError, UsageError, DamagedVideoError
    """

    def look(options: ReadOptions, notes: Notes) -> ShotList:
        with open_video(file, options) as reader:
            analysis = _analyse(reader, [], progress, sensitivity)
            decoding = _judged(describe_decoding(reader, analysis.frame_count), file, options, notes)
            shots = tuple(describe_shot(span, 0.0) for span in analysis.shots)
            return ShotList(reader.measured_info(), decoding, shots, describe_transitions(analysis))

    return _read(options, look)


def _read(options: ReadOptions, look: Callable[[ReadOptions, Notes], Found]) -> Found:
    """Read a video, at first without decoding the frames that no other depends on."""
    try:
        return read_with_care(replace(options, skip_nonref=True), lambda options: look(options, ()))
    except _KeyFramesTooRareError:
        note = "The codec's key frames are too rare; frames were sampled instead."
        return read_with_care(replace(options, decode="sampled"), lambda options: look(options, (note,)))


def _analyse(
    reader: VideoReader,
    analysers: Sequence[Analyser[Any]],
    progress: Progress | None,
    sensitivity: float = USUAL_SENSITIVITY,
) -> Analysis:
    """Go through the video once."""
    analysis = analyse(reader, analysers, progress, sensitivity)
    if reader.decode == "codec" and _too_rare(analysis):
        raise _KeyFramesTooRareError
    if not analysis.shots:
        raise UsageError(f"{reader.info.path}: no frame lies between the chosen start and end.")
    return analysis


def _given(file: VideoFile, settings: Settings) -> _Given:
    """Load what the keyframes are to be like, and what is said; what that needs is loaded only where it is asked for."""
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
    return _Given(options, wanted, words)


def _extract(reader: VideoReader, settings: Settings, spool: PictureSpool, given: _Given, progress: Progress | None) -> Report:
    """Go through the video once, and choose."""
    options, words = given.options, given.words
    request = SelectionRequest.of(options, reader.info.fps, _seconds_to_read(reader.info, settings.reading))
    request = replace(request, wanted=given.wanted)
    analysers = make_analysers(settings.analysers)
    hiding = () if reader.view is None else (reader.view.hide,)
    pictures = SmallPictures(spool, COVER_SIDE_PX if options.cover else SIDE_PX, *hiding)
    if options.cover:
        request = replace(request, preference=CoverAppeal(pictures))
    collector = _collector(options, request, pictures, words)
    analysis = _analyse(reader, [collector, OverlayFinder(), *analysers.values()], progress)
    found, lasting, *sections = analysis.sections
    candidates = list(found)
    said = Said(words.lines if words is not None else ()).within(analysis.shots)
    dialogue = of_lines(candidates, said.lines) if options.keep == "lines" else None
    candidates = candidates if dialogue is None else dialogue.candidates or candidates
    ends = analysis.shots[0].start.time, reader.last_time
    if dialogue is None:
        selection = select(candidates, len(analysis.shots), request, ends)
    else:
        candidates, selection = select_in_parts(candidates, len(analysis.shots), request, ends)
    found_by = dict(zip(analysers, sections, strict=True))
    if options.keep == "events" and not request.asks_for_number:
        selection = rest_on_actions(selection, candidates, found_by["actions"], request)
    decoding = describe_decoding(reader, analysis.frame_count)
    if reader.view is not None:
        lasting = np.maximum(lasting, reader.view.ignored(*lasting.shape))
    look = _look(pictures, analysis.shots, lasting, spool.size, settings.pictures)
    chosen = make_keyframes(candidates, selection.choices, spool.size, look)
    shots = _shots(analysis, selection)
    video = reader.measured_info()
    report = Report(
        generator=Generator("vkeyframe", version("vkeyframe")),
        video=video,
        decoding=replace(decoding, warnings=(*decoding.warnings, *selection.warnings, *_notes(words, dialogue))),
        settings=settings.for_report(),
        shots=shots,
        keyframes=with_spans(_with_files(chosen, pictures, settings.pictures.template, safe_name(Path(video.name).stem)), shots),
        sections=found_by | {"actions": with_keyframes(found_by["actions"], [keyframe for keyframe, _ in chosen])},
        verdicts=with_novelty(explain(candidates, selection, request), found_by.get("novelty", ())) if options.explain else (),
        files=(),
        run=Run(0.0, 0.0, 0),
        transitions=describe_transitions(analysis),
    )
    return report if words is None else with_words(report, said, None if dialogue is None else dialogue.frames)


def _notes(words: Words | None, dialogue: Dialogue | None) -> Notes:
    return (*(words.notes if words is not None else ()), *(dialogue.warnings if dialogue is not None else ()))


def _collector(
    options: SelectionOptions, request: SelectionRequest, sink: PictureSink, words: Words | None
) -> CandidateCollector:
    if options.keep == "lines" and words is not None:
        return CandidateCollector(sink, line_segmenter(words.lines), None, without_pauses)
    segmenter = segmenter_factory(options.keep, options.sensitivity, request.asks_for_number)
    depth = request.subdivision_depth if options.keep in DIVISIBLE else None
    # To explain all candidates, or to fill every gap, all must be there.
    if options.explain or options.max_gap is not None:
        return CandidateCollector(sink, segmenter, depth)
    return CandidateCollector(sink, segmenter, depth, Pruner(request))


def _look(
    pictures: SmallPictures, shots: Sequence[ShotSpan], lasting: ndarray, size: tuple[int, int], options: PictureOptions
) -> Look:
    """Make what looks at the picture of a candidate."""

    def look(candidate: Candidate) -> Seen:
        if candidate.token is None:
            return Seen()
        motion = motion_in(candidate.best.features, shots[candidate.shot].start.frame)
        seen = gaze_map(pictures.get(candidate.token), motion, lasting, options.chosen_heads())
        heads = Heads(**{head: round(share, 4) for head, share in seen.heads.items()})
        return Seen(heads, find_regions(seen.map, *size, seen.parts), seen.encoded() if options.attention_maps else None)

    return look


def _judged(decoding: Decoding, file: VideoFile, options: ReadOptions, notes: Notes) -> Decoding:
    """Refuse damage where that is asked for, and add the notes to the warnings."""
    if options.strict and not decoding.complete:
        raise DamagedVideoError(f"{file}: {' '.join(decoding.warnings)} Without strict=… what can be read is used.")
    return replace(decoding, warnings=(*decoding.warnings, *notes))


def _too_rare(analysis: Analysis) -> bool:
    if analysis.frame_count < FEWEST_KEY_FRAMES or not analysis.shots:
        return True
    seconds = analysis.last_sample_time - analysis.shots[0].start.time
    return seconds / (analysis.frame_count - 1) > MOST_SECONDS_BETWEEN


def _seconds_to_read(info: VideoInfo, options: ReadOptions) -> float:
    """Return about how many seconds are looked at, as far as the header tells."""
    first, last = (None if place is None else place.seconds(info.fps) for place in (options.start, options.end))
    return (last or info.duration) - (first or 0.0)


def _shots(analysis: Analysis, selection: Selection) -> tuple[Shot, ...]:
    each = zip(analysis.shots, selection.ranking.shot_attention, strict=True)
    return tuple(describe_shot(span, round(float(attention), 6)) for span, attention in each)


def _with_files(chosen: list[tuple[Keyframe, int | None]], sink: PictureSink, template: str, name: str) -> tuple[Keyframe, ...]:
    """Give the pictures of the keyframes their names."""
    stems = {
        token: picture_name(template, PictureLabel(name, frame.index, frame.shot, frame.frame, frame.rank, frame.time))
        for frame, token in chosen
        if token is not None
    }
    files = sink.publish(stems)
    return tuple(frame if token is None else replace(frame, file=files.get(token)) for frame, token in chosen)
