"""How many copies among videos `duplicates` finds, and how often it takes others for copies.

    python -m tests.bench.copies VIDEOS [--seed 14] [--half 0|1] [--work FOLDER]

VIDEOS is a folder. Of each video that shows something, a stretch of up to 20 s is coded anew (crf 20, at most 360 lines): the
originals. Every other one is changed as well, in turn: coded at crf 34 and half the size; cropped to 86 % of width and height;
letter-boxed; mirrored; at half the frame rate; and those of 12 s at least: 10 s of it (or half, if that is more than two thirds);
10 s of it between two parts of another video; mirrored. In the other half each two make two videos that have something in common
but are no copies: a logo of 3 s before both, 4 s of black before both, the same sound, an ending of 3 s behind both. The second
of them is letter-boxed too. `--half 0` and `--half 1` take every other video: one to look at, one held out.

A pair of files is right if both have 1.5 s of the same footage at least, logos and endings left out. What is found between two
originals is printed to be looked at: there may be copies among them already, and then their changed ones are theirs as well.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from itertools import combinations, cycle
from pathlib import Path

import numpy as np

from tests.bench.targets import small_luma
from vkeyframe.errors import VkeyframeError
from vkeyframe.timing import Position
from vkeyframe.video.file import VideoFile
from vkeyframe.video.one_frame import frame_shown
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions

LONGEST, EXCERPT, LEAST_COMMON, LEAST, LONG, FLAT = 20.0, 10.0, 1.5, 4.0, 12.0, 2.0
CROP = "crop=trunc(iw*0.86/2)*2:trunc(ih*0.86/2)*2:iw*0.06:ih*0.09"
BARS = "pad=iw:ceil(ih*1.25/2)*2:0:(oh-ih)/2"
# By which filters and quality a copy is made of what it is a copy of.
CHANGES: dict[str, tuple[str, int]] = {
    "coded": ("scale=trunc(iw/4)*2:trunc(ih/4)*2", 34),
    "cropped": (CROP, 28),
    "letter-boxed": (BARS, 28),
    "mirrored": ("hflip", 28),
    "half the rate": ("fps=source_fps/2", 28),
    "excerpt": ("null", 28),
    "inside": ("null", 28),
}
SHARED = ("logo", "black", "sound", "ending")
SIZE = "scale=-2:'min(360,trunc(ih/2)*2)',setsar=1"


@dataclass(frozen=True)
class Made:
    """A file, what it is for, and the footage it has: the source, and from when to when of it."""

    path: Path
    use: str
    footage: tuple[tuple[str, float, float], ...]

    @property
    def length(self) -> float:
        return self.footage[0][2] - self.footage[0][1]


def common(one: Made, other: Made) -> float:
    """Return how many seconds of footage two files have in common."""
    return max(min(a[2], b[2]) - max(a[1], b[1]) if a[0] == b[0] else 0.0 for a in one.footage for b in other.footage)


def encode(video: Path, path: Path, start: float, length: float, filters: str = "null", crf: int = 20) -> Path:
    """Code a stretch of a video anew, without sound."""
    command = ["ffmpeg", "-y", "-v", "error", "-ss", f"{start:.3f}", "-i", video, "-t", f"{length:.3f}", "-an", "-sn", "-dn"]
    quality = ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf), "-pix_fmt", "yuv420p"]
    subprocess.run([*command, "-vf", f"{SIZE},{filters}", *quality, path], check=True)
    return path


def join(parts: list[Path], path: Path) -> Path:
    """Put videos one behind the other, at 640 × 360 with bars where needed, at 25 a second."""
    inputs = [word for part in parts for word in ("-i", str(part))]
    same = "scale=640:360:force_original_aspect_ratio=decrease,pad=640:360:(ow-iw)/2:(oh-ih)/2,setsar=1,fps=25,format=yuv420p"
    graph = ";".join(f"[{number}:v]{same}[v{number}]" for number in range(len(parts)))
    graph += ";" + "".join(f"[v{number}]" for number in range(len(parts))) + f"concat=n={len(parts)}:v=1[out]"
    command = ["ffmpeg", "-y", "-v", "error", *inputs, "-filter_complex", graph, "-map", "[out]"]
    subprocess.run([*command, "-c:v", "libx264", "-preset", "veryfast", "-crf", "28", path], check=True)
    return path


def length_of(video: Path) -> float:
    """Return the length of a video that can be read to its end, else 0."""
    try:
        with open_video(VideoFile.of(video), ReadOptions()) as reader:
            return float(reader.info.duration or 0.0)
    except VkeyframeError:
        return 0.0


def shows_something(video: Path) -> bool:
    picture = frame_shown(VideoFile.of(video), Position(LEAST / 2, None), ReadOptions()).picture
    return bool(small_luma(picture).std() >= FLAT)


def rate_of(video: Path) -> float:
    asked = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=avg_frame_rate", "-of", "csv=p=0"]
    above, below = subprocess.run([*asked, video], check=True, capture_output=True, text=True).stdout.split(",")[0].split("/")
    return float(above) / float(below)


def copy_of(original: Made, change: str, host: Made, folder: Path) -> Made:
    """Make a copy of an original, changed in one way; the host is what it may lie inside of."""
    (name, start, end), (other, host_start, host_end) = original.footage[0], host.footage[0]
    filters, crf = CHANGES[change]
    path, begin, length = folder / f"copy-{change.replace(' ', '-')}-{original.path.name}", 0.0, end - start
    if change in ("excerpt", "inside"):
        length = EXCERPT if length >= 1.5 * EXCERPT else length / 2
        begin = (end - start - length) / 2
    filters = filters.replace("source_fps", f"{rate_of(original.path):.4f}")
    encode(original.path, path, begin, length, filters, crf)
    footage = ((name, start + begin, start + begin + length),)
    if change != "inside":
        return Made(path, change, footage)
    half = (host_end - host_start) / 2
    parts = [encode(host.path, folder / f"part{place}.mp4", place * half, half) for place in (0, 1)]
    joined = join([parts[0], path, parts[1]], folder / f"inside-{original.path.name}")
    for part in (*parts, path):
        part.unlink()
    return Made(joined, change, (*footage, (other, host_start, host_start + half), (other, host_start + half, host_end)))


def no_copies(one: Made, other: Made, shared: str, logo: Path, folder: Path) -> list[Made]:
    """Make two videos that have something in common, and are no copies."""
    made = []
    for number, each in enumerate((one, other)):
        path = folder / f"shares-{shared}-{each.path.name}"
        if shared == "sound":
            sound = ["-f", "lavfi", "-i", f"aevalsrc=0.3*sin({300 + len(one.path.name)}*t*(1+t/20)):d={LONGEST}"]
            command = ["ffmpeg", "-y", "-v", "error", "-i", each.path, *sound, "-shortest", "-c:v", "copy", "-c:a", "aac"]
            subprocess.run([*command, path], check=True)
        else:
            parts = [each.path, logo] if shared == "ending" else [logo, each.path]
            join(parts, path)
        made.append(Made(path, shared, each.footage))
        if number and shared != "sound":
            boxed = encode(path, folder / f"boxed-{path.name}", 0.0, 2 * LONGEST, BARS, 28)
            path.unlink()
            made[-1] = Made(boxed, shared, each.footage)
    return made


def make(videos: list[Path], folder: Path, seed: int) -> tuple[list[Made], list[tuple[Made, Made]]]:
    """Make originals, copies and what is none; return all of them, and the pairs of the latter."""
    source, originals = np.random.default_rng(seed), []
    for number in source.permutation(len(videos)):
        length = length_of(videos[number])
        if length >= LEAST:
            taken = min(LONGEST, length)
            start = float(source.uniform(0.0, length - taken))
            path = encode(videos[number], folder / f"{videos[number].stem}.mp4", start, taken)
            # Of a damaged video less may be there than it says.
            if length_of(path) >= LEAST and shows_something(path):
                originals.append(Made(path, "original", ((videos[number].name, start, start + length_of(path)),)))
            else:
                path.unlink()
    changed, rest = originals[::2], originals[1::2]
    hosts = [each for each in rest if each.length >= LONG] or rest
    turns = cycle(("inside", "excerpt", "mirrored")), cycle(("coded", "cropped", "letter-boxed", "half the rate", "mirrored"))
    copies = [
        copy_of(each, next(turns[each.length < LONG]), hosts[number % len(hosts)], folder) for number, each in enumerate(changed)
    ]
    black, drawn_logo = folder / "black.mp4", folder / "logo.mp4"
    for path, picture in ((black, "color=black:s=640x360:r=25:d=4"), (drawn_logo, "testsrc2=s=640x360:r=25:d=3")):
        subprocess.run(["ffmpeg", "-y", "-v", "error", "-f", "lavfi", "-i", picture, "-c:v", "libx264", path], check=True)
    apart, files = [], [*originals, *copies]
    # Each of the others is in two pairs, with the next one and with that behind it.
    for number in range(len(rest)):
        shared = SHARED[number % len(SHARED)]
        logo = black if shared == "black" else drawn_logo
        one, other = no_copies(rest[number], rest[(number + 1 + number % 2) % len(rest)], shared, logo, _fresh(folder, number))
        apart.append((one, other))
        files += [one, other]
    for path in (black, drawn_logo):
        path.unlink(missing_ok=True)
    return files, apart


def _fresh(folder: Path, number: int) -> Path:
    made = folder / f"{number:02d}"
    made.mkdir()
    return made


def report(files: list[Made], apart: list[tuple[Made, Made]], pairs: list[dict[str, object]]) -> dict[str, object]:
    """Say how many are right."""
    by_path = {str(each.path.resolve()): each for each in files}
    found = {frozenset((str(pair["one"]), str(pair["other"]))): pair for pair in pairs}
    names = {frozenset(each): _sources(by_path, each) for each in found}
    same = {names[each] for each in found if all(by_path[path].use == "original" for path in each)}
    wanted = {
        frozenset((str(one.path.resolve()), str(other.path.resolve())))
        for one, other in combinations(files, 2)
        if common(one, other) >= LEAST_COMMON
    }
    false = [each for each in found if each not in wanted and not any(group <= names[each] for group in same)]
    both = {frozenset((str(one.path.resolve()), str(other.path.resolve()))): one.use for one, other in apart}
    uses, right = Counter(_use(by_path, each) for each in wanted), Counter(_use(by_path, each) for each in wanted & set(found))
    for each in same:
        print("between originals:", *sorted(each))
    for each in false:
        print("false:", *(Path(path).name for path in sorted(each)), found[each])
    for each in wanted - set(found):
        print("missed:", *(Path(path).name for path in sorted(each)))
    return {
        "recall": len(wanted & set(found)) / len(wanted),
        "pairs": len(wanted),
        "precision": 1.0 - len(false) / max(1, len(found)),
        "found": len(found),
        "by change": {use: f"{right[use]} of {uses[use]}" for use in sorted(uses)},
        "no copies": f"{sum(each in both for each in false)} found of {len(both)}: {Counter(both.values())}",
    }


def _sources(made: dict[str, Made], pair: frozenset[str]) -> frozenset[str]:
    return frozenset(name for path in pair for name, _, _ in made[path].footage)


def _use(made: dict[str, Made], pair: frozenset[str]) -> str:
    """Return what a pair tests: how the copy was changed, or that a file is found again behind a logo."""
    return " / ".join(sorted({made[path].use for path in pair} - {"original"})) or "original"


def main() -> None:
    """Measure."""
    from vkeyframe.cli.main import run

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--half", type=int, choices=[0, 1], help="only every other video, from this one on")
    parser.add_argument("--work", type=Path, help="a folder that is kept, with the videos and the library")
    options = parser.parse_args()
    videos = [path for path in sorted(options.folder.iterdir()) if length_of(path) >= LEAST]
    videos = videos if options.half is None else videos[options.half :: 2]
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        folder, library, found = work / "videos", str(work / "l.db"), work / "found.json"
        folder.mkdir(parents=True)
        files, apart = make(videos, folder, options.seed)
        run(["index", str(folder), "--library", library, "-q"])
        run(["duplicates", "--library", library, "--json", str(found), "-q"])
        print(json.dumps(report(files, apart, json.loads(found.read_text("utf-8"))), indent=1))


if __name__ == "__main__":
    main()
