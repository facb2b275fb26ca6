"""The executor of many machines: the workers of a Dask cluster, each of which decodes in child processes of its own."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from vkeyframe.batch.plan import DONE, SKIPPED, BatchPlan, Outcome, Task
from vkeyframe.batch.work import failure, process_video
from vkeyframe.errors import ClusterError, DecoderError, MissingLibraryError, UsageError
from vkeyframe.process.cores import share_of_threads
from vkeyframe.process.isolation import Isolation

if TYPE_CHECKING:
    from distributed import Client

# A video that was at work on this many workers when they died is given up.
LIVES = 2
# Seconds to wait for the scheduler's answer, and for its first worker.
ANSWER, WORKER = 30.0, 60.0


class ClusterExecutor:
    """Works off videos on a Dask cluster; those of a worker that is lost are started again on another.

    Parameters
    ----------
    plan : BatchPlan
        Its paths must mean the same on every worker.
    scheduler : str
        Address of the scheduler, such as ``tcp://host:8786``.

    Raises
    ------
    MissingLibraryError
        If Dask is not installed.
    UsageError
        On entering, if the address is none.
    ClusterError
        On entering, if no scheduler answers there within half a minute, or it gets no workers within a minute.
    """

    def __init__(self, plan: BatchPlan, scheduler: str) -> None:
        try:
            from distributed import as_completed
        except ImportError:
            raise MissingLibraryError("A cluster needs Dask; pip install 'vkeyframe[cluster]'.") from None
        self._plan, self._scheduler = plan, scheduler
        self._batch = f"vkeyframe-{token_hex(8)}"
        self._tasks: dict[str, Task] = {}
        self._as_completed: Any = as_completed
        self._client: Client
        self._running: Any

    def __enter__(self) -> Self:
        from distributed import Client

        if not self._plan.verbose:
            _silence_dask()
        _look_for_scheduler(self._scheduler)
        try:
            self._client = Client(self._scheduler, timeout=ANSWER, set_as_default=False)
        except OSError as error:
            raise _no_scheduler(self._scheduler, error) from None
        try:
            self._client.wait_for_workers(1, timeout=WORKER)
        except TimeoutError:
            self._client.close()
            message = f"{self._scheduler}: has no workers; start some with 'dask worker {self._scheduler}'."
            raise ClusterError(message) from None
        self._running = self._as_completed(loop=self._client.loop)
        return self

    def __exit__(self, *error: object) -> None:
        # The scheduler may be gone.
        with suppress(Exception):
            self._client.cancel(list(self._running.futures), force=True)
            self._client.run(_end_children, self._batch, on_error="ignore")
            self._client.set_metadata([self._batch], None)
        self._client.close()

    def capacity(self) -> int:
        """How many tasks it should have at a time: two for each thread of the workers there are now."""
        threads: dict[str, int] = self._client.nthreads()
        return 2 * max(1, sum(threads.values()))

    def submit(self, task: Task) -> None:
        """Take a task."""
        key = f"{self._batch}-{task.index}"
        self._tasks[key] = task
        self._running.add(self._client.submit(_process_on_worker, task, self._plan, self._batch, key=key, pure=False))

    def outcome(self) -> Outcome:
        """Wait for the next outcome.

        Raises
        ------
        ClusterError
            If the connection to the scheduler is lost.
        """
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        future = next(self._running)
        task = self._tasks.pop(future.key)
        try:
            outcome: Outcome = future.result()
        except KilledWorker:
            return _given_up(task)
        except FutureCancelledError:
            raise ClusterError(f"{self._scheduler}: the scheduler was lost; start it and go on with resume=….") from None
        except Exception as error:
            return failure(task, f"{task.video}: the worker failed on it, {type(error).__name__}: {error}", 1)
        return outcome


def _look_for_scheduler(address: str) -> None:
    """Check that a scheduler answers at an address; Dask's client waits for minutes, or for ever, where something else does."""
    try:
        kind = asyncio.run(asyncio.wait_for(_kind_of(address), ANSWER))
    except (ValueError, TypeError) as error:
        raise UsageError(f"{address}: is no address of a Dask scheduler ({error}); such as tcp://HOST:8786.") from None
    # What is no Dask may answer anything. Dask's parser, which takes its bytes for lengths and pickles, may raise anything then.
    except Exception as error:
        raise _no_scheduler(address, error) from None
    if kind != "Scheduler":
        raise _no_scheduler(address, f"it is a {kind}")


