"""Damage to files, always the same for the same seed: cuts, flipped bytes and bits, blocks gone or doubled, broken headers."""

from __future__ import annotations

import numpy as np

HEADER_BYTES = 2048


def cut(data: bytes, share: float) -> bytes:
    """Keep only the beginning."""
    return data[: int(len(data) * share)]


def flipped(data: bytes, share: float, seed: int) -> bytes:
    """Turn a share of the bytes, at least one, into others."""
    if not data:
        return data
    source = np.random.default_rng(seed)
    values = np.frombuffer(data, np.uint8).copy()
    places = source.choice(len(values), max(1, int(len(values) * share)), replace=False)
    values[places] ^= source.integers(1, 256, len(places), np.uint8)
    return values.tobytes()


def mutant(data: bytes, seed: int) -> bytes:
    """Give one of many ways in which a file may be damaged."""
    source = np.random.default_rng(seed)
    for _ in range(int(source.integers(1, 4))):
        data = _WAYS[int(source.integers(len(_WAYS)))](data, source)
    return data


def _bits(data: bytes, source: np.random.Generator) -> bytes:
    """Flip a few bits anywhere."""
    values = np.frombuffer(data, np.uint8).copy()
    for place in source.integers(0, max(1, len(values)), int(source.integers(1, 64))):
        values[place : place + 1] ^= np.uint8(1 << int(source.integers(8)))
    return values.tobytes()


def _header(data: bytes, source: np.random.Generator) -> bytes:
    """Put values that programs stumble over into the first bytes, where a container keeps sizes and counts."""
    values = bytearray(data)
    for _ in range(int(source.integers(1, 8))):
        place = int(source.integers(0, max(1, min(len(values), HEADER_BYTES))))
        word = (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", source.bytes(4))
        values[place : place + 4] = word[int(source.integers(len(word)))][: len(values) - place]
    return bytes(values)


def _cut(data: bytes, source: np.random.Generator) -> bytes:
    return data[: int(source.integers(0, len(data) + 1))]


def _without(data: bytes, source: np.random.Generator) -> bytes:
    """Leave out a block."""
    first, last = sorted(source.integers(0, len(data) + 1, 2).tolist())
    return data[:first] + data[min(last, first + len(data) // 4) :]


def _doubled(data: bytes, source: np.random.Generator) -> bytes:
    """Repeat a block."""
    first, last = sorted(source.integers(0, len(data) + 1, 2).tolist())
    return data[:last] + data[first:]


def _noise(data: bytes, source: np.random.Generator) -> bytes:
    """Overwrite a block with noise."""
    first = int(source.integers(0, len(data) + 1))
    size = min(len(data) - first, int(source.integers(1, 4096)))
    return data[:first] + source.bytes(size) + data[first + size :]


_WAYS = (_bits, _header, _cut, _without, _doubled, _noise)
