"""Masks: the thing in the heaviest region, and the same cut out of the picture."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from vkeyframe.export.masks import write_masks
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Keyframe, Region, Report


def test_the_mask_is_the_thing_in_the_box(
    tmp_path: Path, make_report: Callable[..., Report], make_keyframe: Callable[..., Keyframe]
) -> None:
    picture = np.random.default_rng(0).integers(90, 130, (180, 320, 3)).astype(np.uint8)
    cv2.circle(picture, (200, 90), 40, (20, 30, 220), -1)
    truth = np.zeros((180, 320), np.uint8)
    cv2.circle(truth, (200, 90), 40, 1, -1)
    write_picture(tmp_path / "a.png", picture, (320, 180), [])
    write_picture(tmp_path / "b.png", picture, (320, 180), [])
    seen = replace(make_keyframe(0, "a.png", 320, 180), regions=(Region((150, 40, 100, 100), 0.5),))
    # Without a region there is nothing to cut out.
    unseen = replace(make_keyframe(1, "b.png", 320, 180), regions=())
    report = replace(make_report(), keyframes=(seen, unseen))
    assert write_masks(report, tmp_path) == ["a_mask.png", "a_cutout.png"]
    mask, cutout = (cv2.imread(str(tmp_path / name), cv2.IMREAD_UNCHANGED) for name in ("a_mask.png", "a_cutout.png"))
    assert set(np.unique(mask)) == {0, 255}
    both, either = ((mask > 0) & (truth > 0)).sum(), ((mask > 0) | (truth > 0)).sum()
    assert both / either > 0.9
    assert cutout.shape == (180, 320, 4)
    np.testing.assert_array_equal(cutout[..., 3], mask)
    np.testing.assert_array_equal(cutout[..., :3], picture)
