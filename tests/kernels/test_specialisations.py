"""Each kernel is compiled once: a second type or memory layout of an argument would cost every run half a second."""

import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FunctionType
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from numpy import ndarray

import vkeyframe.kernels
from tests import reference
from tests.library import shown
from tests.reference import needs_compiler, plain_form
from vkeyframe.analysis.attention import temporal_attention, unit_vectors
from vkeyframe.analysis.background import BackgroundModel
from vkeyframe.analysis.change import measure_change
from vkeyframe.analysis.features import FrameFeatures, extract_features
from vkeyframe.analysis.movers import MoverTracker
from vkeyframe.analysis.sample import Sample, ShotSpan, ShotStart
from vkeyframe.analysis.scene import median_of
from vkeyframe.analysis.shots import ShotDetector
from vkeyframe.analysis.target import Target, shrunk
from vkeyframe.attention import non_local_attention
from vkeyframe.kernels.ahead import compile_late
from vkeyframe.library.clips import find_clip
from vkeyframe.library.duplicates import find_duplicates
from vkeyframe.library.search import Searcher
from vkeyframe.library.store import Library
from vkeyframe.output.options import PictureOptions
from vkeyframe.output.spool import PictureSpool
from vkeyframe.selection.collector import CandidateCollector
from vkeyframe.selection.ranking import rank_candidates
from vkeyframe.tracking.box_tracker import BoxTracker
from vkeyframe.tracking.objects import segment_objects
from vkeyframe.video.colour import tags_of
from vkeyframe.video.frame import Frame, FrameTime, Planes
from vkeyframe.video.tone_map import ToneMap

KERNELS = {
    "downsample",
    "downsample_plane",
    "weighted_pearson",
    "block_pearson",
    "attend",
    "unexplained_change",
    "mixture_test",
    "coverage_gains",
    "unlike_share",
    "unlike_matrix",
    "measure_exposure",
    "classify_pixels",
    "superpixels",
    "label_means",
    "nearest_tokens",
    "vote",
    "oriented_gradients",
    "fit_spectrum",
    "tone_map",
    "map_planes",
    "best_dots",
}
# Plain NumPy, as a twin would be, and no kernels.
PLAIN = {"kernel", "part", "cell_means", "exposure_free_difference", "compile_beside", "compile_late"}


def functions() -> dict[str, Any]:
    """All public functions of the kernels' modules, compiled or not."""
    found = {}
    for module in pkgutil.iter_modules(vkeyframe.kernels.__path__, "vkeyframe.kernels."):
        for name, member in vars(importlib.import_module(module.name)).items():
            plain = plain_form(member)
            if isinstance(plain, FunctionType) and plain.__module__ == module.name and not name.startswith("_"):
                found[name] = member
    return found


def scenes(height: int, width: int) -> Iterator[ndarray]:
    """Two textured pictures that sway, one dissolving into the other."""
    rng = np.random.default_rng(height)
    cells = rng.integers(0, 256, (2, 9, 16, 3)).repeat(-(-height // 9), axis=1).repeat(-(-width // 16), axis=2)
    first, second = cells[:, :height, :width]
    for share in np.repeat([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [4, 1, 1, 1, 1, 4]):
        mixed = (1 - share) * np.roll(first, int(rng.integers(3)), 1) + share * np.roll(second, int(rng.integers(3)), 0)
        yield mixed.astype(np.uint8)


def planes_of(picture: ndarray) -> Planes:
    """Luma and colour differences of some kind."""
    small = np.ascontiguousarray(picture[::2, ::2, 0])
    return Planes(picture[..., 0].copy(), small, small.copy(), picture.shape[1], np.ones((3, 4), np.float32), lambda: picture)


def run_the_package() -> None:
    """Call all that calls a kernel, on pictures of several sizes, as a run over videos does."""
    compile_late()
    for height, width in (72, 128), (90, 51), (20, 30):
        pictures = list(scenes(height, width))
        analysed = [extract_features(picture, i, i / 12) for i, picture in enumerate(pictures)]
        _analyse(analysed, pictures)
        tracker = BoxTracker(pictures[0], (4.0, 4.0, 12.0, 10.0))
        for picture in pictures[1:]:
            tracker.update(picture)
        extract_features(planes_of(pictures[0]), 0, 0.0)
        list(segment_objects(pictures[:4]))
        list(segment_objects(pictures[:4], (2, 3, width // 2, height // 2)))
        target = Target(pictures[0])
        for picture in pictures[0], pictures[-1]:
            frame = shrunk(picture)[1]
            _, mirrored, window = target.search(frame)
            target.align(frame, mirrored, window)
        BackgroundModel(pictures[0]).moving(pictures[-1][:, :, :])
        lumas = np.stack([features.luma for features in analysed])
        MoverTracker(lumas, median_of(lumas)).push(FrameTime(0, 0.0), lumas[0])
        for transfer in (16, 18, 1):
            _tone_map(pictures[0], transfer)
        _search(pictures)


def _analyse(analysed: list[FrameFeatures], pictures: list[ndarray]) -> None:
    measure_change(analysed[0], analysed[-1])
    non_local_attention(analysed[0].lab.reshape(-1, 3))
    vectors = unit_vectors(np.stack([features.lab.ravel() for features in analysed]))
    temporal_attention(vectors, np.ones(len(vectors)))
    temporal_attention(vectors[::2], np.arange(1, len(vectors) // 2 + 1))
    detector = ShotDetector()
    with PictureSpool(None, PictureOptions(), (64, 36)) as spool:
        collector = CandidateCollector(spool)
        for features, picture in zip(analysed, pictures, strict=True):
            start = ShotStart(features.index, features.time, features.time)
            sample = Sample(features, start, features, Frame(features.index, features.time, picture))
            detector.push(sample)
            collector.push(sample)
        detector.finish()
        end = FrameTime(analysed[-1].index, analysed[-1].time)
        collector.end_shot(ShotSpan(0, "start", ShotStart(0, 0.0, 0.0), end, None, None, ends_gradually=False))
    rank_candidates(list(collector.finish()), 1)


def _search(pictures: list[ndarray]) -> None:
    with TemporaryDirectory() as folder, Library.open(Path(folder, "l.db"), create=True) as library:
        for name in ("a.mp4", "b.mp4"):
            library.put(shown.entry(f"/{name}", pictures))
        Searcher(library).by_picture(pictures[0])
        find_clip(shown.moments_of(pictures), library)
        find_duplicates(library)


def _tone_map(picture: ndarray, transfer: int) -> None:
    frame = VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p10le")
    frame.color_trc, frame.color_primaries, frame.colorspace = transfer, 9, 9
    converted = ToneMap.of(frame, tags_of(frame))
    converted.planes(frame)
    converted.picture(frame)


def test_every_kernel_has_a_twin() -> None:
    found = functions()
    assert {name for name, function in found.items() if hasattr(function, "py_func")} == (
        KERNELS if reference.COMPILED else set()
    )
    assert set(found) - PLAIN >= KERNELS
    for name in set(found) - PLAIN:
        assert callable(getattr(reference, name)), name


@needs_compiler
def test_every_kernel_is_compiled_once() -> None:
    command, root = [sys.executable, "-W", "error", "-m", __name__], Path(__file__).parents[2]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    signatures = json.loads(run.stdout)
    assert set(signatures) == KERNELS
    for name, compiled in signatures.items():
        assert len(compiled) == 1, f"{name} was compiled for {compiled}"


if __name__ == "__main__":
    run_the_package()
    print(json.dumps({name: [str(s) for s in f.signatures] for name, f in functions().items() if hasattr(f, "signatures")}))
