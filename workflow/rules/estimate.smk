# What a run will take, told before its first job; a run that the disk cannot hold is refused.
import sys

from planning.estimate import Estimate, Need, free_mb
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
