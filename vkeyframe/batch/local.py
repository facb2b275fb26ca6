"""The executor of one machine: a thread and a child process for each job."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Self

from vkeyframe.batch.plan import BatchPlan, Outcome, Task
from vkeyframe.batch.work import failure, process_video
from vkeyframe.process.isolation import Isolation

# Number of the job, name of the video, seconds of it done and in all.
JobProgress = Callable[[int, str, float, float], None]
# Seconds that the threads have in the end to remove what they have begun. Set by eye.
LAST_WORK = 10.0


class LocalExecutor:
    """Works off as many videos at a time as there are jobs.

    Parameters
    ----------
    plan : BatchPlan
    jobs : int
        Each has a child process of its own, which decodes one video after another.
    progress : callable, optional
        Called from the jobs' threads while videos are worked on.
    """

    def __init__(self, plan: BatchPlan, jobs: int, progress: JobProgress | None = None) -> None:
        self._plan, self._jobs, self._progress = plan, jobs, progress
        self._todo: SimpleQueue[Task | None] = SimpleQueue()
        self._outcomes: SimpleQueue[Outcome] = SimpleQueue()
        self._isolations = [Isolation(plan.timeout, verbose=plan.verbose) for _ in range(jobs)]
        # Daemons: a signal while they are started or ended must not leave the command waiting for them.
        self._threads = [
            Thread(target=self._work, args=(job, isolation), daemon=True) for job, isolation in enumerate(self._isolations)
        ]
        self._stopped = False

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped = True
        for isolation in self._isolations:
            self._todo.put(None)
            isolation.close()
        # A thread may be stuck in a disk that does not answer; what it leaves, a later run removes.
        deadline = monotonic() + LAST_WORK
        for thread in self._threads:
            thread.join(max(0.0, deadline - monotonic()))

    def capacity(self) -> int:
        """How many tasks it should have at a time: one more for each job, so that none waits for its next."""
        return 2 * self._jobs

    def submit(self, task: Task) -> None:
        """Take a task."""
        self._todo.put(task)

    def outcome(self) -> Outcome:
        """Wait for the next outcome."""
        return self._outcomes.get()

    def _work(self, job: int, isolation: Isolation) -> None:
        with isolation:
            while (task := self._todo.get()) is not None:
                if not self._stopped:
                    self._outcomes.put(self._outcome_of(task, job, isolation))

    def _outcome_of(self, task: Task, job: int, isolation: Isolation) -> Outcome:
        """Work off a task; whatever is raised is an outcome, since the batch waits for one."""
        progress = partial(self._progress, job, task.video) if self._progress else None
        try:
            return process_video(task, self._plan, isolation, progress)
        except BaseException as error:
            return failure(task, f"{task.video}: {type(error).__name__}: {error}", 1)
