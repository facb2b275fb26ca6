"""The pixels of the heaviest region of each keyframe: as a mask, and cut out of the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vkeyframe.export.sheet import read_picture
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Report
from vkeyframe.tracking.objects import segment_objects


def write_masks(report: Report, folder: Path) -> list[str]:
    """Write NAME_mask.png, white on the heaviest region's thing, and NAME_cutout.png, the thing on a transparent ground.

    The thing is told from its ground by its colours in the picture alone, within the region's box. A keyframe without a region
    gets neither.

    Raises
    ------
    InputError
        If a picture cannot be read.
    OutputError
        If a mask cannot be written.
    """
    names = []
    for keyframe in report.keyframes:
        if not keyframe.regions:
            continue
        picture = read_picture(folder / str(keyframe.file))
        (labels,) = segment_objects([picture], keyframe.regions[0].box)
        mask = np.where(labels == 1, 255, 0).astype(np.uint8)
        stem, size = Path(str(keyframe.file)).stem, (picture.shape[1], picture.shape[0])
        for name, drawn in ((f"{stem}_mask.png", mask), (f"{stem}_cutout.png", np.dstack([picture, mask]))):
            write_picture(folder / name, drawn, size, [])
            names.append(name)
    return names
