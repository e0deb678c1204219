"""The embedded study on a real SLURM cluster of one machine: what jobs are given, what they make, and being killed.

A few classes and layers of the embedded study, since every SLURM job starts Snakemake twice.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from planning import needs
from planning.study import StudyNetwork
from support import PROJECT
from workflow_project import copy_project

pytestmark = pytest.mark.slow

SCRIPTS = PROJECT / "tests/workflow/slurm"
CANNOT = 77

DEMO = yaml.safe_load((PROJECT / "config/demo.yaml").read_text())
TEXTURE, MODEL = DEMO["images"]["classes"][0], "efficientnet_lite0"
NETWORK = DEMO["networks"][MODEL]
STUDY = DEMO | {
    "study": "slurm",
    "images": DEMO["images"] | {"classes": DEMO["images"]["classes"][:3], "images_per_class": 6, "size": 64},
    "protocols": DEMO["protocols"][:2],
    "networks": {MODEL: NETWORK | {"layers": NETWORK["layers"][:2]}},
    "synthesis": {"exemplars": {"one": {"class": TEXTURE, "file": f"{TEXTURE}_0000.png"}}, "evaluations": 3},
}
TABLES = ("mi.tsv", "best_mi.tsv", "brainscore_scores.tsv", "brainscore_correlations.tsv")
# Enough for Snakemake, not for torch beside it; two or three times as much is enough for both.
TOO_LITTLE_MB = 200


@dataclass(frozen=True)
class Accounted:
    """A job in SLURM's accounting."""

    job: str
    comment: str
    state: str
    requested: dict[str, str]

    @property
    def rule(self) -> str:
        return self.comment.removeprefix("rule_").split("_wildcards_")[0]


@dataclass(frozen=True)
class Run:
    """A run of the study on the cluster: the project's folder, and its jobs in SLURM's accounting."""

    folder: Path
    jobs: list[Accounted]


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A running cluster."""
    started = subprocess.run([SCRIPTS / "start_cluster.sh"], capture_output=True, text=True, check=False)
    if started.returncode == CANNOT:
        pytest.skip(started.stdout.strip())
    assert started.returncode == 0, started.stdout + started.stderr
    yield
    subprocess.run([SCRIPTS / "stop_cluster.sh"], check=True)


@pytest.fixture(scope="module")
def run(cluster: None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The study by profiles/slurm. The job of its Gram matrices is first given less memory than it needs."""
    checkout = copy_project(tmp_path_factory.mktemp("slurm") / "project")
    checkout.compute_on_cpu()
    output = checkout.snakemake(
        *("brainscore", "synthesis", "--workflow-profile", "profiles/slurm"),
        *("--set-resources", f"extract_representations:mem_mb=attempt * {TOO_LITTLE_MB}"),
        *("--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "10"),
        config=STUDY,
    )
    (run_id,) = {line.split(": ")[1] for line in output.splitlines() if line.startswith("SLURM run ID: ")}
    return Run(checkout.folder, accounted(run_id))


def accounted(run_id: str) -> list[Accounted]:
    """Jobs of a run, which carry its id as their name, in the order in which they were submitted."""
    command = ["sacct", "--allocations", "--noheader", "--parsable2", "--name", run_id]
    command += ["--format", "jobid,comment,state,reqtres"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [
        Accounted(job, comment, state, dict(entry.split("=") for entry in requested.split(",")))
        for job, comment, state, requested in (line.split("|") for line in lines)
    ]


def test_gpus_are_given_to_extraction_and_synthesis_and_to_no_others(run: Run):
    assert {job.rule for job in run.jobs} >= {"make_textures", "extract_representations", "synthesize"}
    assert any("compute_rdm" in job.rule for job in run.jobs)
    with_gpu = {job.rule for job in run.jobs if "gres/gpu" in job.requested}
    assert with_gpu == {"extract_representations", "synthesize"}
    assert all(("gres/gpu" in job.requested) == (job.rule in with_gpu) for job in run.jobs)
    assert {job.requested["gres/gpu"] for job in run.jobs if job.rule in with_gpu} == {"1"}


def test_jobs_ask_for_the_cpus_and_memory_of_their_rules(run: Run):
    (synthesis,) = (job for job in run.jobs if job.rule == "synthesize")
    expected = needs.synthesis_mb(StudyNetwork.from_config(MODEL, NETWORK), 64)
    assert (synthesis.requested["cpu"], synthesis.requested["mem"]) == ("8", f"{expected}M")
    (indexing,) = (job for job in run.jobs if job.rule == "index_images")
    assert (indexing.requested["cpu"], indexing.requested["mem"]) == ("4", f"{needs.BASE_MB}M")


def test_what_follows_from_a_layer_is_one_job(run: Run):
    layers = [job for job in run.jobs if "compute_rdm" in job.rule]
    assert len(layers) == 2
    assert all("cluster_images" in job.comment and "compute_information" in job.comment for job in layers)


def test_job_killed_for_want_of_memory_is_retried_with_more_and_the_study_completes(run: Run):
    tries = [job for job in run.jobs if job.rule == "extract_representations"]
    assert len(tries) > 1
    assert [job.requested["mem"] for job in tries] == [f"{TOO_LITTLE_MB * n}M" for n in range(1, len(tries) + 1)]
    assert {job.state for job in tries[:-1]} <= {"FAILED", "OUT_OF_MEMORY", "CANCELLED"}
    # SLURM's own logs are kept of failed jobs only.
    logs = [path.read_text() for path in run.folder.glob(".snakemake/slurm_logs/rule_extract_representations/**/*.log")]
    assert len(logs) == len(tries) - 1
    assert all("exceeded memory limit" in log for log in logs)
    assert {job.state for job in run.jobs if job not in tries[:-1]} == {"COMPLETED"}
    assert (run.folder / f"results/slurm/synthesis/gram/{MODEL}/one.png").is_file()


def test_tables_equal_those_of_a_local_run(run: Run, tmp_path: Path):
    local = copy_project(tmp_path / "project")
    local.snakemake("brainscore", "--cores", "2", config=STUDY)
    for name in TABLES:
        expected = (local.folder / "results/slurm/tables" / name).read_text()
        assert (run.folder / "results/slurm/tables" / name).read_text() == expected
        assert len(expected.splitlines()) > 1, name
