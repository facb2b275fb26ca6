"""Whether a file was cut off: some containers store at their beginning how many bytes the file has."""

from __future__ import annotations

from pathlib import Path

RIFF = b"RIFF"
# Identifiers of Matroska's header and of the segment that holds everything else (RFC 8794, RFC 9559).
EBML, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
# Of the header of an ASF file, and of its object with the properties of the file, which has the file's size behind its own
# identifier, its size and the file's identifier.
ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
ASF_SIZE = 40
# Bytes that are read from the beginning; the sizes stand in the first few hundred.
LOOKED_AT = 1 << 16


def is_truncated(path: Path) -> bool:
    """Whether a file is shorter than its beginning says; False where it does not say."""
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    return path.stat().st_size < _declared_size(head)


def _declared_size(head: bytes) -> int:
    if head.startswith(RIFF):
        return 8 + int.from_bytes(head[4:8], "little")
    if head.startswith(ASF):
        place = head.find(ASF_PROPERTIES) + ASF_SIZE
        return int.from_bytes(head[place : place + 8], "little") if place > ASF_SIZE else 0
    if head.startswith(EBML):
        place, size = _matroska_size(head, len(EBML))
        place += size
        if head.startswith(SEGMENT, place):
            place, size = _matroska_size(head, place + len(SEGMENT))
            return place + size
    return 0


def _matroska_size(head: bytes, place: int) -> tuple[int, int]:
    """Read a size of Matroska: where what it measures begins, and how long that is; 0 if unknown."""
    first = head[place] if place < len(head) else 0
    length = 9 - first.bit_length() if first else 1
    size = int.from_bytes(head[place : place + length], "big") & ((1 << 7 * length) - 1)
    return place + length, 0 if size == (1 << 7 * length) - 1 else size
