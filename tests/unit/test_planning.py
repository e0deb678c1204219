"""The study as rules see it, programs and their library files, and what is said of a config that does not fit."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from planning import programs
from planning.study import Study, StudyNetwork, image_files
from planning.user_files import own_modules
from planning.validation import config_errors
from support import PAPER_CHANNELS, PAPER_CONFIG, PAPER_NETWORKS, PROJECT, SCHEMA

DEMO_CONFIG = yaml.safe_load((PROJECT / "config/demo.yaml").read_text())
SCRIPTS = PROJECT / "workflow/scripts"


@pytest.mark.parametrize("config", [PAPER_CONFIG, DEMO_CONFIG], ids=["paper", "demo"])
def test_shipped_configs_fit_the_schema(config: dict):
    assert config_errors(config, SCHEMA) == []


def test_papers_config_is_the_designs_study():
    study = Study.from_config(PAPER_CONFIG)
    assert list(study.networks) == list(PAPER_CHANNELS)
    assert all(len(network.layers) == 5 for network in study.networks.values())
    assert study.n_images == 5640
    assert (study.representations, study.protocols) == (["gram"], ["unit", "raw", "rdm_rows"])
    assert len(study.expand(study.paths.rdm)) == 60
    ids = [network.brainscore_id for network in PAPER_NETWORKS.values()]
    assert len(set(ids) - {None}) == 12
    relatives = [model for model, network in PAPER_NETWORKS.items() if network.brainscore_match == "relative"]
    assert relatives == ["inception_v3", "vgg16_bn", "vgg19_bn"]


def changed(*path: str, to: object) -> dict:
    config = yaml.safe_load(yaml.safe_dump(DEMO_CONFIG))
    place = config
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return config


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (changed("activatoin", to="after_relu"), "config: unknown key 'activatoin'; did you mean 'activation'?"),
        (changed("images", "sed", to=1), "images: unknown key 'sed'; did you mean 'seed'?"),
        (changed("images", "folder", to="x"), "images.folder: is not a key of this source; remove it"),
        (changed("images", "source", to="imagenet"), "images.source: 'imagenet' is not one of"),
        (changed("networks", "alexnet_untrained", "layers", to=[]), "networks.alexnet_untrained.layers: "),
        (changed("networks", "alexnet_untrained", "weights", to={"rnd": 1}), "networks.alexnet_untrained.weights"),
        (changed("networks", "bad/id", to={}), "networks: 'bad/id' is no name that files can have"),
        (changed("protocols", to=["unit_grams"]), "protocols.0: 'unit_grams' is not one of"),
    ],
)
def test_configs_that_do_not_fit_are_told_by_key(config: dict, message: str):
    errors = config_errors(config, SCHEMA)
    assert any(error.startswith(message) for error in errors), errors


def test_layers_are_numbered_in_the_configs_order_and_unknown_ones_refused():
    study = Study.from_config(PAPER_CONFIG)
    assert study.module(SimpleNamespace(model="resnet18", layer="L1")) == "bn1"
    assert study.module(SimpleNamespace(model="resnet18", layer="L5")) == "layer4.0.bn1"
    with pytest.raises(ValueError, match="resnet18 has no layer L6; the config gives it L1, L2, L3, L4, L5"):
        study.module(SimpleNamespace(model="resnet18", layer="L6"))


def test_only_a_users_own_weights_file_is_an_input():
    entry = {"source": "torchvision", "layers": ["features.0"]}
    weights = [{"file": "my.pth"}, {"file": "in/it.pth", "package": "p"}, {"random": 0}, "IMAGENET1K_V1"]
    networks = [StudyNetwork.from_config("alexnet", {**entry, "weights": kind}) for kind in weights]
    assert [network.weights_file for network in networks] == [["my.pth"], [], [], []]


def test_a_users_own_module_counts_where_it_lies_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert own_modules("mine") == []
    (tmp_path / "mine.py").touch()
    assert own_modules("mine") == [Path("mine.py")]


def test_image_files_are_listed_without_hidden_ones(tmp_path: Path):
    for name in ("b/2.png", "a/1.png", "a/.hidden", ".git/3.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert image_files(str(tmp_path)) == [f"{tmp_path}/a/1.png", f"{tmp_path}/b/2.png"]
    assert image_files(str(tmp_path / "nowhere")) == []


def test_flags_are_quoted_and_complete():
    line = programs.flags(image_size=224, layers=["L1=features.0", "L2=a b"], arguments={"b": 1, "a": "x y"}, none=None)
    assert shlex.split(line) == [
        *("--image-size", "224", "--layers", "L1=features.0", "L2=a b", "--arguments", '{"a": "x y", "b": 1}')
    ]


def test_library_files_follow_imports_of_imports(tmp_path: Path):
    library = tmp_path / "texalign"
    (library / "sub").mkdir(parents=True)
    (tmp_path / "program.py").write_text(
        "def main():\n    from texalign import one\n    from texalign.sub.two import f\n"
    )
    (library / "one.py").write_text("import texalign.three, texalign.four as t  # both\n")
    (library / "sub/two.py").write_text("import numpy\nfrom texaligned import unused\n")
    (library / "three.py").write_text("from texalign.sub.two import (\n    f,\n    g,\n)\n")
    (library / "four.py").write_text(
        "if True:\n    from texalign import (  # several\n        five as a,\n        six,\n    )\n"
    )
    for name in ("__init__", "sub/__init__", "five", "six", "unused"):
        (library / f"{name}.py").touch()
    found = programs.library_files(tmp_path / "program.py")
    assert [file.relative_to(library).as_posix() for file in found] == [
        *("__init__.py", "five.py", "four.py", "one.py", "six.py", "sub/__init__.py", "sub/two.py", "three.py")
    ]


@pytest.fixture
def stamped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """A working directory with a program and its library, and a function that stamps its code as a new run would."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "texalign").mkdir()
    (tmp_path / "texalign/__init__.py").touch()
    (tmp_path / "texalign/one.py").write_text("ONE = 1\n")
    (tmp_path / "texalign/other.py").write_text("OTHER = 1\n")
    (tmp_path / "program.py").write_text("from texalign import one\n")
    for age, file in enumerate(sorted(tmp_path.rglob("*.py"))):
        os.utime(file, (1_600_000_000 - age,) * 2)

    def stamp() -> Path:
        for known in (programs.code_stamp, programs._digest, programs._library_imports, programs._imported_files):
            known.cache_clear()
        programs.library_files.cache_clear()
        return programs.code_stamp(tmp_path / "program.py")

    return stamp


