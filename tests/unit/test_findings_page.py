"""The first page of the report says what the tables hold, and nothing that they do not; tables can be read as pages."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from planning.pages import CATEGORIES, TABLES, asked, scored_networks, weights_in_words
from planning.study import Study
from support import PAPER_CONFIG, PROJECT
from texalign.artifacts import records, tables
from texalign.brainscore.correlation import CorrelationRow
from texalign.errors import TexalignError
from texalign.findings import cautions, columns, words
from texalign.findings.page import findings_page
from texalign.findings.study import Asked, BestAgreement, BestLayerFound, Found, NetworkFound, read_found
from texalign.findings.table_page import table_page
from texalign.images.index import ImageIndex, ImageRecord, write_index
from texalign.information.half_tables import BestOnHalvesRow

TEMPLATE = (PROJECT / "workflow/scripts/texalign/findings/table.html").read_text()
ASKED = Asked(
    study="s",
    images="the folder own",
    drawn=False,
    networks=[
        NetworkFound("near", "torchvision:alexnet", "IMAGENET1K_V1", "AlexNet"),
        NetworkFound("far", "torchvision:alexnet", "random weights, seed 0", "AlexNet"),
    ],
    representations=["gram"],
    protocols=["unit", "raw"],
    criterion="mi_nsb_bits",
)
BEST = [
    BestLayerFound("gram", "unit", "far", "L1", "features.0", 0.5, 0.5, 1.9, 0.3, 0.8, 0.01),
    BestLayerFound("gram", "unit", "near", "L5", "features.10", 1.5, 1.5, 2.0, 1.25, 1.75, 0.01),
    BestLayerFound("gram", "raw", "far", "L2", "features.3", 0.7, 0.7, 1.4, 0.6, 0.9, 0.01),
]
FOUND = Found(n_images=120, n_classes=4, confidence=0.95, best=BEST)
HALVES = BestOnHalvesRow("gram", "unit", "near", "mi_nsb_bits", "L5", 1.5, 1.4, 1.25, 0.15, 0.9, 10)


def correlation(**cells: object) -> CorrelationRow:
    empty = dict.fromkeys(CorrelationRow.__dataclass_fields__)
    usual = {"representation": "gram", "protocol": "unit", "criterion": "mi_nsb_bits", "benchmark": "V1", "note": ""}
    return CorrelationRow(
        **{**empty, **usual, "equivalence_bound": 0.5, "n_models": 12, "n_relatives": 0, "n_families": 0, **cells}
    )


def test_the_answer_names_the_best_network_with_interval_and_ceiling():
    (line,) = words.answers(ASKED, FOUND)
    assert "near tells most about the human classes: at L5, 1.50 bits" in line
    assert "(95% interval 1.25 to 1.75) of a ceiling of 2.00 (75%)" in line
    assert "The last of 2 networks, far, tells 0.50 (95% interval 0.30 to 0.80)" in line


def test_agreement_is_told_with_its_ceiling():
    agreed = BestAgreement("people", "near", "L5", "spearman", 0.3, 0.2, 0.4, 0.001, None, 0.52, 396, 1)
    line = words.answers(ASKED, replace(FOUND, agreement=[agreed]))[1]
    assert "With people (people, 396 images) near agrees best, at L5: spearman 0.30 (95% interval 0.20 to 0.40)" in line
    assert "the best possible model reaches 0.52" in line


def test_correlations_are_told_with_what_they_cannot_say():
    """Correction 7 of docs/differences.md."""
    row = correlation(
        **{"pearson_r": -0.25, "pearson_low": -0.7, "pearson_high": 0.3, "pearson_p": 0.4, "conclusion": "undecided"},
        **{"detectable_r": 0.72, "zero_filled_share": 0.17},
    )
    assert words.correlated([row]) == (
        "With Brain-Score's V1 the best layers correlate by r = −0.25 [−0.70, 0.30] over 12 networks, undecided."
    )
    said = words.cannot_say([row])
    assert "With 12 networks a true |r| below 0.72 is missed" in said
    assert "up to 17%" in said
    # Correction 7: beside p, that it takes networks for independent, and of how many independent ones it is worth.
    assert "p and a conclusion such as |r| < 0.5 take networks for independent draws; q" in said
    assert "independent ones" not in said
    said = words.cannot_say([replace(row, n_families=5, effective_networks=6.34), row])
    assert "The 12 networks are of 5 families, and r of them varies as much as of 6.3 independent ones (V1)" in said


def test_of_three_networks_r_is_told_without_a_verdict_or_a_count_of_verdicts():
    rows = [
        correlation(benchmark=name, n_models=3, pearson_r=0.96, note="no verdict of 3 networks")
        for name in ("V1", "IT")
    ]
    assert words.correlated(rows) == (
        "With Brain-Score's V1 the best layers correlate by r = 0.96 over 3 networks, no verdict of 3 networks."
    )


@pytest.mark.parametrize(("n", "have"), [(0, "no network has"), (1, "one network has"), (2, "two networks have")])
def test_below_three_scored_networks_brain_score_is_one_sentence(n: int, have: str):
    found = replace(FOUND, correlations=[correlation(n_models=n, note=f"fewer than 3 pairs ({n})")])
    assert words.correlated(found.correlations).startswith(f"Nothing can be said of Brain-Score: {have} a score")
    page = findings_page(ASKED, found, None, None)
    assert page.count("Brain-Score") == 1


def test_cautions_are_only_of_what_is_so():
    said = " ".join(cautions.cautions(ASKED, replace(FOUND, halves={"near": HALVES})))
    assert "Under another the best network is another one" in said
    assert "as low as 0.70 bits (50% of its ceiling, raw)" in said
    assert "near's layer chosen on one half has 0.15 less on the other" in said
    assert "was L5 in 90%" in said
    assert "1 network of 2 is untrained: what it tells comes of the architecture alone" in said
    assert "A program drew" not in said
    alone = replace(ASKED, protocols=["unit"], drawn=True, networks=ASKED.networks[:1])
    said = " ".join(cautions.cautions(alone, FOUND))
    assert "A program drew" in said
    assert not any(words in said for words in ("primary", "untrained", "on one half"))


def test_only_the_protocol_that_was_chosen_on_data_is_said_to_have_been():
    """Correction 11 of docs/differences.md: `unit` shows the paper's findings, and no other protocol is said to."""
    assert "unit, was made primary because it shows the paper's findings" in " ".join(cautions.cautions(ASKED, FOUND))
    found = replace(FOUND, best=[*FOUND.best[2:], *FOUND.best[:2]])
    said = " ".join(cautions.cautions(replace(ASKED, protocols=["raw", "unit"]), found))
    assert "The first protocol, raw, is primary by the config's choice" in said
    assert "paper's findings" not in said


