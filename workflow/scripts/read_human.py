"""Human evidence, joined to the study's images by file name, with its noise ceilings."""

import argparse
import json
import logging
from pathlib import Path

from texalign import names
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evidence", required=True, help="the evidence's name in the study")
    parser.add_argument("--kind", choices=list(names.EVIDENCE), required=True, help="what the file holds")
    parser.add_argument("--file", type=Path, help="the judgements; none for the study's own labels")
    parser.add_argument("--downloads", type=Path, help="folder of DTD's archive, which holds its joint labels")
    parser.add_argument("--options", type=json.loads, default={}, help="options of the kind, JSON")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--seed", type=int, required=True, help="of halves of people")
    parser.add_argument("--output", type=Path, required=True, help="the evidence, HDF5")
    parser.add_argument("--output-coverage", type=Path, required=True, help="what met and what is missing, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import provenance, records
    from texalign.images.dtd import dtd_archive
    from texalign.images.index import read_index
    from texalign.perception import readers, storage
    from texalign.perception.rows import CoverageRow

    index = read_index(arguments.index)
    file = dtd_archive(arguments.downloads) if arguments.downloads else arguments.file
    evidence = readers.read_evidence(arguments.kind, file, index, **arguments.options)
    logging.info("%s: %s", arguments.evidence, evidence.coverage.text)
    joined = storage.JoinedEvidence.of(evidence, index.classes_or_none, arguments.seed)
    attributes = {
        "evidence": arguments.evidence,
        "kind": arguments.kind,
        "images_sha256": index.sha256,
        **provenance.versions("numpy", "scipy", "scikit-learn"),
    }
    storage.write_evidence(arguments.output, joined, attributes)
    records.write_records(
        arguments.output_coverage, CoverageRow, [CoverageRow(**row) for row in evidence.coverage.rows()]
    )


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
