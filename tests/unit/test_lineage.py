"""Lineage and seals: a file of something else, or whose bytes changed, is refused by name."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import PROJECT
from texalign.artifacts import files, matrices, seals, tables
from texalign.artifacts.lineage import LENGTH, Lineages, derive, digest
from texalign.artifacts.verify import verify
from texalign.command_line.lineage_arguments import read_lineages
from texalign.errors import TexalignError

OURS, OTHER = "a" * LENGTH, "b" * LENGTH
FACTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def test_lineage_is_the_same_on_every_machine():
    # The first half of what sha256sum says of the text {"mean":[0.5,1],"size":224}.
    assert digest(size=224, mean=[0.5, 1]) == "188e58501be5dff98f910953d55f591f"


def test_order_of_keys_does_not_count_and_that_of_lists_does():
    assert digest(a=1, b={"c": 2, "d": 3}) == digest(b={"d": 3, "c": 2}, a=1)
    assert digest(a=[1, 2]) != digest(a=[2, 1])
    assert digest(a=(1, 2)) == digest(a=[1, 2])


def test_values_that_python_takes_for_equal_are_told_apart():
    values = [1, 1.0, True, "1", "true", None, "null", [], {}, "", [1], ["1"], {"1": 1}]
    assert len({digest(a=value) for value in values}) == len(values)


@given(FACTS, FACTS)
def test_other_facts_have_another_lineage(first: object, second: object):
    assert (digest(a=first) == digest(a=second)) == (
        json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    )


def test_parents_and_facts_are_kept_apart():
    assert derive(OURS, step="rdm") != derive(OTHER, step="rdm") != digest(parent=OTHER, step="rdm")


@pytest.mark.parametrize("fact", [Path("x"), {1: 2}, {"a": {None: 1}}, b"x", {1, 2}, np.float32(1)])
def test_facts_that_have_no_one_text_are_refused(fact: object):
    with pytest.raises(TypeError, match="fact"):
        digest(fact=fact)


@pytest.mark.parametrize("module", ["lineage", "files", "seals", "damage"])
def test_planning_can_import_it_without_any_package(module: str):
    code = f"import sys; sys.path.insert(0, {str(PROJECT / 'workflow/scripts')!r}); import texalign.artifacts.{module}"
    subprocess.run([sys.executable, "-S", "-c", code], check=True)


# ---------------------------------------------------------------------------------------------------------------- seals


@pytest.fixture
def table(tmp_path: Path) -> Path:
    tables.write_tsv(tmp_path / "mi.tsv", ["x"], [{"x": 1}], OURS)
    return tmp_path / "mi.tsv"


def test_a_sealed_file_is_read(table: Path):
    assert tables.read_tsv(table, OURS) == tables.read_tsv(table) == [{"x": "1"}]
    facts = json.loads((table.parent / ".mi.tsv.seal").read_text())
    assert facts == {"file": "mi.tsv", "lineage": OURS, "sha256": files.file_sha256(table), "size": 4}


def test_another_lineage_is_refused(table: Path):
    with pytest.raises(TexalignError, match=r"mi\.tsv: is of another study, .*--forcerun .*mi\.tsv"):
        tables.read_tsv(table, OTHER)


@pytest.mark.parametrize("content", [b"x\n2\n", b"x\n1", b"", b"x\n1\n\n"])
def test_changed_bytes_are_refused_whether_a_lineage_is_asked_for_or_not(table: Path, content: bytes):
    table.write_bytes(content)
    for lineage in (OURS, None):
        with pytest.raises(TexalignError, match=r"mi\.tsv: is damaged or was changed .*--forcerun"):
            tables.read_tsv(table, lineage)
        with pytest.raises(TexalignError, match="is damaged"):
            seals.check(table, lineage)


def test_a_file_without_seal_is_refused_where_a_lineage_is_asked_for(table: Path):
    seals.seal_path(table).unlink()
    assert tables.read_tsv(table) == [{"x": "1"}]
    with pytest.raises(TexalignError, match=r"mi\.tsv: has no seal"):
        tables.read_tsv(table, OURS)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"lineage": 1}', b"\xff"])
def test_a_damaged_seal_is_named(table: Path, content: bytes):
    seals.seal_path(table).write_bytes(content)
    with pytest.raises(TexalignError, match=r"mi\.tsv: is damaged .*its seal, \.mi\.tsv\.seal"):
        tables.read_tsv(table)


def test_a_file_put_in_anothers_place_with_its_seal_is_refused(table: Path):
    target = table.with_name("other.tsv")
    seals.seal_path(table).rename(seals.seal_path(target))
    table.rename(target)
    with pytest.raises(TexalignError, match=r"other\.tsv: .*it was written as mi\.tsv"):
        tables.read_tsv(target, OURS)


def test_a_missing_file_is_named(tmp_path: Path):
    for read in (tables.read_tsv, seals.check):
        with pytest.raises(TexalignError, match=r"no\.tsv: is missing; .*--forcerun"):
            read(tmp_path / "no.tsv", OURS)


def test_a_failed_writer_leaves_the_file_and_its_seal(table: Path):
    with pytest.raises(RuntimeError), files.atomic_path(table, OTHER) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert tables.read_tsv(table, OURS) == [{"x": "1"}]
    assert {path.name for path in table.parent.iterdir()} == {"mi.tsv", ".mi.tsv.seal"}


def test_a_file_written_without_lineage_has_no_seal_of_an_earlier_one(table: Path):
    tables.write_tsv(table, ["x"], [{"x": 2}])
    assert [path.name for path in table.parent.iterdir()] == ["mi.tsv"]


def test_equal_content_and_lineage_have_equal_seals(table: Path):
    before = seals.seal_path(table).read_bytes()
    tables.write_tsv(table, ["x"], [{"x": 1}], OURS)
    assert seals.seal_path(table).read_bytes() == before


# ------------------------------------------------------------------------------------------------------------- programs


def test_lineages_are_told_as_json_or_in_a_file(tmp_path: Path):
    text = json.dumps({"results/./a.tsv": OURS})
    (tmp_path / "lineages.json").write_text(text)
    for argument in (text, str(tmp_path / "lineages.json")):
        lineages = read_lineages(argument)
        assert lineages.of("results/a.tsv") == lineages.of(Path("results/a.tsv")) == OURS
        with pytest.raises(KeyError, match=r"results/b\.tsv"):
            lineages.of("results/b.tsv")
    assert Lineages().of("anything") is None


# --------------------------------------------------------------------------------------------------------------- verify


@pytest.fixture
def study(table: Path) -> dict[Path, str]:
    """A study of one file of each kind."""
    folder = table.parent
    matrices.write_rdm(folder / "rdm.h5", {"cosine": np.arange(6.0)}, {}, OURS)
    images = folder / "images"
    (images / "dotted").mkdir(parents=True)
    (images / "dotted/a.png").write_bytes(b"an image")
    with files.atomic_path(folder / "images.sha256", OURS) as partial:
        partial.write_text(f"{files.file_sha256(images / 'dotted/a.png')}  dotted/a.png\n")
    with files.atomic_path(folder / "figure.png", OURS) as partial:
        partial.write_bytes(b"a figure")
    return {table: OURS, folder / "rdm.h5": OURS, images: OURS, folder / "figure.png": OURS}


def states(study: dict[Path, str]) -> list[str]:
    return [finding.state for finding in verify({str(path): lineage for path, lineage in study.items()})]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_sound_study_is_sound(study: dict[Path, str]):
    assert states(study) == ["sound"] * 4


def test_each_kind_of_fault_is_found(study: dict[Path, str]):
    table, rdm, images, figure = study
    figure.unlink()
    flip(table)
    flip(images / "dotted/a.png")
    study[rdm] = OTHER
    assert states(study) == ["damaged", "foreign", "damaged", "missing"]


def test_images_that_are_missing_or_too_many_are_found(study: dict[Path, str]):
    _, _, images, _ = study
    (images / "dotted/b.png").touch()
    assert states({images: OURS}) == ["damaged"]
    (images / "dotted/a.png").unlink()
    assert states({images: OURS}) == ["missing"]


def test_the_program_lists_what_is_not_sound(study: dict[Path, str]):
    program = [sys.executable, PROJECT / "workflow/scripts/verify.py", "--quiet"]
    text = json.dumps({str(path): lineage for path, lineage in study.items()})
    done = subprocess.run(program, input=text, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "4 sound\n")
    table = next(iter(study))
    flip(table)
    done = subprocess.run([*program, "--lineages", text], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith(f"damaged\t{table}: is damaged")
    assert done.stdout.splitlines()[1] == "1 damaged, 3 sound"


# ---------------------------------------------------------------------------------------------------------------- sweep


def partial_of(process: int, folder: Path, host: str | None = None, name: str = "gram.h5") -> Path:
    with files.atomic_path(folder / name) as partial:
        partial.touch()
        parts = partial.name.split("-", 3)
    return folder / "-".join([parts[0], host or parts[1], str(process), parts[3]])


def test_what_killed_programs_left_is_removed(tmp_path: Path):
    code = (
        f"import os, sys; sys.path.insert(0, {str(PROJECT / 'workflow/scripts')!r})\n"
        "from texalign.artifacts.files import atomic_path\n"
        f"with atomic_path({str(tmp_path / 'deep/gram.h5')!r}) as partial:\n"
        "    partial.write_bytes(b'x' * 100)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code])
    assert killed.returncode == -9
    (left,) = (tmp_path / "deep").iterdir()
    with files.atomic_path(tmp_path / "running.h5") as partial:
        partial.touch()
        assert files.sweep(tmp_path) == [left]
        assert partial.exists()
    assert (tmp_path / "running.h5").exists()


def test_folders_and_old_leftovers_of_other_hosts_are_removed_and_young_ones_stay(tmp_path: Path):
    folder = partial_of(2**22 + 1, tmp_path / "results")
    folder.mkdir()
    (folder / "inner").touch()
    young, old = (partial_of(1, tmp_path / "results", "elsewhere", name) for name in ("young.h5", "old.h5"))
    former = tmp_path / "results/.partial-4194305-gram.h5"
    for path in (young, old, former):
        path.touch()
    assert files.sweep(tmp_path) == [folder]
    for path in (old, former):
        os.utime(path, (time.time() - 90_000,) * 2)
    assert files.sweep(tmp_path) == sorted([old, former])
    assert young.exists()
