"""What every rule must have."""

import re

import pytest

from support import PROJECT

RULES = {
    match["name"]: match["body"]
    for file in sorted((PROJECT / "workflow/rules").glob("*.smk"))
    for match in re.finditer(r"^rule (?P<name>\w+):\n(?P<body>(?:[ \t]+.*\n|\n)+)", file.read_text(), re.MULTILINE)
}
PROGRAMS = {name: body for name, body in RULES.items() if "shell:" in body}


def test_rules_are_found():
    assert {"extract_representations", "compute_rdm", "cluster_images", "compute_information"} <= set(PROGRAMS)


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_rule_has_log_environment_and_its_own_program_as_input(name: str):
    body = PROGRAMS[name]
    assert re.search(r"^    log:\n", body, re.MULTILINE)
    (environment,) = re.findall(r"conda:\n\s+([A-Z]+)\n", body)
    assert (PROJECT / f"envs/{environment.lower()}.yaml").is_file()
    assert "{log}" in body
    assert re.search(r"^    message:\n", body, re.MULTILINE)
    # Some rules share the program of another.
    assert re.search(r'\*\*program\("\w+"', body) or name == "build_ndd_environment"


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_rules_neither_run_python_of_their_own_nor_name_machines(name: str):
    assert not re.search(r"^    (run|script):", PROGRAMS[name], re.MULTILINE)
    assert not re.search(r"slurm|partition|account", PROGRAMS[name])