def test_a_new_stamp_of_code_has_the_date_of_the_newest_file_that_it_stands_for(stamped: Callable[[], Path]):
    """Results that came without Snakemake's records are as old or new as by the files themselves."""
    newest = max(Path(name).stat().st_mtime_ns for name in ("program.py", "texalign/__init__.py", "texalign/one.py"))
    assert stamped().stat().st_mtime_ns == newest


def test_a_stamp_of_code_is_written_when_what_it_stands_for_changes_only(stamped: Callable[[], Path]):
    stamp = stamped()
    before, date = stamp.read_text(), stamp.stat().st_mtime_ns
    Path("texalign/other.py").write_text("OTHER = 2\n")
    Path("texalign/one.py").touch()
    assert stamped() == stamp
    assert (stamp.read_text(), stamp.stat().st_mtime_ns) == (before, date)
    one = Path("texalign/one.py")
    one.write_text("ONE = 2\n")
    os.utime(one, (1_500_000_000,) * 2)
    assert stamped() == stamp
    assert stamp.read_text() != before
    assert stamp.stat().st_mtime_ns > 1_700_000_000 * 10**9


# Imports everything that each program's source imports, and the sources of command_line that it takes (whose functions
# import too), after forgetting what of the library came before, and prints what of it is then loaded.
LOADED = """
import ast, json, sys
from collections.abc import Callable
from pathlib import Path

def run_imports(source):
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom) and "texalign" in ast.unparse(node):
            exec(ast.unparse(node), {})

def loaded(program):
    for name in [name for name in sys.modules if name.partition(".")[0] == "texalign"]:
        del sys.modules[name]
    run_imports(program)
    for name in [name for name in sys.modules if name.startswith("texalign.command_line.")]:
        run_imports(Path(sys.modules[name].__file__))
    return sorted(module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] == "texalign")

print(json.dumps({program.stem: loaded(program) for program in map(Path, sys.argv[1:])}))
"""
PROGRAMS = sorted(SCRIPTS.glob("*.py"))


