"""The exceptions of vkeyframe; each carries the exit code that the command line ends with."""


class VkeyframeError(Exception):
    """Base of everything that vkeyframe raises on purpose: one cause, one next step."""

    exit_code = 1


class MissingLibraryError(VkeyframeError):
    """A package or a system library that vkeyframe needs is not installed."""


class UsageError(VkeyframeError):
    """An option has a value that cannot be used, or options contradict each other."""

    exit_code = 2


class InputError(VkeyframeError):
    """The video is missing, is no video, or gives no picture."""

    exit_code = 3


class ReportError(InputError):
    """A ``report.json`` is missing, damaged or of an unknown version."""


class DamagedVideoError(VkeyframeError):
    """The video could be decoded only in part, and ``strict`` asked for all of it."""

    exit_code = 4


class DecoderError(VkeyframeError):
    """The decoder itself crashed or hung."""

    exit_code = 5


class OutputError(VkeyframeError):
    """The pictures or the report cannot be written."""

    exit_code = 6


class ClusterError(VkeyframeError):
    """The cluster cannot be reached, or was lost."""

    exit_code = 7
