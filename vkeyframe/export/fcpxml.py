"""FCPXML, which Final Cut Pro and DaVinci Resolve read [1]_.

References
----------
.. [1] Apple Inc., FCPXML Reference. https://developer.apple.com/documentation/professional-video-applications/fcpxml-reference
"""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from vkeyframe.export.edit_list import EditList, Event, edit_list, media_url, stem
from vkeyframe.report.shot_list import ShotList

# The newest version whose assets have their file as an attribute; programs read older versions than their own.
VERSION = "1.8"
# A transition without the effect's identifier is read as one that does nothing. No program's identifier of a wipe is
# published, so that a wipe is a dissolve that is called a wipe.
DISSOLVE = ("Cross Dissolve", "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265")
FADE = ("Fade To Color", "FxPlug:F779C565-486D-4633-8035-0374B4DB8F5C")
NAMES = {"dissolve": DISSOLVE[0], "fade": FADE[0], "wipe": "Wipe"}


def write_fcpxml(found: ShotList) -> str:
    """Write shots as a project whose timeline begins with the video's own timecode; all times are exact fractions."""
    edits = edit_list(found)
    root = Element("fcpxml", version=VERSION)
    effects = _resources(SubElement(root, "resources"), edits)
    event = SubElement(SubElement(root, "library"), "event", name=stem(edits.name))
    project = SubElement(event, "project", name=stem(edits.name))
    first, last = edits.events[0].start, edits.events[-1].stop
    spine = SubElement(
        SubElement(
            project,
            "sequence",
            format="r1",
            tcStart=_time(edits, edits.start.frame + first),
            tcFormat=_counting(edits),
            duration=_time(edits, last - first),
        ),
        "spine",
    )
    for shot in edits.events:
        if shot.mixed:
            _add_transition(spine, edits, shot, effects)
        _add_clip(spine, edits, shot)
    ET.indent(root, " ")
    body = ET.tostring(root, "unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{body}\n'


def _resources(resources: Element, edits: EditList) -> dict[str, str]:
    """Add the format, the video and the effects; return the identifier of the effect of each kind of transition."""
    frame = _time(edits, 1)
    SubElement(resources, "format", id="r1", frameDuration=frame, width=str(edits.width), height=str(edits.height))
    SubElement(
        resources,
        "asset",
        id="r2",
        name=edits.name,
        src=media_url(edits.path),
        start=_time(edits, edits.start.frame),
        duration=_time(edits, edits.length),
        hasVideo="1",
        format="r1",
    )
    kinds = {shot.transition for shot in edits.events if shot.mixed}
    effects: dict[str, str] = {}
    for number, (name, identifier) in enumerate((DISSOLVE, FADE), 3):
        used = [kind for kind in NAMES if kind in kinds and (kind == "fade") is (name == FADE[0])]
        if used:
            SubElement(resources, "effect", id=f"r{number}", name=name, uid=identifier)
        effects |= dict.fromkeys(used, f"r{number}")
    return effects


def _add_clip(spine: Element, edits: EditList, shot: Event) -> None:
    place = _time(edits, edits.start.frame + shot.start)
    SubElement(
        spine,
        "asset-clip",
        ref="r2",
        name=f"Shot {shot.index}",
        offset=place,
        start=place,
        duration=_time(edits, shot.length),
        format="r1",
        tcFormat=_counting(edits),
    )


def _add_transition(spine: Element, edits: EditList, shot: Event, effects: dict[str, str]) -> None:
    place = _time(edits, edits.start.frame + shot.start - shot.before)
    name = NAMES[shot.transition]
    transition = SubElement(spine, "transition", name=name, offset=place, duration=_time(edits, shot.mixed))
    SubElement(transition, "filter-video", ref=effects[shot.transition], name=name)


def _time(edits: EditList, frames: int) -> str:
    """Write a number of frames as seconds, with the denominator of the rate, as these programs do."""
    rate = edits.rate
    time = Fraction(frames) / rate
    if not frames or time.denominator == 1:
        return f"{time.numerator}s"
    return f"{frames * rate.denominator}/{rate.numerator}s"


def _counting(edits: EditList) -> str:
    return "DF" if edits.start.drop else "NDF"
