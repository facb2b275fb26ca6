"""Settings: defaults that hold, limits that bind, and messages that name both."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, asdict, fields
from typing import Any

import pytest

from vkeyframe.errors import UsageError
from vkeyframe.settings import BUDGETS, PRESETS, Settings

LIMITS: Mapping[str, Mapping[str, Any]] = {item.name: item.metadata for item in fields(Settings)}
LOW = [(name, limits["low"]) for name, limits in LIMITS.items() if "low" in limits]
HIGH = [(name, limits["high"]) for name, limits in LIMITS.items() if "high" in limits]
CHOICES = [(name, choice) for name, limits in LIMITS.items() for choice in limits.get("choices", ())]


def test_the_defaults_are_those_of_the_documentation() -> None:
    assert asdict(Settings.of()) == {
        "keep": "content",
        "count": None,
        "per_minute": None,
        "per_shot": None,
        "max": None,
        "min_gap": None,
        "max_gap": None,
        "sensitivity": 0.5,
        "min_sharpness": 0.0,
        "skip_dark": False,
        "skip_flat": False,
        "explain": False,
        "start": None,
        "end": None,
        "decode": "sampled",
        "decoder": "opencv",
        "format": "jpg",
        "quality": 90,
        "width": None,
        "name": "{name}_{index}_{timecode}",
        "strict": False,
        "max_pixels": 150_000_000,
        "threads": 0,
    }


def test_the_limits_are_those_of_the_documentation() -> None:
    assert LOW == [
        ("count", 1),
        ("per_minute", 0.001),
        ("per_shot", 1),
        ("max", 1),
        ("sensitivity", 0.0),
        ("min_sharpness", 0.0),
        ("quality", 1),
        ("width", 1),
        ("max_pixels", 1),
        ("threads", 0),
    ]
    assert HIGH == [
        ("per_minute", 600.0),
        ("per_shot", 100),
        ("sensitivity", 1.0),
        ("min_sharpness", 1.0),
        ("quality", 100),
        ("width", 65535),
        ("threads", 64),
    ]
    assert [choice for name, choice in CHOICES if name == "keep"] == ["content", "states", "events", "steps"]
    assert [choice for name, choice in CHOICES if name == "decode"] == ["sampled", "every", "skim", "codec"]
    assert [choice for name, choice in CHOICES if name == "format"] == ["jpg", "png", "webp"]


@pytest.mark.parametrize("name", LIMITS)
def test_every_setting_has_help_that_is_a_sentence(name: str) -> None:
    help_text = LIMITS[name]["help"]
    assert len(help_text) > 10
    assert help_text.endswith(".")


@pytest.mark.parametrize(("name", "value"), [*LOW, *HIGH, *CHOICES])
def test_a_value_on_the_limit_is_taken(name: str, value: Any) -> None:
    assert getattr(Settings.of(**{name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "value", "limit"), [*((n, low - 1, low) for n, low in LOW), *((n, high + 1, high) for n, high in HIGH)]
)
def test_a_value_beyond_the_limit_is_refused(name: str, value: int, limit: int) -> None:
    with pytest.raises(UsageError, match=rf"^{name} is {value}, .*\b{limit}\b"):
        Settings.of(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["", "JPG", "jpeg", "jpg ", "all"])
@pytest.mark.parametrize("name", ["decode", "format"])
def test_a_value_that_is_no_choice_is_refused_with_the_choices(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=rf"^{name} is '{value}'") as caught:
        Settings.of(**{name: value})  # type: ignore[arg-type]
    assert all(choice in str(caught.value) for choice in LIMITS[name]["choices"])


@pytest.mark.parametrize("field", ["start", "end"])
def test_what_is_no_time_is_refused(field: str) -> None:
    with pytest.raises(UsageError, match="'noon' is no time"):
        Settings.of(**{field: "noon"})  # type: ignore[arg-type]


def test_a_wrong_name_template_is_refused() -> None:
    with pytest.raises(UsageError, match="same name"):
        Settings.of(name="{name}")


@pytest.mark.parametrize(
    ("start", "end"), [("5", "5"), ("5", "4.999"), ("0", "0"), ("1:00", "59.9"), ("0f", "0f"), ("10f", "10f"), ("10f", "9f")]
)
def test_an_empty_range_is_refused(start: str, end: str) -> None:
    with pytest.raises(UsageError, match=f"start {start} is not before end {end}"):
        Settings.of(start=start, end=end)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("5", "5.001"),
        ("0", "0.1"),
        ("0f", "1f"),
        ("9f", "10f"),
        ("59.9", "1:00"),
        ("5", "3f"),
        ("100f", "1"),
        ("5", None),
        (None, "5"),
    ],
)
def test_a_range_that_may_hold_a_frame_is_taken(start: str | None, end: str | None) -> None:
    settings = Settings.of(start=start, end=end)
    assert (settings.start, settings.end) == (start, end)


def test_the_report_gets_all_settings_but_those_without_effect_on_the_result() -> None:
    settings = Settings.of(
        count=3, start="1", end="2", decode="every", format="png", quality=50, width=100, strict=True, threads=2
    )
    told = settings.for_report()
    assert list(told) == [name for name in LIMITS if name not in ("max_pixels", "threads")]
    assert told == {name: getattr(settings, name) for name in told}


@pytest.mark.parametrize(
    "budgets", [{"count": 3, "per_minute": 2.0}, {"count": 3, "per_shot": 1}, {"per_minute": 2, "per_shot": 1}]
)
def test_two_budgets_contradict_each_other(budgets: dict[str, Any]) -> None:
    first, second = budgets
    with pytest.raises(UsageError, match=f"{first} and {second} contradict each other"):
        Settings.of(**budgets)


@pytest.mark.parametrize("more", [{"count": 3}, {"per_minute": 2.0}, {"max": 4}])
def test_a_fixed_number_and_a_largest_gap_contradict_each_other(more: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="leave out count, per_minute and max"):
        Settings.of(max_gap=5, **more)


@pytest.mark.parametrize(("least", "most"), [(5, 5), ("10", "00:00:09"), ("50f", "20f")])
def test_gaps_must_be_in_order(least: str | int, most: str | int) -> None:
    with pytest.raises(UsageError, match=f"min_gap {least} is not below max_gap {most}"):
        Settings.of(min_gap=least, max_gap=most)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, "0.5", True])
def test_a_share_must_be_one(value: Any) -> None:
    with pytest.raises(UsageError, match=r"^sensitivity is "):
        Settings.of(sensitivity=value)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_what_it_says_and_gives_way(preset: str) -> None:
    settings = asdict(Settings.from_preset(preset))
    assert settings == asdict(Settings.of()) | PRESETS[preset]
    assert Settings.from_preset(preset, sensitivity=0.3, skip_dark=False).sensitivity == 0.3
    assert not Settings.from_preset(preset, skip_dark=False).skip_dark


@pytest.mark.parametrize("given", [{"count": 7}, {"per_minute": 3.0}, {"per_shot": 2}, {"max_gap": 9.0}])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_budget_replaces_that_of_a_preset(preset: str, given: dict[str, Any]) -> None:
    settings = Settings.from_preset(preset, **given)
    assert [name for name in (*BUDGETS, "max", "max_gap") if getattr(settings, name) is not None] == list(given)


def test_an_unknown_preset_is_refused_with_the_choices() -> None:
    with pytest.raises(UsageError, match="preset is 'lecture', but must be one of summary, slides, "):
        Settings.from_preset("lecture")


def test_settings_cannot_be_changed_nor_given_by_place() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings.of().count = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        Settings.of(3)  # type: ignore[call-arg]
