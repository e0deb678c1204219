"""Fixtures of the workflow's tests."""

from pathlib import Path

import pytest

from workflow_project import Checkout, copy_project


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A working copy of the project in a folder of its own, without results."""
    return copy_project(tmp_path / "project")
