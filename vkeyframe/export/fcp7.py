"""The XML of Final Cut Pro 7, xmeml version 5, which Premiere Pro, DaVinci Resolve and others read [1]_.

References
----------
.. [1] Apple Inc., Final Cut Pro XML Interchange Format, 2009.
   https://developer.apple.com/library/archive/documentation/AppleApplications/Reference/FinalCutPro_XML/
"""

from __future__ import annotations

from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from vkeyframe.export.edit_list import EditList, Event, edit_list, media_url, stem
from vkeyframe.report.shot_list import ShotList

EFFECTS = {
    "dissolve": ("Cross Dissolve", "Dissolve"),
    "fade": ("Dip to Color Dissolve", "Dissolve"),
    "wipe": ("Edge Wipe", "Wipe"),
}
# SMPTE's code of a wipe from left to right; which one it is, a report does not say.
WIPE_CODE = 1


def write_fcp7(found: ShotList) -> str:
    """Write shots as a sequence that begins with the video's own timecode.

    A transition is centred on its cut, as the format has it, so that where frames on both sides of a shot's start differ in
    number the cut is put half-way.
    """
    edits = edit_list(found)
    root = Element("xmeml", version="5")
    first, last = edits.events[0].start, edits.events[-1].stop
    sequence = SubElement(root, "sequence", id="sequence-1")
    _add(sequence, name=stem(edits.name), duration=last - first)
    _add_rate(sequence, edits)
    _add_timecode(sequence, edits, edits.start.frame + first)
    video = SubElement(SubElement(sequence, "media"), "video")
    size = SubElement(SubElement(video, "format"), "samplecharacteristics")
    _add(size, width=edits.width, height=edits.height)
    _add_rate(size, edits)
    track = SubElement(video, "track")
    for number, shot in enumerate(edits.events):
        following = edits.events[number + 1] if number + 1 < len(edits.events) else None
        if shot.mixed:
            _add_transition(track, edits, shot, first)
        _add_clip(track, edits, shot, following, first)
    ET.indent(root, " ")
    body = ET.tostring(root, "unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{body}\n'


def _add_clip(track: Element, edits: EditList, shot: Event, following: Event | None, first: int) -> None:
    """Add a shot; at a transition its edge is -1, and it has all frames that the transition shows of it."""
    number = len(track.findall("clipitem"))
    begin = shot.start - shot.before
    end = shot.stop if following is None else following.start + following.after
    is_last_edge = following is None or not following.mixed
    clip = SubElement(track, "clipitem", id=f"clipitem-{number + 1}")
    _add(clip, name=f"Shot {shot.index}", duration=edits.length)
    _add_rate(clip, edits)
    edges = {
        "start": -1 if shot.mixed else shot.start - first,
        "end": shot.stop - first if is_last_edge else -1,
        "in": begin,
        "out": end,
    }
    _add(clip, **edges)
    file = SubElement(clip, "file", id="file-1")
    if number == 0:
        _describe_file(file, edits)


def _describe_file(file: Element, edits: EditList) -> None:
    _add(file, name=edits.name, pathurl=media_url(edits.path))
    _add_rate(file, edits)
    _add(file, duration=edits.length)
    _add_timecode(file, edits, edits.start.frame)
    size = SubElement(SubElement(SubElement(file, "media"), "video"), "samplecharacteristics")
    _add(size, width=edits.width, height=edits.height)


def _add_transition(track: Element, edits: EditList, shot: Event, first: int) -> None:
    begin = shot.start - shot.before - first
    item = SubElement(track, "transitionitem")
    _add_rate(item, edits)
    _add(item, start=begin, end=begin + shot.mixed, alignment="center")
    name, category = EFFECTS[shot.transition]
    effect = SubElement(item, "effect")
    _add(effect, name=name, effectid=name, effectcategory=category, effecttype="transition", mediatype="video")
    if shot.transition == "wipe":
        _add(effect, wipecode=WIPE_CODE)
    if shot.transition == "fade":
        parameter = SubElement(effect, "parameter")
        _add(parameter, parameterid="dipcolor", name="Color")
        _add(SubElement(parameter, "value"), alpha=255, red=0, green=0, blue=0)


def _add_rate(parent: Element, edits: EditList) -> None:
    """Add the rate: 24 with the mark of NTSC is 24000/1001."""
    is_ntsc = edits.rate.denominator == 1001
    _add(SubElement(parent, "rate"), timebase=round(edits.rate), ntsc="TRUE" if is_ntsc else "FALSE")


def _add_timecode(parent: Element, edits: EditList, frame: int) -> None:
    timecode = SubElement(parent, "timecode")
    _add_rate(timecode, edits)
    code = edits.start + (frame - edits.start.frame)
    _add(timecode, string=str(code), frame=frame, displayformat="DF" if code.drop else "NDF")


def _add(parent: Element, **texts: object) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = str(text)
