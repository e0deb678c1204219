"""Human evidence: what its readers make of files, how it meets the study's images, and what they say of bad input."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from texalign import names
from texalign.images.index import ImageIndex, ImageRecord
from texalign.perception import descriptions, readers, storage
from texalign.perception.evidence import condensed_positions
from texalign.perception.matching import ImageNames

PATHS = ("dotted/a.png", "dotted/b.png", "dotted/c.png", "woven/b.png", "woven/d.png")
INDEX = ImageIndex(
    tuple(
        ImageRecord(path, path.split("/")[0], int(path.startswith("woven")), str(place), 8, 8, "RGB")
        for place, path in enumerate(PATHS)
    )
)


def read(kind: str, path: Path, **options: object):
    return readers.read_evidence(kind, path, INDEX, **options)


def test_kinds_are_those_with_names():
    assert list(readers.EVIDENCE) == list(names.EVIDENCE)


def test_unknown_kinds_and_missing_files_are_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="unknown kind of human evidence 'words'; choose from labels"):
        read("words", tmp_path / "a.json")
    with pytest.raises(ValueError, match=r"nowhere\.json: there is no such file"):
        read("descriptions", tmp_path / "nowhere.json")


# ----------------------------------------------------------------------------------------------------------- matching


def test_names_are_paths_or_file_names_that_are_there_once():
    found = ImageNames(INDEX)
    assert found.row("woven/b.png", "") == 3
    assert found.row("woven\\d.png", "") == 4
    assert found.row("a.png", "") == 0
    assert found.row("grid/a.png", "") is None
    assert found.row("e.png", "") is None
    with pytest.raises(ValueError, match=r"f\.csv, line 7: 2 images of the study are called 'b\.png'; write the class"):
        found.row("b.png", "f.csv, line 7")


def test_what_is_missing_on_either_side_is_counted_and_listed():
    coverage = ImageNames(INDEX).coverage("f.csv", ["x.png", "y.png", "x.png"], [3, 0])
    assert coverage.matched == ("dotted/a.png", "woven/b.png")
    assert coverage.without_image == ("x.png", "y.png")
    assert coverage.without_evidence == ("dotted/b.png", "dotted/c.png", "woven/d.png")
    assert coverage.text.startswith("2 images matched by name; 2 names without an image (x.png, y.png); 3 images")
    assert [row["state"] for row in coverage.rows()] == ["matched"] * 2 + ["no image"] * 2 + ["no judgement"] * 3


def test_names_that_match_nothing_are_refused_with_what_is_near():
    with pytest.raises(ValueError, match=r"f\.csv: none of its names .*\(dottet/a\.png\).*nearest are: dotted/a\.png"):
        ImageNames(INDEX).coverage("f.csv", ["dottet/a.png"], [])


# -------------------------------------------------------------------------------------------------------- descriptions

TEXTS = {
    "dotted/a.png": ["red dots", "round dots, regular"],
    "dotted/b.png": ["red dots red", "some round dots"],
    "dotted/c.png": ["regular red weave", "coarse and round weave"],
    "woven/b.png": ["weave", "coarse weave, regular"],
    "woven/d.png": ["weave of dots", "coarse dots"],
    "other/x.png": ["weave"],
}


def described(folder: Path, texts: dict[str, list[str]]) -> Path:
    file = folder / "texts.json"
    file.write_text(json.dumps([{"image_name": name, "descriptions": own} for name, own in texts.items()]))
    return file


@pytest.mark.parametrize("colours", [True, False])
def test_descriptions_become_cosines_of_tf_idf(tmp_path: Path, colours: bool):
    found = read("descriptions", described(tmp_path, TEXTS), colours=colours)
    assert found.coverage.without_image == ("other/x.png",)
    # How many people use each word that three images or more are described with.
    people = {
        "dots": [2, 2, 0, 0, 2],
        "red": [1, 1, 1, 0, 0],
        "regular": [1, 0, 1, 1, 0],
        "round": [1, 1, 1, 0, 0],
        "weave": [0, 0, 2, 2, 1],
        "coarse": [0, 0, 1, 1, 1],
    }
    used = np.array([people[word] for word in people if colours or word != "red"], float).T
    vectors = used * np.log(5 / (used > 0).sum(axis=0))
    np.testing.assert_allclose(found.dissimilarities[0], pdist(vectors, "cosine"), rtol=1e-5)


def test_halves_part_each_images_descriptions(tmp_path: Path):
    texts = {path: [f"w{i}x round", f"w{i}y weave", "round weave", "weave"] for i, path in enumerate(PATHS)}
    found = descriptions.Descriptions.of(list(texts.values()))
    halves = [found.split(np.random.default_rng(seed)) for seed in range(8)]
    assert len({tuple(first) for first, _ in halves}) > 1
    words = found.uses.toarray()
    # Of four descriptions each half has two: together they use every word as often as all.
    rng = np.random.default_rng(0)
    order = np.lexsort([rng.random(20), found.image]).reshape(5, 4)
    weights = found.weights
    expected = np.stack([words[order[:, :2]].sum(axis=1), words[order[:, 2:]].sum(axis=1)]) * weights
    with np.errstate(invalid="ignore"):
        for half, vectors in zip(halves[0], expected, strict=True):
            np.testing.assert_allclose(half, pdist(vectors, "cosine"), atol=1e-6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[{]", "is not JSON"),
        ("{}", "is not a list of images"),
        ('[{"image": "a"}]', r"entry 1: has no text `image_name`"),
        ('[{"image_name": "a.png", "descriptions": []}]', r"entry 1 \(a.png\): `descriptions` is not a list of texts"),
        ('[{"image_name": "a.png", "descriptions": ["a", 3]}]', "is not a list of texts"),
        ('[{"image_name": "a.png", "descriptions": ["lonely"]}]', "no word is in the descriptions of 3 images or more"),
        ('[{"image_name": "a.png", "descriptions": ["the"]}]', "have no words to count"),
    ],
)
def test_bad_descriptions_are_told(tmp_path: Path, content: str, message: str):
    file = tmp_path / "texts.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=rf"{message}" if "word" in message else rf"texts\.json.*{message}"):
        read("descriptions", file)


def test_an_image_whose_words_nobody_shares_is_named(tmp_path: Path):
    file = described(tmp_path, {**TEXTS, "woven/d.png": ["unlike", "anything"]})
    with pytest.raises(ValueError, match=r"descriptions of woven/d\.png have no word that occurs with 3 images"):
        read("descriptions", file)


# -------------------------------------------------------------------------------------------------------------- labels


def test_joint_labels_become_jaccard_distances(tmp_path: Path):
    file = tmp_path / "labels_joint_anno.txt"
    file.write_text("dotted/a.png dotted \ndotted/b.png dotted grid \nwoven/d.png grid woven\n\nlaced/x.png laced\n")
    found = read("joint_labels", file)
    np.testing.assert_allclose(found.dissimilarities[0], [1 / 2, 1, 2 / 3])
    assert (found.rows.tolist(), found.coverage.without_image) == ([0, 1, 4], ("laced/x.png",))


def test_classes_are_the_class_model():
    model = readers.read_evidence("labels", None, INDEX).dissimilarities[0]
    np.testing.assert_array_equal(squareform(model), INDEX.class_indices[:, None] != INDEX.class_indices)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("dotted/a.png", "line 2: dotted/a.png has no label"),
        ("woven/b.png grid", "line 2: woven/b.png is listed twice"),
    ],
)
def test_bad_joint_labels_are_told_by_line(tmp_path: Path, line: str, message: str):
    file = tmp_path / "labels.txt"
    file.write_text(f"woven/b.png woven\n{line}\n")
    with pytest.raises(ValueError, match=message):
        read("joint_labels", file)


# ---------------------------------------------------------------------------------------------------------------- RDMs

SQUARES = np.stack([squareform(pdist(np.random.default_rng(seed).normal(size=(4, 2)))) for seed in (0, 1)])
# Not in the index's order, and one that the study lacks.
IMAGES = ["woven/d.png", "other/x.png", "dotted/a.png", "dotted/c.png"]
EXPECTED = np.stack([squareform(square[np.ix_([2, 3, 0], [2, 3, 0])]) for square in SQUARES])


def write_npz(file: Path, dissimilarities: np.ndarray, **more: object) -> None:
    np.savez(file, **{"dissimilarities": dissimilarities, "images": np.array(IMAGES), **more})


def write_h5(file: Path, dissimilarities: np.ndarray) -> None:
    with h5py.File(file, "w") as h5:
        h5["dissimilarities"] = dissimilarities
        h5["images"] = IMAGES


def write_square_csv(file: Path, square: np.ndarray) -> None:
    rows = [",".join([name, *map(str, row)]) for name, row in zip(IMAGES, square, strict=True)]
    file.write_text("\n".join([",".join(["image", *IMAGES]), *rows]))


def write_pairs_csv(file: Path, squares: np.ndarray) -> None:
    lines = ["observer,image_1,image_2,dissimilarity"]
    for observer, square in zip("AB", squares, strict=True):
        lines += [f"{observer},{IMAGES[j]},{IMAGES[i]},{square[i, j]}" for i in range(4) for j in range(i + 1, 4)]
    file.write_text("\n".join(lines))


@pytest.mark.parametrize(
    ("name", "write", "content", "expected"),
    [
        ("a.npz", write_npz, SQUARES, EXPECTED),
        ("a.npz", write_npz, SQUARES[0], EXPECTED[:1]),
        ("a.npz", write_npz, np.stack([squareform(square) for square in SQUARES]), EXPECTED),
        ("a.npz", write_npz, squareform(SQUARES[0]), EXPECTED[:1]),
        ("a.h5", write_h5, SQUARES, EXPECTED),
        ("a.csv", write_square_csv, SQUARES[1], EXPECTED[1:]),
        ("a.csv", write_pairs_csv, SQUARES, EXPECTED),
    ],
)
def test_rdms_of_every_format(tmp_path: Path, name: str, write, content: np.ndarray, expected: np.ndarray):
    write(tmp_path / name, content)
    found = read("rdm", tmp_path / name)
    np.testing.assert_allclose(found.dissimilarities, expected, rtol=1e-6)
    assert found.rows.tolist() == [0, 2, 4]
    assert found.coverage.without_image == ("other/x.png",)


def test_observers_keep_their_names_and_what_they_did_not_judge(tmp_path: Path):
    file = tmp_path / "pairs.csv"
    write_pairs_csv(file, SQUARES)
    lines = file.read_text().replace("other/x.png", "dotted/b.png").splitlines()
    file.write_text("\n".join(line for line in lines if not line.startswith("B,dotted/c.png,woven/d.png")))
    found = read("rdm", file)
    assert found.observers == ("A", "B")
    # The pair of c and d, last of the six of a, b, c and d.
    assert np.argwhere(np.isnan(found.dissimilarities)).tolist() == [[1, 5]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.triu(SQUARES[0]), "is not symmetric: woven/d.png to other/x.png is .*, the other way 0"),
        (-SQUARES[0], "observer everyone, woven/d.png to other/x.png: the dissimilarity -.* is negative"),
        (np.ones((4, 4)), "all dissimilarities are equal"),
        (np.full((4, 4), np.nan), "observer everyone judged no pair"),
        (np.ones((3, 3)), r"shape \(3, 3\) for 4 images, expected \(4, 4\) or \(6,\)"),
    ],
)
def test_rdms_that_cannot_be_are_told(tmp_path: Path, content: np.ndarray, message: str):
    write_npz(tmp_path / "a.npz", content)
    with pytest.raises(ValueError, match=rf"a\.npz: .*{message}"):
        read("rdm", tmp_path / "a.npz")


def test_pickles_are_refused_with_the_way_to_convert_them(tmp_path: Path):
    (tmp_path / "rdms.pkl").touch()
    with pytest.raises(
        ValueError, match=r"(?s)rdms\.pkl: a pickle runs whatever.*rsatoolbox.*numpy\.savez\('.*rdms\.npz'"
    ):
        read("rdm", tmp_path / "rdms.pkl")
    np.savez(tmp_path / "a.npz", dissimilarities=SQUARES, images=np.array(IMAGES, object))
    with pytest.raises(ValueError, match=r"a\.npz: cannot be read without unpickling.*dtype=str"):
        read("rdm", tmp_path / "a.npz")


def test_the_way_to_convert_works(tmp_path: Path):
    """As the message says, with rsatoolbox's own file."""
    import rsatoolbox

    rdms = rsatoolbox.rdm.RDMs(SQUARES, pattern_descriptors={"file": IMAGES})
    rdms.save(str(tmp_path / "rdms.pkl"), file_type="pkl")
    loaded = rsatoolbox.rdm.load_rdm(str(tmp_path / "rdms.pkl"))
    np.savez(tmp_path / "rdms.npz", dissimilarities=loaded.dissimilarities, images=loaded.pattern_descriptors["file"])
    np.testing.assert_allclose(read("rdm", tmp_path / "rdms.npz").dissimilarities, EXPECTED, rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("image_1,image_2,dissimilarity\na.png,c.png,1\nc.png,a.png,1", "line 3: this pair was judged before"),
        ("image_1,image_2,dissimilarity\na.png,c.png,far", "line 2, column dissimilarity: 'far' is not a number"),
        ("image_1,image_2,dissimilarity\na.png,c.png,-1", "line 2, column dissimilarity: -1 is not a dissimilarity"),
        ("x,a.png,c.png\na.png,0,1\nd.png,1,0", "line 3: d.png, where the header has other names"),
        ("x,a.png,c.png\na.png,0,1", "line 2: the last of 1 rows, where the header has other names"),
        ("x,a.png,c.png\na.png,0,1\nc.png,1", "line 3: has 2 cells, the header 3"),
        ("x,a.png,c.png", "has no rows below a header line"),
        ("x,a.png,a.png\na.png,0,1\na.png,1,0", "line 1: has a column twice"),
    ],
)
def test_bad_tables_of_dissimilarities_are_told_by_line(tmp_path: Path, content: str, message: str):
    file = tmp_path / "rdm.csv"
    file.write_text(content)
    with pytest.raises(ValueError, match=rf"rdm\.csv.*{message}"):
        read("rdm", file)


