"""Snakemake's jobs as Kubernetes Jobs, by kubectl: submit one, or tell its status. Called by the profile beside it."""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    submitter = commands.add_parser("submit", help="create a Job that runs a jobscript; prints NAMESPACE/NAME")
    submitter.add_argument("--image", required=True, help="container image with the workflow's environment")
    submitter.add_argument("--volume", required=True, help="volume claim that the project's folder is on")
    submitter.add_argument("--mount", required=True, help="where pods mount it: the same path as here")
    submitter.add_argument("--namespace", default="default")
    submitter.add_argument("--gpu-node", metavar="KEY=VALUE", help="label of the nodes that have GPUs")
    submitter.add_argument("jobscript", type=Path, help="written by Snakemake")
    status = commands.add_parser("status", help="print running, success or failed")
    status.add_argument("job", metavar="NAMESPACE/NAME")
    return parser.parse_args()


def job_properties(jobscript: Path) -> dict[str, Any]:
    """What Snakemake writes about a job into its jobscript: rule or group, threads, resources."""
    found = re.search(r"^# properties = (.*)$", jobscript.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ValueError(f"{jobscript}: has no line of properties; is it a jobscript of Snakemake?")
    return json.loads(found[1])


def manifest(arguments: argparse.Namespace, properties: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The Kubernetes Job. Runs as the user who submits it, in the same folder, so that files stay the user's own.

    Raises ValueError when the folder is not on the volume.
    """
    if not folder.is_relative_to(arguments.mount):
        raise ValueError(f"{folder} is not below {arguments.mount}, where pods mount the volume {arguments.volume}")
    resources = properties["resources"]
    limits = {"memory": f"{resources['mem_mb']}M"}
    gpus = resources.get("gpu", 0)
    if gpus:
        limits["nvidia.com/gpu"] = str(gpus)
    container = {
        "name": "job",
        "image": arguments.image,
        "command": ["/bin/sh", str(arguments.jobscript.resolve())],
        "workingDir": str(folder),
        # A user without a home folder in the image still needs one for caches.
        "env": [{"name": "HOME", "value": "/tmp"}],
        "resources": {"requests": {"cpu": str(properties["threads"]), **limits}, "limits": limits},
        "volumeMounts": [{"name": "project", "mountPath": arguments.mount}],
    }
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        # Counted from when the pod starts; a deadline of the Job would count its time in the queue.
        "activeDeadlineSeconds": resources["runtime"] * 60,
        "securityContext": {"runAsUser": os.getuid(), "runAsGroup": os.getgid()},
        "containers": [container],
        "volumes": [{"name": "project", "persistentVolumeClaim": {"claimName": arguments.volume}}],
    }
    if gpus and arguments.gpu_node:
        key, value = arguments.gpu_node.split("=", 1)
        pod["nodeSelector"] = {key: value}
    name = properties.get("groupid" if properties["type"] == "group" else "rule", "job")
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "generateName": f"texalign-{re.sub('[^a-z0-9]+', '-', name.lower())[:40]}-",
            "namespace": arguments.namespace,
            "labels": {"app": "texture-alignment"},
        },
        # Snakemake tries again itself, with more memory and time.
        "spec": {"backoffLimit": 0, "ttlSecondsAfterFinished": 86400, "template": {"spec": pod}},
    }


def submit(arguments: argparse.Namespace) -> str:
    """Create the Job; returns what its status is asked by."""
    job = manifest(arguments, job_properties(arguments.jobscript), Path.cwd())
    command = ["kubectl", "create", "--filename", "-", "--output", "json"]
    created = subprocess.run(command, input=json.dumps(job), stdout=subprocess.PIPE, text=True, check=True)
    return f"{arguments.namespace}/{json.loads(created.stdout)['metadata']['name']}"


def status_of(job: dict[str, Any]) -> str:
    """Snakemake's word for the state of a Kubernetes Job."""
    conditions = {entry["type"] for entry in job.get("status", {}).get("conditions", []) if entry["status"] == "True"}
    if "Complete" in conditions:
        return "success"
    return "failed" if "Failed" in conditions else "running"


def status(name: str) -> str:
    """The state of a Job by its NAMESPACE/NAME. A Job that is no longer there has failed; a server that does not answer
    is asked again.
    """
    namespace, job = name.split("/")
    command = ["kubectl", "--namespace", namespace, "get", "job", job, "--output", "json"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    if asked.returncode == 0:
        return status_of(json.loads(asked.stdout))
    print(asked.stderr, file=sys.stderr, end="")
    return "failed" if "NotFound" in asked.stderr else "running"


def main() -> None:
    arguments = parse_arguments()
    print(submit(arguments) if arguments.command == "submit" else status(arguments.job))


if __name__ == "__main__":
    main()
