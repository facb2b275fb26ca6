"""The one place that knows the order: read, analyse, choose, report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser, Analysis, Progress, analyse
from vkeyframe.analysis.appeal import SIDE_PX as COVER_SIDE_PX
from vkeyframe.analysis.gaze import SIDE_PX, gaze_map
from vkeyframe.analysis.motion import motion_in
from vkeyframe.analysis.overlays import OverlayFinder
from vkeyframe.analysis.regions import find_regions
from vkeyframe.analysis.registry import make_analysers
from vkeyframe.analysis.sample import ShotSpan
from vkeyframe.analysis.sensitivity import USUAL_SENSITIVITY
from vkeyframe.errors import DamagedVideoError, UsageError
from vkeyframe.kernels.ahead import compile_beside
from vkeyframe.output.metadata import describe
from vkeyframe.output.naming import PictureLabel, picture_name, safe_name
from vkeyframe.output.options import PictureOptions
from vkeyframe.output.small_pictures import CoverAppeal, SmallPictures
from vkeyframe.output.spool import PictureSpool
from vkeyframe.report.records import Decoding, Generator, Heads, Keyframe, Report, Run, Shot, Transition
from vkeyframe.report.shot_list import ShotList
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.choice import Selection, select
from vkeyframe.selection.collector import CandidateCollector
from vkeyframe.selection.events import rest_on_actions, with_keyframes
from vkeyframe.selection.explain import explain, with_novelty
from vkeyframe.selection.keyframes import Look, Seen, make_keyframes
from vkeyframe.selection.options import SelectionOptions
from vkeyframe.selection.pruning import Pruner
from vkeyframe.selection.request import DIVISIBLE, SelectionRequest
from vkeyframe.selection.segmenters import segmenter_factory
from vkeyframe.selection.sink import PictureSink
from vkeyframe.selection.spans import with_spans
from vkeyframe.selection.users_model import UsersModel, describe_use, load_model, vectors_of, with_model
from vkeyframe.settings import Settings
from vkeyframe.video.attempts import read_with_care
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.reader import VideoReader, describe_decoding

if TYPE_CHECKING:
    from vkeyframe.selection.relevance import Relevance

# With fewer of the codec's key frames than this, or more seconds between them, they cannot stand for the video.
FEWEST_KEY_FRAMES, MOST_SECONDS_BETWEEN = 3, 10.0

Found = TypeVar("Found")
# Sentences about how the video had to be read.
Notes = tuple[str, ...]


class _KeyFramesTooRareError(Exception):
    """The codec's key frames cannot stand for the video."""


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
    wanted = _wanted(file, settings)
    model = load_model(settings.selection, settings.reading.threads)

    def look(options: ReadOptions, notes: Notes) -> Report:
        with open_video(file, options) as reader:
            size = settings.pictures.size_of(reader.info.width, reader.info.height)
            with PictureSpool(pictures, settings.pictures, size) as spool:
                report = _extract(reader, settings, spool, wanted, model, progress)
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


def _wanted(file: VideoFile, settings: Settings) -> Relevance | None:
    """Load what the keyframes are to be like."""
    if settings.selection.like is None:
        return None
    # What this needs is loaded only where it is asked for.
    from vkeyframe.matching import load_target
    from vkeyframe.selection.relevance import Relevance

    return Relevance(load_target(settings.selection.like, file, replace(settings.reading, start=None, end=None)))


