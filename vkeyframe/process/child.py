"""The child's side of an `Isolation`: it calls what its owner sends, and shows that it is alive."""

from __future__ import annotations

import math
import os
import pickle
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue
from time import monotonic, process_time, sleep
from typing import Any, NoReturn

from vkeyframe.errors import VkeyframeError, from_foreign
from vkeyframe.process.heartbeat import Heartbeat, tick
from vkeyframe.process.wire import encode

# Sends the owner a kind of message and its value.
Send = Callable[[str, Any], None]


@dataclass(frozen=True, slots=True)
class LifeSignTuning:
    """When the child sends what.

    Attributes
    ----------
    interval : float
        Seconds between two signs of life. Set by eye: short against the patience of an owner, which is 60 s.
    progress_interval : float
        Least number of seconds between two reports of progress. Set by eye, for a bar that moves smoothly.
    idle_share : float
        A child that works for less than this share of the time waits for something, and may hang.
    starved_share : float
        At most this share of the time counts as given to other processes, so that the patience grows tenfold at most. On a
        machine with ten times as much to do as it can, kernels took a minute to compile.
    """

    interval: float = 1.0
    progress_interval: float = 0.1
    idle_share: float = 0.01
    starved_share: float = 0.9


TUNING = LifeSignTuning()


# What an owner sends instead of a call: the call in progress is to come to its end, and to return what it has.
STOP = b""


class _Stop:
    event = threading.Event()


def stop_is_asked() -> bool:
    """Whether the owner has asked the call in progress to come to its end."""
    return _Stop.event.is_set()


class _Role:
    is_child = False


def in_child() -> bool:
    """Whether this process is the child of an `Isolation`, whose standard output and error the owner keeps or shows."""
    return _Role.is_child


def serve(owner: Connection, module: str | None) -> NoReturn:
    """Be the child: call what the owner sends, one call after another, and end when the owner does.

    Parameters
    ----------
    owner : Connection
    module : str or None
        What the first call will want; it is imported before that comes.
    """
    _Role.is_child = True
    calls: SimpleQueue[bytes] = SimpleQueue()
    sending = threading.Lock()

    def receive() -> None:
        try:
            while True:
                call = owner.recv_bytes()
                if call == STOP:
                    _Stop.event.set()
                else:
                    calls.put(call)
        except (EOFError, OSError):
            os._exit(1)

    def send(kind: str, value: Any) -> None:
        with sending:
            owner.send_bytes(encode((kind, value)))

    for work in (receive, lambda: _show_life(send)):
        threading.Thread(target=work, daemon=True).start()
    if module is not None:
        # Whatever is wrong with it, the call will say.
        with suppress(Exception):
            import_module(module)
    while True:
        _answer(calls.get(), send)


def _show_life(send: Send) -> NoReturn:
    """Send that the call makes progress, or how much processor time other processes took."""
    seen, then, done = Heartbeat.ticks, monotonic(), process_time()
    while True:
        sleep(TUNING.interval)
        passed, worked = monotonic() - then, process_time() - done
        then, done = then + passed, done + worked
        if Heartbeat.ticks != seen:
            seen = Heartbeat.ticks
            send("alive", None)
        elif worked > TUNING.idle_share * passed:
            send("starved", min(max(0.0, passed - worked), TUNING.starved_share * passed))


def _answer(call: bytes, send: Send) -> None:
    """Make one call and send its result or its error."""
    shown = -math.inf
    subject = "vkeyframe"

    def progress(done: float, total: float) -> None:
        nonlocal shown
        tick()
        if monotonic() - shown >= TUNING.progress_interval:
            shown = monotonic()
            send("progress", (done, total))

    def tell(message: Mapping[str, Any]) -> None:
        tick()
        send("told", message)

    try:
        subject, function, arguments, watched, heard = pickle.loads(call)  # noqa: S301  it comes from the owner
        send("begun", None)
        callbacks = ({"progress": progress} if watched else {}) | ({"tell": tell} if heard else {})
        send("result", function(*arguments, **callbacks))
    except BaseException as error:
        send("error", _described(subject, error))


def _described(subject: str, error: BaseException) -> tuple[str, str, tuple[str, ...]]:
    """Return the name of an error of ours, its sentence and its notes; for a foreign one these hold its traceback."""
    if not isinstance(error, VkeyframeError):
        error.add_note(traceback.format_exc())
        # The owner keeps it, or shows it where it shows what libraries write.
        traceback.print_exc()
    ours = from_foreign(subject, error)
    return type(ours).__name__, str(ours), tuple(getattr(ours, "__notes__", ()))
