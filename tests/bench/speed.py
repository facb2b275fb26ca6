"""Time whole runs of `extract` against a bare loop of `cv2.VideoCapture.grab()` over the same file, and measure their memory.

``python -m tests.bench.speed [VIDEO] [--rounds N] [--long] [--only WORD] [--json FILE]`` prints a table of ratios with their
goals. VIDEO is long (6 minutes of 1080p is what the goals are meant for); without it one is made of a sample video. All other
lengths and sizes are made from it. The commands of a row take turns, medians count; memory is that of all processes of a
command together, measured in runs of its own. ``--long`` adds the rows that take an hour.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import perf_counter, sleep

SAMPLES = Path(__file__).parents[2] / "sample_videos"
# A minute and a half of a watched place by which a car drives.
WATCHED = "scale=1920:1080,tpad=stop_mode=clone:stop_duration=70,noise=alls=2:allf=t,format=yuv420p"
CODEC = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23")
GRAB = "import cv2, sys; video = cv2.VideoCapture(sys.argv[1], cv2.CAP_FFMPEG)\nwhile video.grab(): pass"
EXTRACT = (sys.executable, "-c", "from vkeyframe.cli.main import main; main()", "extract", "-q", "--overwrite")
MIB = 1024.0
SAME_TIME = 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """A measured ratio or an amount, and the greatest value that is wanted; `cpu` is the ratio of the processors' time."""

    name: str
    value: float
    unit: str
    goal: float
    first: float
    second: float
    cpu: float = 0.0


class Bench:
    """Runs commands in a folder of its own.

    Parameters
    ----------
    video : Path
        A long one.
    folder : Path
    rounds : int
    """

    def __init__(self, video: Path, folder: Path, rounds: int) -> None:
        self._video, self._folder, self._rounds = video, folder, rounds

    def rows(self, only: str, long: bool) -> Iterator[Row]:
        """Measure row by row."""
        grab = (sys.executable, "-c", GRAB)
        for what, goal, options, seconds in (
            ("default", 1.22, (), None),
            ("default, 1 minute", 1.40, (), 60),
            ("--decode every", 1.75, ("--decode", "every"), None),
            ("--decode codec", 0.20, ("--decode", "codec"), None),
            ("--decoder pyav", 1.10, ("--decoder", "pyav"), None),
            ("--decoder pyav --decode every", 1.30, ("--decoder", "pyav", "--decode", "every"), None),
        ):
            name = f"{what} ÷ grab loop"
            if only in name:
                video = self._video if seconds is None else self._cut(seconds)
                yield self._ratio(name, goal, self._extract(video, *options), (*grab, str(video)))
        if "scenedetect" in only or not only:
            yield from self._scenedetect()
        if "memory" in only or not only:
            yield from self._memory()
        if "skim" in only or not only:
            yield from self._skim()
        if long:
            yield from self._growth()

    def _scenedetect(self) -> Iterator[Row]:
        program = shutil.which("scenedetect", path=str(Path(sys.executable).parent)) or shutil.which("scenedetect")
        if program is not None:
            images = ("detect-content", "save-images", "-o", str(self._folder / "scenes"))
            rival = (program, "-q", "-i", str(self._video), *images)
            yield self._ratio("default ÷ PySceneDetect", 0.50, self._extract(self._video), rival)

    def _skim(self) -> Iterator[Row]:
        part, watched = self._folder / "part.mp4", self._folder / "watched.mp4"
        _ffmpeg("-i", str(SAMPLES / "static.mp4"), "-an", "-vf", WATCHED, *CODEC, str(part))
        _ffmpeg("-stream_loop", "-1", "-i", str(part), "-t", "1800", "-c", "copy", str(watched))
        skim, whole = (self._extract(watched, "--preset", "surveillance", "--decode", way) for way in ("skim", "sampled"))
        grab = (sys.executable, "-c", GRAB, str(watched))
        yield self._ratio("--decode skim ÷ grab loop, 30 minutes of a watched place", 0.40, skim, grab)
        few, many = (self._times(command) for command in (skim, whole))
        lost = sum(min(abs(time - other) for other in few) > SAME_TIME for time in many) / len(many)
        yield Row("keyframes that skimming misses or moves by over 0.5 s", lost, "", 0.05, len(few), len(many))

    def _times(self, command: Sequence[str]) -> list[float]:
        self._timed(command)
        report = json.loads((self._folder / "keyframes" / "report.json").read_text("utf-8"))
        return [keyframe["time"] for keyframe in report["keyframes"]]

    def _memory(self) -> Iterator[Row]:
        for name, goal, seconds, scale in (("1080p", 420, 60, None), ("4K", 900, 15, "3840:2160")):
            peak = self._peak(self._extract(self._cut(seconds, scale)))
            yield Row(f"memory of all processes, {name}", peak, "MiB", goal, peak, 0.0)

    def _growth(self) -> Iterator[Row]:
        short, long = (self._peak(self._extract(self._cut(60 * minutes))) for minutes in (3, 30))
        yield Row("memory, 30 minutes ÷ 3 minutes", long / short, "", 1.05, long, short)
        short, long = (self._timed(self._extract(self._cut(60 * minutes)))[0] for minutes in (10, 60))
        yield Row("time, 60 minutes ÷ 10 minutes", long / short, "", 6.2, long, short)

    def _extract(self, video: Path, *options: str) -> tuple[str, ...]:
        return (*EXTRACT, "-o", str(self._folder / "keyframes"), *options, str(video))

    def _ratio(self, name: str, goal: float, first: Sequence[str], second: Sequence[str]) -> Row:
        """Run both in turn; the ratio is the median of those of the rounds, so that a machine that slows down harms neither."""
        self._timed(first)
        times = [(*self._timed(first), *self._timed(second)) for _ in range(self._rounds)]
        return Row(
            name,
            median(a / b for a, _, b, _ in times),
            "",
            goal,
            median(a for a, _, _, _ in times),
            median(b for _, _, b, _ in times),
            median(a / b for _, a, _, b in times),
        )

    def _timed(self, command: Sequence[str]) -> tuple[float, float]:
        """Return the seconds by the clock and those of all processors, of a command and its children."""
        before = getrusage(RUSAGE_CHILDREN)
        started = perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = perf_counter() - started
        after = getrusage(RUSAGE_CHILDREN)
        return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def _peak(self, command: Sequence[str]) -> float:
        """Return the greatest memory in MiB that a command and all its children held at one time, shared pages counted once."""
        peak = 0.0
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None:
                peak = max(peak, sum(_memory_of(number) for number in _family(process.pid)))
                sleep(0.02)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} failed")
        return peak / MIB

    def _cut(self, seconds: int, scale: str | None = None) -> Path:
        """Make a video of some length of the long one, repeated as often as it takes."""
        path = self._folder / f"{seconds}-{(scale or '').replace(':', 'x')}.mp4"
        if not path.exists():
            way = ("-vf", f"scale={scale}", *CODEC) if scale else ("-c", "copy")
            _ffmpeg("-stream_loop", "-1", "-i", str(self._video), "-t", str(seconds), "-an", *way, str(path))
        return path


