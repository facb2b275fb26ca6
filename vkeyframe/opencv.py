"""The one door to OpenCV, so that a missing system library is told in a sentence."""

import os

from vkeyframe.errors import MissingLibraryError, ResourceError, from_foreign

# OpenCV's own warnings go to the terminal; what users must know of damage, vkeyframe tells them.
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")

try:
    import cv2
except ImportError as error:
    if isinstance(cause := from_foreign("OpenCV", error), ResourceError):
        raise cause from error
    raise MissingLibraryError(
        f"OpenCV cannot be loaded ({error}). On Debian or Ubuntu run 'apt-get install libgl1 libglib2.0-0', "
        "or, on a machine without a screen, 'pip uninstall opencv-python' and "
        "'pip install --force-reinstall opencv-python-headless'."
    ) from error

__all__ = ["cv2"]
