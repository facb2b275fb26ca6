"""What a descriptor stands: light, colour, bars, a cut; and what it keeps apart."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray
from scipy.fft import dctn

from tests.clips import scene
from vkeyframe.analysis.descriptor import HEADS, KEPT, LUMA_SIZE, PARTS, SIZE, describe, small_lab, without_bars
from vkeyframe.opencv import cv2


def described(*pictures: ndarray) -> ndarray:
    return describe(np.stack([small_lab(picture) for picture in pictures]))[:, 0]


def picture(seed: int) -> ndarray:
    return scene(seed, 1, 320, 180)[0]


def test_it_is_147_numbers_of_length_one_that_fit_into_a_byte_each() -> None:
    found = described(*map(picture, range(20)))
    assert found.shape == (20, SIZE) == (20, 147)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(20), abs=1e-5)
    small = np.rint(found * 127).astype(np.int8).astype(np.float32) / 127
    assert small @ small.T == pytest.approx(found @ found.T, abs=0.02)


def test_it_is_the_signed_root_of_a_weighted_cosine_transform() -> None:
    lab = small_lab(picture(1))
    waves = dctn(lab[..., 0], norm="ortho")
    down, across = np.meshgrid(np.arange(18), np.arange(32), indexing="ij")
    frequency = np.hypot(across, down * 32 / 18)
    kept = (frequency > 0) & (frequency <= 13.5) & (across < 12) & (down < 10)
    values = (waves * frequency)[kept]
    root = np.sign(values) * np.sqrt(np.abs(values))
    luma = describe(lab[None])[0, 0, :LUMA_SIZE]
    assert luma / np.linalg.norm(luma) == pytest.approx(root / np.linalg.norm(root), abs=1e-3)


def test_light_does_not_count_and_colour_for_less_than_luma() -> None:
    lighter = np.clip(picture(1).astype(int) + 25, 0, 255).astype(np.uint8)
    grey = cv2.cvtColor(cv2.cvtColor(picture(1), cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    alike = described(lighter, grey) @ described(picture(1))[0]
    assert alike[0] > 0.9
    assert alike[1] > 0.8
    assert np.linalg.norm(described(grey)[0, LUMA_SIZE:]) < 0.05


def test_other_pictures_are_unlike_it() -> None:
    found = described(*map(picture, range(30)))
    assert np.abs(found @ found.T - np.eye(30)).max() < 0.6


def test_a_flat_picture_says_nothing() -> None:
    assert described(np.full((90, 160, 3), 77, np.uint8)) == pytest.approx(np.zeros((1, SIZE)), abs=1e-3)


def test_a_part_is_described_as_the_picture_cut_to_it() -> None:
    whole = picture(1)
    parts = describe(small_lab(whole)[None], PARTS)[0]
    for part, (x, y, width, height) in zip(parts, PARTS, strict=True):
        cut = whole[round(y * 180) : round((y + height) * 180), round(x * 320) : round((x + width) * 320)]
        assert part @ described(cut)[0] > 0.9
        assert width in (1.0, KEPT)


def test_the_heads_share_the_numbers_out() -> None:
    assert sorted(np.concatenate(list(HEADS.values())).tolist()) == list(range(SIZE))
    assert min(len(head) for head in HEADS.values()) > 20


@pytest.mark.parametrize(
    ("top", "bottom", "left", "right", "expected"),
    [
        (12, 12, 0, 0, (0.0, 12 / 90, 1.0, 66 / 90)),
        (0, 0, 20, 20, (20 / 160, 0.0, 120 / 160, 1.0)),
        (9, 9, 16, 16, (0.1, 0.1, 0.8, 0.8)),
        # A dark sky is no letter-box, nor is a night with one lamp.
        (20, 0, 0, 0, (0.0, 0.0, 1.0, 1.0)),
        (20, 10, 0, 0, (0.0, 0.0, 1.0, 1.0)),
        (40, 40, 0, 0, (0.0, 0.0, 1.0, 1.0)),
        (45, 45, 0, 0, (0.0, 0.0, 1.0, 1.0)),
    ],
)
def test_a_letter_box_is_told_from_a_dark_picture(
    top: int, bottom: int, left: int, right: int, expected: tuple[float, ...]
) -> None:
    luma = np.full((90, 160), 120, np.uint8)
    luma[:top], luma[90 - bottom :], luma[:, :left], luma[:, 160 - right :] = 16, 16, 16, 16
    assert without_bars(luma) == pytest.approx(expected)


def test_the_dark_edge_of_a_scene_is_no_bar() -> None:
    lines = np.clip(np.minimum(np.arange(90), 89 - np.arange(90)) * 4, 0, 120)
    assert without_bars(np.repeat(lines[:, None], 160, axis=1).astype(np.uint8)) == (0.0, 0.0, 1.0, 1.0)


def test_a_caption_may_stand_in_one_bar() -> None:
    luma = np.full((90, 160), 120, np.uint8)
    luma[:12], luma[78:] = 16, 16
    luma[82:86, 60:100] = 240
    assert without_bars(luma) == pytest.approx((0.0, 12 / 90, 1.0, 66 / 90))
    luma[2:6, 60:100] = 240
    assert without_bars(luma) == (0.0, 0.0, 1.0, 1.0)
