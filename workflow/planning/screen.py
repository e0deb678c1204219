"""What a run shows on the terminal: a line for each job, how far it is, and how long the rest will take.

The log file below .snakemake/log keeps all that Snakemake says, and each job's command stands in the job's own log.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

# Events of Snakemake, by name, that say nothing that a job's line does not.
SILENT = frozenset({"JOB_FINISHED", "PROGRESS", "SHELLCMD", "JOB_STARTED"})
# What Snakemake says without an event, or of each step of its scheduling, that no user can do anything about.
NOISE = (
    "Select jobs to execute...",
    "Execute ",
    "Using shell: ",
    "Rules claiming more threads will be scaled down.",
    "Assuming unrestricted shared filesystem usage.",
    "Conda environments: ignored",
    "Adding ",
    "Loading script code for rule ",
)

# Warnings that are none: that a rule's results could be shared, `--cache`, which profiles/README.md tells once.
ADVICE = ("Workflow defines that rule ",)


class Progress:
    """How much of a run is done, from what its jobs were expected to take; all times in seconds.

    `expected`: by job. The rest is told from the pace so far, what was expected of finished jobs a second that passed.
    """

    # Below this share of the work the pace says next to nothing.
    LEAST_SHARE = 0.02

    def __init__(self, expected: Mapping[int, float], clock: Callable[[], float] = time.monotonic):
        self._left, self._clock = dict(expected), clock
        self._all = sum(expected.values())
        self._started = clock()
        self.total = len(expected)

    @property
    def done(self) -> int:
        return self.total - len(self._left)

    def finish(self, job: int) -> None:
        """A job has ended; one that is not known does not count."""
        self._left.pop(job, None)

    def seconds_left(self) -> float | None:
        """Time that the rest will take, None where it is too early to tell."""
        rest = sum(self._left.values())
        finished = self._all - rest
        if not self._all or finished < self.LEAST_SHARE * self._all:
            return None
        return (self._clock() - self._started) * rest / finished


class Screen(logging.Handler):
    """Stands before Snakemake's own handler of the terminal, and shows the jobs of a run in its place.

    Errors, warnings and what this run is pass through. `plain`: Snakemake's handler. `summary`: of a dry run, which
    lists jobs as Snakemake does, what tells of all of them; it is asked before the list, and told behind it. It may be
    given later than the rest, since Snakemake speaks of the first rules before the last are read.
    """

    def __init__(
        self,
        plain: logging.Handler,
        write: Callable[[str], None],
        summary: Callable[[], str] | None = None,
    ):
        super().__init__()
        self.plain, self._write, self.summary = plain, write, summary
        self._told: str | None = None
        self.progress: Progress | None = None

    def emit(self, record: logging.LogRecord) -> None:
        said = vars(record)
        name = getattr(said.get("event"), "name", None)
        if record.levelno <= logging.INFO and str(record.msg).startswith(NOISE):
            return
        if record.levelno <= logging.WARNING and str(record.msg).startswith(ADVICE):
            return
        if self.summary is not None:
            self.plain.handle(record)
            if name == "RUN_INFO" and self._told is None:
                # Behind the list, the jobs count as done.
                self._told = self.summary()
            elif str(record.msg).startswith("This was a dry-run") and self._told is not None:
                self._write(self._told)
            return
        if name == "JOB_INFO":
            # Targets have no message: they only collect files, which would be listed in their place.
            self._write(f"{self._place()}{said.get('rule_msg') or said.get('rule_name')}")
        elif name not in SILENT:
            self.plain.handle(record)
        elif name == "JOB_FINISHED" and self.progress is not None:
            self.progress.finish(job_of(said))

    def _place(self) -> str:
        if self.progress is None:
            return ""
        left = self.progress.seconds_left()
        told = "" if left is None else f", {duration(left)} left"
        return f"[{self.progress.done}/{self.progress.total}{told}] "

    def close(self) -> None:
        self.plain.close()
        super().close()


def job_of(said: Mapping[str, Any]) -> int:
    """The number of the job that a record tells of."""
    return int(said.get("job_id", said.get("jobid", -1)))


def duration(seconds: float) -> str:
    """A time as people say it: no more than one unit and a half."""
    if seconds < 55:
        return f"{max(5, 5 * round(seconds / 5))} s"
    if seconds < 55 * 60:
        return f"{max(1, round(seconds / 60))} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 10 else f"{hours:.0f} h"