def test_the_page_says_only_numbers_of_the_tables(tmp_path: Path):
    Image.fromarray(np.full((40, 60, 3), 128, np.uint8)).save(tmp_path / "panel.png")
    page = findings_page(ASKED, FOUND, tmp_path / "panel.png", "explorer.html")
    assert "<script" not in page
    assert max(map(len, page.splitlines())) < 10_000  # docutils' limit
    for cell in ("near", "L5 (features.10)", "1.50", "1.25 to 1.75", "75% of 2.00", "120 of 4 classes: the folder own"):
        assert f">{cell}<" in page
    assert 'src="data:image/jpeg;base64,' in page
    assert 'href="explorer.html"' in page


def test_found_is_read_from_tables_or_left_out(tmp_path: Path):
    images = [
        ImageRecord(f"{name}/{i}.png", name, k, "0" * 64, 8, 8, "RGB") for k, name in enumerate("ab") for i in (0, 1)
    ]
    write_index(tmp_path / "index.tsv", ImageIndex(tuple(images)))
    key = {"representation": "gram", "protocol": "unit", "model": "near", "layer": "L1"}
    for name, row in {
        "best_mi": {**key, "module": "m", "value": 0.7, "mi_nsb_bits": 0.7},
        "mi": {**key, "mi_ceiling_bits": 1.0},
        "inference": {**key, "ci_low_bits": 0.5, "ci_high_bits": 0.9, "null_mean_bits": 0.1, "confidence": 0.9},
    }.items():
        tables.write_tsv(tmp_path / f"{name}.tsv", list(row), [row])
    records.write_records(tmp_path / "correlations.tsv", CorrelationRow, [correlation(), correlation(protocol="raw")])
    files = {name: tmp_path / f"{name}.tsv" for name in ("best_mi", "mi", "inference", "correlations")}
    found = read_found(ASKED, tmp_path / "index.tsv", **files)
    assert (found.n_images, found.n_classes, found.confidence) == (4, 2, 0.9)
    assert found.best == [BestLayerFound("gram", "unit", "near", "L1", "m", 0.7, 0.7, 1.0, 0.5, 0.9, 0.1)]
    assert [row.protocol for row in found.correlations] == ["unit"]
    assert read_found(ASKED, tmp_path / "index.tsv").best == []
    with pytest.raises(TexalignError, match="give the tables of mutual information"):
        read_found(ASKED, tmp_path / "index.tsv", best_mi=files["best_mi"])


def test_what_was_asked_comes_from_the_config():
    study = Study.from_config(PAPER_CONFIG)
    told = Asked.of_mapping(json.loads(json.dumps(asked(study))))
    assert [network.model for network in told.networks] == list(study.networks)
    assert told.images == "the Describable Textures Dataset"
    assert scored_networks(study) == 12
    assert weights_in_words(study.networks["alexnet"]) == study.networks["alexnet"].weights
    with pytest.raises(TexalignError, match="not complete"):
        Asked.of_mapping({"study": "s"})


def test_categories_are_sorted_as_the_data_goes():
    ordered = sorted(CATEGORIES.values())
    places = [ordered.index(CATEGORIES[name]) for name in ("summary", "rdm", "clusters", "information", "brainscore")]
    assert places == sorted(places)
    assert ordered[-1] == CATEGORIES["tables"]


# --------------------------------------------------------------------------------------------------------------- tables


def test_a_tables_page_holds_its_cells_as_they_are():
    rows = [{"model": "</script><b>", "value": "0.1234567890123", "note": 'a "b"'}]
    page = table_page(TEMPLATE, "mi", "all layers", rows, {"value": "bits", "other": "not here"})
    data = re.search(r'<script id="table"[^>]*>(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(data) == {
        "columns": ["model", "value", "note"],
        "docs": {"value": "bits"},
        "rows": [["</script><b>", "0.1234567890123", 'a "b"']],
    }
    with pytest.raises(TexalignError, match="no rows"):
        table_page(TEMPLATE, "mi", "all layers", [], {})


def test_columns_of_records_are_explained():
    assert set(columns.RECORDS) <= set(TABLES)
    assert "Fisher" in columns.docs("brainscore_correlations")["pearson_low"]
    assert columns.docs("mi")["mi_nsb_bits"]
