"""The same study by every profile: on one machine, on several GPUs, on SLURM, on Kubernetes."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from support import PROJECT
from workflow_project import Checkout, copy_project

PROFILES = sorted(path.parent.name for path in (PROJECT / "profiles").glob("*/config.yaml"))
SETTINGS = {name: yaml.safe_load((PROJECT / f"profiles/{name}/config.yaml").read_text()) for name in PROFILES}
WITH_FREE_GPU = PROJECT / "profiles/workstation/with_free_gpu.sh"

IMAGES = {"source": "procedural", "classes": ["grid", "dotted"], "images_per_class": 3, "seed": 0, "size": 64}
ALEXNET = {"source": "torchvision", "weights": {"random": 0}, "layers": ["features.0"]}
STUDY = {
    "study": "toy",
    "images": IMAGES,
    "protocols": ["unit"],
    "networks": {"alexnet": ALEXNET},
    "synthesis": {"exemplars": {"grid": {"class": "grid", "file": "grid_0000.png"}}, "evaluations": 2},
}


def resources_of_jobs(plan: str) -> dict[str, set[str]]:
    """Resources that a dry run prints, by rule."""
    found: dict[str, set[str]] = {}
    rule = ""
    for line in plan.splitlines():
        if line.startswith(("rule ", "localrule ")):
            rule = line.split()[1].rstrip(":")
        elif line.startswith("    resources: "):
            found.setdefault(rule, set()).update(line.removeprefix("    resources: ").split(", "))
    return found


def rules_of_groups(plan: str) -> list[list[str]]:
    """Rules of the jobs of each group that a dry run prints."""
    found: list[list[str]] = []
    for line in plan.splitlines():
        if "] Group job " in line:
            found.append([])
        elif found and line.startswith("    rule "):
            found[-1].append(line.split()[1].rstrip(":"))
    return found


# --------------------------------------------------------------------------------------------------------- all profiles


def test_profiles_are_the_designs():
    assert PROFILES == ["default", "kubernetes", "slurm", "workstation"]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """The jobs of the study by the profile that Snakemake finds itself."""
    return copy_project(tmp_path_factory.mktemp("planned") / "project").jobs(config=STUDY)


@pytest.mark.parametrize("profile", PROFILES)
def test_dry_run_plans_the_same_jobs_by_every_profile(checkout: Checkout, planned: list, profile: str):
    assert {"extract_representations", "synthesize", "compute_rdm"} <= {rule for rule, _ in planned}
    assert sorted(checkout.jobs("--workflow-profile", f"profiles/{profile}", config=STUDY)) == sorted(planned)
    assert not (checkout.folder / "results").exists()


@pytest.mark.parametrize("profile", PROFILES)
def test_what_holds_everywhere_is_in_every_profile(profile: str):
    """A profile replaces the default one; it is not read beside it."""
    machine = {"resources"}
    expected = {key: value for key, value in SETTINGS["default"].items() if key not in machine}
    default_resources = expected.pop("default-resources")
    assert expected
    assert {key: SETTINGS[profile].get(key) for key in expected} == expected
    assert default_resources.items() <= SETTINGS[profile]["default-resources"].items()


def test_no_gpu_is_granted_where_none_was_asked_for():
    """A limit, so that `--resources gpu=1` grants one GPU to one job at a time, and without it none to any."""
    assert SETTINGS["default"]["resources"]["gpu"] == 0


@pytest.mark.parametrize("profile", ["slurm", "kubernetes"])
def test_killed_jobs_are_tried_again_on_clusters(profile: str):
    assert SETTINGS[profile]["retries"] == 2


@pytest.mark.parametrize("profile", ["slurm", "kubernetes"])
def test_what_follows_from_a_layer_is_one_job_in_every_branch(checkout: Checkout, profile: str):
    plan = checkout.snakemake(
        "--dry-run", "--workflow-profile", f"profiles/{profile}", config=WITH_BRANCHES, listing=True
    )
    groups = [set(rules) for rules in rules_of_groups(plan)]
    assert {"compute_rdm", "cluster_images", "compute_information", "plot_rdm", "explore_layer"} in groups
    assert {"compute_branch_rdm", "cluster_branch_images", "compute_branch_information"} in groups
    assert set().union(*groups) == set(SETTINGS[profile]["groups"])


# --------------------------------------------------------------------------------------------------------- several GPUs


# Every rule of the workflow that may ask for a GPU, so also those of a multiverse.
OWN_NUMBERS = {"mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2]}
WITH_BRANCHES = STUDY | {
    "preprocessing": OWN_NUMBERS,
    "multiverse": {"activations": ["after_relu", "before_relu"], "preprocessings": {"own": OWN_NUMBERS}},
}


def test_exactly_the_rules_that_ask_for_a_gpu_are_given_one_of_several(checkout: Checkout):
    plan = checkout.snakemake(
        "--dry-run", "--workflow-profile", "profiles/workstation", config=WITH_BRANCHES, listing=True
    )
    resources = resources_of_jobs(plan)
    on_gpu = {rule for rule, asked in resources.items() if "gpu=1" in asked}
    given = {rule for rule, asked in resources.items() if any(entry.startswith("shell_exec=") for entry in asked)}
    assert on_gpu == given == {"extract_representations", "extract_branch_representations", "synthesize"}
    # And one that a representation needs which is added to finished ones.
    assert set(SETTINGS["workstation"]["set-threads"]) == on_gpu | {"extract_added_representation"}


@dataclass(frozen=True)
class Use:
    """What GPU a job saw, and when."""

    gpu: str
    start: float
    end: float


def uses(folder: Path) -> list[Use]:
    return [Use(gpu, float(start), float(end)) for gpu, start, end in (p.read_text().split() for p in folder.iterdir())]


def at_once(found: list[Use]) -> int:
    return max(sum(use.start <= moment.start <= use.end for use in found) for moment in found)


def doubly_used(found: list[Use]) -> list[tuple[Use, Use]]:
    return [
        (one, other)
        for number, one in enumerate(found)
        for other in found[number + 1 :]
        if one.gpu == other.gpu and one.start < other.end and other.start < one.end
    ]


# A network whose building tells what GPU it sees, and waits until four jobs are there.
PROBE = """
import atexit, os, sys, time
from pathlib import Path
from torch import nn

