"""As many keyframes, as large, as fit into tokens: never more than that, never less for more, and nothing that can't be read."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from vkeyframe import Settings, extract
from vkeyframe.cli.main import run
from vkeyframe.errors import UsageError
from vkeyframe.export.budget import TokenBudget
from vkeyframe.export.makers import MAKERS
from vkeyframe.export.options import FormOptions
from vkeyframe.opencv import cv2

SIZES = [(1920, 1080), (1080, 1920), (640, 360), (4096, 2160), (719, 577), (4000, 90), (100, 80)]
TOKENS = [100, 258, 1200, 3000, 10_000, 50_000, 1_000_000]
NATURAL = 12


def budget(tokens: int, maker: str, size: tuple[int, int]) -> TokenBudget | None:
    try:
        return TokenBudget.of(FormOptions(tokens=tokens, tokens_for=maker), *size)
    except UsageError:
        return None


def cost_of(maker: str, pictures: int, width: int, height: int) -> int:
    """What pictures cost by the formulas as the makers publish them, written anew; whichever is more."""

    def squares(side: int) -> int:
        return -(-width // side) * -(-height // side)

    if maker == "claude":
        return pictures * squares(28)
    if maker == "gpt":
        return pictures * max(85 + 170 * squares(512), -(-162 * squares(32) // 100))
    if maker == "gemini":
        tile = min(768, max(256, int(min(width, height) / 1.5)))
        return pictures * max(1120, 258 * (1 if max(width, height) <= 384 else squares(tile)))
    return (pictures + 1) // 2 * squares(32)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("maker", MAKERS)
def test_it_keeps_to_the_tokens_and_more_never_give_less(maker: str, size: tuple[int, int]) -> None:
    found = []
    for tokens in TOKENS:
        given = budget(tokens, maker, size)
        if given is None:
            found.append((0, 0, 0))
            continue
        pictures = min(NATURAL, given.most)
        width, height = given.size_for(pictures)
        sent = MAKERS[maker].request_size(pictures, width, height)
        assert cost_of(maker, pictures, *sent) <= tokens
        assert (width, height) <= size
        assert abs(height - size[1] * width / size[0]) <= 0.5
        assert min(sent) >= min(*MAKERS[maker].size(*size), MAKERS[maker].least_px) - 16 * MAKERS[maker].paired
        # Fewer keyframes only where one more does not fit at the smallest size, and so they have that.
        if pictures < NATURAL:
            assert cost_of(maker, pictures + 1, *MAKERS[maker].request_size(pictures + 1, width, height)) > tokens
        found.append((pictures, width, height))
    for fewer, more in pairwise(found):
        assert all(one <= other for one, other in zip(fewer, more, strict=True))
    assert found[-1][0] == NATURAL
    # With enough, pictures are as large as the maker takes them.
    assert found[-1][1] == min(size[0], MAKERS[maker].size(*size)[0])


def test_what_is_too_little_is_refused_with_what_is_enough() -> None:
    for maker in MAKERS:
        with pytest.raises(UsageError, match="costs") as caught:
            TokenBudget.of(FormOptions(tokens=20, tokens_for=maker), 1920, 1080)
        enough = int(re.findall(r"(\d+) or more", str(caught.value))[0])
        assert budget(enough, maker, (1920, 1080)) is not None
        assert budget(enough - 1, maker, (1920, 1080)) is None


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.write_clip(tmp_path_factory.mktemp("tokens") / "clip.mp4", clips.scenes(range(4), 12, width=640, height=360))


@pytest.mark.parametrize("maker", MAKERS)
def test_a_request_costs_no_more_than_was_given(maker: str, clip: Path, tmp_path: Path) -> None:
    # For all keyframes at their size, for all at a smaller one, and for two.
    full = 4 * cost_of(maker, 2, *MAKERS[maker].size(640, 360)) // 2
    seen: list[tuple[int, int]] = []
    for number, tokens in enumerate((full, full * 3 // 4, {"gemini": 2300, "qwen": 150}.get(maker, full // 5))):
        out = tmp_path / str(number)
        report = extract(
            clip,
            Settings.of(tokens=tokens, tokens_for=maker, format="png"),
            output=out,
            exports=(f"messages-{maker}",),
            isolate=False,
        )
        told = re.findall(r"(\d+) tokens with", (out / f"messages-{maker}.json").read_text("utf-8"))
        assert told
        assert max(map(int, told)) <= tokens
        for keyframe in report.keyframes:
            written = cv2.imread(str(out / str(keyframe.file)))
            assert written.shape[1::-1] == (keyframe.width, keyframe.height)
        assert sorted(keyframe.rank for keyframe in report.keyframes) == list(range(1, len(report.keyframes) + 1))
        seen.append((len(report.keyframes), report.keyframes[0].width))
    assert seen[0] == (4, 640)
    assert seen == sorted(seen, reverse=True)
    assert seen[1] != seen[0]
    assert seen[2][0] < 4


def test_the_command_says_what_it_costs(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], childless: None) -> None:
    given = ["extract", str(clip), "--tokens", "500", "--for", "claude"]
    assert run([*given, "-o", str(tmp_path / "out")]) == 0
    report: dict[str, Any] = json.loads((tmp_path / "out" / "report.json").read_bytes())
    first, count = report["keyframes"][0], len(report["keyframes"])
    tokens = cost_of("claude", count, first["width"], first["height"])
    told = f"{clip}: {count} pictures of {first['width']}×{first['height']} pixels cost {tokens} of 500 tokens with claude"
    assert told in capsys.readouterr().err.splitlines()
    assert (report["settings"]["tokens"], report["settings"]["tokens_for"]) == (500, "claude")
    for more, message in (
        (["--count", "3"], "leave out --count"),
        (["--width", "300"], "leave out --width"),
        (["--messages-gpt"], "--messages-gpt is counted in another way than --for claude"),
        (["--tokens", "20"], "give --tokens 104 or more"),
        (["--follow"], "--tokens needs the whole video"),
    ):
        assert run([*given, "-o", str(tmp_path / "none"), *more]) == 2
        assert message in capsys.readouterr().err
    assert run(["extract", str(clip), "--tokens", "500"]) == 2
    assert "give --tokens-for too" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
