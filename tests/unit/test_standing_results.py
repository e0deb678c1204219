"""Tables and figures that Snakemake would leave as they are, though they are not what the config asks for."""

import json
import shutil
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from planning.lineage import Lineage
from planning.recipes.facts import StudyFacts
from planning.results import LISTED, RECORDS, check_results, unsound_results
from planning.study import Study
from planning.syntheses import Syntheses
from planning.user_files import Hashes
from support import PROJECT, complete
from texalign.artifacts.files import atomic_path
from texalign.artifacts.hdf5 import create_h5
from texalign.artifacts.verify import verify

CONFIG = {
    "study": "s",
    "images": {"source": "procedural", "classes": ["grid", "dotted"], "images_per_class": 4, "seed": 0},
    "networks": {"one": {"source": "torchvision", "name": "alexnet", "weights": {"random": 0}, "layers": ["x"]}},
}
TABLE, FIGURE = "results/s/tables/mi.tsv", "results/s/figures/rdm/gram/one/L1.png"
RDM = "results/s/rdm/gram/one/L1.h5"
RUN = ["snakemake", "best_mi", "--cores", "2"]


def lineage_of(**changes: object) -> Lineage:
    config = complete({**CONFIG, **changes})
    study = Study.from_config(config)
    syntheses = Syntheses.from_config(config, study)
    return Lineage(StudyFacts(config, study, syntheses, None, Hashes(), lambda file: str(PROJECT / file)))


def write(path: str, lineage: str | None) -> None:
    with atomic_path(path, lineage) as partial:
        partial.write_text(path * 10)


def record(path: str, params: object) -> None:
    RECORDS.mkdir(parents=True, exist_ok=True)
    (RECORDS / urlsafe_b64encode(path.encode()).decode()).write_text(json.dumps({"params": params}))


@pytest.fixture(autouse=True)
def lineage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lineage:
    """A working directory with a table, a figure and an RDM of the study."""
    monkeypatch.chdir(tmp_path)
    made = lineage_of()
    known = made.everything()
    for path in (TABLE, FIGURE):
        write(path, known[path])
    with create_h5(RDM, {}, known[RDM]) as file:
        file.write_array("euclidean", [1.0, 2.0])
    return made


def test_what_the_config_asks_for_is_sound_with_and_without_a_record(lineage: Lineage):
    assert check_results(lineage, RUN) is None
    record(TABLE, lineage.of("table.mi"))
    assert check_results(lineage, RUN) is None


def test_half_a_table_is_found_and_half_a_figure_is_left_to_verify(lineage: Lineage):
    for path in (TABLE, FIGURE):
        Path(path).write_bytes(Path(path).read_bytes()[:50])
    assert unsound_results(lineage) == {TABLE: "damaged"}
    assert {finding.path for finding in verify({path: lineage.everything()[path] for path in (TABLE, FIGURE)})
            if finding.state == "damaged"} == {TABLE, FIGURE}  # fmt: skip


def test_results_that_came_from_elsewhere_are_refused_once_the_config_differs(lineage: Lineage):
    other = lineage_of(activation="before_relu")
    said = check_results(other, RUN)
    assert f"{TABLE}: foreign" in said
    assert f"{FIGURE}: foreign" in said
    assert "and 1 files that they are made from" in said
    assert f"--forcerun $(cat {LISTED})" in said
    assert LISTED.read_text().split() == [TABLE, FIGURE, RDM]


def test_what_snakemake_knows_it_makes_anew_by_itself(lineage: Lineage):
    for kind, path in (("table.mi", TABLE), ("figure.rdm.png", FIGURE)):
        wildcards = {"representation": "gram", "model": "one", "layer": "L1"} if path == FIGURE else {}
        record(path, lineage.of(kind, **wildcards))
    assert unsound_results(lineage_of(activation="before_relu")) == {}


def test_a_table_of_another_study_put_in_place_is_found_though_there_is_a_record(lineage: Lineage):
    record(TABLE, lineage.of("table.mi"))
    write("other/mi.tsv", "f" * 32)
    for name in ("mi.tsv", ".mi.tsv.seal"):
        shutil.copy(f"other/{name}", f"results/s/tables/{name}")
    assert unsound_results(lineage) == {TABLE: "foreign"}


@pytest.mark.parametrize("path", [TABLE, FIGURE])
def test_a_seal_that_was_left_behind_is_missed(lineage: Lineage, path: str):
    Path(path).with_name(f".{Path(path).name}.seal").unlink()
    assert unsound_results(lineage) == {path: "damaged"}


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        (RUN, True),
        ([*RUN, "--forcerun", TABLE], False),
        ([*RUN, "-R", "tabulate_mi", TABLE, "--configfile", "x.yaml"], False),
        ([*RUN, f"--forcerun={TABLE}"], False),
        ([TABLE, *RUN], True),
        ([*RUN, "--forcerun", FIGURE, "--quiet", TABLE], True),
        ([*RUN, "--forceall"], False),
        (["snakemake", "--unlock"], False),
        (["snakemake", "--cores", "1", "verify"], False),
    ],
)
def test_commands_that_make_it_anew_or_nothing_go_on(lineage: Lineage, arguments: list[str], refused: bool):
    Path(TABLE).write_text("half")
    assert (check_results(lineage, arguments) is not None) == refused


def test_fetched_images_are_verified_against_their_checksums(tmp_path: Path):
    from texalign.images.index import write_checksums

    folder = tmp_path / "images/procedural"
    for name in ("grid/1.png", "woven/1.png"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(name)
    listing = f"{folder}.sha256"
    write_checksums(listing, folder, "a" * 32)

    def found() -> str:
        (finding,) = verify({listing: "a" * 32})
        return f"{finding.state} {finding.reason}"

    assert found() == "sound "
    (folder / "grid/2.png").write_text("one more")
    assert "grid/2.png is not in the list" in found()
    (folder / "grid/2.png").unlink()
    (folder / "grid/1.png").write_text("another")
    assert found().startswith(f"damaged {folder}: ")
    (folder / "grid/1.png").unlink()
    assert found().startswith(f"missing {folder}/grid/1.png: is missing; ")
    assert found().endswith(f"--forcerun {folder}`")
