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
from vkeyframe.export.budget import TokenBudget
from vkeyframe.given import Given, load_given
from vkeyframe.kernels.ahead import compile_beside
from vkeyframe.output.metadata import describe
from vkeyframe.output.naming import PictureLabel, picture_name, safe_name
from vkeyframe.output.options import PictureOptions
from vkeyframe.output.small_pictures import CoverAppeal, SmallPictures
from vkeyframe.output.spool import PictureSpool
from vkeyframe.report.records import Decoding, Generator, Heads, Keyframe, Report, Run, Shot
from vkeyframe.report.shot_list import ShotList
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.choice import Selection, select
from vkeyframe.selection.dialogue import of_lines
from vkeyframe.selection.events import rest_on_actions, with_keyframes
from vkeyframe.selection.explain import explain, with_novelty
from vkeyframe.selection.keyframes import Look, Seen, make_keyframes
from vkeyframe.selection.listening import Listening
from vkeyframe.selection.parts import select_in_parts
from vkeyframe.selection.request import SelectionRequest
from vkeyframe.selection.sink import PictureSink
from vkeyframe.selection.spans import with_spans
from vkeyframe.selection.users_model import describe_use, vectors_of
from vkeyframe.settings import Settings
from vkeyframe.video.attempts import read_with_care
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.reader import VideoReader, describe_decoding
from vkeyframe.words.placing import Said, with_words

if TYPE_CHECKING:
    from vkeyframe.selection.hearing import Hearing

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
    given = load_given(file, settings)

    def look(options: ReadOptions, notes: Notes) -> Report:
        listening = Listening(settings.selection.audio)
        with open_video(file, options, listening.listener) as reader:
            size = settings.pictures.size_of(reader.info.width, reader.info.height)
            budget = TokenBudget.of(settings.exports, *size)
            largest = size if budget is None else budget.size_for(1)
            with PictureSpool(pictures, settings.pictures, largest, resizable=budget is not None) as spool:
                report = _extract(reader, given, spool, budget, listening, progress)
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


def _extract(
    reader: VideoReader,
    given: Given,
    spool: PictureSpool,
    budget: TokenBudget | None,
    listening: Listening,
    progress: Progress | None,
) -> Report:
    """Go through the video once, and choose."""
    settings, options = given.settings, given.options
    request = given.request(reader.info, None if budget is None else budget.most)
    analysers = make_analysers(settings.analysers)
    hiding = () if reader.view is None else (reader.view.hide,)
    pictures = SmallPictures(spool, COVER_SIDE_PX if options.cover else SIDE_PX, *hiding)
    if options.cover:
        request = replace(request, preference=CoverAppeal(pictures))
    request, collector = given.collector(request, pictures, *hiding)
    beside = [] if settings.beside is None else [settings.beside.analyser()]
    analysis = _analyse(reader, [collector, OverlayFinder(), *analysers.values(), *listening.analysers, *beside], progress)
    found, lasting, *sections = analysis.sections
    collected = [sections.pop() for _ in beside]
    listened = listening.sum_up(sections, settings.reading, reader.info.fps)
    request, found_by = replace(request, hearing=listened.hearing), dict(zip(analysers, sections, strict=True))
    choice = _choose(given, request, list(found), analysis, (reader.last_time, found_by["actions"]))
    if budget is not None:
        spool.size = budget.size_for(len(choice.selection.choices))
    lasting = lasting if reader.view is None else np.maximum(lasting, reader.view.ignored(*lasting.shape))
    look = _look(pictures, analysis.shots, lasting, spool.size, settings.pictures, listened.hearing)
    chosen = make_keyframes(choice.candidates, choice.selection.choices, spool.size, look)
    if settings.beside is not None:
        settings.beside.keep(collected[0], pictures.of(chosen), vectors_of(request, choice.candidates, choice.selection))
    found_by["actions"] = with_keyframes(found_by["actions"], [keyframe for keyframe, _ in chosen])
    shots, decoding = _shots(analysis, choice.selection), describe_decoding(reader, analysis.frame_count)
    video = reader.measured_info()
    files = _with_files(chosen, pictures, settings.pictures.template, safe_name(Path(video.name).stem))
    verdicts = explain(choice.candidates, choice.selection, request) if options.explain else ()
    report = Report(
        generator=Generator("vkeyframe", version("vkeyframe")),
        video=video,
        decoding=replace(decoding, warnings=(*decoding.warnings, *listened.warnings, *choice.warnings)),
        settings=settings.for_report(),
        shots=shots,
        keyframes=with_spans(files, shots),
        sections=found_by | listened.sections | describe_use(request, choice.candidates, choice.selection),
        verdicts=with_novelty(verdicts, found_by.get("novelty", ())),
        files=(),
        run=Run(0.0, 0.0, 0),
        transitions=describe_transitions(analysis),
    )
    return report if given.words is None else with_words(report, choice.said, choice.frames)


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was chosen, and of what; the frames are those of the lines of dialogue, where each has its own."""

    candidates: list[Candidate]
    selection: Selection
    said: Said
    frames: Sequence[int | None] | None
    warnings: tuple[str, ...]


def _choose(
    given: Given, request: SelectionRequest, candidates: list[Candidate], analysis: Analysis, end: tuple[float, Any]
) -> _Choice:
    """Choose the keyframes; of the end of the video its time is known, and the actions till then."""
    said = Said(given.words.lines if given.words is not None else ()).within(analysis.shots)
    dialogue = of_lines(candidates, said.lines) if given.options.keep == "lines" else None
    candidates = candidates if dialogue is None else dialogue.candidates or candidates
    last_time, actions = end
    shots, ends = len(analysis.shots), (analysis.shots[0].start.time, last_time)
    if dialogue is None:
        selection = select(candidates, shots, request, ends)
    else:
        candidates, selection = select_in_parts(candidates, shots, request, ends)
    if given.options.keep == "events" and not request.asks_for_number:
        selection = rest_on_actions(selection, candidates, actions, request)
    frames = None if dialogue is None else dialogue.frames
    return _Choice(candidates, selection, said, frames, (*selection.warnings, *given.notes(dialogue)))


def _look(
    pictures: SmallPictures,
    shots: Sequence[ShotSpan],
    lasting: ndarray,
    size: tuple[int, int],
    options: PictureOptions,
    hearing: Hearing | None,
) -> Look:
    """Make what looks at the picture of a candidate."""

    def look(candidate: Candidate) -> Seen:
        sound = None if hearing is None else round(float(hearing.of([candidate])[0]), 4)
        if candidate.token is None:
            return Seen(Heads(sound=sound))
        motion = motion_in(candidate.best.features, shots[candidate.shot].start.frame)
        seen = gaze_map(pictures.get(candidate.token), motion, lasting, options.chosen_heads())
        heads = Heads(**{head: round(share, 4) for head, share in seen.heads.items()}, sound=sound)
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
