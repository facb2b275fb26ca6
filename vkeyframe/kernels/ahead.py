"""Kernels compiled in a second process, the first time that a version of them runs on a machine."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

import numpy as np

from vkeyframe.kernels.background import measure_exposure
from vkeyframe.kernels.coverage import coverage_gains
from vkeyframe.kernels.transition import mixture_test
from vkeyframe.kernels.unlike import unlike_matrix, unlike_share
from vkeyframe.process.cores import cores

PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from vkeyframe.kernels.ahead import compile_late; compile_late()"


def compile_beside() -> None:
    """Begin to compile what the first frames do not need in a process of its own, if it never was; Numba compiles one at a time.

    That process ends by itself after a few seconds. Numba looks for a kernel on the disk when that is called first, so that
    what is done by then is found; the rest is compiled twice.
    """
    if cores() > 1 and _never_compiled():
        # Without it all is compiled here.
        with suppress(OSError, RuntimeError):
            nothing = subprocess.DEVNULL
            command = [sys.executable, "-P", "-c", PROGRAM, *sys.path]
            process = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing)  # noqa: S603  this very interpreter
            Thread(target=process.wait, daemon=True).start()


def compile_late() -> None:
    """Call those kernels that a run over a video comes to last, the slowest first, with the smallest arrays of their types."""
    number, share, shares = np.float32(1.0), np.ones((1, 1), np.float32), np.zeros((1, 1))
    mixture_test(np.zeros((2, 1, 3), np.float32), 1.0, 1.0, *np.zeros((5, 2)))
    pictures = np.zeros((1, 1, 1, 3), np.float32)
    unlike_share(pictures[0], pictures[0], share, number)
    unlike_matrix(pictures, np.zeros(1, np.int64), share[None], number, number, shares)
    measure_exposure(share, share, share > 0.0, 1, np.ones(2), 1.0)
    coverage_gains(shares, *np.zeros((3, 1)))


def _never_compiled() -> bool:
    """Whether the cache on the disk can be used, and holds no version of the slowest of them."""
    folder = getattr(getattr(mixture_test, "_cache", None), "cache_path", None)
    return folder is not None and not any(Path(folder).glob(f"transition.{mixture_test.__name__}-*.nbi"))
