"""Keeping pictures: a few at full size in memory, the rest encoded on disk under temporary names."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from threading import BoundedSemaphore
from types import TracebackType

import numpy as np
from numpy import ndarray

from vkeyframe.errors import OutputError
from vkeyframe.opencv import cv2
from vkeyframe.output.anonymise import hide_faces
from vkeyframe.output.folder import file_errors
from vkeyframe.output.naming import name_key, numbered
from vkeyframe.output.options import PictureOptions
from vkeyframe.process.heartbeat import tick

# Pictures at full size in memory, besides the one that is being encoded: at 4K each has 25 MB.
MOST_WAITING = 3


class PictureSpool:
    """Encodes pictures in a thread of its own into a folder, where those stay that get a name; with no folder it keeps nothing.

    It is a `PictureSink`.

    Parameters
    ----------
    folder : Path or None
        An existing folder for the encoded pictures.
    options : PictureOptions
        Format and quality of the pictures.
    size : (int, int)
        Width and height in pixels of the pictures to write.
    resizable : bool
        Whether `size` may become less until they are published.
    """

    def __init__(self, folder: Path | None, options: PictureOptions, size: tuple[int, int], resizable: bool = False) -> None:
        self._folder, self._suffix, self.size = folder, options.format, size
        self._parameters = options.encoding()
        self._anonymise = options.anonymise
        # Faces are looked for in few pictures, when it is known which ones are kept, and how large they can be by their number;
        # until then they are stored without loss.
        self._is_late = options.anonymise or resizable
        self._stored = ("png", [cv2.IMWRITE_PNG_COMPRESSION, 1]) if self._is_late else (self._suffix, self._parameters)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._free_places = BoundedSemaphore(MOST_WAITING)
        self._jobs: list[Future[None]] = []
        self._dropped: set[int] = set()

    def __enter__(self) -> PictureSpool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._worker.shutdown(cancel_futures=True)
        # An error that is under way is the cause, not what comes of it.
        with self._file_errors() if error is None else suppress(OSError):
            for token, job in enumerate(self._jobs):
                if not job.cancelled() and job.exception() is None:
                    self._path(token).unlink(missing_ok=True)

    def put(self, picture: ndarray | None, size: tuple[int, int] | None = None) -> int | None:
        """Encode a picture in the background and return its token; waits while too many wait to be encoded.

        It is written at `size`, width and height in pixels, where that is another than usual.
        """
        if self._folder is None or picture is None:
            return None
        self._free_places.acquire()
        token = len(self._jobs)
        self._jobs.append(self._worker.submit(self._encode, picture, self._path(token), size or self.size))
        return token

    def drop(self, token: int | None) -> None:
        """Delete a picture that will not be needed; None is ignored.

        Raises
        ------
        OutputError
            If it could not be encoded or written, or cannot be deleted.
        """
        if token is not None and token not in self._dropped:
            self._jobs[token].result()
            with self._file_errors():
                self._path(token).unlink()
            self._dropped.add(token)

    def publish(self, stems: Mapping[int, str]) -> dict[int, str]:
        """Wait until all pictures are on disk, give these their final names, and delete all others.

        Parameters
        ----------
        stems : mapping of int to str
            The path of each picture to keep, by its token, with ``/`` and without the suffix. A name that another picture has in
            any subfolder, or one that another file in the folder has, also
            by case or by the form of its letters, gets a number.

        Returns
        -------
        dict of int to str
            The path of each token's file, from the folder on.

        Raises
        ------
        OutputError
            If one of the pictures could not be encoded or written, or cannot get its name.
        """
        wait(self._jobs)
        for job in self._jobs:
            job.result()
        for token in set(range(len(self._jobs))).difference(stems):
            self.drop(token)
        with self._file_errors():
            return self._name(stems)

    def _name(self, stems: Mapping[int, str]) -> dict[int, str]:
        names: dict[int, str] = {}
        used = {name_key(path.name) for path in self._folder.iterdir()} if self._folder is not None else set()
        for token, wanted in stems.items():
            path = self._path(token)
            inner, slash, stem = wanted.rpartition("/")
            name = next(name for name in numbered(stem, f".{self._suffix}") if name_key(name) not in used)
            used.add(name_key(name))
            names[token] = f"{inner}{slash}{name}"
            final = path.parent / names[token]
            final.parent.mkdir(parents=True, exist_ok=True)
            if self._is_late:
                self._finish(path, final)
            else:
                path.rename(final)
        return names

    def _finish(self, stored: Path, final: Path) -> None:
        tick()
        picture = np.asarray(cv2.imdecode(np.frombuffer(stored.read_bytes(), np.uint8), cv2.IMREAD_COLOR))
        write_picture(final, hide_faces(picture) if self._anonymise else picture, self.size, self._parameters)
        stored.unlink()

    def _file_errors(self) -> AbstractContextManager[None]:
        return file_errors(self._folder or Path())

    def _path(self, token: int) -> Path:
        """Return where a picture lies until it gets its name."""
        return (self._folder or Path()) / f".{token}.{self._stored[0]}"

    def _encode(self, picture: ndarray, path: Path, size: tuple[int, int]) -> None:
        try:
            write_picture(path, picture, size, self._stored[1])
        finally:
            self._free_places.release()


def write_picture(path: Path, picture: ndarray, size: tuple[int, int], parameters: list[int]) -> None:
    """Encode a BGR picture at a size (width, height) into a file.

    `cv2.imwrite` does not say why it fails and mishandles some paths, so encoding and writing are two steps.

    Raises
    ------
    OutputError
        If the picture cannot be encoded or the file cannot be written.
    """
    height, width = picture.shape[:2]
    if (width, height) != size:
        interpolation = cv2.INTER_AREA if size[0] * size[1] < width * height else cv2.INTER_CUBIC
        picture = cv2.resize(picture, size, interpolation=interpolation)
    try:
        ok, encoded = cv2.imencode(path.suffix, picture, parameters)
    except cv2.error as error:
        raise OutputError(f"A picture of {size[0]}×{size[1]} cannot be encoded as {path.suffix[1:]} ({error.err}).") from None
    if not ok:
        raise OutputError(f"A picture of {size[0]}×{size[1]} cannot be encoded as {path.suffix[1:]}; try another format=….")
    try:
        path.write_bytes(np.asarray(encoded).tobytes())
    except OSError as error:
        raise OutputError(f"{path.parent}: cannot write a picture ({error.strerror}).") from None
