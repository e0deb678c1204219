"""A finished toy study, copies of which are disturbed."""

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from faulty_study import CONFIG, WRAPPER, Job
from workflow_project import Checkout, copy_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study; tests work on copies of it."""
    checkout = copy_project(tmp_path_factory.mktemp("faults") / "project")
    (checkout.folder / "bin").mkdir()
    wrapper = checkout.folder / "bin/python"
    wrapper.write_text(WRAPPER.format(python=sys.executable))
    wrapper.chmod(0o755)
    checkout.snakemake("--cores", "2", "best_mi", config=CONFIG)
    return checkout.folder


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Checkout:
    shutil.copytree(finished, tmp_path / "moved", symlinks=True)
    return Checkout(tmp_path / "moved", first_on_path=str(tmp_path / "moved/bin"))


@pytest.fixture(scope="session")
def jobs(finished: Path) -> list[Job]:
    """The programs that make the study, one of each rule and network, as Snakemake would run them."""
    printed = Checkout(finished).snakemake("--dry-run", "--forceall", "--printshellcmds", "best_mi", config=CONFIG)
    commands = re.findall(r"^Shell command: (python .*?) 2> ", printed, re.MULTILINE)
    return [Job(tuple(shlex.split(command)[1:])) for command in commands]
