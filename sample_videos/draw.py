"""Draw the four sample clips and write down the truth about each of them beside it.

``python draw.py [FOLDER]`` makes the same clips again, by default in this script's own folder. It needs
numpy, OpenCV and the programs ffmpeg (5.1 or later, with libx264) and ffprobe. What is in the pictures comes
from `scenes` and `paint`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import paint
from paint import TALL, WIDE, Picture, X, Y, lens, mix, noise, place, ramp, soft, write
from scenes import all_scenes

Truth = dict[str, Any]
Clip = tuple[Iterator[Picture], Truth]

SIZE = 640, 360
VIGNETTE = (1.04 - 0.09 * (X**2 + Y**2))[..., None]


class Shot(NamedTuple):
    """One shot of an edited clip, and how the next one follows."""

    source: str
    start: float  # the scene's time at the first pure frame, in seconds
    frames: int  # pure frames, those which show this shot alone
    kind: str = "cut"
    mixed: int = 0  # frames of the transition to the next shot
    flash: tuple[int, ...] = ()  # frames lit by a photo flash, counted from the first pure one


class Slide(NamedTuple):
    """One slide of the lecture."""

    title: str
    frames: int
    lines: dict[int, str]  # by the frame at which the line appears


EDITED = (
    Shot("hills", 0, 54),
    Shot("table", 0, 50, flash=(27, 28)),
    Shot("night", 3, 42),
    Shot("table", 3.6, 34, "dissolve", 20),
    Shot("sunset", 1, 44),
    Shot("forest", 0, 48, "fade", 24),
    Shot("desert", 1, 46, "wipe", 18),
    Shot("reef", 4, 50),
    Shot("alps", 0, 45),
)
VARIABLE = Shot("lagoon", 0, 97), Shot("autumn", 2, 108), Shot("heath", 0, 95)
LECTURE = (
    Slide(
        "Why the sea rises and falls",
        56,
        {
            8: "Twice a day, almost everywhere",
            20: "The moon pulls the near side most",
            33: "The far side stays behind",
        },
    ),
    Slide(
        "Spring tides and neap tides",
        68,
        {
            6: "Sun and moon in line: spring tide",
            17: "At right angles: neap tide",
            29: "A full cycle takes 14.8 days",
            44: "The range can double",
        },
    ),
    Slide(
        "A week at the harbour wall",
        58,
        {10: "Measured every ten minutes", 24: "Wind adds up to half a metre"},
    ),
    Slide(
        "From gauge to forecast",
        64,
        {
            7: "Remove the weather",
            16: "Fit the known periods",
            26: "Add them up again",
            38: "Check against next month",
        },
    ),
    Slide("Questions", 54, {12: "Why do some seas have no tides?", 25: "Reading: chapter 4, pages 61-78"}),
)


def describe(fps: int, sources: Iterable[str], spans: list[tuple[int, int]], kinds: Iterable[str]) -> Truth:
    """Return the truth about a clip which consists of shots with these first and last pure frames."""
    shots: list[Truth] = [
        {"first": first, "last": last, "source": source, "distractor": None, "flash": []}
        for source, (first, last) in zip(sources, spans, strict=True)
    ]
    transitions = [
        {"last": old[1], "first": new[0], "kind": kind} for (old, new), kind in zip(pairwise(spans), kinds, strict=False)
    ]
    truth: Truth = {"fps": fps, "width": SIZE[0], "height": SIZE[1], "frames": spans[-1][1] + 1}
    return truth | {"shots": shots, "transitions": transitions}


def join(old: Picture, new: Picture, kind: str, share: float) -> Picture:
    """Return the picture `share` of the way through a transition."""
    if kind == "dissolve":
        return mix(old, new, share)
    if kind == "fade":
        return old * max(0, 1 - 2 * share) + new * max(0, 2 * share - 1)
    return mix(old, new, np.clip((share * 3.65 - X - 16 / 9) / 0.1, 0, 1))


def edit(shots: tuple[Shot, ...], fps: int) -> Clip:
    """Join `shots`, all of them moving on during the transitions."""
    firsts = [sum(shot.frames + shot.mixed for shot in shots[:i]) for i in range(len(shots))]
    spans = [(first, first + shot.frames - 1) for first, shot in zip(firsts, shots, strict=True)]
    truth = describe(fps, (shot.source for shot in shots), spans, (shot.kind for shot in shots))
    for first, shot, record in zip(firsts, shots, truth["shots"], strict=True):
        if shot.flash:
            record |= {"distractor": "flash", "flash": [first + k for k in shot.flash]}

    def pictures() -> Iterator[Picture]:
        drawn = all_scenes()
        for i, shot in enumerate(shots):
            for k in range(shot.frames + shot.mixed):
                picture = drawn[shot.source](shot.start + k / fps)
                if k in shot.flash:
                    picture = picture * 1.5 + (0.4 if k == shot.flash[0] else 0.2)
                if k >= shot.frames:
                    then = shots[i + 1]
                    new = drawn[then.source](then.start + (k - shot.frames - shot.mixed) / fps)
                    picture = join(picture, new, shot.kind, (k - shot.frames + 1) / (shot.mixed + 1))
                yield picture * VIGNETTE

    return pictures(), truth


def edited() -> Clip:
    """Join nine shots of eight scenes in every way; one scene returns."""
    return edit(EDITED, 25)


def variable() -> Clip:
    """Join three shots, drawn at 30 frames a second, of which only some are kept."""
    pictures, drawn = edit(VARIABLE, 30)
    kept = [k for k in range(drawn["frames"]) if k * k % 23 < (16 if k % 130 < 70 else 7)]
    inside = [[i for i, k in enumerate(kept) if s["first"] <= k <= s["last"]] for s in drawn["shots"]]
    spans = [(frames[0], frames[-1]) for frames in inside]
    truth = describe(30, (shot.source for shot in VARIABLE), spans, (shot.kind for shot in VARIABLE))
    return pictures, truth | {"times": [k / 30 for k in kept]}


def slides() -> Clip:
    """Show slides whose lines appear one after another, a speaker and a mouse pointer."""
    firsts = [sum(slide.frames for slide in LECTURE[:i]) for i in range(len(LECTURE))]
    spans = [(first, first + slide.frames - 1) for first, slide in zip(firsts, LECTURE, strict=True)]
    truth = describe(10, (slide.title for slide in LECTURE), spans, ["cut"] * len(LECTURE))
    truth["slides"] = [
        {"first": first, "complete": first + max(slide.lines), "last": last}
        for slide, (first, last) in zip(LECTURE, spans, strict=True)
    ]

    def pictures() -> Iterator[Picture]:
        rng = np.random.default_rng(12)
        cloth, skin = ramp(noise(rng, 256, 256, 0.8), "2c4068 40588c"), noise(rng, 256, 256, 1.6)
        skin, wall = ramp(skin, "b8805c d8a888"), ramp(noise(rng, TALL, WIDE, 2.6), "3a3430 b8ac98")
        for number, (slide, first) in enumerate(zip(LECTURE, firsts, strict=True)):
            page = paint.page(slide.title, f"Oceans and coasts, lecture 6        {number + 1} / {len(LECTURE)}")
            for k in range(slide.frames):
                if k in slide.lines:
                    row = 170 + 62 * list(slide.lines).index(k)
                    cv2.circle(page, (60, row - 10), 6, (0.9, 0.5, 0.15), -1, cv2.LINE_AA)
                    write(page, slide.lines[k], 82, row, 1.0)
                    if "week" in slide.title and k == min(slide.lines):
                        paint.curve(page)
                t = (first + k) / 10
                picture = page.copy()
                person = paint.speaker(t, cloth, skin, wall)
                picture[372:522, 738:938] = cv2.resize(person, (200, 150), interpolation=cv2.INTER_AREA)
                x, y = 330 * np.sin(0.45 * t) * np.cos(0.21 * t), 120 * np.sin(0.7 * t + 1)
                paint.pointer(picture, 480 + float(x), 300 + float(y))
                yield picture

    return pictures(), truth


def static() -> Clip:
    """Look from a wall with a drifting exposure; one car drives by."""
    rng = np.random.default_rng(14)
    empty, visitor = paint.yard(rng), paint.car(rng, "1c0606 5c1612 a84a40 ecc8c0")
    layers = {k: place(visitor, 0.07 * (k - 128) - 2.4, 0.62, 1.05) for k in range(120, 210)}
    seen = [k for k, layer in layers.items() if lens(layer)[..., 3].max() > 0.5]
    truth = describe(15, ["yard"], [(0, 299)], [])
    truth["events"] = [{"first": seen[0], "last": seen[-1]}]

    def pictures() -> Iterator[Picture]:
        for k in range(truth["frames"]):
            picture = mix(empty, layers[k][..., :3], layers[k][..., 3]) if k in seen else empty
            picture = lens(picture) * VIGNETTE * (1 + 0.02 * np.sin(k / 40) + 0.0001 * k)
            write(picture, "CAM 2  YARD", 24, 44, 0.9, colour=paint.PAPER)
            yield picture

    return pictures(), truth


def encode(path: Path, pictures: Iterable[Picture], truth: Truth, quality: float, grain: float) -> None:
    """Write a clip and its truth; check that the clip holds what the truth says."""
    rng = np.random.default_rng(15)
    width, height = SIZE
    command = f"ffmpeg -v error -y -f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {truth['fps']} -i -".split()
    if "times" in truth:  # keep the same frames as `variable` does
        command += ["-vf", r"select=lt(mod(n*n\,23)\,7+9*lt(mod(n\,130)\,70))", "-fps_mode", "vfr"]
    command += f"-c:v libx264 -preset veryslow -crf {quality} -threads 1 -pix_fmt yuv420p".split()
    command += ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart"]
    with subprocess.Popen([*command, str(path)], stdin=subprocess.PIPE) as process:
        assert process.stdin
        for picture in pictures:
            small = cv2.resize(np.clip(picture, 0, 1), SIZE, interpolation=cv2.INTER_AREA)
            small = small + grain * soft(rng.standard_normal((height, width, 1)).astype("f4"), 0.7)[..., None]
            process.stdin.write((np.clip(small, 0, 1) * 255).round().astype(np.uint8).tobytes())
    probe = ["ffprobe", "-v", "error", "-show_entries", "frame=pts_time", "-of", "csv=p=0", str(path)]
    lines = subprocess.run(probe, capture_output=True, text=True, check=True).stdout.split()
    times = [float(line.strip(",")) for line in lines]
    expected = truth.get("times") or [k / truth["fps"] for k in range(truth["frames"])]
    if len(times) != len(expected) or not np.allclose(times, expected, atol=1e-3):
        raise SystemExit(f"{path.name} does not hold the frames that were drawn")
    if "times" in truth:
        truth["times"] = times
    rows = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in truth.items())
    path.with_suffix(".json").write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def main() -> None:
    """Make all four clips in the folder named on the command line."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    plans = (edited, 23.5, 0.01), (slides, 22, 0), (static, 23.5, 0.02), (variable, 26, 0.01)
    for clip, quality, grain in plans:
        path = folder / f"{clip.__name__}.mp4"
        encode(path, *clip(), quality, grain)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
