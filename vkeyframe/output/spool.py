"""Keeping pictures: a few at full size in memory, the rest encoded on disk under temporary names."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import BoundedSemaphore
from types import TracebackType

import numpy as np
from numpy import ndarray

from vkeyframe.errors import OutputError
from vkeyframe.opencv import cv2

WAITING = 3


class PictureSpool:
    """Encodes pictures in a thread of its own into a folder, where those stay that get a name; with no folder it keeps nothing.

    Parameters
    ----------
    folder : Path or None
        An existing folder for the encoded pictures.
    suffix : str
        ``jpg``, ``png`` or ``webp``.
    quality : int
        1 to 100, for jpg and webp.
    size : (int, int)
        Width and height of the pictures to write.
    """

    def __init__(self, folder: Path | None, suffix: str, quality: int, size: tuple[int, int]) -> None:
        self._folder, self._suffix, self.size = folder, suffix, size
        self._parameters = {
            "jpg": [cv2.IMWRITE_JPEG_QUALITY, quality],
            "webp": [cv2.IMWRITE_WEBP_QUALITY, quality],
            "png": [],
        }[suffix]
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._room = BoundedSemaphore(WAITING)
        self._jobs: list[Future[None]] = []

    def __enter__(self) -> PictureSpool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._worker.shutdown(cancel_futures=True)
        for number, job in enumerate(self._jobs):
            if not job.cancelled() and job.exception() is None:
                self.path(number).unlink(missing_ok=True)

    def put(self, picture: ndarray | None) -> int | None:
        """Encode a picture in the background and return its number; waits while too many are in work."""
        if self._folder is None or picture is None:
            return None
        self._room.acquire()
        number = len(self._jobs)
        self._jobs.append(self._worker.submit(self._encode, picture, self.path(number)))
        return number

    def drop(self, number: int | None) -> None:
        """Delete a picture that is not wanted any more."""
        if number is not None:
            self._jobs[number].result()
            self.path(number).unlink()

    def name(self, number: int | None, stem: str) -> str | None:
        """Give a picture its final name and return it with its suffix."""
        if number is None:
            return None
        path = self.path(number)
        return path.rename(path.with_name(f"{stem}.{self._suffix}")).name

    def path(self, number: int) -> Path:
        """Where a picture lies until it gets its name."""
        return (self._folder or Path()) / f".{number}.{self._suffix}"

    def finish(self) -> None:
        """Wait until all pictures are on disk.

        Raises
        ------
        OutputError
            If one of them could not be encoded or written.
        """
        wait(self._jobs)
        for job in self._jobs:
            job.result()

    def _encode(self, picture: ndarray, path: Path) -> None:
        try:
            write_picture(path, picture, self.size, self._parameters)
        finally:
            self._room.release()


def write_picture(path: Path, picture: ndarray, size: tuple[int, int], parameters: list[int]) -> None:
    """Encode a BGR picture at a size (width, height) into a file.

    `cv2.imwrite` says nothing when it fails and mishandles some paths; encoding first tells both apart.

    Raises
    ------
    OutputError
        If the picture cannot be encoded or the file cannot be written.
    """
    height, width = picture.shape[:2]
    if (width, height) != size:
        way = cv2.INTER_AREA if size[0] * size[1] < width * height else cv2.INTER_CUBIC
        picture = cv2.resize(picture, size, interpolation=way)
    try:
        ok, encoded = cv2.imencode(path.suffix, picture, parameters)
    except cv2.error as error:
        raise OutputError(f"A picture of {size[0]}×{size[1]} cannot be encoded as {path.suffix[1:]} ({error.err}).") from None
    if not ok:
        raise OutputError(f"A picture of {size[0]}×{size[1]} cannot be encoded as {path.suffix[1:]}; try another --format.")
    try:
        path.write_bytes(np.asarray(encoded).tobytes())
    except OSError as error:
        raise OutputError(f"{path.parent}: cannot write a picture ({error.strerror}).") from None
