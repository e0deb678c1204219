"""What the docs claim can be checked: examples run, and links lead somewhere."""

import ast
import doctest
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import generate
import picture
from support import DATA, PROJECT, needs_data
from texalign import names
from texalign.artifacts.records import columns
from texalign.artifacts.tables import write_tsv
from texalign.networks.sources import Architecture

PAGES = sorted(
    [
        *PROJECT.glob("*.md"),
        *(
            path
            for name in ("docs", "config", "profiles", "resources", "benchmarks")
            for path in (PROJECT / name).rglob("*.md")
        ),
    ]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")


class AnyOutput(doctest.OutputChecker):
    """Takes any output: examples are to run, on inputs that are not those of the page."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return True


def run_examples(page: str, checker: doctest.OutputChecker | None = None) -> int:
    """Run a page's examples in the working directory; how many there are. Fails where one does."""
    test = doctest.DocTestParser().get_doctest((PROJECT / page).read_text(), {}, page, page, 0)
    report: list[str] = []
    results = doctest.DocTestRunner(checker, optionflags=doctest.ELLIPSIS).run(test, out=report.append)
    assert results.failed == 0, "".join(report)
    return results.attempted


@pytest.fixture
def in_folder(tmp_path: Path) -> Iterator[Path]:
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


@needs_data
@pytest.mark.slow
def test_library_examples_give_what_the_page_says(in_folder: Path):
    (in_folder / "images").symlink_to(DATA / "dtd10")
    (in_folder / "alexnet.pth").symlink_to(DATA / "weights/alexnet_conv.pth")
    assert run_examples("docs/library.md") > 15


def test_library_examples_run_on_anything(in_folder: Path):
    rng = np.random.default_rng(0)
    for name in ("banded", "chequered", "woven"):
        for number in range(3):
            path = in_folder / "images" / name / f"{name}_000{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(path)
    torch.save(Architecture("torchvision", "alexnet", {}).build().state_dict(), in_folder / "alexnet.pth")
    assert run_examples("docs/library.md", AnyOutput()) > 15


def test_the_readmes_picture_is_drawn_from_tables(in_folder: Path):
    study = {"representation": "gram", "protocol": "unit"}
    information = {"n_images": 20, "n_classes": 2, "mi_nsb_bits": 0.5, "ci_low_bits": 0.4, "ci_high_bits": 0.7}
    agreement = {
        "n_images": 18,
        "estimate": 0.3,
        "ci_low": 0.2,
        "ci_high": 0.4,
        "ceiling_low": 0.5,
        "ceiling_high": 0.6,
    }
    scope = {"evidence": "words", "scope": "within_classes", "measure": "spearman"}
    for name, values in {
        "mi_inference": information | {"class_entropy_bits": 1},
        "agreement": scope | agreement,
    }.items():
        rows = [study | values | {"model": model} for model in ("alexnet", "alexnet_untrained") for _ in range(2)]
        write_tsv(f"{name}.tsv", list(rows[0]), rows)
    picture.main([".", "answer.svg"])
    drawn = Path("answer.svg").read_text()
    assert "20 images, 2 classes" in drawn
    assert "words, 18 images" in drawn
    shipped = PROJECT / "docs/answer.svg"
    assert shipped.stat().st_size < 200_000
    assert "400 images, 10 classes" in shipped.read_text()


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as they are made from the text."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page: Path):
    for target in LINK.findall(page.read_text()):
        if "://" in target or target.startswith("mailto:"):
            continue
        file, _, anchor = target.partition("#")
        linked = page.parent / file if file else page
        assert linked.exists(), f"{target}: no such file"
        if anchor:
            assert anchor in anchors(linked), f"{target}: no such heading"


@pytest.mark.parametrize("name", list(generate.PAGES))
def test_pages_made_from_the_code_are_up_to_date(name: str):
    assert (PROJECT / "docs" / name).read_text() == generate.PAGES[name](), "run `make docs`"


def test_every_registry_of_names_is_on_the_page_of_choices():
    lines = {name for name, value in vars(names).items() if name.isupper() and isinstance(value, dict)}
    assert lines - set(generate.registries()) <= {"OLD_PROTOCOLS", "CRITERION_TABLES", "LADDER_AGREEMENT"}
    page = generate.choices()
    assert all(f"| `{name}` | " in page for entries in generate.registries().values() for name in entries)


def test_every_table_that_a_rule_writes_is_on_the_page_of_tables():
    rules = "".join(path.read_text() for path in (PROJECT / "workflow/rules").glob("*.smk"))
    written = {f"tables/{name}.tsv" for name in re.findall(r'\btable\(\s*"([^"{]+)"', rules)}
    assert len(written) > 15
    # Its columns are the study's evidence.
    assert written - set(generate.TABLES) == {"tables/agreement_by_layer.tsv"}
    assert all(column.doc for record, _ in generate.TABLES.values() for column in columns(record))


def test_the_readme_names_every_target():
    rules = (PROJECT / "workflow/Snakefile").read_text()
    targets = set(re.findall(r"^rule (\w+):$", rules, re.MULTILINE)) - {"all"}
    assert len(targets) > 10
    assert {name for name in targets if f"`{name}`" not in (PROJECT / "README.md").read_text()} == set()


def test_make_help_names_every_target():
    makefile = (PROJECT / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert {name for name in phony.split() if not re.search(rf'@echo "make {name} ', makefile)} == {"help"}


# American forms of words that these pages use; names in code and the titles of papers keep theirs.
AMERICAN = re.compile(
    r"\b(?:\w*(?:alized?|alizes|alizing|alization|imized?|imizes|imizing|imization|ognized?|anized?|arized?|thesized?)"
    r"|analyzed?|colors?|colored|gray|grayscale|behaviors?|centers?|centered|labeled|modeling|catalog)\b",
    re.IGNORECASE,
)
# A code block, a passage of code, a link's target, and lines indented as output is: what is not prose.
NOT_PROSE = re.compile(r"```[\s\S]*?```|`[^`]*`|\]\([^)]*\)|^ {4}.*$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_spelling_is_british(page: Path):
    text = page.read_text().partition("\n## Sources\n")[0]
    assert AMERICAN.findall(NOT_PROSE.sub("", text)) == []


# A command as it stands in text, in a comment or in a message: up to the end of the line or of the code.
COMMAND = re.compile(r"snakemake [^`\n;\"]*")
COMMANDS = [
    *PAGES,
    *(PROJECT / name for name in ("Makefile", "config.yaml", ".ci/run", ".github/workflows/ci.yaml")),
    *(path for name in ("config", "profiles", ".test") for path in (PROJECT / name).rglob("*.yaml")),
]


@pytest.mark.parametrize("page", COMMANDS, ids=lambda page: str(page.relative_to(PROJECT)))
def test_a_target_comes_before_the_config_files(page: Path):
    """`--configfile` takes every word after it: only config files, another option, or the end may follow it."""
    for command in COMMAND.findall(page.read_text()):
        _, option, after = command.partition("--configfile ")
        given = after.split(" -")[0].split()
        assert not option or (given and all(re.fullmatch(r"\S+\.yaml|<file>", word) for word in given)), command


def test_every_config_is_listed():
    text = (PROJECT / "config/README.md").read_text()
    files = {path.name for path in (PROJECT / "config").glob("*.yaml")}
    assert {name for name in files if f"({name})" not in text} == set()


def test_every_correction_has_a_test_that_names_it():
    """Eleven rows of docs/differences.md, and no test that speaks of a correction is left out there."""
    lines = (PROJECT / "docs/differences.md").read_text().splitlines()
    rows = {int(found[1]): line for line in lines if (found := re.match(r"\| (\d+) \|", line))}
    assert list(rows) == list(range(1, 12))
    named = {(n, *test) for n, row in rows.items() for test in re.findall(r"`(test_\w+\.py)::(\w+)`", row)}
    says_so = set()
    for file in sorted((PROJECT / "tests/unit").glob("test_*.py")):
        for function in ast.walk(ast.parse(file.read_text())):
            said = isinstance(function, ast.FunctionDef) and re.search(
                r"Correction (\d+) of docs/differences\.md", ast.get_docstring(function) or ""
            )
            if said:
                says_so.add((int(said[1]), file.name, function.name))
    assert {(int(n), *test) for n, *test in named} == says_so


def covered(table: str) -> list[int]:
    """Percentages in the column `covers` of a table of docs/methods.md."""
    methods = (PROJECT / "docs/methods.md").read_text()
    lines = re.search(rf"<!-- table: {table} -->\n(.*?)<!-- end -->", methods, re.DOTALL)[1].splitlines()
    place = lines[0].split(" | ").index("covers")
    return [int(line.split(" | ")[place].rstrip("%")) for line in lines[2:]]


def test_what_is_said_of_coverage_is_what_the_tables_have():
    """Correction 4 of docs/differences.md: over the whole grid, no cell of which is left out."""
    clusters, trees = covered("coverage_clusters"), covered("coverage_tree")
    assert len(clusters) == len(trees) == 4 * 7
    of_clusters, of_trees = (f"{min(found)} to {max(found)}%" for found in (clusters, trees))
    methods, limitations = (
        " ".join((PROJECT / f"docs/{page}.md").read_text().split()) for page in ("methods", "limitations")
    )
    assert f"the interval covers the truth in {of_clusters} of studies" in methods
    assert f"in {of_clusters} of simulated studies for fixed clusters, in {of_trees} with trees rebuilt" in limitations


def test_every_test_that_reliability_names_exists_and_is_marked_as_it_runs():
    """One row for each kind of fault, at least 60 of them; a dagger where `make test` does not run the test."""
    rows = [
        line.split("|")[1:-1]
        for line in (PROJECT / "docs/reliability.md").read_text().splitlines()
        if line.startswith("| ") and not line.startswith("| fault |")
    ]
    assert len({row[0] for row in rows}) == len(rows) >= 60
    for row in rows:
        assert len(row) == 4
        assert all(cell.strip() for cell in row)
        named = re.findall(r"`([\w/]+\.py)::(\w+)`( †)?", row[3])
        assert named, row
        for file, test, dagger in named:
            source = (PROJECT / "tests" / file).read_text()
            found = re.search(rf"((?:^@.*\n(?:^[ )\]}}].*\n)*)*)^def {test}\(", source, re.MULTILINE)
            assert found, f"{file} has no {test}"
            thorough = "pytest.mark.thorough" in found[1] or "pytestmark = pytest.mark.thorough" in source
            assert thorough == bool(dagger), f"{file}::{test}"
