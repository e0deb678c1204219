# What a run will take, told before its first job, and what it found, told behind its last. A run that the disk cannot
# hold is refused.
import sys

from planning.estimate import NO_ROOM_MB, Estimate, Need, free_mb
from planning.findings import findings
from texalign.artifacts.files import sweep


onstart:
    for left in sweep(STUDY.results):
        print(f"Removed what a killed job left: {left}", file=sys.stderr)
    HASHES.remember()
    if not workflow.touch:
        expected = Estimate.of(
            STUDY, [Need.of(job.rule.name, job.resources) for job in workflow.dag.needrun_jobs()]
        )
        free = free_mb(STUDY.results)
        print(expected.text(free), file=sys.stderr)
        if expected.refusal(free):
            raise WorkflowError(expected.refusal(free))
        if "estimate" in expected.jobs:
            sys.exit()


onsuccess:
    print("\n".join(findings(STUDY)), file=sys.stderr)


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
