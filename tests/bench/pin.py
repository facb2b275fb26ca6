"""Keep a hash of every report and picture, so that a change meant to change nothing can be shown to change nothing.

    python -m tests.bench.pin FILE [--against FILE] [--only NAME ...] [FOLDER ...]

Each FOLDER of videos (without any: the sample videos, and the edits and real videos in ../shared where they are) is run
through `vkeyframe batch` once for each configuration below. FILE gets, for each configuration and video, a hash of each
section of the report (all but `run`, which may differ) and of each picture. With `--against` the differences from an earlier
file are listed, section by section, and the exit code is 1 if there are any.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vkeyframe.presets import PRESETS

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "sample_videos", *(ROOT.parent / "shared" / "corpus" / name for name in ("edits", "real")))
CONFIGURATIONS = {
    "defaults": (),
    "count 6": ("--count", "6"),
    "every": ("--decode", "every"),
    "pyav": ("--decoder", "pyav"),
    **{f"preset {name}": ("--preset", name) for name in PRESETS},
}
PROGRAM = (sys.executable, "-c", "from vkeyframe.cli.main import main; main()")
# What may differ: the run itself, and what names the program that ran.
LEFT_OUT = {"run", "schema", "generator"}

Hashes = dict[str, dict[str, str]]


def digest(data: bytes) -> str:
    """Hash bytes to 16 hex digits."""
    return blake2b(data, digest_size=8).hexdigest()


def run(options: tuple[str, ...], folders: list[Path]) -> Hashes:
    """Run one configuration over all videos; for each video a hash of each section and picture, or its error."""
    with TemporaryDirectory() as output:
        command = [*PROGRAM, "batch", *map(str, folders), "-o", output, "--quiet", *options]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        outcomes = [json.loads(line) for line in done.stdout.splitlines()]
        return {outcome["path"]: hashes_of(outcome) for outcome in outcomes}


def hashes_of(outcome: dict[str, Any]) -> dict[str, str]:
    """Hash what one video gave."""
    if outcome["status"] != "done":
        return {"error": outcome["error"]}
    path = Path(outcome["report"])
    report = json.loads(path.read_text("utf-8"))
    sections = {key: digest(json.dumps(value).encode()) for key, value in report.items() if key not in LEFT_OUT}
    pictures = {picture.name: digest(picture.read_bytes()) for picture in path.parent.iterdir() if picture != path}
    return sections | pictures


def differences(old: dict[str, Hashes], new: dict[str, Hashes]) -> list[str]:
    """List what differs, a line for each configuration and video; only configurations that both have are compared."""
    lines = []
    for configuration in old.keys() & new.keys():
        for video in sorted(old[configuration].keys() | new[configuration].keys()):
            before, after = (hashes[configuration].get(video, {}) for hashes in (old, new))
            changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
            if changed:
                lines.append(f"{configuration}: {video}: {', '.join(changed)}")
    return sorted(lines)


def main() -> int:
    """Run the command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--only", nargs="+", choices=CONFIGURATIONS, default=list(CONFIGURATIONS))
    options = parser.parse_args()
    folders = options.folders or [folder for folder in FOLDERS if folder.is_dir()]
    pinned = {}
    for name in options.only:
        pinned[name] = run(CONFIGURATIONS[name], folders)
        options.file.write_text(json.dumps(pinned, indent=1, sort_keys=True), "utf-8")
        print(f"{name}: {len(pinned[name])} videos", file=sys.stderr)
    if options.against is None:
        return 0
    changed = differences(json.loads(options.against.read_text("utf-8")), pinned)
    print("\n".join(changed) or "nothing differs")
    return bool(changed)


if __name__ == "__main__":
    sys.exit(main())
