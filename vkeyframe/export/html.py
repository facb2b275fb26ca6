"""The page that answers why these frames: one HTML file that needs no network and no other file."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import jinja2

from vkeyframe.export.sheet import read_picture
from vkeyframe.opencv import cv2
from vkeyframe.output.whole_file import write_text
from vkeyframe.report.records import HEADS, Keyframe, Report, Scores
from vkeyframe.report.write import report_to_dict
from vkeyframe.timing import format_timecode

PAGE_NAME = "report.html"
_PARTS = Path(__file__).parent / "page"


@dataclass(frozen=True, slots=True)
class PageTuning:
    """How large the pictures in a page are.

    Attributes
    ----------
    pictures_bytes : int
        What all pictures together may take, so that the page of ten minutes of video stays below 3 MB; where that is too
        little even for the smallest pictures, as with thousands of keyframes, they take more.
    sides_px : tuple of int
        Widths or heights, whichever is more, that are tried; the first is as large as the page shows a picture.
    quality : int
        JPEG quality, 1 to 100.
    """

    pictures_bytes: int = 1_800_000
    sides_px: tuple[int, ...] = (800, 640, 480, 320, 240, 160, 96)
    quality: int = 76


TUNING = PageTuning()
# Points of a curve that are further apart are not joined; samples are an eighth of a second apart.
FAR_SECONDS = 1.0
# Where the curve of the loudness ends below, in dBFS.
QUIET_DB = -70.0
# What a curve is called, what its values mean, and the digits behind the point.
_CURVES = {
    "attention": ("Attention", "how much others look like this moment; 1 is average"),
    "change": ("Change", "difference from the analysed frame before, in grey levels"),
    "novelty": ("Novelty", "how unlike all that was shown before, 0 to 1"),
    "sharpness": ("Sharpness", "strength of edges, in grey levels for each pixel"),
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A candidate, or a keyframe of a report that has no candidates, as the table shows it."""

    time: float
    timecode: str
    frame: int
    shot: int
    keyframe: Keyframe | None
    reason: str


def write_page(report: Report, folder: Path) -> list[str]:
    """Write ``report.html`` with the keyframes' pictures, which are in the folder.

    The same report and pictures give the same bytes.

    Raises
    ------
    InputError
        If a picture cannot be read.
    OutputError
        If the page cannot be written.
    """
    write_text(folder / PAGE_NAME, draw_page(report, folder))
    return [PAGE_NAME]


def draw_page(report: Report, folder: Path) -> str:
    """Return the page of a report as HTML; the keyframes' pictures are in the folder."""
    plain = report_to_dict(report)
    reasons = {verdict.frame: verdict.reason for verdict in report.verdicts if verdict.kept}
    return render(
        "report.html.jinja",
        ["page.js"],
        plots=True,
        title=plain["video"]["name"],
        report=plain,
        end=_end(report),
        rows=_rows(report),
        counts=Counter(keyframe.shot for keyframe in report.keyframes),
        reasons=reasons,
        pictures=[_picture(folder / str(keyframe.file), len(report.keyframes)) for keyframe in report.keyframes],
        absent=_absent(report),
        data=_data(report, plain, reasons),
    )


def render(
    template: str,
    scripts: Sequence[str],
    *,
    styles: Sequence[str] = (),
    folder: Path = _PARTS,
    sources: str = "img-src data:",
    plots: bool = False,
    **values: Any,
) -> str:
    """Fill a template, with the styles and scripts in it; a policy in the page lets nothing else run or be loaded.

    Parameters
    ----------
    template : str
    scripts, styles : sequence of str
        Names of files, beside those of every page.
    folder : Path
        Where these and the template are.
    sources : str
        What the policy lets the page load.
    plots : bool
        Whether it has curves.
    **values
        What the template needs.
    """
    licence = "/* uPlot\n\n" + (_PARTS / "uPlot.LICENSE").read_text("utf-8").strip() + "\n*/\n"
    style = ((_PARTS / "uPlot.min.css").read_text("utf-8") if plots else "") + (_PARTS / "page.css").read_text("utf-8")
    style += "".join((folder / name).read_text("utf-8") for name in styles)
    code = [licence + (_PARTS / "uPlot.iife.min.js").read_text("utf-8")] if plots else []
    common = [_PARTS / name for name in ("theme.js", "table.js", "nodes.js")]
    code += [path.read_text("utf-8") for path in (*common, *(folder / name for name in scripts))]
    loader = jinja2.FileSystemLoader([folder, _PARTS])
    # What stands in a report comes from others, such as the names of files; all of it is escaped.
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    environment.filters |= {"timecode": format_timecode, "percent": _percent}
    policy = (
        f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'; "
        f"style-src {_digest(style)}; script-src {' '.join(map(_digest, code))}"
    )
    return environment.get_template(template).render(values, policy=policy, style=style, code=code, plots=plots)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def _picture(path: Path, count: int) -> str:
    """Return a picture as a data URI, as large as its share of the page allows."""
    picture = read_picture(path)
    allowed = TUNING.pictures_bytes * 3 // 4 // count
    for side in TUNING.sides_px:
        scale = min(1.0, side / max(picture.shape[:2]))
        size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, TUNING.quality])[1].tobytes()
        if len(data) <= allowed:
            break
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"


