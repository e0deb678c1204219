"""Environments: their pins agree with the pinned requirements, and they hold what their rules' programs import."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from planning.programs import library_files
from support import PROJECT, distributions_of_modules

NAMES = ("analysis", "extraction")
ENVIRONMENTS = {name: yaml.safe_load((PROJECT / f"envs/{name}.yaml").read_text()) for name in NAMES}
SCRIPTS = PROJECT / "workflow/scripts"


def pins(lines: list[str]) -> dict[str, str]:
    """Version by package name, both as pip compares them, of lines NAME==VERSION."""
    found = [line.split("==") for line in lines if line.strip() and not line.startswith("#")]
    return {normalized(name): version.strip() for name, version in found}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


REQUIREMENTS = pins((PROJECT / "envs/requirements.txt").read_text().splitlines())


def packages(environment: str) -> dict[str, str]:
    (pip,) = (entry["pip"] for entry in ENVIRONMENTS[environment]["dependencies"] if isinstance(entry, dict))
    return pins(pip)


@pytest.mark.parametrize("environment", list(ENVIRONMENTS))
def test_pins_agree_with_the_requirements(environment: str):
    found = packages(environment)
    assert found
    assert {name: version for name, version in found.items() if REQUIREMENTS.get(name) != version} == {}


def test_all_direct_requirements_are_pinned():
    lines = (PROJECT / "envs/requirements.in").read_text().splitlines()
    direct = {normalized(line) for line in lines if line and not line.startswith("#")}
    assert direct
    assert direct <= set(REQUIREMENTS)


def test_requirements_are_what_the_tests_run_with():
    """A pin that is not installed here is a pin that no test has seen."""
    installed = {normalized(entry.name): entry.version.split("+")[0] for entry in metadata.distributions()}
    assert {name: version for name, version in REQUIREMENTS.items() if installed.get(name) != version} == {}


def test_only_rules_that_run_networks_need_torch():
    assert "torch" in packages("extraction")
    assert "torch" not in packages("analysis")


def programs() -> list[tuple[str, str]]:
    """Programs and the environments of the rules that run them."""
    found = []
    for file in sorted((PROJECT / "workflow/rules").glob("*.smk")):
        for body in re.split(r"^rule \w+:$", file.read_text(), flags=re.MULTILINE)[1:]:
            script = re.search(r'\*\*program\("(\w+)"', body)
            environment = re.search(r"conda:\s+([A-Z]+)", body)
            if script and environment and environment[1].lower() in ENVIRONMENTS:
                found.append((script[1], environment[1].lower()))
    return found


def test_programs_are_found():
    assert {("extract_representations", "extraction"), ("cluster_images", "analysis")} <= set(programs())


def needed_packages(program: Path) -> set[str]:
    """Packages that a program and the library it uses import, or name as what an artifact was made with."""
    modules: set[str] = set()
    named: set[str] = set()
    for source in (program, *library_files(program)):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Import):
                modules.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add((node.module or "").split(".")[0])
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("versions"):
                named.update(normalized(entry.value) for entry in node.args if isinstance(entry, ast.Constant))
    foreign = modules - set(sys.stdlib_module_names) - {"texalign", ""}
    return named | {normalized(distributions_of_modules()[module][0]) for module in foreign}


@pytest.mark.parametrize(("program", "environment"), programs())
def test_environment_holds_what_the_program_imports(program: str, environment: str):
    assert needed_packages(SCRIPTS / f"{program}.py") - set(packages(environment)) == set()


def test_container_recipe_runs_the_demo_with_the_environments_python():
    recipe = (PROJECT / "envs/Dockerfile").read_text()
    (python,) = re.findall(r"^FROM python:(3\.\d+)-", recipe, re.MULTILINE)
    assert all(f"python={python}" in environment["dependencies"] for environment in ENVIRONMENTS.values())
    (command,) = re.findall(r"^CMD (.*)$", recipe, re.MULTILINE)
    assert json.loads(command) == ["make", "demo"]
    copied = [word for line in re.findall(r"^COPY (.*)$", recipe, re.MULTILINE) for word in line.split()[:-1]]
    assert {"Makefile", "envs/requirements.txt", "."} == set(copied)
    assert all((PROJECT / name).exists() for name in copied)


def test_container_installs_nothing_when_it_is_started(tmp_path: Path):
    """Also where the files copied last are younger than the environment, as of a layer that Docker had from before."""
    recipe = (PROJECT / "envs/Dockerfile").read_text()
    (afterwards,) = re.findall(r"^COPY \. \.\n(?:#.*\n)*RUN (.*)$", recipe, re.MULTILINE)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/installed").touch()
    shutil.copy2(PROJECT / "Makefile", tmp_path)
    (tmp_path / "envs").mkdir()
    shutil.copy(PROJECT / "envs/requirements.txt", tmp_path / "envs")
    os.utime(tmp_path / ".venv/installed", (0, 0))

    def plan() -> str:
        command = ["make", "--dry-run", "demo"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert "pip install" in plan()
    subprocess.run(["sh", "-c", afterwards], cwd=tmp_path, check=True)
    assert "pip install" not in plan()
    assert "snakemake" in plan()
