"""How well the actions before still cameras are found, against events that people marked.

    python -m tests.bench.actions TRUTH VIDEOS [--json FILE]

TRUTH holds NAME.json as of `tests.bench.moments`. An action is right where it and an event overlap by three tenths of the time
that both cover together; `recall` is the share of events with such an action, `precision` the share of right actions. `shown` is
the share of events with a keyframe of the preset *surveillance* inside, `an event` the number of keyframes for each, `most` that
in the video with most.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.bench.moments import find
from tests.bench.quality import write_json
from vkeyframe import Settings, extract

Span = tuple[float, float]


def overlap(one: Span, other: Span) -> float:
    """Return the time that two spans share, as a share of what they cover together."""
    common = max(0.0, min(one[1], other[1]) - max(one[0], other[0]))
    return common / max(1e-9, max(one[1], other[1]) - min(one[0], other[0]))


def measure(truth: Path, videos: Path) -> dict[str, float]:
    """Find the actions of all videos of still cameras and compare them with the events."""
    events = hit = found = right = shown = keyframes = 0
    most = 0.0
    for video, marked in find(truth, videos):
        spans = [(start, end) for start, end, *_ in marked.get("events", [])]
        if not spans or marked["camera"] != "static":
            continue
        report = extract(video, Settings.from_preset("surveillance"))
        actions = [(action.start_time, action.end_time) for action in report.sections["actions"]]
        times = [keyframe.time for keyframe in report.keyframes]
        events, found, keyframes = events + len(spans), found + len(actions), keyframes + len(times)
        hit += sum(any(overlap(span, action) >= 0.3 for action in actions) for span in spans)
        right += sum(any(overlap(span, action) >= 0.3 for span in spans) for action in actions)
        shown += sum(any(start <= time <= end for time in times) for start, end in spans)
        most = max(most, len(times) / len(spans))
    return {
        "recall": round(hit / max(1, events), 4),
        "precision": round(right / max(1, found), 4),
        "shown": round(shown / max(1, events), 4),
        "an event": round(keyframes / max(1, events), 3),
        "most": round(most, 2),
        "events": events,
    }


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path)
    parser.add_argument("videos", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = measure(options.truth, options.videos)
    print(json.dumps(figures))
    write_json(options.json, figures)


if __name__ == "__main__":
    main()