def _end(report: Report) -> float:
    """Return where the time line ends, in seconds."""
    last = report.shots[-1]
    return max(last.end_time_exclusive or last.end_time, report.keyframes[-1].time, 0.001)


def _rows(report: Report) -> list[_Row]:
    frames = {keyframe.frame: keyframe for keyframe in report.keyframes}
    rows = [
        _Row(item.time, format_timecode(item.time), item.frame, item.shot, frames.pop(item.frame, None), item.reason)
        for item in report.verdicts
    ]
    rows += [_Row(item.time, item.timecode, item.frame, item.shot, item, "") for item in frames.values()]
    return sorted(rows, key=lambda row: (row.time, row.frame))


def _absent(report: Report) -> list[tuple[str, str]]:
    """List what the report could hold and does not, with the options that record it."""
    found = []
    if not report.verdicts:
        found.append(("why the other frames were left out", "--explain"))
    if "curves" not in report.sections:
        found.append(("change and novelty over time", "--curves"))
    if all(keyframe.attention_map is None for keyframe in report.keyframes):
        found.append(("where people look in each keyframe", "--attention-maps"))
    return found


def _data(report: Report, plain: Mapping[str, Any], reasons: Mapping[int, str]) -> dict[str, Any]:
    """Gather what the script draws."""
    return {
        "start": report.shots[0].start_time,
        "end": _end(report),
        "shots": plain["shots"],
        "actions": plain.get("actions") or [],
        "sounds": plain.get("sounds") or [],
        "dropped": [[verdict.time, verdict.reason] for verdict in report.verdicts if not verdict.kept],
        "keyframes": [
            {
                "time": keyframe.time,
                "timecode": keyframe.timecode,
                "frame": keyframe.frame,
                "shot": keyframe.shot,
                "rank": keyframe.rank,
                "score": keyframe.score,
                "reason": reasons.get(keyframe.frame, ""),
                "size": [keyframe.width, keyframe.height],
                "span": [keyframe.span_start_time, keyframe.span_end_time_exclusive],
                "scores": [[item.name, getattr(keyframe.scores, item.name)] for item in fields(Scores)],
                "heads": [[head, share] for head in (*HEADS, "sound") if (share := getattr(keyframe.heads, head)) is not None],
                "regions": [[region.box, region.weight, region.cause or "attention"] for region in keyframe.regions],
                "map": keyframe.attention_map,
                "text": keyframe.text or "",
            }
            for keyframe in report.keyframes
        ],
        "curves": _curves(report, plain),
    }


def _curves(report: Report, plain: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the curves as columns of times and values."""
    moments = plain.get("curves") or []
    times = [moment["time"] for moment in moments]
    curves = [_curve(*told, times, [moment[name] for moment in moments]) for name, told in _CURVES.items() if moments]
    if not moments:
        starts = [*(shot.start_time for shot in report.shots), _end(report)]
        shares = [shot.attention for shot in report.shots]
        about = "share of each shot in the video's attention"
        curves.append(_curve("Attention", about, starts, [*shares, shares[-1]], steps=True))
    unusual = plain.get("novelty") or []
    if unusual:
        about = "how unlikely motion so fast is where it is; 1 is usual"
        curves.append(_curve("Unusual motion", about, *_with_gaps([(item["time"], item["value"]) for item in unusual])))
    loudness = plain.get("loudness") or []
    if loudness:
        levels = [max(QUIET_DB, point["level"]) for point in loudness]
        curves.append(_curve("Loudness", "level in dBFS", [point["time"] for point in loudness], levels) | {"floor": QUIET_DB})
    return curves


def _with_gaps(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float | None]]:
    """Return times and values, with no value where the next point is far."""
    times = [points[0][0]]
    found: list[float | None] = [round(points[0][1], 2)]
    for (before, _), (time, value) in pairwise(points):
        if time - before > FAR_SECONDS:
            times.append(before + FAR_SECONDS / 2)
            found.append(None)
        times.append(time)
        found.append(round(value, 2))
    return times, found


def _curve(title: str, about: str, times: Sequence[float], values: Sequence[float | None], steps: bool = False) -> dict[str, Any]:
    return {"title": title, "about": about, "times": times, "values": values, "steps": steps, "floor": None}
