"""Settings: defaults that hold, limits that bind, and messages that name both."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from vkeyframe.errors import UsageError
from vkeyframe.output.options import PictureOptions
from vkeyframe.presets import PRESETS
from vkeyframe.selection.options import NUMBERS, SelectionOptions
from vkeyframe.settings import BESIDE_TOKENS, OPTIONS, Settings
from vkeyframe.timing import Position, parse_position
from vkeyframe.video.options import ReadOptions

LIMITS: Mapping[str, Mapping[str, Any]] = {name: item.metadata for name, (_, item) in OPTIONS.items()}
LOW = [(name, limits["low"]) for name, limits in LIMITS.items() if "low" in limits]
HIGH = [(name, limits["high"]) for name, limits in LIMITS.items() if "high" in limits]
CHOICES = [(name, choice) for name, limits in LIMITS.items() for choice in limits.get("choices", ())]


def flat(settings: Settings) -> dict[str, Any]:
    """Give all options of settings by name."""
    return {name: getattr(getattr(settings, group), name) for name, (group, _) in OPTIONS.items()}


def test_the_defaults_are_those_of_the_documentation() -> None:
    assert flat(Settings()) == {
        "keep": "content",
        "count": None,
        "per_minute": None,
        "per_shot": None,
        "max": None,
        "min_gap": None,
        "max_gap": None,
        "sensitivity": 0.5,
        "like": None,
        "audio": False,
        "features": None,
        "text_model": None,
        "about": None,
        "min_sharpness": 0.0,
        "skip_dark": False,
        "skip_flat": False,
        "cover": False,
        "explain": False,
        "start": None,
        "end": None,
        "decode": "sampled",
        "decoder": "opencv",
        "crop": None,
        "ignore": (),
        "hdr": "sdr",
        "deinterlace": "auto",
        "format": "jpg",
        "quality": 90,
        "width": None,
        "max_side": None,
        "name": "{name}_{index}_{timecode}",
        "pictures_in": None,
        "heads": None,
        "attention_maps": False,
        "crop_margin": 0.1,
        "crop_aspect": None,
        "no_metadata": False,
        "with_location": False,
        "anonymise": False,
        "strict": False,
        "max_pixels": 150_000_000,
        "threads": 0,
        "sheet_columns": None,
        "sheet_width": 320,
        "sheet_captions": "time",
        "sheet_trim": False,
        "collage_width": 1920,
        "animation_format": "webp",
        "animation_seconds": 0.8,
        "animation_width": 480,
        "animation_loops": 0,
        "reel": None,
        "preview_interval": 10.0,
        "preview_width": 320,
        "preview_tiles": "10x10",
        "words": False,
        "subtitles": None,
        "transcript": None,
        "tokens": None,
        "tokens_for": None,
    }
    assert Settings().analysers == ()
    assert Settings.of() == Settings()


def test_the_limits_are_those_of_the_documentation() -> None:
    assert LOW == [
        ("count", 1),
        ("per_minute", 0.001),
        ("per_shot", 1),
        ("max", 1),
        ("sensitivity", 0.0),
        ("min_sharpness", 0.0),
        ("max_pixels", 1),
        ("threads", 0),
        ("quality", 1),
        ("width", 1),
        ("max_side", 1),
        ("crop_margin", 0.0),
        ("sheet_columns", 1),
        ("sheet_width", 16),
        ("collage_width", 64),
        ("animation_seconds", 0.02),
        ("animation_width", 16),
        ("animation_loops", 0),
        ("reel", 1.0),
        ("preview_interval", 0.1),
        ("preview_width", 16),
        ("tokens", 1),
    ]
    assert HIGH == [
        ("per_minute", 600.0),
        ("per_shot", 100),
        ("sensitivity", 1.0),
        ("min_sharpness", 1.0),
        ("threads", 64),
        ("quality", 100),
        ("width", 65535),
        ("max_side", 65535),
        ("crop_margin", 2.0),
        ("sheet_columns", 100),
        ("sheet_width", 4096),
        ("collage_width", 16384),
        ("animation_seconds", 60.0),
        ("animation_width", 4096),
        ("animation_loops", 1000),
        ("reel", 36000.0),
        ("preview_interval", 3600.0),
        ("preview_width", 1920),
    ]
    assert [choice for name, choice in CHOICES if name == "keep"] == ["content", "states", "events", "steps", "lines"]
    assert [choice for name, choice in CHOICES if name == "decode"] == ["sampled", "every", "skim", "codec"]
    assert [choice for name, choice in CHOICES if name == "format"] == ["jpg", "png", "webp"]


@pytest.mark.parametrize("name", LIMITS)
def test_every_setting_has_help_that_is_a_sentence(name: str) -> None:
    help_text = LIMITS[name]["help"]
    assert len(help_text) > 10
    assert help_text.endswith(".")


@pytest.mark.parametrize(("name", "value"), [*LOW, *HIGH, *CHOICES])
def test_a_value_on_the_limit_is_taken(name: str, value: Any) -> None:
    # Tokens are those of somebody.
    beside = {"tokens_for": "claude"} if name == "tokens" else {}
    assert flat(Settings.of(**{name: value}, **beside))[name] == value


@pytest.mark.parametrize(
    ("name", "value", "limit"), [*((n, low - 1, low) for n, low in LOW), *((n, high + 1, high) for n, high in HIGH)]
)
def test_a_value_beyond_the_limit_is_refused(name: str, value: int, limit: int) -> None:
    with pytest.raises(UsageError, match=rf"^{name} is {value}, .*\b{limit}\b"):
        Settings.of(**{name: value})


@pytest.mark.parametrize("value", ["", "JPG", "jpeg", "jpg ", "all"])
@pytest.mark.parametrize("name", ["decode", "format"])
def test_a_value_that_is_no_choice_is_refused_with_the_choices(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=rf"^{name} is '{value}'") as caught:
        Settings.of(**{name: value})
    assert all(choice in str(caught.value) for choice in LIMITS[name]["choices"])


@pytest.mark.parametrize("field", ["start", "end", "min_gap", "max_gap"])
def test_what_is_no_time_is_refused(field: str) -> None:
    with pytest.raises(UsageError, match="'noon' is no time"):
        Settings.of(**{field: "noon"})


def test_a_wrong_name_template_is_refused() -> None:
    with pytest.raises(UsageError, match="same name"):
        Settings.of(name="{name}")


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("5", "5", "start 5 is not before end 5"),
        ("5", "4.999", "start 5 is not before end 4.999"),
        (0, 0.0, "start 0 is not before end 0"),
        ("1:00", "59.9", "start 60 is not before end 59.9"),
        ("0f", "0f", "start 0f is not before end 0f"),
        ("10f", "9f", "start 10f is not before end 9f"),
    ],
)
def test_an_empty_range_is_refused(start: str | float, end: str | float, told: str) -> None:
    with pytest.raises(UsageError, match=told):
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
    reading = Settings.of(start=start, end=end).reading
    given = [None if text is None else parse_position(text) for text in (start, end)]
    assert [reading.start, reading.end] == given


@pytest.mark.parametrize("given", ["90", "90s", "1:30", "00:01:30.000", 90, 90.0, Position(90.0, None)], ids=repr)
def test_a_time_may_be_text_a_number_or_a_position(given: Any) -> None:
    settings = Settings.of(start=given, min_gap=given)
    assert settings.reading.start == settings.selection.min_gap == Position(90.0, None)


def test_the_report_gets_all_options_but_those_without_effect_on_the_result() -> None:
    told = Settings.of(count=3, start="1:00", end="2000f", format="png", strict=True, threads=2, max_pixels=9).for_report()
    rare = {name for name, limits in LIMITS.items() if limits.get("only_if_given")}
    assert {"like", "crop", "ignore", "max_side", "sheet_width", "reel"} < rare
    assert set(told) == set(LIMITS) - {"max_pixels", "threads"} - rare
    # What is rarely asked for is named only where it is.
    assert Settings.of(like="1.5").for_report()["like"] == "1.5"
    assert Settings.of(sheet_width=64).for_report()["sheet_width"] == 64
    seen = Settings.of(crop="0,0,50%,9", ignore=["1,2,3,4", "0,0 9,0 0,9"]).for_report()
    assert (seen["crop"], seen["ignore"]) == ("0,0,50%,9", ["1,2,3,4", "0,0 9,0 0,9"])
    assert Settings.of(**seen).for_report() == seen
    assert (told["count"], told["format"], told["strict"], told["decode"]) == (3, "png", True, "sampled")
    # Times are plain values, from which the same settings can be made.
    assert (told["start"], told["end"]) == (60.0, "2000f")
    assert Settings.of(**told).for_report() == told


def test_analysers_that_a_form_needs_are_added_to_those_asked_for() -> None:
    assert Settings.of(analysers=("novelty",)).having(analysers=("curves",)).analysers == ("curves", "novelty")
    assert Settings.of(analysers=("novelty",)).having(explain=True).analysers == ("novelty",)


def test_the_report_gets_the_analysers_that_were_asked_for() -> None:
    assert "analysers" not in Settings().for_report()
    assert Settings.of(analysers=("speech",)).for_report()["analysers"] == ["speech"]


def test_an_option_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError, match="There is no option 'cuont', but there is 'count'; all are keep, count, "):
        Settings.of(cuont=3)
    with pytest.raises(UsageError, match="There is no option 'zzz'; all are keep, count, "):
        Settings().having(zzz=3)


def test_a_preset_in_place_of_an_option_is_told_where_it_goes() -> None:
    with pytest.raises(UsageError, match=r"There is no option 'preset'; Settings\.from_preset\(name\) starts from one"):
        Settings.of(preset="dataset")


@pytest.mark.parametrize(
    "numbers", [{"count": 3, "per_minute": 2.0}, {"count": 3, "per_shot": 1}, {"per_minute": 2, "per_shot": 1}]
)
def test_two_numbers_contradict_each_other(numbers: dict[str, Any]) -> None:
    first, second = numbers
    with pytest.raises(UsageError, match=f"{first} and {second} contradict each other"):
        Settings.of(**numbers)


@pytest.mark.parametrize("name", BESIDE_TOKENS)
def test_tokens_set_the_number_and_the_size(name: str) -> None:
    with pytest.raises(UsageError, match=rf"sets the number and the size of the keyframes; leave out {name}=…"):
        Settings.of(tokens=5000, tokens_for="gpt", **{name: 2})
    with pytest.raises(UsageError, match=r"give tokens_for=… too, one of claude, gpt, gemini, qwen"):
        Settings.of(tokens=5000)
    assert Settings.of(tokens=5000, tokens_for="gpt", max=3, min_gap=1).exports.tokens == 5000
    assert Settings.from_preset("thumbnail", tokens=5000, tokens_for="gpt").selection.count is None


@pytest.mark.parametrize("more", [{"count": 3}, {"per_minute": 2.0}, {"max": 4}])
def test_a_fixed_number_and_a_largest_gap_contradict_each_other(more: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="leave out count, per_minute and max"):
        Settings.of(max_gap=5, **more)


@pytest.mark.parametrize(
    ("least", "most", "told"),
    [
        (5, 5, "min_gap 5 is"),
        ("10", "00:00:09", "min_gap 10 is not below max_gap 9"),
        ("50f", "20f", "50f is not below max_gap 20f"),
    ],
)
def test_gaps_must_be_in_order(least: str | int, most: str | int, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Settings.of(min_gap=least, max_gap=most)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, "0.5", True])
def test_a_share_must_be_one(value: Any) -> None:
    with pytest.raises(UsageError, match=r"^sensitivity is "):
        Settings.of(sensitivity=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ignore", "1,2,3,4"),
        ("ignore", 5),
        ("crop", 5),
        ("count", True),
        ("count", 3.0),
        ("name", 5),
        ("skip_dark", 1),
        ("keep", None),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"^{name} is {value!r}, which is of the wrong type"):
        Settings.of(**{name: value})


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_what_it_says_and_gives_way(preset: str) -> None:
    assert Settings.from_preset(preset) == Settings.of(**PRESETS[preset])
    assert Settings.from_preset(preset, sensitivity=0.3).selection.sensitivity == 0.3
    assert not Settings.from_preset(preset, skip_dark=False).selection.skip_dark
    assert set(Settings.from_preset(preset, analysers=("speech",)).analysers) == {"speech", *PRESETS[preset].get("analysers", ())}


@pytest.mark.parametrize("given", [{"count": 7}, {"per_minute": 3.0}, {"per_shot": 2}, {"max_gap": 9.0}])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_number_replaces_that_of_a_preset(preset: str, given: dict[str, Any]) -> None:
    selection = Settings.from_preset(preset, **given).selection
    assert [name for name in (*NUMBERS, "max", "max_gap") if getattr(selection, name) is not None] == list(given)


def test_an_unknown_preset_is_refused_with_the_choices() -> None:
    with pytest.raises(UsageError, match="preset is 'lecture', but must be one of summary, slides, "):
        Settings.from_preset("lecture")


def test_settings_cannot_be_changed_nor_given_by_place() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().selection.count = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        Settings(SelectionOptions())  # type: ignore[misc]
    for record in (SelectionOptions, ReadOptions, PictureOptions):
        with pytest.raises(TypeError):
            record("sampled")
