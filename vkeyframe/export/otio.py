"""OpenTimelineIO, the exchange format of editing and effects programs, from which its adapters make others."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from vkeyframe.export.edit_list import EditList, Event, edit_list, media_url, stem
from vkeyframe.report.shot_list import ShotList

# What OpenTimelineIO has a name for; of others the name says what they are.
KINDS = {"dissolve": "SMPTE_Dissolve", "wipe": "SMPTE_Wipe", "fade": "Custom_Transition"}


def write_otio(found: ShotList) -> str:
    """Write shots as a timeline of one track that begins with the video's own timecode.

    A transition lies before and behind the cut to its shot, as far as frames show both shots.
    """
    edits = edit_list(found)
    rate = float(edits.rate)
    begin = otio.opentime.RationalTime(edits.start.frame + edits.events[0].start, rate)
    timeline = otio.schema.Timeline(stem(edits.name), global_start_time=begin)
    timeline.metadata["vkeyframe"] = {"rate": f"{edits.rate}", "start_timecode": str(edits.start)}
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for event in edits.events:
        if event.mixed:
            track.append(_transition(event, rate))
        track.append(_clip(edits, event))
    timeline.tracks.append(track)
    return f"{otio.adapters.write_to_string(timeline, 'otio_json')}\n"


def _clip(edits: EditList, event: Event) -> Any:
    media = otio.schema.ExternalReference(media_url(edits.path), _range(edits, 0, edits.length))
    media.name = edits.name
    clip = otio.schema.Clip(f"Shot {event.index}", media, _range(edits, event.start, event.length))
    clip.metadata["vkeyframe"] = {"shot": event.index, "transition": event.transition}
    return clip


def _range(edits: EditList, first: int, length: int) -> Any:
    rate = float(edits.rate)
    start = otio.opentime.RationalTime(edits.start.frame + first, rate)
    return otio.opentime.TimeRange(start, otio.opentime.RationalTime(length, rate))


def _transition(event: Event, rate: float) -> Any:
    before, after = (otio.opentime.RationalTime(frames, rate) for frames in (event.before, event.after))
    metadata = {"vkeyframe": {"kind": event.transition}}
    return otio.schema.Transition(event.transition, KINDS[event.transition], before, after, metadata)
