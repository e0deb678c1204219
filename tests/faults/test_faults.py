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

from faulty_study import CONFIG, RUN, tables
from workflow_project import Checkout


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


def test_what_a_killed_program_left_undone_stays_scheduled(study: Checkout):
    """The whole way is below; here, that nothing is forgotten, and that what killed it is said."""
    config = with_activation("before_relu")
    before = study.jobs("best_mi", config=config)
    assert len(before) > 10
    (study.folder / "victim").write_text("extract_representations")
    output = study.snakemake(*RUN, config=config, fails=True)
    assert "A job that ended without an error in its log was killed, mostly for the memory that it took" in output
    assert study.jobs("best_mi", config=config) == before


@pytest.mark.thorough
@pytest.mark.parametrize("victim", ["extract_representations", "compute_rdm", "tabulate_mi"])
def test_a_program_killed_after_the_config_changed(study: Checkout, before_relu: dict, victim: str):
    """Found by provoking it: with files between gone and final tables there, Snakemake alone has nothing to do."""
    (study.folder / "victim").write_text(victim)
    study.snakemake(*RUN, config=with_activation("before_relu"), fails=True)
    (study.folder / "victim").unlink()
    study.snakemake(*RUN, config=with_activation("before_relu"))
    assert tables(study.folder) == before_relu
    assert "Nothing to be done" in study.snakemake(*RUN, config=with_activation("before_relu"))


@pytest.mark.thorough
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
    """In both arrays, of which a protocol reads one."""
    with h5py.File(path, "r+") as file:
        for name in ("euclidean", "cosine"):
            file[name][:5] = 0


def other_layer(path: Path) -> None:
    shutil.copy(path.with_name("L1.h5"), path)


def other_network(path: Path) -> None:
    shutil.copy(path.parent.parent / "other/L2.h5", path)


@pytest.mark.thorough
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
    (results / "images/procedural/grid/grid_0001.png").unlink()
    shutil.copy(results / "rdm/gram/other/L1.h5", results / "rdm/gram/other/L2.h5")
    output = study.snakemake("--cores", "1", "verify", config=CONFIG, fails=True)
    for state, name in (
        ("missing", "rdm/gram/toy/L1.h5"),
        ("damaged", "rdm/gram/toy/L2.h5"),
        ("damaged", "tables/mi.tsv"),
        ("missing", "images/procedural/grid/grid_0001.png"),
        ("foreign", "rdm/gram/other/L2.h5"),
    ):
        assert f"{state}\tresults/toy/{name}: " in output


@pytest.mark.thorough
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


@pytest.mark.thorough
def test_numbers_do_not_depend_on_the_order_of_jobs(finished: Path, study: Checkout):
    shutil.rmtree(study.folder / "results")
    study.snakemake("--cores", "1", "best_mi", config=CONFIG)
    assert tables(study.folder) == tables(finished)
    with h5py.File(study.folder / "results/toy/rdm/gram/toy/L2.h5") as file:
        assert np.isfinite(file["euclidean"][:]).all()


def test_half_a_table_does_not_pass_for_finished(finished: Path, study: Checkout):
    table = study.folder / "results/toy/tables/best_mi.tsv"
    table.write_bytes(table.read_bytes()[:60])
    output = study.snakemake("--dry-run", "best_mi", config=CONFIG, fails=True)
    assert "results/toy/tables/best_mi.tsv: damaged" in output
    listed = (study.folder / ".snakemake/texalign/unsound.txt").read_text().split()
    study.snakemake("--forcerun", *listed, *RUN, config=CONFIG)
    assert tables(study.folder) == tables(finished)


@pytest.mark.thorough
def test_results_that_came_without_snakemakes_records(study: Checkout, before_relu: dict):
    """Copied to another machine, and the config changed there: the message's command makes all of them anew."""
    shutil.rmtree(study.folder / ".snakemake")
    assert study.jobs("best_mi", config=CONFIG) == []
    output = study.snakemake(*RUN, config=with_activation("before_relu"), fails=True)
    assert "results/toy/tables/mi.tsv: foreign" in output
    listed = (study.folder / ".snakemake/texalign/unsound.txt").read_text().split()
    study.snakemake("--forcerun", *listed, *RUN, config=with_activation("before_relu"))
    assert tables(study.folder) == before_relu


