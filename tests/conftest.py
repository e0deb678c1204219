"""The order of the tests."""

import pytest

# The longest files, longest first. With several workers, each of which takes whole files, a long file that is begun
# last would leave the others idle. `--no-loadscope-reorder` keeps this order; else files of many tests come first.
LONGEST = (
    "test_architectures",
    "test_slurm",
    "test_installation",
    "test_errors",
    "test_multiverse_workflow",
    "test_reruns",
    "test_profiles",
    "test_synthesis_workflow",
    "test_reference",
    "test_storage",
    "test_synthesis",
    "test_ndd_check",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the order within files stays, as does that of all others."""
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONGEST)))
