"""How well sound is told: where people speak, what kind of sound a clip is, and when what can be heard begins.

    python -m tests.bench.sound [--speech DIR] [--sounds DIR] [--json FILE]

DIR of --speech holds NAME.flac with NAME.json, [[start, end, who], …] in seconds: F1 of steps of 10 ms. DIR of --sounds holds a
folder for each kind with clips: the share of clips of which most time is of that kind. Always measured is what is drawn here:
clicks and spoken words at known times in the forms of `tests.sounds`, of each the farthest that an onset or the begin of speech
is from its true time, in seconds.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests import clips, sounds
from tests.bench.quality import write_json
from vkeyframe import Settings, extract
from vkeyframe.report.records import Report

CLICKS, WORDS = (1.0, 2.5), (4.0, 8.5)
SECONDS = 12.0


def listen(path: Path) -> Report:
    """Extract with sound, and write nothing."""
    return extract(path, Settings.of(audio=True), isolate=False)


def video_of(sound: Path, folder: Path) -> Path:
    """Put a sound file under a picture that changes."""
    path = folder / f"{sound.stem}.mkv"
    source = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=10", "-i", sound, "-shortest"]
    clips.ffmpeg(*source, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy", path)
    return path


def speech_counts(report: Report, truth: list[Any]) -> np.ndarray:
    """Count steps of 10 ms that are rightly, wrongly and not told to be speech."""
    found = [(one.start_time, one.end_time) for one in report.sections["speech"]]
    spans = [(start, end) for start, end, *_ in truth]
    steps = int(100 * max(end for _, end in (*spans, *found, (0.0, 0.0)))) + 1
    told, true = np.zeros(steps, bool), np.zeros(steps, bool)
    for marks, places in ((told, found), (true, spans)):
        for start, end in places:
            marks[round(100 * start) : round(100 * end)] = True
    return np.array([(told & true).sum(), (told & ~true).sum(), (~told & true).sum()])


def kind_of(report: Report) -> str:
    """Return the kind of sound that takes most time."""
    seconds: Counter[str] = Counter()
    for sound in report.sections["sounds"]:
        seconds[sound.kind] += sound.end_time - sound.start_time
    return max(seconds, key=lambda kind: seconds[kind], default="none")


def farthest(form: sounds.Form, folder: Path) -> float:
    """Return the farthest that an onset or the begin of speech is from where it was drawn, in seconds."""
    picture = clips.encode(folder / "picture.mp4", clips.scene(1, 150), fps=10.0)
    path = sounds.with_sound(folder / f"sound{form.suffix}", picture, sounds.track(SECONDS, CLICKS, WORDS), form)
    report = listen(path)
    onsets = [onset.time for onset in report.sections["onsets"]]
    begins = [speech.start_time for speech in report.sections["speech"]]
    apart = [min((abs(time + form.delay - found) for found in onsets), default=9.0) for time in (*CLICKS, *WORDS)]
    apart += [min((abs(time + form.delay - found) for found in begins), default=9.0) for time in WORDS]
    return max(apart)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path)
    parser.add_argument("--sounds", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures: dict[str, Any] = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        if given.speech:
            counts = np.zeros(3)
            for sound in sorted(given.speech.glob("*.flac")):
                counts += speech_counts(listen(video_of(sound, folder)), json.loads(sound.with_suffix(".json").read_text()))
            figures["speech f1"] = round(2 * counts[0] / (2 * counts[0] + counts[1] + counts[2]), 4)
        if given.sounds:
            paths = sorted(given.sounds.rglob("*.flac"))
            told = {path: kind_of(listen(video_of(path, folder))) for path in paths}
            figures["kinds"] = round(sum(kind == path.parent.name for path, kind in told.items()) / len(told), 4)
            figures["wrong"] = [f"{path.stem}: {kind}" for path, kind in told.items() if kind != path.parent.name]
        for form_name, form in sounds.FORMS.items():
            figures[f"farthest, {form_name}"] = round(farthest(form, folder), 3)
    for what, value in figures.items():
        print(f"{what:22} {value}")
    write_json(given.json, figures)


if __name__ == "__main__":
    main()
