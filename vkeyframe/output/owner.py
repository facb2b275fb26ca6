"""Hidden names that say which process made them, so that other processes know whether it is still at work."""

from __future__ import annotations

import os
import platform
import re
import sys
import time
import uuid
from functools import cache
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex

PREFIX = ".vkeyframe-"
# Days after which the work of a process that cannot be looked for, on another machine or in a container, counts as given up.
MOST_DAYS = 7.0
_NAME = re.compile(r"\.vkeyframe-(?P<process>\d+)-(?P<host>\w+)-(?P<start>\w+)-(?P<space>\w+)-(?P<token>[0-9a-f]{16})")
_OLDER_NAME = re.compile(r"\.vkeyframe-\d+-[0-9a-f]+")
_UNKNOWN = "x"
# Tells this process from an earlier one that had the same id.
_ME = token_hex(4)


def hidden_name() -> str:
    """Make up a hidden name that nothing else uses.

    It holds the id of this process and where that means something: the machine, its last start, and the space of process ids,
    which each container has for itself.
    """
    return f"{PREFIX}{os.getpid()}-{'-'.join(_surroundings())}-{_ME}{token_hex(4)}"


def is_abandoned(name: str, changed: float) -> bool:
    """Whether a name is one of these, and nobody works under it any more.

    Parameters
    ----------
    name : str
    changed : float
        When what has the name was changed last, in seconds since 1970.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return _OLDER_NAME.fullmatch(name) is not None and _is_old(changed)
    host, start, space = _surroundings()
    if found["host"] != host or _UNKNOWN in (start, found["start"]):
        return _is_old(changed)
    if found["start"] != start:
        # The machine was started anew since.
        return True
    if found["space"] != space or space == _UNKNOWN:
        return _is_old(changed)
    return not _is_alive(int(found["process"]), found["token"])


def _is_old(changed: float) -> bool:
    return time.time() - changed > MOST_DAYS * 86400


def _is_alive(process: int, token: str) -> bool:
    """Whether a process of this machine has an id; this process knows its own names."""
    if process == os.getpid():
        return token.startswith(_ME)
    if process == 0:
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


@cache
def _surroundings() -> tuple[str, str, str]:
    """Name the machine, its last start and the space of process ids; what is not known is ``x``."""
    # Where there is no network card, each process makes up a number, with the bit of group addresses.
    card = uuid.getnode()
    host = f"{platform.node()} {0 if card >> 40 & 1 else card} {_content('/etc/machine-id')}"
    if sys.platform != "linux":
        # There are no spaces of process ids, and no start that could be told as well.
        return _digest(host), "0", "0"
    return _digest(host), _digest(_content("/proc/sys/kernel/random/boot_id")), _digest(_target("/proc/self/ns/pid"))


def _content(path: str) -> str:
    try:
        return Path(path).read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _target(link: str) -> str:
    try:
        return str(Path(link).readlink())
    except OSError:
        return ""


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=4).hexdigest() if text else _UNKNOWN
