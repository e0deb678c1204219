"""The cross-check against ndd itself, where a Fortran compiler is at hand."""

import shutil
import sys

import pytest

from texalign.artifacts import tables
from workflow_project import TOY_NETWORK, Checkout

CONFIG = {
    "study": "toy",
    "images": {
        "source": "procedural",
        "classes": ["grid", "dotted", "woven", "cracked"],
        "images_per_class": 10,
        "seed": 0,
        "size": 64,
    },
    "networks": {"toy": TOY_NETWORK},
}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("gfortran") is None, reason="no Fortran compiler: ndd cannot be built")
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="ndd cannot be built for Python 3.12 or newer")
def test_mutual_information_is_ndds_within_1e_5_bits(checkout: Checkout):
    checkout.snakemake("--cores", "2", "ndd_check", config=CONFIG)
    rows = tables.read_tsv(checkout.folder / "results/toy/tables/ndd_check.tsv")
    assert len(rows) == 3 * 2
    assert max(abs(float(row["mi_nsb_bits"]) - float(row["mi_ndd_bits"])) for row in rows) <= 1e-5
    assert len({row["mi_ndd_bits"] for row in rows}) > 1
