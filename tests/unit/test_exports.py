"""RDMs as other programs read them."""

import pickle
import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from support import PROJECT
from texalign.artifacts import matrices
from texalign.images import index
from texalign.images.index import ImageIndex, ImageRecord
from texalign.rdms.exports import RdmStack, write_npz, write_rsatoolbox

VECTORS = np.random.default_rng(0).normal(size=(2, 6, 3))
NAMES = ["gestreift", "körnig"]


@pytest.fixture
def stack() -> RdmStack:
    """Two layers, six images of two classes, one with a name that ASCII does not hold."""
    records = [
        ImageRecord(f"{name}/{i}.png", name, code, f"{code}{i}", 8, 8, "RGB")
        for code, name in enumerate(NAMES)
        for i in range(3)
    ]
    rdms = np.stack([pdist(vectors) for vectors in VECTORS]).astype(np.float32)
    return RdmStack("net", "euclidean", ["L1", "L2"], ["conv1", "conv2"], rdms, ImageIndex(tuple(records)))


def test_npz_is_read_without_pickle_and_says_what_is_what(stack: RdmStack, tmp_path: Path):
    write_npz(tmp_path / "net.npz", stack)
    with np.load(tmp_path / "net.npz") as file:
        assert file["layers"].tolist() == ["L1", "L2"]
        assert file["modules"].tolist() == ["conv1", "conv2"]
        assert file["classes"].tolist() == np.repeat(NAMES, 3).tolist()
        assert file["images"][3] == "körnig/0.png"
        assert (file["model"], file["dissimilarity"]) == ("net", "euclidean")
        square = squareform(file["dissimilarities"][1])
    assert square[0, 4] == pytest.approx(np.linalg.norm(VECTORS[1, 0] - VECTORS[1, 4]), rel=1e-6)


def test_rsatoolbox_gets_the_dictionary_that_its_rdms_are_made_of(stack: RdmStack, tmp_path: Path):
    """Keys and lengths as `rsatoolbox.rdm.rdms.rdms_from_dict` (0.3.2) wants them, which is not installed here."""
    write_rsatoolbox(tmp_path / "net.pkl", stack)
    with (tmp_path / "net.pkl").open("rb") as stream:
        rdms = pickle.load(stream)
    np.testing.assert_array_equal(rdms["dissimilarities"], stack.dissimilarities)
    assert rdms["dissimilarity_measure"] == "euclidean"
    assert rdms["descriptors"] == {"model": "net"}
    assert rdms["rdm_descriptors"] == {
        "model": ["net", "net"],
        "layer": ["L1", "L2"],
        "module": ["conv1", "conv2"],
        "index": [0, 1],
    }
    patterns = rdms["pattern_descriptors"]
    assert patterns["class"] == np.repeat(NAMES, 3).tolist()
    assert patterns["image"] == stack.paths
    assert patterns["index"] == list(range(6))
    types = {type(value) for column in patterns.values() for value in column}
    assert types == {str, int}


def test_rdms_that_do_not_fit_the_images_are_refused(stack: RdmStack):
    with pytest.raises(ValueError, match=r"shape \(2, 14\), expected \(2, 15\)"):
        RdmStack("net", "cosine", ["L1", "L2"], ["a", "b"], np.zeros((2, 14)), stack.index)


def test_examples_of_the_page_run(stack: RdmStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The blocks of Python in docs/artifacts.md, on a small RDM and export under the names that they have there."""
    pytest.importorskip("rsatoolbox")
    rdm = tmp_path / "results/paper/rdm/gram/alexnet/L5.h5"
    rdm.parent.mkdir(parents=True)
    one = stack.dissimilarities[0]
    matrices.write_rdm(rdm, {"euclidean": one, "cosine": one}, {"images_sha256": stack.index.sha256})
    export = tmp_path / "results/paper/rdm_exports/gram/alexnet.cosine.pkl"
    export.parent.mkdir(parents=True)
    write_rsatoolbox(export, stack)
    monkeypatch.chdir(tmp_path)
    first, second = re.findall(r"```python\n(.*?)```", (PROJECT / "docs/artifacts.md").read_text(), re.DOTALL)
    found: dict = {}
    exec(first, found)
    np.testing.assert_array_equal(found["rdm"], squareform(one))
    exec(second, found)
    # Of the class model, images of one class are at 0, and three and three images leave nine pairs at 1.
    assert found["model"].get_vectors().sum() == 9
    assert found["rsatoolbox"].rdm.compare(found["model"], found["rdms"], method="spearman").shape == (1, 2)


def test_program_stacks_the_layers_in_order(stack: RdmStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    index.write_index(tmp_path / "index.tsv", stack.index)
    files = []
    for layer, module, rdm in zip(stack.layers, stack.modules, stack.dissimilarities, strict=True):
        files.append(str(tmp_path / f"{layer}.h5"))
        attributes = {"layer": layer, "module": module, "images_sha256": stack.index.sha256}
        matrices.write_rdm(files[-1], {"euclidean": rdm, "cosine": rdm / 2}, attributes)
    program = PROJECT / "workflow/scripts/export_rdms.py"
    outputs = ["--output-npz", str(tmp_path / "out.npz"), "--output-rsatoolbox", str(tmp_path / "out.pkl")]
    options = ["--index", str(tmp_path / "index.tsv"), "--model", "net", "--dissimilarity", "cosine", *outputs]
    monkeypatch.setattr(sys, "argv", [str(program), "--rdm", *files, *options])
    runpy.run_path(str(program), run_name="__main__")
    with np.load(tmp_path / "out.npz") as file:
        np.testing.assert_array_equal(file["dissimilarities"], stack.dissimilarities / 2)
        assert file["modules"].tolist() == ["conv1", "conv2"]
    assert (tmp_path / "out.pkl").is_file()
