"""The JSON Schema: the file in the package is what the records give, and every value in it is described."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import jsonschema
import pytest

from vkeyframe.analysis.registry import ANALYSERS, SECTIONS
from vkeyframe.analysis.sections import Action
from vkeyframe.cli.schema import made_schema
from vkeyframe.report import records
from vkeyframe.report.describe import about
from vkeyframe.report.schema import make_schema, report_schema

RECORDS = [kind for kind in vars(records).values() if isinstance(kind, type) and kind.__module__ == records.__name__] + [Action]


def described(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property in a schema, under its path."""
    for key, value in schema.get("properties", {}).items():
        yield f"{path}.{key}", value
        yield from described(value, f"{path}.{key}")
        yield from described(value.get("items", {}), f"{path}.{key}.0")


def test_the_file_in_the_package_is_up_to_date() -> None:
    own = {name: kind.section for name, kind in ANALYSERS.items()} | SECTIONS
    assert report_schema() == made_schema(own), "run `make schema`"


def test_every_property_is_described_by_a_sentence() -> None:
    found = dict(described(json.loads(report_schema())))
    assert len(found) > 70
    for path, schema in found.items():
        text = schema.get("description", "")
        assert text.endswith("."), path
        assert len(text.split()) > 2, path


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_field_of_every_record_is_described(record: type) -> None:
    assert len(RECORDS) >= 12
    for item in fields(record):
        assert item.metadata["description"].endswith("."), item.name
        assert item.metadata["description"].startswith("0-based") or item.metadata["description"][0].isupper(), item.name


def test_a_limit_that_is_not_known_is_refused() -> None:
    with pytest.raises(TypeError, match="unknown limits: lowest"):
        about("A number.", lowest=1)


@dataclass(frozen=True, slots=True)
class Novelty:
    """A frame that shows something new."""

    frame: int = about("0-based number of the frame.", minimum=0)
    near: Action | None = about("The action it lies in; null for none.")
    value: float | None = about("How new it is, 0 to 1; null where it is not known.", minimum=0, maximum=1)


def test_a_section_of_another_analyser_is_described_and_not_required() -> None:
    schema = make_schema({name: kind.section for name, kind in ANALYSERS.items()} | {"novelty": tuple[Novelty, ...]})
    jsonschema.Draft202012Validator.check_schema(schema)
    names = list(schema["properties"])
    assert names.index("keyframes") < names.index("actions") < names.index("novelty") < names.index("verdicts")
    assert "actions" in schema["required"]
    assert "novelty" not in schema["required"]
    section = jsonschema.Draft202012Validator(schema["properties"]["novelty"])
    action = {"start_frame": 0, "end_frame": 1, "start_time": 0, "end_time": 1, "peak_frame": 1, "energy": 2}
    action |= {"shot": 0, "peak_time": 1, "box": [0, 0, 1, 1], "track": None, "keyframe": None}
    assert section.is_valid([{"frame": 1, "near": None, "value": None}, {"frame": 1, "near": action, "value": 0.5}])
    for wrong in ({"frame": -1}, {"near": 3}, {"value": 2}, {"value": "1"}, {"extra": 1}):
        assert not section.is_valid([{"frame": 1, "near": None, "value": None} | wrong])