def _memory_of(process: int) -> float:
    """Proportional set size of a process in KiB, 0 if it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return float(next((line.split()[1] for line in lines if line.startswith("Pss:")), 0))


def _family(process: int) -> list[int]:
    """List a process and all that descend from it."""
    found = [process]
    for number in found:
        try:
            tasks = list(Path(f"/proc/{number}/task").iterdir())
            found += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _ffmpeg(*arguments: str) -> None:
    if shutil.which("ffmpeg") is None:
        raise SystemExit("ffmpeg is needed to make the videos; install it.")
    subprocess.run(("ffmpeg", "-nostdin", "-v", "error", "-y", *arguments), check=True)


def make_video(path: Path, minutes: int) -> Path:
    """Make a long 1080p video of the sample, with noise so that decoding takes as long as that of real footage."""
    pictures = "scale=1920:1080,setsar=1,fps=30,noise=alls=3:allf=t,format=yuv420p"
    _ffmpeg(
        "-stream_loop",
        "-1",
        "-i",
        str(SAMPLES / "edited.mp4"),
        "-t",
        str(60 * minutes),
        "-an",
        "-vf",
        pictures,
        *CODEC,
        str(path),
    )
    return path


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", metavar="WORD", help="only rows with this word, such as memory")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="vkeyframe-bench-") as name:
        folder = Path(name)
        video = chosen.video or make_video(folder / "long.mp4", 6)
        print(f"{'':44} {'value':>9} {'goal':>7} {'first':>9} {'second':>9} {'cpu':>6}")
        for row in Bench(video, folder, chosen.rounds).rows(chosen.only, chosen.long):
            rows.append(row)
            print(
                f"{row.name:44} {row.value:7.2f}{row.unit:>4} {row.goal:5.2f} {row.first:9.2f} {row.second:9.2f} {row.cpu:6.2f}",
                flush=True,
            )
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