def _extract(
    reader: VideoReader,
    settings: Settings,
    spool: PictureSpool,
    wanted: Relevance | None,
    model: UsersModel | None,
    progress: Progress | None,
) -> Report:
    """Go through the video once, and choose."""
    options = settings.selection
    request = _requested(reader.info, settings, wanted)
    analysers = make_analysers(settings.analysers)
    hiding = () if reader.view is None else (reader.view.hide,)
    pictures = SmallPictures(spool, COVER_SIDE_PX if options.cover else SIDE_PX, *hiding)
    if options.cover:
        request = replace(request, preference=CoverAppeal(pictures))
    request, sink = with_model(model, request, pictures, *hiding)
    collector = _collector(options, request, sink)
    more = [] if settings.beside is None else [settings.beside.analyser()]
    analysis = _analyse(reader, [collector, OverlayFinder(), *analysers.values(), *more], progress)
    found, lasting, *sections = analysis.sections
    candidates = list(found)
    selection = select(candidates, len(analysis.shots), request, (analysis.shots[0].start.time, reader.last_time))
    found_by = dict(zip(analysers, sections, strict=not more))
    if options.keep == "events" and not request.asks_for_number:
        selection = rest_on_actions(selection, candidates, found_by["actions"], request)
    decoding = describe_decoding(reader, analysis.frame_count)
    if reader.view is not None:
        lasting = np.maximum(lasting, reader.view.ignored(*lasting.shape))
    look = _look(pictures, analysis.shots, lasting, spool.size, settings.pictures)
    chosen = make_keyframes(candidates, selection.choices, spool.size, look)
    if settings.beside is not None:
        settings.beside.keep(sections[-1], pictures.of(chosen), vectors_of(request, candidates, selection))
    shots = _shots(analysis, selection)
    video = reader.measured_info()
    return Report(
        generator=Generator("vkeyframe", version("vkeyframe")),
        video=video,
        decoding=replace(decoding, warnings=(*decoding.warnings, *selection.warnings)),
        settings=settings.for_report(),
        shots=shots,
        keyframes=with_spans(_with_files(chosen, pictures, settings.pictures.template, safe_name(Path(video.name).stem)), shots),
        sections=found_by
        | {"actions": with_keyframes(found_by["actions"], [keyframe for keyframe, _ in chosen])}
        | describe_use(request, candidates, selection),
        verdicts=with_novelty(explain(candidates, selection, request), found_by.get("novelty", ())) if options.explain else (),
        files=(),
        run=Run(0.0, 0.0, 0),
        transitions=describe_transitions(analysis),
    )


def _collector(options: SelectionOptions, request: SelectionRequest, sink: PictureSink) -> CandidateCollector:
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


def _requested(info: VideoInfo, settings: Settings, wanted: Relevance | None) -> SelectionRequest:
    """Read the options, and about how many seconds are looked at, as far as the header tells."""
    ends = settings.reading.start, settings.reading.end
    first, last = (None if place is None else place.seconds(info.fps) for place in ends)
    seconds = (last or info.duration) - (first or 0.0)
    return replace(SelectionRequest.of(settings.selection, info.fps, seconds), wanted=wanted)


def _shots(analysis: Analysis, selection: Selection) -> tuple[Shot, ...]:
    each = zip(analysis.shots, selection.ranking.shot_attention, strict=True)
    return tuple(describe_shot(span, round(float(attention), 6)) for span, attention in each)


def describe_shot(span: ShotSpan, attention: float) -> Shot:
    """Make the record of a shot that has its share of the video's attention."""
    stop = span.stop or span.end
    return Shot(
        index=span.index,
        start_frame=span.start.frame,
        end_frame=span.end.index,
        start_time=span.start.time,
        end_time=span.end.time,
        transition=span.transition,
        attention=attention,
        end_frame_exclusive=stop.index,
        end_time_exclusive=stop.time,
        length_frames=stop.index - span.start.frame,
        length_seconds=round(stop.time - span.start.time, 6),
    )


def describe_transitions(analysis: Analysis) -> tuple[Transition, ...]:
    """Make the records of the transitions."""
    return tuple(
        Transition(bounds.kind, span.index, bounds.before.index, bounds.after.index, bounds.before.time, bounds.after.time)
        for span in analysis.shots
        if (bounds := span.bounds) is not None
    )


def _with_files(chosen: list[tuple[Keyframe, int | None]], sink: PictureSink, template: str, name: str) -> tuple[Keyframe, ...]:
    """Give the pictures of the keyframes their names."""
    stems = {
        token: picture_name(template, PictureLabel(name, frame.index, frame.shot, frame.frame, frame.rank, frame.time))
        for frame, token in chosen
        if token is not None
    }
    files = sink.publish(stems)
    return tuple(frame if token is None else replace(frame, file=files.get(token)) for frame, token in chosen)