def test_an_observer_of_too_few_pairs_is_named(tmp_path: Path):
    file = tmp_path / "pairs.csv"
    file.write_text(
        "image_1,image_2,dissimilarity,observer\na.png,c.png,1,A\na.png,d.png,2,A\nc.png,d.png,3,A\na.png,c.png,1,B\n"
    )
    with pytest.raises(ValueError, match=r"pairs\.csv: observer B: 1 pairs of the study's images were judged"):
        read("rdm", file)


# ------------------------------------------------------------------------------------------------------------ triplets


def test_triplets_of_a_reference_and_two_others(tmp_path: Path):
    file = tmp_path / "triplets.tsv"
    file.write_text(
        "reference\tcloser\tother\tvotes_closer\tvotes_other\n"
        "a.png\td.png\tc.png\t3\t1\na.png\tc.png\td.png\t2\t0\nd.png\ta.png\tx.png\t1\t0\n"
    )
    found = read("triplets", file)
    # The same question twice: votes for c.png are 1 + 2, for d.png 3 + 0.
    assert found.pairs.tolist() == [[[0, 2], [0, 4]]]
    assert found.votes.tolist() == [[3, 3]]
    assert found.coverage.without_image == ("x.png",)
    assert found.images.tolist() == [[0, 2, 4]]


