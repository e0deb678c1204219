"""Every file that a program of the workflow reads, damaged or another's: refused by name, and nothing is written."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from faulty_study import CONFIG, RUN, Job
from workflow_project import Checkout

pytestmark = pytest.mark.thorough


def with_seal(path: Path) -> list[Path]:
    return [path, path.with_name(f".{path.name}.seal")]


def flipped(path: Path, _other: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def cut(path: Path, _other: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def emptied(path: Path, _other: Path) -> None:
    path.write_bytes(b"")


def gone(path: Path, _other: Path) -> None:
    path.unlink()


def of_another_study(path: Path, other: Path) -> None:
    for source, target in zip(with_seal(other), with_seal(path), strict=True):
        if source.exists():
            shutil.copy(source, target)


@pytest.fixture(scope="module")
def others(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same study of other images and weights: its files have the same names."""
    folder = tmp_path_factory.mktemp("others") / "project"
    shutil.copytree(finished, folder)
    shutil.rmtree(folder / "results")
    shutil.rmtree(folder / ".snakemake")
    networks = {name: {**entry, "weights": {"random": 7}} for name, entry in CONFIG["networks"].items()}
    config = {**CONFIG, "images": {**CONFIG["images"], "seed": 3}, "networks": networks}
    Checkout(folder).snakemake(*RUN, config=config)
    return folder


def one_of_each_kind(jobs: list[Job]) -> list[tuple[Job, str]]:
    """Jobs with a file that they read, one of each program and kind of file.

    Lists of checksums are for Snakemake and `verify`; the images themselves are checked against the index.
    """
    found: dict[tuple[str, str, str], tuple[Job, str]] = {}
    for job in jobs:
        for file in job.inputs:
            if not file.endswith(".sha256"):
                found.setdefault((job.program, Path(file).suffix, Path(file).parts[2]), (job, file))
    return list(found.values())


@pytest.mark.parametrize("fault", [flipped, cut, emptied, gone, of_another_study])
def test_it_is_refused_by_name_with_the_command_that_mends_it(
    jobs: list[Job], others: Path, study: Checkout, fault: Callable[[Path, Path], None]
):
    tried = one_of_each_kind(jobs)
    assert len(tried) >= 10
    refused = 0
    for job, file in tried:
        path = study.folder / file
        kept = {each: each.read_bytes() for each in with_seal(path) if each.exists()}
        written = {output: (study.folder / output).read_bytes() for output in job.outputs}
        fault(path, others / file)
        ended = job.run(study.folder)
        said = f"{job.program}, {file}: {ended.stderr}"
        # A bit of what this program does not read, as another layer's vectors, does not concern it.
        if fault is not flipped or ended.returncode:
            assert ended.returncode == 1, said
            assert "Traceback" not in ended.stderr, said
            assert f"error: {file}: " in ended.stderr, said
            assert f"--forcerun {file}" in ended.stderr, said
            refused += 1
        assert written == {output: (study.folder / output).read_bytes() for output in job.outputs}
        for each, content in kept.items():
            each.write_bytes(content)
    assert refused >= 8