def test_a_file_that_changed_since_it_was_made_is_refused_before_any_job(finished: Path, study: Checkout):
    """To Snakemake it is a new input: it would remove what its readers had made, and they would refuse it."""
    path = study.folder / "results/toy/rdm/gram/toy/L2.h5"
    zero_rows(path)
    output = study.snakemake(*RUN, config=CONFIG, fails=True)
    assert "results/toy/rdm/gram/toy/L2.h5: damaged" in output
    assert all(file.is_file() for file in finished_files(finished, study))
    study.snakemake("--forcerun", "results/toy/rdm/gram/toy/L2.h5", *RUN, config=CONFIG)
    assert tables(study.folder) == tables(finished)


def test_a_file_that_was_copied_over_itself_is_read_once_and_runs_nothing(study: Checkout):
    (study.folder / "results/toy/rdm/gram/toy/L2.h5").touch()
    assert "Reading 1 files" in study.snakemake(*RUN, config=CONFIG)
    again = study.snakemake(*RUN, config=CONFIG)
    assert "Nothing to be done" in again
    assert "Reading" not in again


def finished_files(finished: Path, study: Checkout) -> list[Path]:
    """The files of a finished study, where this copy of it should have them."""
    results = finished / "results"
    return [study.folder / "results" / file.relative_to(results) for file in results.rglob("*") if file.is_file()]


@pytest.mark.thorough
def test_a_damaged_file_that_is_deleted_and_the_same_command_again(study: Checkout, finished: Path, tmp_path: Path):
    """What people do instead of what the message says: all comes back."""
    config = {**CONFIG, "protocols": ["unit", "raw"]}
    path = study.folder / "results/toy/rdm/gram/toy/L2.h5"
    date = path.stat().st_mtime_ns
    zero_rows(path)
    os.utime(path, ns=(date, date))
    study.snakemake(*RUN, config=config, fails=True)
    stayed = study.folder / "results/toy/clusters/gram/unit/toy/L2.h5"
    assert stayed.read_bytes() == (finished / stayed.relative_to(study.folder)).read_bytes()
    path.unlink()
    study.snakemake(*RUN, config=config)
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(finished, undisturbed, symlinks=True)
    Checkout(undisturbed).snakemake(*RUN, config=config)
    assert tables(study.folder) == tables(undisturbed)


@pytest.mark.thorough
@pytest.mark.skipif(os.geteuid() != 0, reason="needs to mount a small disk; RLIMIT_FSIZE is tested in its place")
def test_a_disk_that_fills_up_with_the_logs_on_it(finished: Path, study: Checkout):
    results = study.folder / "results"
    shutil.rmtree(results)
    results.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "none", results], check=False)
    if mounted.returncode:
        pytest.skip("this machine mounts no small disk")
    try:
        shutil.copytree(finished / "results", results, dirs_exist_ok=True, symlinks=True)
        (study.folder / "filler").write_text("compute_rdm")
        output = study.snakemake("--forcerun", "compute_rdm", *RUN, config=CONFIG, fails=True)
        assert "The disk that results/toy is on is full: make room, then run the same command." in output
        assert not list(results.rglob(".partial-*"))
        (study.folder / "filler").unlink()
        (results / "toy/filling").unlink()
        study.snakemake(*RUN, config=CONFIG)
        assert tables(study.folder) == tables(finished)
    finally:
        subprocess.run(["umount", results], check=True)


def test_programs_start_where_no_python_is_on_the_path(study: Checkout, monkeypatch: pytest.MonkeyPatch):
    """Snakemake called by its full name, as from a scheduler's script, without the environment."""
    few = study.folder / "few"
    few.mkdir()
    for name in ("bash", "sh", "which"):  # which: for plugins of Snakemake
        (few / name).symlink_to(shutil.which(name))
    command = [sys.executable, "-m", "snakemake", "--forcerun", "select_best_mi", *RUN, "--configfile", "study.yaml"]
    ran = subprocess.run(
        command, cwd=study.folder, env={**os.environ, "PATH": str(few)}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
