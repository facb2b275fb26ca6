"""Tables of shots: CSV and JSON Lines with all that is known, and CSV with the columns of PySceneDetect."""

from __future__ import annotations

import csv
import io
import json
import os
from typing import Any

from vkeyframe.export.edit_list import edit_list
from vkeyframe.report.shot_list import ShotList
from vkeyframe.timecode import Timecode
from vkeyframe.timing import format_timecode

SCENE_COLUMNS = (
    *("Scene Number", "Start Frame", "Start Timecode", "Start Time (seconds)", "End Frame", "End Timecode"),
    *("End Time (seconds)", "Length (frames)", "Length (timecode)", "Length (seconds)"),
)


def shot_rows(found: ShotList) -> list[dict[str, Any]]:
    """Return a row for each shot: frames 0-based, times in seconds, SMPTE timecodes from the video's own start.

    Ends are inclusive unless they say exclusive. The frames of a transition are those behind ``transition_from_frame`` and before
    ``transition_to_frame``, which are empty for the first shot.
    """
    edits = edit_list(found)
    transitions = {each.shot: each for each in found.transitions}
    rows = []
    for shot, event in zip(found.shots, edits.events, strict=True):
        transition = transitions.get(shot.index)
        rows.append(
            {
                "video": os.fsencode(found.video.path).decode("utf-8", "replace"),
                "index": shot.index,
                "transition": shot.transition,
                "start_frame": shot.start_frame,
                "end_frame": shot.end_frame,
                "end_frame_exclusive": shot.end_frame_exclusive,
                "length_frames": shot.length_frames,
                "start_time": shot.start_time,
                "end_time": shot.end_time,
                "end_time_exclusive": shot.end_time_exclusive,
                "length_seconds": shot.length_seconds,
                "start_timecode": str(edits.start + event.start),
                "end_timecode_exclusive": str(edits.start + event.stop),
                "length_timecode": str(Timecode(event.length, edits.rate, edits.start.drop)),
                "transition_from_frame": None if transition is None else transition.from_frame,
                "transition_to_frame": None if transition is None else transition.to_frame,
            }
        )
    return rows


def write_csv(found: ShotList) -> str:
    """Write the rows as CSV with a line of names; what is not known is empty."""
    rows = shot_rows(found)
    return _csv([tuple(rows[0]), *(tuple(row.values()) for row in rows)])


def write_jsonl(found: ShotList) -> str:
    """Write the rows as JSON, one a line."""
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in shot_rows(found))


def write_scenes(found: ShotList) -> str:
    """Write CSV as PySceneDetect does without its list of cuts: the first frame is number 1, the end is the next shot's start.

    An end as a frame is inclusive, because the count begins at 1; an end as a time is exclusive.
    """
    rows: list[tuple[Any, ...]] = [SCENE_COLUMNS]
    for shot, row in zip(found.shots, shot_rows(found), strict=True):
        first, stop = shot.start_time, _known(row["end_time_exclusive"], shot.end_time)
        start, end, length = ((format_timecode(time), f"{time:.3f}") for time in (first, stop, stop - first))
        frames = shot.start_frame + 1, shot.end_frame + 1, shot.end_frame - shot.start_frame + 1
        rows.append((shot.index + 1, frames[0], *start, frames[1], *end, frames[2], *length))
    return _csv(rows)


def _known(value: float | None, other: float) -> float:
    return other if value is None else value


def _csv(rows: list[tuple[Any, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