def test_triplets_of_an_odd_one_out(tmp_path: Path):
    file = tmp_path / "odd.csv"
    file.write_text("image_1,image_2,image_3,odd,observer\nd.png,a.png,c.png,c.png,A\na.png,c.png,d.png,a.png,B\n")
    found = read("triplets", file)
    assert found.pairs.tolist() == [[[0, 2], [0, 4], [2, 4]]]
    # Who calls c.png (row 2) odd finds a.png and d.png (rows 0, 4) alike.
    assert found.votes.tolist() == [[0, 1, 1]]
    assert found.images.tolist() == [[0, 2, 4]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\tb\n1\t2", "needs the columns reference, closer, other or image_1, image_2, image_3, odd; it has a, b"),
        ("reference\tcloser\tother\na.png\ta.png\tc.png", "line 2: the triplet a.png, a.png, c.png has an image twice"),
        ("image_1\timage_2\timage_3\todd\na.png\tc.png\td.png\tx.png", "line 2: the odd one 'x.png' is not among"),
        (
            "reference\tcloser\tother\tvotes_closer\na.png\tc.png\td.png\t-1",
            "column votes_closer: '-1' is not a number",
        ),
        ("reference\tcloser\tother\tvotes_closer\na.png\tc.png\td.png\t0", "line 2: has no vote for either"),
        ("reference\tcloser\tother\na.png\tx.png\ty.png", "none of its names"),
    ],
)
def test_bad_triplets_are_told_by_line(tmp_path: Path, content: str, message: str):
    file = tmp_path / "triplets.tsv"
    file.write_text(content)
    with pytest.raises(ValueError, match=rf"triplets\.tsv.*{message}"):
        read("triplets", file)


