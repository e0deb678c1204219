"""What a run says at its end is what its tables hold."""

from pathlib import Path

import pytest

from planning.findings import findings
from planning.study import Study
from support import PAPER_CONFIG

STUDY = Study.from_config(PAPER_CONFIG)
BEST = "representation\tprotocol\tmodel\tlayer\tvalue\n"
CORRELATIONS = "\t".join(
    [
        *("representation", "protocol", "benchmark", "n_models", "pearson_r", "pearson_low", "pearson_high"),
        *("conclusion", "note\n"),
    ]
)


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results/paper/tables").mkdir(parents=True)
    return tmp_path / "results/paper/tables"


def test_nothing_is_said_before_there_is_a_table(tables: Path):
    assert findings(STUDY) == []


def test_best_layers_come_first_and_other_protocols_do_not_count(tables: Path):
    rows = [f"gram\tunit\tn{i}\tL{i % 5 + 1}\t{0.1 * i}\n" for i in range(10)] + ["gram\traw\tn3\tL1\t9\n"]
    (tables / "best_mi.tsv").write_text(BEST + "".join(rows))
    lines = findings(STUDY)
    assert lines[1].split() == ["n9", "L5", "0.9"]
    assert lines[5] == "  and 6 more"
    assert not any(" 9" in line for line in lines[1:5])
    assert "--report results/paper/report.html" in lines[-1]
    for page in ("report.html", "report/findings.html", "explorer.html"):
        (tables.parent / page).parent.mkdir(exist_ok=True)
        (tables.parent / page).touch()
    (tables / "brainscore_correlations.tsv").write_text(f"{CORRELATIONS}gram\tunit\tV1\t0\t\t\t\t\tfewer than 3\n")
    lines = findings(STUDY)
    assert "  explorer: results/paper/explorer.html" in lines
    assert "  report: results/paper/report.html" in lines
    assert len(lines) == 10


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("gram\tunit\tV1\t12\t-0.25\t-0.7\t0.3\tundecided\t\n", "with V1: r = -0.25 [-0.70, 0.30], n = 12, undecided"),
        ("gram\tunit\tV1\t3\t0.96\t\t\t\tno verdict of 3\n", "with V1: r = 0.96, n = 3, no verdict of 3"),
        (
            "gram\tunit\tV1\t0\t\t\t\t\tfewer than 3 pairs (0)\n",
            "no correlation with Brain-Scores: fewer than 3 pairs (0)",
        ),
    ],
)
def test_a_correlation_or_why_there_is_none(tables: Path, row: str, said: str):
    (tables / "best_mi.tsv").write_text(f"{BEST}gram\tunit\ta\tL1\t1\n")
    (tables / "brainscore_correlations.tsv").write_text(CORRELATIONS + row)
    assert f"  {said}" in findings(STUDY)
