"""Following a recording or a stream: keyframes are chosen and told while it comes, and a report is made of it in the end."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from numpy import ndarray

from vkeyframe.analysis.analyser import Analysis, analyse
from vkeyframe.analysis.descriptions import describe_shot, describe_transitions
from vkeyframe.analysis.gaze import SIDE_PX, gaze_map
from vkeyframe.analysis.motion import motion_in
from vkeyframe.analysis.overlays import OverlayFinder
from vkeyframe.analysis.regions import find_regions
from vkeyframe.live.connection import place_of
from vkeyframe.live.events import LiveActions, ShotWatch
from vkeyframe.live.messages import NOTE, Tell, Teller
from vkeyframe.live.options import LiveOptions
from vkeyframe.live.reader import LiveReader
from vkeyframe.live.stream import Stream
from vkeyframe.opencv import cv2
from vkeyframe.output.naming import PictureLabel, picture_name, safe_name
from vkeyframe.output.spool import PictureSpool
from vkeyframe.process.child import stop_is_asked
from vkeyframe.report.records import Decoding, Generator, Heads, Keyframe, Report, Run, Scores, Shot
from vkeyframe.selection.events import with_keyframes
from vkeyframe.selection.online import OnlineChoice, OnlineChooser
from vkeyframe.selection.request import SelectionRequest
from vkeyframe.selection.spans import with_spans
from vkeyframe.settings import Settings
from vkeyframe.timing import format_timecode
from vkeyframe.video.address import stem_of
from vkeyframe.video.ffmpeg_log import silenced


@dataclass(frozen=True, slots=True)
class _Told:
    """A keyframe that was told, the token of its picture, how novel it was, and how sharp."""

    keyframe: Keyframe
    token: int | None
    novelty: float
    sharpness: float


def watch(
    place: str, settings: Settings, options: LiveOptions, pictures: Path | None = None, *, tell: Tell
) -> tuple[Report, str]:
    """Follow a recording or a stream until it ends, is lost, or is to stop.

    Parameters
    ----------
    place : str
        Path of a file that may still be written, or URL of a stream.
    settings : Settings
        Of which sensitivity, least gap, filters and pictures are used.
    options : LiveOptions
    pictures : Path or None
        An existing folder that takes the pictures.
    tell : callable
        Called with what is found, see `messages.Teller`.

    Returns
    -------
    report : Report
    why : str
        Why it ended, as `LiveReader.ended`.

    Raises
    ------
    InputError, UsageError
        If nothing can be read.
    OutputError
        If a picture cannot be written.
    """
    started = perf_counter()
    # A stream may go on for days, and what its decoder writes is kept.
    with silenced():
        followed = place_of(place, options)
        stream = Stream(followed, options, lambda text: tell({"type": NOTE, "text": text}))
        with closing(LiveReader(stream, stop_is_asked)) as reader:
            teller = Teller(tell, reader)
            teller.start()
            size = settings.pictures.size_of(reader.info.width, reader.info.height)
            with PictureSpool(pictures, settings.pictures, size) as spool:
                report = _Watch(reader, stream, settings, spool, teller).run(stem_of(place))
    report = replace(report, video=replace(report.video, size_bytes=followed.bytes_read()))
    seconds = perf_counter() - started
    speed = round(report.decoding.decoded_frames / max(seconds, 1e-3), 1)
    return replace(report, run=Run(round(seconds, 3), speed, options.threads)), reader.ended


class _Watch:
    """One pass over a recording or a stream."""

    def __init__(self, reader: LiveReader, stream: Stream, settings: Settings, spool: PictureSpool, teller: Teller) -> None:
        self._reader, self._stream, self._settings, self._spool, self._teller = reader, stream, settings, spool, teller
        self._overlays = OverlayFinder()
        self._told: list[_Told] = []

    def run(self, stem: str) -> Report:
        """Read to the end, and report."""
        reader, selection = self._reader, self._settings.selection
        chooser = OnlineChooser(SelectionRequest.of(selection, reader.info.fps, 0.0), self._choose)
        reader.on_stall = chooser.decide_all
        actions = LiveActions(self._teller.action)
        analysis = analyse(reader, [chooser, self._overlays, actions, ShotWatch(self._teller.shot)])
        shots = _shots(analysis)
        told = self._finished(shots)
        stems = {one.token: self._name(one.keyframe, stem) for one in told if one.token is not None}
        files = self._spool.publish(stems)
        keyframes = [one.keyframe if one.token is None else replace(one.keyframe, file=files[one.token]) for one in told]
        return Report(
            generator=Generator("vkeyframe", version("vkeyframe")),
            video=reader.measured_info(),
            decoding=self._decoding(analysis.frame_count),
            settings=self._settings.for_report(),
            shots=shots,
            keyframes=tuple(keyframes),
            sections={"actions": with_keyframes(actions.finish(), keyframes)},
            verdicts=(),
            files=(),
            run=Run(0.0, 0.0, 0),
            transitions=describe_transitions(analysis),
        )

    def _choose(self, choice: OnlineChoice) -> None:
        """Keep the picture of a frame that was chosen, and tell it."""
        best, options = choice.best, self._settings.pictures
        if best.frame is None:
            return
        picture = best.frame.picture
        size = options.size_of(*self._reader.shown_size(picture))
        seen = gaze_map(
            _small(picture), motion_in(best.features, choice.shot_start), self._overlays.finish(), options.chosen_heads()
        )
        keyframe = Keyframe(
            index=len(self._told),
            frame=best.features.index,
            frame_exact=True,
            time=best.features.time,
            timecode=format_timecode(best.features.time),
            shot=choice.shot,
            rank=1,
            score=0.0,
            scores=Scores(round(choice.novelty, 4), 0.0, 0.0, round(best.exposure, 4)),
            heads=Heads(**{head: round(share, 4) for head, share in seen.heads.items()}),
            regions=find_regions(seen.map, *size, seen.parts),
            attention_map=seen.encoded() if options.attention_maps else None,
            file=None,
            width=size[0],
            height=size[1],
        )
        self._teller.keyframe(keyframe, choice.novelty)
        self._told.append(_Told(keyframe, self._spool.put(picture, size), choice.novelty, best.sharpness))

    def _finished(self, shots: tuple[Shot, ...]) -> list[_Told]:
        """Give the keyframes what is known only in the end: their shots, ranks, spans and scores."""
        by_novelty = sorted(range(len(self._told)), key=lambda place: (-self._told[place].novelty, place))
        ranks = {place: rank for rank, place in enumerate(by_novelty, 1)}
        placed, shot = [], 0
        for number, one in enumerate(self._told):
            while shot + 1 < len(shots) and shots[shot + 1].start_frame <= one.keyframe.frame:
                shot += 1
            placed.append(replace(one.keyframe, shot=shot, rank=ranks[number]))
        sharpest: dict[int, float] = {}
        for keyframe, one in zip(placed, self._told, strict=True):
            sharpest[keyframe.shot] = max(sharpest.get(keyframe.shot, 0.0), one.sharpness)
        spanned = with_spans(placed, shots)
        each = zip(spanned, self._told, strict=True)
        return [replace(one, keyframe=_scored(keyframe, shots, one.sharpness, sharpest)) for keyframe, one in each]

    def _name(self, keyframe: Keyframe, stem: str) -> str:
        place = keyframe.index, keyframe.shot, keyframe.frame, keyframe.rank, keyframe.time
        return picture_name(self._settings.pictures.name, PictureLabel(safe_name(stem), *place))

    def _decoding(self, analysed: int) -> Decoding:
        stream, damaged = self._stream, self._stream.damaged_parts
        warnings = list(stream.warnings)
        if damaged:
            warnings.append(f"{damaged} part{'s' * (damaged != 1)} of what came could not be decoded.")
        whole = not damaged and self._reader.ended != "lost"
        return Decoding("sampled", 0, stream.decoded_frames, analysed, damaged, whole, tuple(warnings))


def _small(picture: ndarray) -> ndarray:
    """Scale a picture down to the size at which the gaze map looks at it."""
    height, width = picture.shape[:2]
    scale = SIDE_PX / max(height, width)
    if scale >= 1.0:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _shots(analysis: Analysis) -> tuple[Shot, ...]:
    """Describe the shots; the attention of each is its share of the time, for its content is no longer known."""
    shots = [describe_shot(span, 0.0) for span in analysis.shots]
    whole = sum(shot.length_seconds or 0.0 for shot in shots) or 1.0
    return tuple(replace(shot, attention=round((shot.length_seconds or 0.0) / whole, 6)) for shot in shots)


def _scored(keyframe: Keyframe, shots: tuple[Shot, ...], sharpness: float, sharpest: dict[int, float]) -> Keyframe:
    """Give a keyframe its scores; its attention is the share of its shot's time for which it stands."""
    shot = shots[keyframe.shot]
    span = (keyframe.span_end_time_exclusive or 0.0) - (keyframe.span_start_time or 0.0)
    attention = min(1.0, max(0.0, span / (shot.length_seconds or 1.0)))
    sharp = sharpness / sharpest[keyframe.shot] if sharpest[keyframe.shot] > 0 else 0.0
    scores = replace(keyframe.scores, attention=round(attention, 4), sharpness=round(sharp, 4))
    mean = (scores.coverage + scores.attention + scores.sharpness + scores.exposure) / 4
    return replace(keyframe, scores=scores, score=round(mean, 4))