# -------------------------------------------------------------------------------------------------------------- scales


def test_scales_become_distances_of_standardised_ratings(tmp_path: Path):
    file = tmp_path / "scales.tsv"
    file.write_text(
        "image\tobserver\trough\tregular\na.png\tA\t1\t10\nc.png\tA\t2\t10\nd.png\tA\t3\t10\n"
        "a.png\tB\t0\t1\nc.png\tB\t0\t5\nd.png\tB\t4\t2\nx.png\tB\t4\t3\n"
    )
    found = read("scales", file)
    assert found.observers == ("A", "B")
    np.testing.assert_allclose(found.dissimilarities[0], pdist([[1], [2], [3]]) / np.std([1, 2, 3]), rtol=1e-6)
    ratings = np.array([[0, 1], [0, 5], [4, 2]])
    np.testing.assert_allclose(found.dissimilarities[1], pdist(ratings / ratings.std(axis=0)), rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("image\tobserver\na.png\tA", "needs a column `image` and one or more scales"),
        ("image\trough\na.png\tvery", "line 2, column rough: 'very' is not a finite number"),
        ("image\trough\na.png\t1\na.png\t2", "line 3: a.png is rated twice"),
        ("image\trough\na.png\t1", r"observer everyone rated 1 image\(s\)"),
    ],
)
def test_bad_scales_are_told_by_line(tmp_path: Path, content: str, message: str):
    file = tmp_path / "scales.tsv"
    file.write_text(content)
    with pytest.raises(ValueError, match=rf"scales\.tsv.*{message}"):
        read("scales", file)


# ------------------------------------------------------------------------------------------------------------- storage


def test_evidence_comes_back_from_its_artifact(tmp_path: Path):
    write_npz(tmp_path / "a.npz", SQUARES)
    triplets = tmp_path / "triplets.tsv"
    triplets.write_text("reference\tcloser\tother\na.png\tc.png\td.png\n")
    for evidence in (read("rdm", tmp_path / "a.npz"), read("triplets", triplets)):
        joined = storage.JoinedEvidence.of(evidence, INDEX.class_indices, 0)
        storage.write_evidence(tmp_path / "e.h5", joined, {"evidence": "mine"})
        found = storage.read_joined(tmp_path / "e.h5")
        assert found.ceilings == joined.ceilings
        for name in ("rows", "dissimilarities", "pairs", "votes"):
            if hasattr(evidence, name):
                np.testing.assert_array_equal(getattr(found.evidence, name), getattr(evidence, name))


def test_condensed_positions_are_scipys():
    square = squareform(np.arange(15))
    i, j = np.array([4, 0, 2]), np.array([1, 5, 3])
    np.testing.assert_array_equal(condensed_positions(6, i, j), square[i, j])
