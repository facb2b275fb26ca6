"""The exceptions of vkeyframe; each carries the exit code that the command line ends with."""

import errno

# What the system lacks where it says so by these numbers.
_LACKING = {
    errno.ENOMEM: "memory",
    errno.EAGAIN: "processes or threads",
    errno.EMFILE: "file descriptors (ulimit -n)",
    errno.ENFILE: "file descriptors",
}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}
# How libraries say that memory could not be had.
_NO_MEMORY = (
    "cannot allocate memory",
    "insufficient memory",
    "failed to allocate",
    "failed to map segment",
    "bad_alloc",
    "memoryerror",
)


class VkeyframeError(Exception):
    """Base of everything that vkeyframe raises on purpose: one cause, one next step."""

    exit_code = 1


class InternalError(VkeyframeError):
    """A defect of vkeyframe or of a library; its notes say where."""


class MissingLibraryError(VkeyframeError):
    """A package or a system library that vkeyframe needs is not installed."""


class UsageError(VkeyframeError, ValueError):
    """An option has a value that cannot be used, or options contradict each other."""

    exit_code = 2


class InputError(VkeyframeError, OSError):
    """The video is missing, is no video, or gives no picture."""

    exit_code = 3


class ReportError(InputError):
    """A ``report.json`` is missing, damaged or of an unknown version."""


class LibraryError(InputError):
    """A library is missing, damaged, locked or of another version, or the file is none."""


class DamagedVideoError(VkeyframeError):
    """The video could be decoded only in part, and ``strict`` asked for all of it."""

    exit_code = 4


class DecoderError(VkeyframeError):
    """The decoder itself crashed or hung."""

    exit_code = 5


class ResourceError(DecoderError):
    """There is too little memory, or there are too many open files or processes."""


class OutputError(VkeyframeError):
    """The pictures or the report cannot be written."""

    exit_code = 6


class ClusterError(VkeyframeError):
    """The cluster cannot be reached, or was lost."""

    exit_code = 7


def from_foreign(subject: str, error: BaseException) -> VkeyframeError:
    """Return the error of ours that stands for one of Python's or a library's.

    Parameters
    ----------
    subject : str
        What the sentence begins with, such as the video.
    error : BaseException
        Its notes are kept.
    """
    ours = _foreign(subject, error)
    for note in getattr(error, "__notes__", ()):
        ours.add_note(note)
    return ours


def _foreign(subject: str, error: BaseException) -> VkeyframeError:
    if isinstance(error, VkeyframeError):
        return error
    text = " ".join(str(error).split())
    if isinstance(error, MemoryError) or any(sign in text.lower() for sign in _NO_MEMORY):
        return ResourceError(f"{subject}: there is not enough memory; free some, or allow more (ulimit -v).")
    if "can't start new thread" in text:
        return ResourceError(f"{subject}: there are not enough threads; allow more (ulimit -u, ulimit -v).")
    number = error.errno if isinstance(error, OSError) else None
    # A process that ended has left only words.
    number = errno.EMFILE if "Too many open files" in text else number
    if number in _LACKING:
        return ResourceError(f"{subject}: there are not enough {_LACKING[number]}; free some, or allow more.")
    if number in _FULL:
        place = error.filename if isinstance(error, OSError) and error.filename else subject
        return OutputError(f"{place}: cannot be written ({getattr(error, 'strerror', None)}).")
    cause = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return InternalError(f"{subject}: {cause}. This is a defect of vkeyframe; please report it with what verbose=… shows.")