async def _kind_of(address: str) -> object:
    """Ask a server of Dask what it is."""
    from distributed.comm.core import connect
    from distributed.security import Security

    comm = await connect(address, timeout=ANSWER, **Security().get_connection_args("client"))
    try:
        await comm.write({"op": "identity", "reply": True})
        answer: dict[str, object] = await comm.read()
        return answer.get("type")
    finally:
        comm.abort()


def _no_scheduler(address: str, cause: object) -> ClusterError:
    silent = f"nothing came within {ANSWER:g} s"
    text = silent if isinstance(cause, TimeoutError) else " ".join(str(cause).split()).rstrip(".") or type(cause).__name__
    return ClusterError(f"{address}: no Dask scheduler answers there ({text}); start one with 'dask scheduler'.")


def _given_up(task: Task) -> Outcome:
    return failure(
        task, f"{task.video}: {LIVES} workers died over it; convert it with another program first.", DecoderError.exit_code
    )


def _silence_dask() -> None:
    """Leave out Dask's own log, which tells as a traceback what our messages say in a sentence."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


class _Children:
    """The child processes that a worker has for a batch, one for each of its threads."""

    def __init__(self) -> None:
        self._all: list[Isolation] = []
        self._idle: list[Isolation] = []
        self._lock = Lock()

    @contextmanager
    def lend(self, timeout: float | None) -> Iterator[Isolation]:
        """Give one that is idle, or a new one."""
        with self._lock:
            if not self._idle:
                self._idle.append(Isolation(timeout))
                self._all.append(self._idle[-1])
            isolation = self._idle.pop()
        try:
            yield isolation
        finally:
            self._idle.append(isolation)

    def end(self, idle_only: bool = False) -> None:
        """End them, also those at work."""
        with self._lock:
            for isolation in self._idle if idle_only else self._all:
                isolation.close()
            if idle_only:
                self._idle.clear()


# In a worker's process: those of each batch.
_children: defaultdict[str, _Children] = defaultdict(_Children)


def _process_on_worker(task: Task, plan: BatchPlan, batch: str) -> Outcome:
    """Work off a task; what goes wrong is an outcome as well, because not every exception survives the way through Dask."""
    try:
        return _attempt(task, plan, batch)
    except Exception as error:
        return failure(task, f"{task.video}: the worker failed on it, {type(error).__name__}: {error}", 1)


def _attempt(task: Task, plan: BatchPlan, batch: str) -> Outcome:
    """Work off a task, unless that has cost too many workers their life."""
    from distributed import get_client, get_worker

    # Dask counts as well those that only waited on a worker that died, and gives up after more than two.
    client, place = get_client(), [batch, str(task.index)]
    begun, deaths = client.get_metadata(place, (0, 0))
    if deaths >= LIVES:
        return _given_up(task)
    client.set_metadata(place, (begun + 1, deaths + 1))
    reading = plan.settings.reading
    threads = reading.threads or share_of_threads(get_worker().state.nthreads)
    # A worker may have died after the last step of the work.
    resume = plan.resume or begun > 0
    settings = replace(plan.settings, reading=replace(reading, threads=threads))
    mine = replace(plan, settings=settings, resume=resume)
    # A batch whose command was killed has nobody else to end its children.
    for other in [children for name, children in list(_children.items()) if name != batch]:
        other.end(idle_only=True)
    try:
        with _children[batch].lend(plan.timeout) as isolation:
            # The report itself stays where it is: through the scheduler it would only cost time.
            outcome = replace(process_video(task, mine, isolation), content=None)
    finally:
        # Whatever becomes of this worker now, this task did not do it.
        with suppress(OSError):
            client.set_metadata(place, (begun + 1, deaths))
    # Without output it is the library that had it before.
    mine_before = outcome.status == SKIPPED and not plan.resume and task.output is not None
    return replace(outcome, status=DONE) if mine_before else outcome


def _end_children(batch: str) -> None:
    """End the children of a batch on this worker."""
    if batch in _children:
        _children.pop(batch).end()
