"""What a child answers: records come back as they were, and what is none is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from vkeyframe.process.wire import decode, encode, to_record
from vkeyframe.report.records import Report


@dataclass(frozen=True, slots=True)
class Inner:
    """A record in a record."""

    name: str | None
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outer:
    """A record with one of each."""

    inner: Inner
    pair: tuple[int, bool]
    options: Mapping[str, Any]


OUTER = Outer(Inner("a\udcff\x00ä", (1.0, math.inf)), (3, True), {"a": [1, None]})


def test_a_record_comes_back() -> None:
    assert to_record(Outer, decode(encode(OUTER))) == OUTER
    assert math.isnan(to_record(float, decode(encode(math.nan))))
    assert to_record(tuple[Inner, int], decode(encode((Inner(None, ()), 1)))) == (Inner(None, ()), 1)
    assert to_record(Any, decode(encode({"a": (1, 2)}))) == {"a": [1, 2]}
    assert to_record(None, decode(encode(None))) is None
    assert isinstance(to_record(float, 1), float)


def test_a_report_comes_back(edited_report: Report) -> None:
    sections = edited_report.sections
    found = to_record(Report, decode(encode(edited_report)))
    assert found.keyframes == edited_report.keyframes
    assert (found.video, found.decoding, found.shots) == (edited_report.video, edited_report.decoding, edited_report.shots)
    assert found.sections.keys() == sections.keys()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Outer, {}),
        (Inner, {"name": 1, "numbers": []}),
        (Inner, {"name": "a", "numbers": [], "more": 1}),
        (Inner, {"name": "a", "numbers": ["1"]}),
        (Inner, ["a", []]),
        (tuple[int, int], [1]),
        (tuple[int, ...], {"0": 1}),
        (int, True),
        (int, 1.5),
        (bool, 1),
        (str, None),
        (None, 1),
        (Mapping[str, Any], []),
    ],
    ids=str,
)
def test_what_is_of_another_type_is_refused(kind: Any, value: Any) -> None:
    with pytest.raises(ValueError, match="the answer is no"):
        to_record(kind, value)


@pytest.mark.parametrize(
    "value", [object(), {1: object()}, [lambda: None], {"a": {1, 2}}], ids=["object", "in a dict", "in a list", "set"]
)
def test_what_is_no_value_is_not_sent(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)
