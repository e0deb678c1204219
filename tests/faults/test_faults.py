"""Faults provoked for real: after the same command, or the one that the message names, tables are those of a run that
nothing disturbed.
"""

import copy
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401 (the filters of packed arrays)
import numpy as np
import pytest

from faulty_study import CONFIG, tables
from workflow_project import Checkout

RUN = ("--cores", "2", "best_mi")


def with_activation(activation: str) -> dict:
    return {**copy.deepcopy(CONFIG), "activation": activation}


@pytest.fixture(scope="module")
def before_relu(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Tables of the study with the other activation stage, from a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed") / "project"
    shutil.copytree(finished, folder)
    shutil.rmtree(folder / "results")
    shutil.rmtree(folder / ".snakemake")
    Checkout(folder).snakemake(*RUN, config=with_activation("before_relu"))
    return tables(folder)


@pytest.mark.parametrize("victim", ["extract_representations", "compute_rdm", "tabulate_mi"])
def test_a_program_killed_after_the_config_changed(study: Checkout, before_relu: dict, victim: str):
    """Found by provoking it: with files between gone and final tables there, Snakemake alone has nothing to do."""
    (study.folder / "victim").write_text(victim)
    study.snakemake(*RUN, config=with_activation("before_relu"), fails=True)
    (study.folder / "victim").unlink()
    study.snakemake(*RUN, config=with_activation("before_relu"))
    assert tables(study.folder) == before_relu
    assert "Nothing to be done" in study.snakemake(*RUN, config=with_activation("before_relu"))


def test_all_files_between_deleted_after_the_config_changed(study: Checkout, before_relu: dict):
    for name in ("gram", "rdm", "clusters", "information", "images"):
        shutil.rmtree(study.folder / "results/toy" / name)
    study.snakemake(*RUN, config=with_activation("before_relu"))
    assert tables(study.folder) == before_relu


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def zero_rows(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["euclidean"][:5] = 0


def other_layer(path: Path) -> None:
    shutil.copy(path.with_name("L1.h5"), path)


def other_network(path: Path) -> None:
    shutil.copy(path.parent.parent / "other/L2.h5", path)


@pytest.mark.parametrize("fault", [flip, zero_rows, other_layer, other_network])
def test_a_damaged_or_foreign_rdm_is_named_with_the_command_that_mends_it(finished: Path, study: Checkout, fault):
    path = Path("results/toy/rdm/gram/toy/L2.h5")
    fault(study.folder / path)
    (study.folder / "results/toy/clusters/gram/unit/toy/L2.h5").unlink()
    output = study.snakemake("--forcerun", "cluster_images", *RUN[:2], "best_mi", config=CONFIG, fails=True)
    assert f"{path}: " in output
    assert f"--forcerun {path}" in output
    study.snakemake("--forcerun", str(path), *RUN[:2], "best_mi", config=CONFIG)
    assert tables(study.folder) == tables(finished)


def test_a_row_of_another_layer_is_refused(finished: Path, study: Checkout):
    rows = study.folder / "results/toy/information/gram/unit/toy"
    shutil.copy(rows / "L1.tsv", rows / "L2.tsv")
    output = study.snakemake("--forcerun", "tabulate_mi", *RUN[:2], "best_mi", config=CONFIG, fails=True)
    assert "results/toy/information/gram/unit/toy/L2.tsv: " in output
    study.snakemake("--forcerun", "results/toy/information/gram/unit/toy/L2.tsv", *RUN[:2], "best_mi", config=CONFIG)
    assert tables(study.folder) == tables(finished)


def test_verify_lists_what_is_missing_damaged_and_foreign(study: Checkout):
    results = study.folder / "results/toy"
    (results / "rdm/gram/toy/L1.h5").unlink()
    flip(results / "rdm/gram/toy/L2.h5")
    table = (results / "tables/mi.tsv").read_text()
    (results / "tables/mi.tsv").write_text(table[: len(table) // 2])
    shutil.copy(results / "rdm/gram/other/L1.h5", results / "rdm/gram/other/L2.h5")
    output = study.snakemake("--cores", "1", "verify", config=CONFIG, fails=True)
    for state, name in (
        ("missing", "rdm/gram/toy/L1.h5"),
        ("damaged", "rdm/gram/toy/L2.h5"),
        ("damaged", "tables/mi.tsv"),
        ("foreign", "rdm/gram/other/L2.h5"),
    ):
        assert f"{state}\tresults/toy/{name}: " in output


def test_snakemake_killed_says_unlock_and_leaves_no_half_file(finished: Path, study: Checkout):
    shutil.rmtree(study.folder / "results")
    command = [sys.executable, "-m", "snakemake", *RUN, "--configfile", "study.yaml"]
    environment = {**os.environ, "PATH": f"{study.folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"}
    running = subprocess.Popen(
        command,
        cwd=study.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not (study.folder / "results/toy/images/index.tsv").exists():
        assert running.poll() is None
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    study.snakemake("--cores", "1", "--unlock", config=CONFIG)
    study.snakemake(*RUN, config=CONFIG)
    assert tables(study.folder) == tables(finished)
    assert not list((study.folder / "results").rglob(".partial-*"))


def test_numbers_do_not_depend_on_the_order_of_jobs(finished: Path, study: Checkout):
    shutil.rmtree(study.folder / "results")
    study.snakemake("--cores", "1", "best_mi", config=CONFIG)
    assert tables(study.folder) == tables(finished)
    with h5py.File(study.folder / "results/toy/rdm/gram/toy/L2.h5") as file:
        assert np.isfinite(file["euclidean"][:]).all()