@pytest.fixture(scope="module")
def really_loaded() -> dict[str, list[str]]:
    """Library modules that are loaded with each program, by its name."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, *PROGRAMS], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_library_files_are_what_a_program_really_imports(really_loaded: dict[str, list[str]], program: Path):
    assert [str(file) for file in programs.library_files(program)] == really_loaded[program.stem]


def test_analysis_modules_do_not_import_torch():
    modules = (
        *("images.index", "images.textures", "rdms.compute", "clusters.protocols.registry", "information.nsb"),
        *("information.layers", "figures.kit"),
    )
    code = "\n".join(["import sys", *(f"import texalign.{name}; print('torch' in sys.modules)" for name in modules)])
    ran = subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=True)
    assert dict(zip(modules, ran.stdout.split(), strict=True)) == dict.fromkeys(modules, "False")


def test_a_network_that_differs_from_the_others_says_so_to_every_program_that_runs_it():
    entry = {
        "source": "timm",
        "name": "vit_tiny_patch16_224",
        "weights": "augreg_in21k",
        "layers": ["blocks.3", {"module": "act", "call": 2}, {"module": "act", "call": "last"}],
        "activation": "before_relu",
        "maps": "tokens+1",
        "preprocessing": "weights",
    }
    network = StudyNetwork.from_config("vit", entry)
    assert shlex.split(network.taps_flags) == [
        *("--architecture", "timm:vit_tiny_patch16_224", "--arguments", "{}", "--own-activation", "before_relu"),
        *("--maps", "tokens+1", "--own-preprocessing", "augreg_in21k"),
        *("--layers", "L1=blocks.3", "L2=act@2", "L3=act@last"),
    ]
    plain = StudyNetwork.from_config("pixels", {"source": "handmade", "weights": {"random": 0}, "layers": ["colour"]})
    assert plain.activation == "before_relu"
    assert "--own-activation" not in StudyNetwork.from_config("alexnet", PAPER_CONFIG["networks"]["alexnet"]).taps_flags


def test_more_than_a_command_line_holds_goes_by_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    few = ["results/s/a b.tsv", "results/s/b.tsv"]
    assert shlex.split(programs.file_arguments(few)) == few
    assert shlex.split(programs.lineage_flags({"a": "1"})) == ["--lineages", '{"a": "1"}']
    many = [f"results/s/information/gram/unit/network_{number}/L1.tsv" for number in range(4500)]
    known = dict.fromkeys(many, "0" * 32)
    command = f"{programs.file_arguments(many)} {programs.lineage_flags(known)}"
    assert len(command) < 200
    program = tmp_path / "program.py"
    program.write_text(
        f"import argparse, json, sys; from pathlib import Path; sys.path.insert(0, {str(SCRIPTS)!r})\n"
        "from texalign.command_line.lineage_arguments import parse_with_lineages\n"
        "parser = argparse.ArgumentParser(); parser.add_argument('files', nargs='+', type=Path)\n"
        "found = parse_with_lineages(parser); print(json.dumps({str(file): file.lineage for file in found.files}))\n"
    )
    ran = subprocess.run(
        f"{sys.executable} {program} {command}", shell=True, capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout) == known
    other = programs.lineage_flags({**known, many[0]: "1" * 32})
    assert other != programs.lineage_flags(known)
    assert [json.loads(file.read_text())[many[0]] for file in programs.argument_files(other)] == ["1" * 32]
