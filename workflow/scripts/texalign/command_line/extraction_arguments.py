"""Command-line arguments of the pass that makes representations, and what its files say of how they were made."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from texalign import names

if TYPE_CHECKING:
    import numpy as np

    from texalign.command_line.network_arguments import Built
    from texalign.images.index import ImageIndex


def add_extraction_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say what is written, with which arithmetic, in how much memory."""
    parser.add_argument("--precision", choices=list(names.PRECISIONS), default="float32")
    parser.add_argument("--memory-mb", type=float, default=8000, help="memory of the job, MB; batches use part of it")
    parser.add_argument("--batch-size", type=int, help="images in a forward pass; by default chosen from the memory")
    known = ", ".join(names.REPRESENTATIONS)
    parser.add_argument(
        "--outputs", nargs="+", required=True, metavar="NAME=FILE", help=f"vectors, HDF5; names: {known}"
    )
    parser.add_argument(
        "--matched-dimensions", type=int, help="numbers that every vector is projected to; none: as many"
    )
    parser.add_argument(
        "--added", action="store_true", help="the outputs were added to a study that has others from an earlier pass"
    )


def attributes(
    arguments: argparse.Namespace, built: "Built", index: "ImageIndex", batch_size: int, folded: int
) -> dict[str, object]:
    """What made the vectors, as attributes of their files; `folded`: batch normalisations that were folded."""
    from texalign.artifacts.provenance import versions_by_step

    return {
        **built.attributes,
        "precision": arguments.precision,
        "images_sha256": index.sha256,
        "batch_size": batch_size,
        "folded": folded,
        **versions_by_step("extract_representations", "torch", "torchvision", "numpy", "h5py", "hdf5plugin"),
    }


def errors_of_precision(
    arguments: argparse.Namespace,
    built: "Built",
    pixels: "np.ndarray",
    representations: Sequence[str],
    batch_size: int,
) -> dict[str, dict[str, object]]:
    """Attributes with the errors that mixed precision makes on a sample of the images; none in single precision.

    Raises TexalignError where an error is larger than is allowed (see `texalign.representations.precision`).
    """
    if arguments.precision != "mixed":
        return {}
    import numpy as np

    from texalign.representations import precision

    sample = np.stack([pixels[number] for number in precision.sample_of(len(pixels))])
    matched = arguments.matched_dimensions
    return precision.attributes(
        built.network, sample, built.normalization, representations, built.device, batch_size, matched
    )