def build():
    if sys.argv[0].endswith("extract_representations.py"):
        start = time.time()
        running = Path("running")
        running.mkdir(exist_ok=True)
        (running / str(os.getpid())).touch()
        while len(list(running.iterdir())) < 4 and time.time() < start + 120:
            time.sleep(0.1)
        Path("uses").mkdir(exist_ok=True)
        use = Path("uses", str(os.getpid()))
        atexit.register(lambda: use.write_text(f"{os.environ['CUDA_VISIBLE_DEVICES']} {start} {time.time()}"))
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
"""


def test_four_jobs_run_at_once_each_with_a_gpu_of_its_own(checkout: Checkout, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2,3")
    monkeypatch.setenv("TEXALIGN_GPU_LOCKS", str(checkout.folder / "locks"))
    (checkout.folder / "probe.py").write_text(PROBE)
    checkout.compute_on_cpu()
    probe = {"source": "python", "callable": "probe:build", "layers": ["0"]}
    config = STUDY | {"networks": {f"n{seed}": probe | {"weights": {"random": seed}} for seed in range(6)}}
    del config["synthesis"]
    checkout.snakemake("grams", "--cores", "16", "--workflow-profile", "profiles/workstation", config=config)
    found = uses(checkout.folder / "uses")
    assert len(found) == 6
    assert at_once(found) == 4
    assert {use.gpu for use in found} == {"0", "1", "2", "3"}
    assert doubly_used(found) == []


def with_free_gpu(folder: Path, command: str, gpus: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": gpus, "TEXALIGN_GPU_LOCKS": str(folder / "locks")}
    arguments = [WITH_FREE_GPU, "-c", command]
    return subprocess.Popen(arguments, cwd=folder, env=environment, text=True, stdout=-1, stderr=-1)


def test_more_jobs_than_gpus_wait_and_never_share_one(tmp_path: Path):
    (tmp_path / "uses").mkdir()
    command = "start=$(date +%s.%N); sleep 0.5; echo $CUDA_VISIBLE_DEVICES $start $(date +%s.%N) > uses/$$"
    jobs = [with_free_gpu(tmp_path, command, "GPU-a,GPU-b,7") for _ in range(8)]
    assert [job.wait(60) for job in jobs] == [0] * 8
    found = uses(tmp_path / "uses")
    assert len(found) == 8
    assert {use.gpu for use in found} == {"GPU-a", "GPU-b", "7"}
    assert doubly_used(found) == []


def test_gpu_of_a_killed_job_is_free_again_only_when_all_its_processes_have_ended(tmp_path: Path):
    killed = with_free_gpu(tmp_path, "sleep 3 & touch started; wait", "0")
    while not (tmp_path / "started").exists():
        time.sleep(0.05)
    killed.kill()
    start = time.monotonic()
    after = with_free_gpu(tmp_path, "echo $CUDA_VISIBLE_DEVICES", "0")
    assert after.communicate(timeout=30)[0] == "0\n"
    assert time.monotonic() - start > 1


def test_shell_for_gpu_jobs_is_as_strict_as_snakemakes(tmp_path: Path):
    assert with_free_gpu(tmp_path, "false | cat; echo here", "0").communicate() == ("", "")
    assert with_free_gpu(tmp_path, "false", "0").wait() == 1
    assert with_free_gpu(tmp_path, "umask", "0").communicate()[0] == subprocess.getoutput("umask") + "\n"


def test_without_a_gpu_it_says_so(tmp_path: Path):
    job = with_free_gpu(tmp_path, "echo here", "")
    out, err = job.communicate()
    assert (job.returncode, out) == (1, "")
    assert "no GPU" in err
    assert "use profiles/default" in err


# ----------------------------------------------------------------------------------------------------------- Kubernetes


def kubernetes_job() -> ModuleType:
    spec = importlib.util.spec_from_file_location("job", PROJECT / "profiles/kubernetes/job.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def manifest(folder: str = "/shared/project", **properties: object) -> dict:
    arguments = Namespace(
        image="image:1",
        volume="claim",
        mount="/shared",
        namespace="lab",
        gpu_node="a=b",
        jobscript=Path("/shared/j.sh"),
    )
    asked = {"type": "single", "rule": "compute_rdm", "threads": 4, "resources": {"mem_mb": 900, "runtime": 20}}
    return kubernetes_job().manifest(arguments, asked | properties, Path(folder))


def test_pod_asks_for_what_the_job_asks_for():
    pod = manifest()["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["resources"] == {"requests": {"cpu": "4", "memory": "900M"}, "limits": {"memory": "900M"}}
    assert container["command"] == ["/bin/sh", "/shared/j.sh"]
    assert container["workingDir"] == "/shared/project"
    assert pod["activeDeadlineSeconds"] == 1200
    assert "nodeSelector" not in pod


def test_pod_of_a_gpu_job_asks_for_a_gpu():
    job = manifest(rule="extract_representations", resources={"mem_mb": 900, "runtime": 20, "gpu": 1})
    pod = job["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert pod["nodeSelector"] == {"a": "b"}
    assert job["metadata"]["generateName"] == "texalign-extract-representations-"


def test_folder_that_pods_do_not_see_is_refused():
    with pytest.raises(ValueError, match="/home/me is not below /shared"):
        manifest(folder="/home/me")


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([], "running"),
        ([("Suspended", "True")], "running"),
        ([("Complete", "True")], "success"),
        ([("Complete", "False")], "running"),
        ([("FailureTarget", "True"), ("Failed", "True")], "failed"),
    ],
)
def test_state_of_a_job(conditions: list[tuple[str, str]], expected: str):
    status = {"conditions": [{"type": kind, "status": value} for kind, value in conditions]}
    assert kubernetes_job().status_of({"status": status}) == expected


# In place of a cluster: runs the pod's command here, and answers as kubectl does.
KUBECTL = """
import json, os, subprocess, sys
from pathlib import Path

