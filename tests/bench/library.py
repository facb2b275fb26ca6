"""How well and how fast a library is searched: disturbed pictures, random frames, clips, families of copies, many keyframes.

    python -m tests.bench.library pictures LIBRARY [--queries 200]
    python -m tests.bench.library clips LIBRARY [--queries 100]
    python -m tests.bench.library families PICTURES
    python -m tests.bench.library size [--most 1000000]

LIBRARY was made by `vkeyframe index` and its videos are where they were; --videos WORD draws queries only from those with WORD
in their path, the others only distract.

`pictures` asks by keyframes, disturbed as tests/bench/targets.py does it, and by random frames of the same videos, disturbed too.
A find is right if it is what a user would call the place that was asked for: the same keyframe; or the same footage within 0.5 s,
in that video or in another that was cut from the same (NAME.json beside a video says so, as make_edits.py writes it); or an equal
picture, whose luma at 160 × 90 correlates by more than 0.98. The same room at another time is wrong. `strict` leaves the footage
out. What is flat before it is disturbed is not asked: all that is to be seen then is the caption. Of a random frame the nearest
keyframe is right, one beside that, or one that is right for one of them. `not there` asks by a picture of the library of which
all that is like it is left out, and all files that have the same footage, or are of the same film (--films): nothing may be
found. `clips` asks by excerpts of five seconds, 86 % of width and height, at crf 34, some mirrored, letter-boxed or of another
rate; right is one within 0.5 s, or where most of it shows the same footage within 0.5 s, or where a scene that stands shows the
same: its moments are alike by more than 0.93. Excerpts of what is flat all the time are not counted. `families` indexes edits of
pictures (blur, contrast, grey, a caption, a square, a mirror image ...) and asks for duplicates: average precision of pairs of
the same family. `size` asks drawn libraries, and measures time and memory of the search alone.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numpy import ndarray

from tests.bench.targets import DISTURBANCES, EQUAL, correlation, disturb, small_luma
from vkeyframe.errors import VkeyframeError
from vkeyframe.library.answers import CLIP_THRESHOLD, PICTURE_THRESHOLD
from vkeyframe.library.asking import clip_moments
from vkeyframe.library.clips import ClipHit, find_clip
from vkeyframe.library.entries import VIDEO, KeyframeRow
from vkeyframe.library.likeness import Look
from vkeyframe.library.questions import Question
from vkeyframe.library.search import TUNING, Searcher, dots, largest
from vkeyframe.library.store import Library
from vkeyframe.library.views import SCALE
from vkeyframe.matching import load_picture
from vkeyframe.opencv import cv2
from vkeyframe.timing import Position
from vkeyframe.video.file import VideoFile
from vkeyframe.video.one_frame import frame_shown
from vkeyframe.video.options import ReadOptions

SECONDS, NEAR, EQUAL_MOMENTS = 5.0, 0.5, 0.93
# Deviation of luma in grey levels below which a picture shows nothing.
FLAT = 2.0


def picture_of(library: Library, row: KeyframeRow) -> ndarray:
    """Return the picture of a keyframe, or of a picture file; of a damaged video that cannot be read twice, the thumbnail."""
    if row.kind != VIDEO:
        return load_picture(VideoFile.of(row.path), 1 << 28)
    try:
        return frame_shown(VideoFile.of(row.path), Position(None, row.frame), ReadOptions()).picture
    except VkeyframeError:
        return np.asarray(cv2.imdecode(np.frombuffer(library.thumbnail(row.id), np.uint8), cv2.IMREAD_COLOR))


def disturbed(picture: ndarray, source: np.random.Generator) -> ndarray:
    """Disturb a picture in some ways, at least one."""
    names: list[str] = []
    while not names:
        names = [name for name in DISTURBANCES if source.random() < 0.5]
    return disturb(picture, names, source)


def shares(rows: Sequence[dict[str, Any]], name: str) -> str:
    """Say how many of the queries are right, and told of."""
    if not rows:
        return f"{name}: none"
    keys = [key for key, value in rows[0].items() if isinstance(value, bool)]
    return f"{name} ({len(rows)}): " + ", ".join(f"{key} {np.mean([row[key] for row in rows]):.3f}" for key in keys)


class Footage:
    """What videos have the same footage, and when, as NAME.json beside NAME.mp4 says of an edit."""

    def __init__(self, library: Library, films: Sequence[Sequence[str]] = ()) -> None:
        self._films = [set(film) for film in films]
        self._shots: dict[int, list[dict[str, Any]]] = {}
        self._rates: dict[int, float] = {}
        self._names: dict[int, str] = {}
        videos = [video for video in library.videos() if video.kind == VIDEO]
        rates = {Path(video.path).name: float(Fraction(video.rate or "25")) for video in videos}
        for video in videos:
            self._names[video.id] = Path(video.path).name
            beside = Path(video.path).with_suffix(".json")
            told = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
            shots = told.get("shots", []) if isinstance(told, dict) else []
            if shots and {"source", "start"} <= set(shots[0]):
                self._rates[video.id] = float(told["fps"])
                self._shots[video.id] = [shot | {"rate": rates.get(shot["source"], float(told["fps"]))} for shot in shots]

    def at(self, video: int, time: float) -> tuple[str, float] | None:
        """Return the name of the source and the time in it; None between two shots of an edit."""
        if video not in self._shots:
            return self._names.get(video, ""), time
        frame = time * self._rates[video]
        for shot in self._shots[video]:
            if shot["first"] - 0.5 <= frame <= shot["last"] + 0.5:
                return shot["source"], (shot["start"] + frame - shot["first"]) / shot["rate"]
        return None

    def same(self, one: int, time: float, other: int, other_time: float) -> bool:
        """Whether two videos show the same footage at these times, to half a second."""
        a, b = self.at(one, time), self.at(other, other_time)
        return a is not None and b is not None and a[0] == b[0] and abs(a[1] - b[1]) <= NEAR

    def sources(self, video: int) -> set[str]:
        """Return the names of all sources that a video has something of."""
        own = {shot["source"] for shot in self._shots.get(video, ())} or {self._names.get(video, "")}
        return own.union(*(film for film in self._films if film & own))


class Thumbnails:
    """The lumas of keyframes, from their thumbnails, by which equal pictures are told."""

    def __init__(self, library: Library, ids: ndarray) -> None:
        self.thumbnail = library.thumbnail
        self.place = {int(each): number for number, each in enumerate(ids)}
        pictures = [cv2.imdecode(np.frombuffer(library.thumbnail(int(each)), np.uint8), cv2.IMREAD_COLOR) for each in ids]
        self.lumas = np.stack([small_luma(picture) for picture in pictures])

    def equal(self, one: int, other: int) -> bool:
        return bool(correlation(self.lumas[self.place[one]], self.lumas[[self.place[other]]])[0] > EQUAL)

    def is_flat(self, one: int) -> bool:
        return bool(self.lumas[self.place[one]].std() < FLAT)

    def unlike(self, one: int, most: float = 0.8) -> ndarray:
        """Tell which of them are not like one, mirrored or not."""
        view = self.lumas[self.place[one]].reshape(90, 160)
        return np.maximum(correlation(view.ravel(), self.lumas), correlation(view[:, ::-1].ravel(), self.lumas)) <= most


def pictures(library: Library, count: int, word: str, seed: int, films: Sequence[Sequence[str]]) -> None:
    """Ask by disturbed keyframes, by disturbed random frames, and by what is not there."""
    searcher, source = Searcher(library), np.random.default_rng(seed)
    rows = {row.id: row for row in library.keyframe_rows(searcher.ids)}
    known, footage = Thumbnails(library, searcher.ids), Footage(library, films)
    asked = [row for row in rows.values() if word in row.path and not known.is_flat(row.id)]
    by_keyframe, by_frame, absent = [], [], []

    def same(one: KeyframeRow, other: KeyframeRow) -> bool:
        return footage.same(one.video, one.time, other.video, other.time)

    for number in source.choice(len(asked), count):
        row = asked[number]
        look = Look(disturbed(picture_of(library, row), source))
        likest = [rows[each] for each in _by_descriptors(library, searcher, look)]
        hits = searcher.by_look(look)
        strict = [each.id == row.id or known.equal(row.id, each.id) for each in (*likest, *(hit.keyframe for hit in hits[:1]))]
        right = [
            good or same(row, each) for good, each in zip(strict, (*likest, *(hit.keyframe for hit in hits[:1])), strict=True)
        ]
        by_keyframe.append(
            {
                "by descriptors": bool(right) and right[0],
                "first": bool(right) and right[-1],
                "told": bool(right) and right[-1] and hits[0].likeness.similarity >= PICTURE_THRESHOLD,
                "told falsely": bool(right) and not right[-1] and hits[0].likeness.similarity >= PICTURE_THRESHOLD,
                "strict by descriptors": bool(strict) and strict[0],
                "strict first": bool(strict) and strict[-1],
            }
        )
        if right and not right[-1]:
            found = hits[0].keyframe
            print(f"{row.path} at {row.time:.2f}: {found.path} at {found.time:.2f}, {hits[0].likeness.similarity:.2f}")
        if row.kind == VIDEO and len(by_keyframe) % 3 == 0:
            by_frame.append(_random_frame(library, searcher, known, footage, row, source))
        false, path = _false_find(searcher, known, footage, rows, row, look)
        absent.append({"false": false >= PICTURE_THRESHOLD})
        if false >= PICTURE_THRESHOLD:
            print(f"not there: {row.path} at {row.time:.2f}: {path}, {false:.2f}")
    print(shares(by_keyframe, "disturbed keyframes"))
    print(shares([row for row in by_frame if row], "random frames, disturbed"))
    print(shares(absent, "not there"))


def _by_descriptors(library: Library, searcher: Searcher, look: Look) -> list[int]:
    """Return the keyframe that is likest by its descriptors, of the picture or of it without a caption; none for a flat one."""
    found = []
    for each in (look, None if look.is_flat else look.uncovered):
        if each is not None and not each.is_flat:
            ids, _ = searcher.likest(each, 1)
            found.append((float(each.by_views(library.views_of(ids))[0][0]), int(ids[0])))
    return [max(found)[1]] if found else []


def _random_frame(
    library: Library, searcher: Searcher, known: Thumbnails, footage: Footage, row: KeyframeRow, source: np.random.Generator
) -> dict[str, Any]:
    keyframes = library.keyframes(row.video)
    end = next(video.duration for video in library.videos() if video.id == row.video)
    time = float(source.uniform(0.0, max(0.0, end - 0.2)))
    try:
        picture = frame_shown(VideoFile.of(row.path), Position(time, None), ReadOptions()).picture
    except VkeyframeError:
        return {}
    hits = searcher.by_picture(disturbed(picture, source))
    if not hits:
        return {"right video": False, "right span": False, "told": False, "told falsely": False}
    # The spans of keyframes meet halfway; the neighbours are right as well, for where spans meet is not in the library.
    place = min(range(len(keyframes)), key=lambda number: abs(keyframes[number].time - time))
    near = {each.id for each in keyframes[max(0, place - 1) : place + 2]}
    hit = hits[0].keyframe
    at, found = footage.at(row.video, time), footage.at(hit.video, hit.time)
    of_source = at is not None and found is not None and at[0] == found[0]
    same = hit.video == row.video or of_source or any(known.equal(each.id, hit.id) for each in keyframes)
    span = hit.id in near or any(known.equal(each, hit.id) for each in near)
    span = span or footage.same(row.video, time, hit.video, hit.time)
    span = span or any(footage.same(row.video, each.time, hit.video, hit.time) for each in keyframes if each.id in near)
    return {
        "right video": same,
        "right span": span,
        "told": same and hits[0].likeness.similarity >= PICTURE_THRESHOLD,
        "told falsely": not same and hits[0].likeness.similarity >= PICTURE_THRESHOLD,
    }


def _false_find(
    searcher: Searcher, known: Thumbnails, footage: Footage, rows: dict[int, KeyframeRow], row: KeyframeRow, look: Look
) -> tuple[float, str]:
    """Return the best similarity of what is not like a keyframe and of other footage, the next 20 by their descriptors."""
    own, best = footage.sources(row.video), (0.0, "")
    unlike = {
        each
        for each in searcher.ids[known.unlike(row.id)].tolist()
        if rows[each].path != row.path and not own & footage.sources(rows[each].video)
    }
    for each in (look, None if look.is_flat else look.uncovered):
        if each is None or each.is_flat:
            continue
        ids, mirrored = searcher.likest(each, len(searcher.ids))
        kept = [number for number, found in enumerate(ids.tolist()) if found in unlike][: TUNING.by_small]
        for number in kept:
            value = each.by_thumbnail(known.thumbnail(int(ids[number])), bool(mirrored[number])).similarity
            best = max(best, (value, f"{rows[int(ids[number])].path} at {rows[int(ids[number])].time:.2f}"))
    return best


def clips(library: Library, count: int, word: str, seed: int, films: Sequence[Sequence[str]]) -> None:
    """Ask by excerpts of videos."""
    source, rows, footage = np.random.default_rng(seed), [], Footage(library, films)
    videos = [video for video in library.videos() if video.kind == VIDEO and video.duration >= SECONDS + 2 and word in video.path]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            video = videos[number % len(videos)]
            start = round(float(source.uniform(0.0, video.duration - SECONDS - 0.3)), 2)
            path = _excerpt(video.path, start, Path(folder, f"{number}.mp4"), source)
            moments = clip_moments(Question(VideoFile.of(path)), ReadOptions())
            hits = find_clip(moments, library)
            near = bool(hits) and hits[0].video.id == video.id and abs(hits[0].offset - start) <= NEAR
            right = near or (bool(hits) and _is_right(library, footage, video.id, start, hits[0]))
            rows.append(
                {
                    "within 0.5 s": near,
                    "that, or the same footage or scene": right,
                    "right video": bool(hits) and hits[0].video.id == video.id,
                    "told": right and hits[0].similarity >= CLIP_THRESHOLD,
                    "flat": not _shown(library, video.id, start),
                }
            )
            if not right:
                found = f"{hits[0].video.path} at {hits[0].offset:.2f}, {hits[0].similarity:.2f}" if hits else "nothing"
                print(f"{video.path} at {start}: {found}")
    print(shares(rows, "clips"))
    print(shares([row for row in rows if not row["flat"]], "clips that show something"))


def _shown(library: Library, video: int, start: float) -> bool:
    """Whether a part of a video shows something, before it is disturbed."""
    moments = library.moments_of(video)
    return bool(moments.descriptors[(moments.times >= start) & (moments.times <= start + SECONDS)].any())


def _is_right(library: Library, footage: Footage, video: int, start: float, hit: ClipHit) -> bool:
    """Whether most of a clip is the same footage to half a second, or a scene that stands."""
    times = np.arange(0.0, SECONDS, 0.25)
    within = [time for time in times if hit.start_time <= hit.offset + time <= hit.end_time + 0.25]
    same = sum(footage.same(video, start + time, hit.video.id, hit.offset + time) for time in within)
    return (same > len(within) / 2 and same > len(times) / 4) or _shows_the_same(library, video, start, hit)


def _shows_the_same(library: Library, video: int, start: float, hit: ClipHit) -> bool:
    """Whether what was found is undisturbed hardly another than where the clip was cut out: a copy, or a scene that stands."""
    moments, other = library.moments_of(video), library.moments_of(hit.video.id)
    asked = np.flatnonzero((moments.times >= start) & (moments.times <= start + SECONDS))
    places = np.abs(other.times[None] - (moments.times[asked] - start + hit.offset)[:, None])
    one, two = moments.descriptors[asked].astype(float), other.descriptors[places.argmin(axis=1)].astype(float)
    return bool(places.min(axis=1).mean() < NEAR and (one * two).sum(axis=1).mean() / SCALE**2 > EQUAL_MOMENTS)


def _excerpt(video: str, start: float, path: Path, source: np.random.Generator) -> Path:
    left, top = source.uniform(0.0, 0.14, 2)
    filters = [f"crop=trunc(iw*0.86/2)*2:trunc(ih*0.86/2)*2:iw*{left:.3f}:ih*{top:.3f}"]
    filters += ["hflip"] if source.random() < 0.3 else []
    filters += ["pad=iw:ceil(ih*1.25/2)*2:0:(oh-ih)/2"] if source.random() < 0.3 else []
    filters += [[], ["fps=12"], ["fps=24"], ["fps=30"]][source.integers(4)]
    # From the beginning, because some files say of frames that they are key frames that are none.
    command = ["ffmpeg", "-y", "-v", "error", "-i", video, "-ss", str(start), "-t", str(SECONDS), "-an", "-vf", ",".join(filters)]
    subprocess.run([*command, "-c:v", "libx264", "-preset", "veryfast", "-crf", "34", "-pix_fmt", "yuv420p", path], check=True)
    return path


def _blurred(deviation: float) -> Callable[[ndarray], ndarray]:
    return lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), deviation * picture.shape[1] / 640))


def _scaled(width: int, height: int) -> Callable[[ndarray], ndarray]:
    return lambda picture: np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def _mixed(gain: float, shift: float) -> Callable[[ndarray], ndarray]:
    return lambda picture: np.clip(picture * gain + shift, 0, 255).astype(np.uint8)


def _sharpened(picture: ndarray) -> ndarray:
    return np.asarray(cv2.addWeighted(picture, 2.5, cv2.GaussianBlur(picture, (0, 0), 3.0), -1.5, 0))


def _saturated(picture: ndarray) -> ndarray:
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV).astype(np.float32)
    hsv[..., 1] = np.clip(hsv[..., 1] * 2.0, 0, 255)
    return np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR))


def _square(picture: ndarray) -> ndarray:
    height, width = picture.shape[:2]
    side = min(height, width)
    return picture[(height - side) // 2 :, (width - side) // 2 :][:side, :side]


EDITS: dict[str, Callable[[ndarray], ndarray]] = {
    "original": lambda picture: picture,
    "blur": _blurred(2.0),
    "blur-much": _blurred(6.0),
    "sharp": _sharpened,
    "contrast": _mixed(1.6, -60.0),
    "faint": _mixed(0.5, 80.0),
    "saturated": _saturated,
    "grey": lambda picture: np.repeat(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[..., None], 3, axis=2),
    "tiny": _scaled(120, 80),
    "stretched": _scaled(256, 256),
    "square": _square,
    "mirror": lambda picture: picture[:, ::-1],
    "jpeg": lambda picture: np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 10])[1], 1)),
    "caption": lambda picture: disturb(picture, ["caption"], np.random.default_rng(1)),
    "crop": lambda picture: disturb(picture, ["crop"], np.random.default_rng(2)),
}


def families(folder: Path, count: int, seed: int) -> None:
    """Make families of edits of some pictures, leave the rest as they are, and ask for duplicates."""
    from vkeyframe.cli.main import run

    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".png"))
    chosen = np.random.default_rng(seed).permutation(len(paths))
    with tempfile.TemporaryDirectory() as place:
        made, found = Path(place, "pictures"), Path(place, "found.json")
        made.mkdir()
        for number, index in enumerate(chosen):
            picture = cv2.imread(str(paths[index]))
            for name, edit in EDITS.items() if number < count else [("original", EDITS["original"])]:
                cv2.imwrite(str(made / f"f{number:03d}-{name}.png"), np.ascontiguousarray(edit(picture)))
        library = str(Path(place, "l.db"))
        run(["index", str(made), "--library", library, "-q"])
        run(["duplicates", "--library", library, "--json", str(found), "-q"])
        pairs = json.loads(found.read_text("utf-8"))
    names = [(Path(pair["one"]).stem.split("-", 1), Path(pair["other"]).stem.split("-", 1)) for pair in pairs]
    right = np.array([one[0] == other[0] for one, other in names], bool)
    wanted = count * len(EDITS) * (len(EDITS) - 1) // 2
    precision = float((np.cumsum(right) / np.arange(1, len(right) + 1))[right].sum() / wanted)
    false = [f"{pair['similarity']:.2f}" for pair, good in zip(pairs, right, strict=True) if not good]
    print(f"average precision {precision:.4f}, {right.sum()} of {wanted} pairs, false: {false}")
    for name in EDITS:
        seen = sum(name in (one[1], other[1]) for (one, other), good in zip(names, right, strict=True) if good)
        print(f"  {name}: {seen / (count * (len(EDITS) - 1)):.3f}")


def size(most: int) -> None:
    """Search drawn descriptors for one picture, with what it may be a part of and all mirror images."""
    source = np.random.default_rng(0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    count = 10_000
    while count <= most:
        stored = np.empty((count, 147), np.int8)
        for start in range(0, count, 10_000):
            stored[start : start + 10_000] = source.integers(-40, 41, (min(10_000, count - start), 147))
        queries, times = source.integers(-40, 41, (6, 147)).astype(np.int16), []
        for _ in range(15):
            began = perf_counter()
            largest(dots(stored, queries), TUNING.by_views)
            times.append(perf_counter() - began)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        taken = f"median {1e3 * median(times):7.2f} ms, best {1e3 * min(times):7.2f} ms"
        print(f"{count:>9}: {taken}, {peak:.0f} MiB of which {before:.0f} before")
        count = count * 10 if count < 1_000_000 else count * 2


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["pictures", "clips", "families", "size"])
    parser.add_argument("place", type=Path, nargs="?")
    parser.add_argument("--queries", type=int)
    parser.add_argument("--videos", default="", metavar="WORD")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--films", type=Path, help="JSON, lists of names of files that are known to be of the same film")
    parser.add_argument("--most", type=int, default=1_000_000)
    options = parser.parse_args()
    if options.what == "size":
        size(options.most)
    elif options.what == "families":
        families(options.place, options.queries or 12, options.seed)
    else:
        ask = pictures if options.what == "pictures" else clips
        with Library.open(options.place) as library:
            films = json.loads(options.films.read_text("utf-8")) if options.films else []
            ask(library, options.queries or (200 if ask is pictures else 100), options.videos, options.seed, films)


if __name__ == "__main__":
    main()
