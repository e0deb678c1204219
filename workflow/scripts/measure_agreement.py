"""How well the layers of a network agree with people's judgements of the images, under each protocol."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rdm", type=Path, nargs="+", required=True, help="RDMs of each layer, HDF5")
    parser.add_argument("--evidence", type=Path, required=True, help="human evidence, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--model", required=True, help="the network's id")
    parser.add_argument("--protocols", nargs="+", required=True, help="whose distances are compared")
    parser.add_argument("--seed", type=int, default=0, help="of images drawn and permuted")
    parser.add_argument("--permutations", type=int, default=0, help="times that images trade places; 0: estimates only")
    parser.add_argument("--bootstraps", type=int, default=0, help="times that images and observers are drawn")
    parser.add_argument("--confidence", type=float, default=0.95, help="of the intervals")
    parser.add_argument("--output", type=Path, required=True, help="a row for each layer, scope and measure, TSV")
    parser.add_argument("--output-layers", type=Path, required=True, help="a row a layer, a column a measure, TSV")
    parser.add_argument("--compared", help="what representations are compared by: evidence.scope.measure")
    parser.add_argument("--output-deviations", type=Path, help="how that deviates in each draw of images, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import hdf5, records, tables
    from texalign.images.index import check_origin, read_index
    from texalign.information.deviations import write_deviations
    from texalign.information.layer_distances import layer_distances
    from texalign.information.uncertainty import Resampling
    from texalign.perception import evaluation, storage
    from texalign.perception.rows import AgreementRow

    index = read_index(arguments.index)
    check_origin(arguments.evidence, described := hdf5.read_attributes(arguments.evidence), index)
    joined, evidence = storage.read_joined(arguments.evidence), str(described["evidence"])
    given = (arguments.seed, arguments.permutations, arguments.bootstraps, arguments.confidence)
    resampling = Resampling(*given) if arguments.permutations else None
    rows, drawn = [], []
    for of_layer, distances in layer_distances(arguments.rdm, arguments.protocols, arguments.model, index):
        found = evaluation.evaluate(distances, joined, index.classes_or_none, resampling)
        rows += [vars(of_layer) | {"evidence": evidence} | agreement.row() for agreement in found]
        drawn.append((of_layer, evaluation.deviations(evidence, found, arguments.compared)))
    records.write_records(arguments.output, AgreementRow, [AgreementRow(**row) for row in rows])
    by_layer = evaluation.layer_rows(rows)
    tables.write_tsv(arguments.output_layers, list(by_layer[0]), by_layer)
    if arguments.output_deviations:
        write_deviations(arguments.output_deviations, drawn)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
