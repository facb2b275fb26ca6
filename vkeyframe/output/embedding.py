"""Putting metadata into finished JPEG, PNG and WebP files, whose picture stays as it is to the byte."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_IN_PNG = b"XML:com.adobe.xmp"
# A segment of a JPEG has its length in two bytes, which count themselves.
_LONGEST_SEGMENT = 0xFFFF - 2
# What the head of an extended WebP says is in it.
_HAS_ALPHA, _HAS_EXIF, _HAS_XMP = 0x10, 0x08, 0x04


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is put into a picture.

    Attributes
    ----------
    exif, xmp : bytes
    texts : mapping of str to str
        For PNG only, by keywords of 1 to 79 Latin letters.
    """

    exif: bytes
    xmp: bytes
    texts: Mapping[str, str]


def embed(picture: bytes, metadata: Metadata) -> bytes:
    """Put metadata into a picture that has none.

    Raises
    ------
    ValueError
        If it is no JPEG, PNG or WebP, or the metadata are too long for it.
    """
    if picture[:2] == b"\xff\xd8":
        return _in_jpeg(picture, metadata)
    if picture.startswith(_PNG) and picture[12:16] == b"IHDR":
        return _in_png(picture, metadata)
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return _in_webp(picture, metadata)
    raise ValueError("it is no JPEG, PNG or WebP")


def _in_jpeg(picture: bytes, metadata: Metadata) -> bytes:
    """Put it behind the head of JFIF, which must be the first where there is one."""
    place = 2
    if picture[2:4] == b"\xff\xe0":
        place += 2 + int(struct.unpack_from(">H", picture, 4)[0])
    added = b""
    for payload in (b"Exif\0\0" + metadata.exif, _XMP_IN_JPEG + metadata.xmp):
        if len(payload) > _LONGEST_SEGMENT:
            raise ValueError("the metadata are too long for a JPEG")
        added += b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload
    return picture[:place] + added + picture[place:]


def _in_png(picture: bytes, metadata: Metadata) -> bytes:
    """Put it behind the head, before what readers of streams must wait for."""
    place = len(_PNG) + 12 + int(struct.unpack_from(">L", picture, len(_PNG))[0])
    chunks = [_png_chunk(b"eXIf", metadata.exif), _png_chunk(b"iTXt", _XMP_IN_PNG + b"\0\0\0\0\0" + metadata.xmp)]
    chunks += [_png_text(keyword.encode("latin-1"), text) for keyword, text in metadata.texts.items()]
    return picture[:place] + b"".join(chunks) + picture[place:]


def _png_text(keyword: bytes, text: str) -> bytes:
    try:
        return _png_chunk(b"tEXt", keyword + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        return _png_chunk(b"iTXt", keyword + b"\0\0\0\0\0" + text.encode("utf-8"))


def _png_chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">L", len(payload)) + kind + payload + struct.pack(">L", zlib.crc32(kind + payload))


def _in_webp(picture: bytes, metadata: Metadata) -> bytes:
    """Put it behind the picture, with the head of the extended format in front."""
    chunks = list(_webp_chunks(picture))
    kind, first = chunks[0]
    if kind == b"VP8X":
        flags, size, chunks = first[0], first[4:10], chunks[1:]
    elif kind == b"VP8L":
        # A byte, then 14 bits each for width and height less one, and a bit for transparency.
        bits = int.from_bytes(first[1:5], "little")
        flags, size = _HAS_ALPHA * (bits >> 28 & 1), _webp_size(bits & 0x3FFF, bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", first, 6)
        flags, size = 0, _webp_size((width & 0x3FFF) - 1, (height & 0x3FFF) - 1)
    else:
        raise ValueError("it is a WebP of an unknown kind")
    head = bytes([flags | _HAS_EXIF | _HAS_XMP, 0, 0, 0]) + size
    all_chunks = [(b"VP8X", head), *chunks, (b"EXIF", metadata.exif), (b"XMP ", metadata.xmp)]
    body = b"WEBP" + b"".join(name + struct.pack("<L", len(data)) + data + b"\0" * (len(data) % 2) for name, data in all_chunks)
    return b"RIFF" + struct.pack("<L", len(body)) + body


def _webp_size(width: int, height: int) -> bytes:
    """Write width and height less one."""
    return width.to_bytes(3, "little") + height.to_bytes(3, "little")


def _webp_chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    while place + 8 <= len(picture):
        size = int(struct.unpack_from("<L", picture, place + 4)[0])
        yield picture[place : place + 4], picture[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