jobs = Path("cluster")
jobs.mkdir(exist_ok=True)
if "create" in sys.argv:
    job = json.load(sys.stdin)
    name = job["metadata"]["generateName"] + str(len(list(jobs.iterdir())))
    (container,) = job["spec"]["template"]["spec"]["containers"]
    ran = subprocess.run(container["command"], cwd=container["workingDir"], stdout=2, check=False)
    kind = "Failed" if ran.returncode else "Complete"
    job["metadata"]["name"] = name
    job["status"] = {"conditions": [{"type": kind, "status": "True"}]}
    (jobs / name).write_text(json.dumps(job))
    print(json.dumps({"metadata": {"name": name}}))
elif "get" in sys.argv:
    file = jobs / sys.argv[sys.argv.index("job") + 1]
    if not file.exists():
        sys.exit("Error from server (NotFound): no such job")
    print(file.read_text())
"""


@pytest.fixture
def kubectl(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the stand-in keeps its jobs."""
    folder = checkout.folder / "bin"
    folder.mkdir()
    program = folder / "kubectl"
    program.write_text(f"#!{sys.executable}\n{KUBECTL}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    profile = checkout.folder / "profiles/kubernetes/config.yaml"
    profile.write_text(profile.read_text().replace("--mount /shared", f"--mount {checkout.folder}"))
    return checkout.folder / "cluster"


def test_jobs_run_through_kubectl(checkout: Checkout, kubectl: Path):
    run = ("images", "--workflow-profile", "profiles/kubernetes", "--seconds-between-status-checks", "1")
    checkout.snakemake(*run, "--latency-wait", "5", config=STUDY)
    jobs = {path.name: json.loads(path.read_text()) for path in kubectl.iterdir()}
    rules = sorted(re.sub(r"^texalign-(.*)-\d+$", r"\1", name) for name in jobs)
    assert rules == ["decode-images", "index-images", "make-textures"]
    assert (checkout.folder / "results/toy/images/pixels.h5").is_file()
    assert all(job["metadata"]["namespace"] == "default" for job in jobs.values())


def test_job_that_is_gone_has_failed(checkout: Checkout, kubectl: Path):
    command = [sys.executable, "profiles/kubernetes/job.py", "status", "default/gone"]
    asked = subprocess.run(command, cwd=checkout.folder, capture_output=True, text=True, check=True)
    assert asked.stdout == "failed\n"
