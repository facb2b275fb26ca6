"""The template that names pictures, in subfolders too; no name can leave the output folder."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from string import Formatter
from unicodedata import normalize

from vkeyframe.errors import UsageError
from vkeyframe.timing import format_timecode

FIELDS = ("name", "index", "shot", "frame", "rank", "ms", "timecode")
_WIDTH = re.compile(r"0?\d?\dd?")
# The last are marks that turn the direction of writing, by which a name looks like another.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]')
UNIQUE = {"index", "frame", "rank", "ms", "timecode"}
LONGEST_BYTES = 200
LONGEST_TEMPLATE = 100
_NAME_MARK = "\0"


def check_template(template: str) -> None:
    """Refuse a template with unknown fields, formats other than a width, or characters that file names cannot have.

    Raises
    ------
    UsageError
        With the part that is wrong and what is allowed.
    """
    if len(template.encode("utf-8", "replace")) > LONGEST_TEMPLATE:
        raise UsageError(f"The name template is longer than {LONGEST_TEMPLATE} bytes.")
    try:
        parts = list(Formatter().parse(template))
        own = list(Formatter().parse(template.rpartition("/")[2]))
    except ValueError as error:
        raise UsageError(f"The name template '{template}' cannot be read: {error}.") from None
    if not UNIQUE & {field for _, field, _, _ in own}:
        raise UsageError(f"The name template '{template}' gives every picture the same name; put {{index}} into it.")
    _check_parts("The name template", template)
    for literal, field, spec, conversion in parts:
        if _FORBIDDEN.search(literal.replace("/", "")) or not literal.isprintable():
            raise UsageError(f"The name template '{template}' has a character that file names cannot have.")
        if field is None:
            continue
        if field not in FIELDS or conversion:
            allowed = " ".join(f"{{{known}}}" for known in FIELDS)
            raise UsageError(f"The name template has the unknown field '{{{field}}}'; known are {allowed}.")
        if spec and (field in ("name", "timecode") or not _WIDTH.fullmatch(spec)):
            raise UsageError(f"The name template's format ':{spec}' is not a width such as ':04d'.")
    if len(_filled(template, _LARGEST).replace(_NAME_MARK, "").encode("utf-8", "replace")) > LONGEST_BYTES:
        raise UsageError(f"The name template '{template}' gives names of more than {LONGEST_BYTES} bytes; use fewer digits.")


def check_folder_name(path: str) -> None:
    """Refuse what cannot be the path of a subfolder of the output.

    Raises
    ------
    UsageError
        With the path.
    """
    _check_parts("pictures_in", path)
    parts = path.split("/")
    if path.encode("utf-8", "replace") != "/".join(map(safe_name, parts)).encode() or set("{}") & set(path):
        raise UsageError(f"pictures_in is '{path}', which has a character that folder names cannot have.")
    if len(path.encode()) > LONGEST_TEMPLATE:
        raise UsageError(f"pictures_in is longer than {LONGEST_TEMPLATE} bytes.")


@dataclass(frozen=True, slots=True)
class PictureLabel:
    """What a template can put into the name of a picture.

    Attributes
    ----------
    name : str
        The video's name without suffix, a safe name.
    index, shot, frame, rank : int
        As in `Keyframe`.
    time : float
        Seconds from the first frame of the video.
    """

    name: str
    index: int
    shot: int
    frame: int
    rank: int
    time: float


def picture_name(template: str, label: PictureLabel) -> str:
    """Fill in a template; without the file's suffix. Subfolders end with ``/``.

    A number without a width is padded with zeros: `index`, `shot` and `rank` to 3 digits, `frame` to 6, `ms` to 8. The
    time code has dashes for colons. Leading dots and dashes are dropped, so that no picture is hidden or looks like
    an option.
    """
    # The numbers make the names different, so a long video name is cut and not they.
    parts = _filled(template, label).split(_NAME_MARK)
    left_bytes = LONGEST_BYTES - sum(len(part.encode()) for part in parts)
    filled = _shorten(label.name, left_bytes // max(1, len(parts) - 1)).join(parts)
    return "/".join(map(safe_name, filled.split("/")))


# Numbers larger than those of any video, for the longest name that a template can give.
_LARGEST = PictureLabel("", 10**8, 10**8, 10**10, 10**8, 1e9)


def _filled(template: str, label: PictureLabel) -> str:
    """Fill in a template, with a mark for each name."""
    numbers = {
        "index": (label.index, 3),
        "shot": (label.shot, 3),
        "rank": (label.rank, 3),
        "frame": (label.frame, 6),
        "ms": (round(label.time * 1000), 8),
    }
    text = []
    for literal, field, spec, _ in Formatter().parse(template):
        text.append(literal)
        if field == "name":
            text.append(_NAME_MARK)
        elif field == "timecode":
            text.append(format_timecode(label.time).replace(":", "-"))
        elif field is not None:
            number, width = numbers[field]
            text.append(format(number, spec or f"0{width}d"))
    return "".join(text)


def safe_name(text: str) -> str:
    """Make a text into one component of a path: nothing forbidden, not hidden, at most 200 bytes, never empty."""
    text = _FORBIDDEN.sub("_", text.encode("utf-8", "replace").decode()).lstrip(".- ").rstrip(". ")
    return _shorten(text, LONGEST_BYTES) or "video"


def numbered(name: str, suffix: str = "") -> Iterator[str]:
    """Yield a name, and then that name with numbers from 2 on, shortened where it would be too long."""
    ends = chain([""], (f"-{number}" for number in count(2)))
    return (f"{_shorten(name, LONGEST_BYTES - len(end))}{end}{suffix}" for end in ends)


def name_key(name: str) -> str:
    """Return a text that is the same for names that some file system takes for one: by case, or by the form of letters."""
    return normalize("NFC", normalize("NFD", name).casefold())


def _shorten(text: str, longest_bytes: int) -> str:
    return text.encode("utf-8", "replace")[: max(0, longest_bytes)].decode("utf-8", "ignore")


def _check_parts(what: str, path: str) -> None:
    """Refuse a path that is absolute, or leads out of the output folder, or has a part without a name."""
    if any(not part.strip(".- ") for part in path.split("/")):
        raise UsageError(f"{what} '{path}' is no path in the output folder; a part of it has no name.")
