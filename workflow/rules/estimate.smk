# What a run will take, told before its first job and by `-n`, and what it found, told behind its last. A run that the
# disk cannot hold is refused.
import sys

from planning.durations import Durations, Job
from planning.estimate import NO_ROOM_MB, Estimate, Need, free_mb
from planning.findings import findings
from planning.screen import Progress
from texalign.artifacts.files import sweep

DURATIONS = Durations(STUDY, config["images"]["size"], SYNTHESES.image_size, SYNTHESES.options["evaluations"])
# Of this machine, or on a cluster as many as jobs at a time, one each at least. `workflow.cores` raises an error there.
CORES = workflow.global_resources["_cores"].value or workflow.global_resources["_nodes"].value or 1


def estimated():
    """What the jobs that are to run will take."""
    jobs = list(workflow.dag.needrun_jobs())
    seconds = DURATIONS.total((Job(job.rule.name, job.wildcards) for job in jobs), CORES)
    needed = [Need.of(job.rule.name, job.resources) for job in jobs]
    return Estimate.of(STUDY, needed, seconds, CORES)


def estimate_told():
    """The estimate, for the end of a dry run."""
    return estimated().text(free_mb(STUDY.results))


if SCREEN is not None and workflow.output_settings.dryrun:
    SCREEN.summary = estimate_told


onstart:
    for left in sweep(STUDY.results):
        say(f"Removed what a killed job left: {left}")
    HASHES.remember()
    if not workflow.touch:
        expected = estimated()
        free = free_mb(STUDY.results)
        say(expected.text(free))
        if expected.refusal(free):
            raise WorkflowError(expected.refusal(free))
        if "estimate" in expected.jobs:
            sys.exit()
        if SCREEN is not None:
            SCREEN.progress = Progress(
                {
                    workflow.dag.jobid(job): DURATIONS.seconds(Job(job.rule.name, job.wildcards))
                    for job in workflow.dag.needrun_jobs()
                }
            )


onsuccess:
    say("\n".join(findings(STUDY)))


onerror:
    # On a disk that is full, programs cannot even say so in their logs.
    if free_mb(STUDY.results) < NO_ROOM_MB:
        print(
            f"The disk that {STUDY.results} is on is full: make room, then run the same command.", file=sys.stderr
        )
    print(
        "A job that ended without an error in its log was killed, mostly for the memory that it took: "
        "--set-resources RULE:mem_mb=... gives it more. What goes wrong most: docs/troubleshooting.md",
        file=sys.stderr,
    )
