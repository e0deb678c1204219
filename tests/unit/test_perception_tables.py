"""Agreement on its way into tables, figures and the choice of layers; the config's section of it."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from matplotlib.figure import Figure
from matplotlib.text import Text

from planning.human import Human
from planning.study import Study
from planning.validation import config_errors, fill_defaults
from support import PROJECT, SCHEMA
from texalign.artifacts import matrices, tables
from texalign.figures.agreement_by_layer import LayerAgreement, agreement_by_layer
from texalign.figures.rdm_map import rdm_map
from texalign.images.index import UNLABELLED, ImageIndex, ImageRecord, index_images, read_index, write_index
from texalign.images.textures import generate_texture
from texalign.information import layers
from texalign.information.rows import LAYER_KEY
from texalign.perception import evaluation, mapped
from texalign.perception.evidence import HumanRdms
from texalign.perception.matching import Coverage

SCRIPTS = PROJECT / "workflow/scripts"
N = 16


# -------------------------------------------------------------------------------------------------------------- config


def config(**human: object) -> dict:
    demo = yaml.safe_load((PROJECT / "config/demo.yaml").read_text())
    return demo | {"human": human}


def read(settings: dict) -> Human:
    fill_defaults(settings, SCHEMA)
    return Human.from_config(settings, Study.from_config(settings))


def test_evidence_becomes_flags_and_inputs():
    entry = {"kind": "descriptions", "file": "a b.json", "colours": False}
    settings = config(evidence={"words": entry, "classes": {"kind": "labels"}})
    assert config_errors(settings, SCHEMA) == []
    human = read(settings)
    assert human.evidence["words"].inputs == ["a b.json"]
    assert human.evidence["words"].flags == (
        "--evidence words --kind descriptions --file 'a b.json' --options '{\"colours\": false}'"
    )
    assert human.evidence["classes"].inputs == []
    assert human.expand(["x/{evidence}.h5"]) == ["x/words.h5", "x/classes.h5"]


def test_dtds_own_joint_labels_need_no_file():
    settings = config(evidence={"joint": {"kind": "joint_labels"}})
    assert config_errors(settings, SCHEMA) == []
    with pytest.raises(ValueError, match=r"human\.evidence\.joint: needs a `file`, since the images are not DTD's"):
        read(settings)
    settings["images"] = {"source": "dtd"}
    assert read(settings).evidence["joint"].flags.endswith("--downloads results/demo/downloads")


@pytest.mark.parametrize(
    ("human", "message"),
    [
        ({"evidence": {"a": {"kind": "words"}}}, "human.evidence.a.kind: 'words' is not one of"),
        ({"evidence": {"a": {"kind": "rdm"}}}, "human.evidence.a: 'file' is a required property"),
        ({"evidence": {"a": {"kind": "labels", "file": "x"}}}, "human.evidence.a.file: is not a key of this source"),
        ({"evidence": {"a": {"kind": "rdm", "file": "x", "colours": True}}}, "human.evidence.a.colours: is not a key"),
        ({"oddity": {"presentation": "in_turn"}}, "human.oddity: 'seconds' is a required property"),
        ({"evidense": {}}, "human: unknown key 'evidense'; did you mean 'evidence'?"),
    ],
)
def test_sections_that_do_not_fit_are_told(human: dict, message: str):
    errors = config_errors(config(**human), SCHEMA)
    assert any(error.startswith(message) for error in errors), errors


def test_a_criterion_of_agreement_has_to_be_measured():
    settings = config(evidence={"words": {"kind": "rdm", "file": "x.npz"}}) | {"criterion": "words.all.spearman"}
    assert config_errors(settings, SCHEMA) == []
    read(settings)
    study = Study.from_config(settings)
    assert (study.criterion_evidence, study.criterion_table) == ("words", "agreement_by_layer")
    with pytest.raises(ValueError, match=r"criterion texts\.all\.spearman: human\.evidence has no texts; it has words"):
        read(settings | {"criterion": "texts.all.spearman"})
    with pytest.raises(ValueError, match=r"criterion words\.some\.spearman: give evidence\.scope\.measure"):
        read(settings | {"criterion": "words.some.spearman"})


# ----------------------------------------------------------------------------------------------------- without labels


def test_images_without_labels_have_no_classes(tmp_path: Path):
    from PIL import Image

    for number in range(3):
        file = tmp_path / "images/all" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(generate_texture("grid", number, 0, 32)).save(file)
    with pytest.raises(ValueError, match="the images have 1 class"):
        index_images(tmp_path / "images")
    index = index_images(tmp_path / "images", labelled=False)
    assert (index.class_names, index.labelled, index.classes_or_none) == ((UNLABELLED,), False, None)
    write_index(tmp_path / "index.tsv", index)
    assert read_index(tmp_path / "index.tsv") == index


# ------------------------------------------------------------------------------------------------------------ programs


def index(folder: Path, labelled: bool = True) -> ImageIndex:
    names = [f"c{number // 4}" if labelled else UNLABELLED for number in range(N)]
    found = ImageIndex(
        tuple(
            ImageRecord(f"{name}/{number:02}.png", name, number // 4 * labelled, str(number), 8, 8, "RGB")
            for number, name in enumerate(names)
        )
    )
    write_index(folder / "index.tsv", found)
    return found


def write_layers(folder: Path, own: ImageIndex) -> list[Path]:
    files = []
    for layer in ("L1", "L2"):
        points = np.random.default_rng(int(layer[1])).normal(size=(N, 5))
        square = np.linalg.norm(points[:, None] - points, axis=2)
        condensed = square[np.triu_indices(N, 1)].astype(np.float32)
        attributes = {"layer": layer, "module": "m", "representation": "gram", "images_sha256": own.sha256}
        files.append(folder / f"{layer}.h5")
        matrices.write_rdm(files[-1], {"euclidean": condensed, "cosine": condensed / condensed.max()}, attributes)
    return files


def run(program: str, *arguments: object) -> None:
    command = [sys.executable, SCRIPTS / f"{program}.py", *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def write_ratings(file: Path, own: ImageIndex) -> None:
    rng = np.random.default_rng(0)
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(["image", "observer", "rough", "regular"])
        writer.writerows(
            [record.path, observer, *rng.normal(size=2).round(2)] for observer in "ABC" for record in own.records[:-1]
        )


@pytest.mark.parametrize("labelled", [True, False])
def test_programs_from_ratings_to_the_table_of_layers(tmp_path: Path, labelled: bool):
    own = index(tmp_path, labelled)
    write_ratings(tmp_path / "scales.tsv", own)
    files = write_layers(tmp_path, own)
    shared = ("--index", tmp_path / "index.tsv")
    run(
        "read_human",
        *("--evidence", "ratings", "--kind", "scales", "--file", tmp_path / "scales.tsv", "--seed", 0, *shared),
        *("--output", tmp_path / "ratings.h5", "--output-coverage", tmp_path / "coverage.tsv"),
    )
    states = [row["state"] for row in tables.read_tsv(tmp_path / "coverage.tsv")]
    assert (states.count("matched"), states.count("no judgement")) == (N - 1, 1)
    run(
        "measure_agreement",
        *("--rdm", *files, "--evidence", tmp_path / "ratings.h5", "--model", "net", "--protocols", "unit", *shared),
        *("--seed", 0, "--permutations", 20, "--bootstraps", 20, "--confidence", 0.95),
        *("--output", tmp_path / "net.tsv", "--output-layers", tmp_path / "net.layers.tsv"),
    )
    run(
        "tabulate_agreement",
        *("--agreement", tmp_path / "net.tsv", "--layers", tmp_path / "net.layers.tsv"),
        *("--output", tmp_path / "all.tsv", "--output-layers", tmp_path / "by_layer.tsv"),
    )
    rows = tables.read_tsv(tmp_path / "all.tsv")
    scopes = list(dict.fromkeys(row["scope"] for row in rows))
    assert scopes == (["all", "within_classes", "class_means"] if labelled else ["all"])
    assert {row["layer"] for row in rows} == {"L1", "L2"}
    assert all(row["n_observers"] == "3" and row["ceiling_high"] for row in rows)
    by_layer = tables.read_tsv(tmp_path / "by_layer.tsv")
    first = next(row for row in rows if (row["layer"], row["scope"], row["measure"]) == ("L2", "all", "tau_a"))
    assert by_layer[1]["ratings.all.tau_a"] == first["estimate"]
    # As any other criterion: joined to the layers of the table of mutual information.
    mi = [{column: row[column] for column in LAYER_KEY} for row in by_layer]
    chosen = layers.with_criterion(mi, {"by_layer": by_layer}, "ratings.all.tau_a")
    assert [row["value"] for row in chosen] == [row["ratings.all.tau_a"] for row in by_layer]
    run(
        "plot_agreement",
        *("--agreement", tmp_path / "all.tsv", "--representation", "gram", "--evidence", "ratings"),
        *("--families", "net=Net", "--confidence", 0.95, "--output", tmp_path / "a.png", tmp_path / "a.svg"),
    )
    run(
        "map_rdms",
        *("--rdm", *files, "--names", "net/L1", "net/L2", "--evidence", tmp_path / "ratings.h5", *shared),
        *("--images", 12, "--neighbours", 3, "--permutations", 20, "--seed", 0, "--output", tmp_path / "map.tsv"),
    )
    rows = tables.read_tsv(tmp_path / "map.tsv")
    names = ["net/L1", "net/L2", *(["classes"] if labelled else []), "people/ratings"]
    assert list(dict.fromkeys(row["first"] for row in rows)) == names
    assert len(rows) == 3 * len(names) * (len(names) + 1) // 2
    assert {row["n_images"] for row in rows} == {"12"}
    run(
        "plot_rdm_map",
        *("--map", tmp_path / "map.tsv", "--families", "net=Net", "--output", tmp_path / "m.png", tmp_path / "m.svg"),
    )


def test_layers_are_put_together_over_evidence_and_repeats_refused():
    key = {"representation": "gram", "protocol": "unit", "model": "net", "position": "1", "module": "m"}
    first = [key | {"layer": "L1", "a.all.spearman": "0.1"}]
    second = [key | {"layer": "L1", "b.all.votes": "0.7"}, key | {"layer": "L2", "b.all.votes": "0.8"}]
    found = evaluation.joined_layers([("1", first), ("2", second)])
    assert [(row["a.all.spearman"], row["b.all.votes"]) for row in found] == [("0.1", "0.7"), ("", "0.8")]
    with pytest.raises(ValueError, match=r"again: repeats a\.all\.spearman of gram, unit, net, L1"):
        evaluation.joined_layers([("1", first), ("again", first)])


# --------------------------------------------------------------------------------------------------------- map, figures


def test_images_of_the_map_are_judged_by_all_and_even_over_classes():
    classes = np.repeat([0, 1], [40, 10])
    people = {
        "a": HumanRdms(np.arange(50), ("x",), np.random.default_rng(0).random((1, 1225)), Coverage((), (), ())),
        "b": HumanRdms(np.arange(5, 50), ("x",), np.random.default_rng(0).random((1, 990)), Coverage((), (), ())),
    }
    rows = mapped.drawn_images(50, people, classes, 16, 0)
    assert rows.min() >= 5
    assert np.bincount(classes[rows]).tolist() == [8, 8]
    assert (rows == np.sort(rows)).all()
    with pytest.raises(ValueError, match="only 8 images were judged"):
        mapped.drawn_images(8, {}, None, 100, 0)


def texts(figure: Figure) -> str:
    return " ".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text))


def test_figure_of_agreement_shows_every_layer_with_its_interval_and_the_ceiling():
    rows = [
        LayerAgreement("unit", model, f"L{place}", place, "all", "spearman", 0.1 * place, 0, 0.5, 0.0, 0.6, 0.7)
        for model in ("a", "b")
        for place in (1, 2, 3)
    ]
    figure = agreement_by_layer(
        rows, {"a": "A", "b": "B"}, evidence="words", n_images=396, n_observers=1, confidence=0.95
    )
    (axes,) = figure.axes
    lines = [line for line in axes.lines if len(line.get_ydata()) == 3]
    np.testing.assert_allclose(np.asarray(lines[0].get_ydata(), float), [0.1, 0.2, 0.3])
    assert len(axes.patches) == 1
    assert "n = 396 images" in texts(figure)
    assert "words" in texts(figure)


def test_figure_of_the_map_names_people_and_shows_correlations():
    names = ["a/L1", "a/L2", "classes", "people/words"]
    similarities = np.array([[1, 0.8, 0.1, 0.2], [0.8, 1, 0.3, 0.3], [0.1, 0.3, 1, 0.5], [0.2, 0.3, 0.5, 1]])
    figure = rdm_map(names, similarities, {"a": "A"}, n_images=1000)
    assert "people/words" in texts(figure)
    assert "Networks, classes, people: how alike" in texts(figure)
    (legend,) = (axes.get_legend() for axes in figure.axes if axes.get_legend())
    assert [text.get_text() for text in legend.get_texts()] == ["a", "classes", "people/words"]
    shapes = {(handle.get_marker(), handle.get_markerfacecolor()) for handle in legend.legend_handles}
    assert len(shapes) == 3
    alone = rdm_map(names[:3], similarities[:3, :3], {"a": "A"}, n_images=1000)
    assert "Networks, classes: how alike" in texts(alone)
    assert "people" not in texts(alone)
    image = figure.axes[1].images[0]
    assert sorted(np.asarray(image.get_array()).ravel()) == sorted(similarities.ravel())
    with pytest.raises(ValueError, match="a map of 2 RDMs"):
        rdm_map(names[:2], similarities[:2, :2], {"a": "A"}, n_images=10)


def test_the_map_shows_all_people_where_they_are_more_than_there_are_shapes():
    names = ["a/L1", *(f"people/{number}" for number in range(10))]
    figure = rdm_map(names, np.full((11, 11), 0.5) + np.eye(11) / 2, {"a": "A"}, n_images=1000)
    (legend,) = (axes.get_legend() for axes in figure.axes if axes.get_legend())
    assert [text.get_text() for text in legend.get_texts()] == ["a", *names[1:]]
