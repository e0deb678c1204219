"""Memory, disk and time that jobs ask for, from the sizes of the study. Units: MB (10^6 bytes), minutes.

Generous on purpose: a job that asks for too little is killed. It is then tried again with more, so the figures need not
cover the worst machine. All of them can be overridden for one run, as by `--set-resources compute_rdm:mem_mb=9000`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from planning.study import StudyNetwork
from texalign.representations import registry

# Python with NumPy, HDF5 and SciPy; with torch, a batch's feature maps and a GPU's libraries on top of that.
BASE_MB = 400
TORCH_MB = 3000
# The same without a GPU: Python, torch, and a batch's feature maps, which are kept small (LARGEST_BATCH_MB in extract).
PASS_MB = 850

# Vectors that are gathered before they are written (VectorWriter.ROWS_PER_CHUNK).
VECTOR_ROWS = 64
# What compression leaves of them. Of all representations together it was .69 in AlexNet and .85 in MobileNetV2 with
# trained weights, .77 in AlexNet and .68 in ResNet-50 with random ones; of single files .30 (Gram matrices of
# SqueezeNet) to .89.
COMPRESSED = 0.75

# The Describable Textures Dataset, packed and unpacked.
DTD_MB = 1300

# A network that is not listed below is taken to be as large as the largest that is.
LARGEST_CHANNELS = 512
LARGEST_WEIGHTS_MB = 550
LARGEST_GFLOPS = 20

# Size of the weights in MB, and GFLOP of a forward pass of one 224 x 224 image, as torchvision documents them.
TORCHVISION_SIZES = {
    "alexnet": (233, 0.7),
    "densenet121": (31, 2.8),
    "densenet169": (55, 3.4),
    "densenet201": (77, 4.3),
    "inception_v3": (104, 5.7),
    "resnet18": (45, 1.8),
    "resnet34": (83, 3.7),
    "resnet50": (98, 4.1),
    "resnet101": (171, 7.8),
    "resnet152": (230, 11.5),
    "vgg16_bn": (528, 15.5),
    "vgg19_bn": (548, 19.6),
}

# Channels of the layers of the paper. Other layers' are not known before the network has been built.
_RESNET = {"bn1": 64, "layer1.0.bn1": 64, "layer2.0.bn1": 128, "layer3.0.bn1": 256, "layer4.0.bn1": 512}
_DENSENET = {"features.norm0": 64} | {f"features.denseblock{block}.denselayer1.norm2": 128 for block in (1, 2, 3, 4)}
TORCHVISION_CHANNELS = {
    "alexnet": {"features.0": 64, "features.3": 192, "features.6": 384, "features.8": 256, "features.10": 256},
    "inception_v3": {
        "Conv2d_1a_3x3.bn": 32,
        "Conv2d_2a_3x3.bn": 32,
        "Conv2d_2b_3x3.bn": 64,
        "Conv2d_3b_1x1.bn": 80,
        "Conv2d_4a_3x3.bn": 192,
    },
    "vgg16_bn": {"features.1": 64, "features.8": 128, "features.15": 256, "features.25": 512, "features.35": 512},
    "vgg19_bn": {"features.1": 64, "features.8": 128, "features.15": 256, "features.28": 512, "features.41": 512},
    **dict.fromkeys(("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"), _RESNET),
    **dict.fromkeys(("densenet121", "densenet169", "densenet201"), _DENSENET),
}


def by_attempt(amount: int | Callable[[Any], int]) -> Callable[[Any, int], int]:
    """A Snakemake resource that grows with every attempt, so that a job killed for want of it is retried with more.

    `amount` is what the first attempt asks for, or a function of the job's wildcards that tells it.
    """

    def resource(wildcards: Any, attempt: int) -> int:
        return attempt * (amount(wildcards) if callable(amount) else amount)

    return resource


# ------------------------------------------------------------------------------------------------------------ networks


def layer_channels(network: StudyNetwork) -> dict[str, int | None]:
    """Channels of a network's layers, by layer name; None where they are not known before the network is built."""
    source, _, name = network.architecture.partition(":")
    known = TORCHVISION_CHANNELS.get(name, {}) if source == "torchvision" else {}
    return {layer: known.get(module) for layer, module in network.layers.items()}


def channels(network: StudyNetwork, layer: str | None = None) -> list[int]:
    """Channels of all layers of a network, or of one; an upper bound where they are not known."""
    known = layer_channels(network)
    return [LARGEST_CHANNELS if known[name] is None else known[name] for name in known if layer in (None, name)]


def _size(network: StudyNetwork, unknown_gflops: float = LARGEST_GFLOPS) -> tuple[float, float]:
    """Size of the weights in MB, and GFLOP of an image of 224 pixels."""
    source, _, name = network.architecture.partition(":")
    unknown = (LARGEST_WEIGHTS_MB, unknown_gflops)
    return TORCHVISION_SIZES.get(name, unknown) if source == "torchvision" else unknown


def weights_mb(network: StudyNetwork) -> int:
    """Size of a network's weights, in memory as on disk."""
    return round(_size(network)[0])


# -------------------------------------------------------------------------------------------------------------- memory


def fetch_weights_mb(network: StudyNetwork) -> int:
    """Peak memory of fetching weights: torch without a GPU, the network, its weights as read, and as written."""
    return 1000 + 3 * weights_mb(network)


def choose_layers_mb(network: StudyNetwork) -> int:
    """Peak memory of choosing layers: torch without a GPU, the network, and what it makes of three images."""
    return 2000 + 2 * weights_mb(network)


def check_layers_mb(networks: Iterable[StudyNetwork]) -> int:
    """Peak memory of looking for layers: torch without a GPU, and one network after the other."""
    return 1000 + 2 * max(map(weights_mb, networks))


def extraction_mb(network: StudyNetwork, representations: Iterable[str], matched: int | None = None) -> int:
    """Peak memory of a network's representations: the weights as read and as loaded, and the vectors gathered."""
    sizes = [vector_size(name, count, matched) for name in representations for count in channels(network)]
    return TORCH_MB + 2 * weights_mb(network) + round(VECTOR_ROWS * sum(sizes) * 4 / 1e6)


def extraction_peak_mb(network: StudyNetwork, representations: Iterable[str], matched: int | None = None) -> int:
    """Peak memory that a network's representations will have without a GPU: `PASS_MB`, the weights, and the vectors
    gathered, a quarter more while they are written. Fitted to AlexNet and ResNet-50 with ten representations; jobs ask
    for more (`extraction_mb`).
    """
    sizes = [vector_size(name, count, matched) for name in representations for count in channels(network)]
    return PASS_MB + weights_mb(network) + round(1.25 * VECTOR_ROWS * sum(sizes) * 4 / 1e6)


def synthesis_mb(network: StudyNetwork, size: int) -> int:
    """Peak memory of making one image: the weights as read and as loaded, and all feature maps with their gradients."""
    return TORCH_MB + 2 * weights_mb(network) + round(500 * (size / 224) ** 2)


def rdm_mb(n_images: int) -> int:
    """Peak memory of one RDM: inner products in float64, one block's in float32, a block twice, both condensed RDMs."""
    return BASE_MB + _square_mb(n_images, 12 + 2 + 2) + 350


def rdm_layers_mb(n_images: int, network: StudyNetwork) -> int:
    """Peak memory of a figure of all RDMs of a network: each condensed, in float32."""
    return BASE_MB + _square_mb(n_images, 2) * (len(network.layers) + 1)


def ward_mb(n_images: int) -> int:
    """Peak memory of one Ward tree: condensed distances in float32 and float64, and the square RDM of `rdm_rows`."""
    return BASE_MB + _square_mb(n_images, 4 + 4 + 8 + 8 + 8)


def halves_mb(n_images: int) -> int:
    """Peak memory of trees on halves: the RDM condensed and square, and what a tree of half as many images takes."""
    return BASE_MB + _square_mb(n_images, 2 + 4) + _square_mb(n_images // 2, 4 + 4 + 8 + 8 + 8)


def probes_mb(n_images: int) -> int:
    """Peak memory of the probes of one RDM: distances, condensed and square, their kernel, its factor, and ranks."""
    return BASE_MB + _square_mb(n_images, 40)


def validation_mb(n_images: int) -> int:
    """Peak memory of classifiers: vectors of one layer, and their inner products twice."""
    return BASE_MB + 600 + _square_mb(n_images, 16) + round(n_images * 2048 * 8 / 1e6)


def agreement_mb(n_images: int) -> int:
    """Peak memory of reading human evidence and of agreement with it, as measured with one observer."""
    return BASE_MB + _square_mb(n_images, 75)


def map_mb(n_images: int, n_compared: int, n_rdms: int) -> int:
    """Peak memory of comparing RDMs: each on the images compared, its scores and its spectra, and one of all images."""
    return BASE_MB + _square_mb(n_images, 8) + _square_mb(n_compared, 24) * n_rdms


def exports_mb(n_images: int, n_layers: int) -> int:
    """Peak memory of exporting a network's RDMs: each in float32, stacked, and as it is written."""
    return BASE_MB + _square_mb(n_images, 6) * n_layers


def _square_mb(n_images: int, bytes_an_entry: int) -> int:
    return round(n_images**2 * bytes_an_entry / 1e6)


def explorer_mb(n_images: int) -> int:
    """Peak memory of a layer's part of the explorer: its RDM condensed, square and in bytes, and these as text."""
    return BASE_MB + _square_mb(n_images, 2 + 4 + 1 + 4)


# ---------------------------------------------------------------------------------------------------------------- disk


def vector_size(representation: str, n_channels: int, matched: int | None = None) -> int:
    """Length of an image's vector at a layer of so many channels; `matched`: of all, where they are projected."""
    return registry.get(representation, matched).size(n_channels)


def pixels_mb(n_images: int, size: int) -> int:
    """Decoded images, which are not compressed."""
    return 1 + round(n_images * size**2 * 3 / 1e6)


def vectors_file_mb(representation: str, n_images: int, layers: Iterable[int], matched: int | None = None) -> int:
    """A network's file of one representation, from the channels of its layers."""
    sizes = [vector_size(representation, count, matched) for count in layers]
    return 1 + round(n_images * sum(sizes) * 4 * COMPRESSED / 1e6)


def rdm_file_mb(n_images: int) -> int:
    """A layer's two condensed RDMs, float32; they hardly compress."""
    return 1 + _square_mb(n_images, 4)


def explorer_file_mb(n_images: int) -> int:
    """A layer's part of the explorer: a byte a pair in base64, and what is written of each image."""
    return 1 + round(n_images**2 / 2 * 4 / 3 / 1e6 + n_images * 150 / 1e6)


def clusters_file_mb(n_images: int) -> int:
    """A Ward tree, four float64 a node, and its cuts, which compress well."""
    return 1 + round(n_images * (32 + 64) / 1e6)


# ---------------------------------------------------------------------------------------------------------------- time


def extraction_minutes(n_images: int, size: int, network: StudyNetwork) -> int:
    """Time for a network's representations on two cores that do 30 GFLOP a second, a third of what two usually do."""
    return 15 + round(n_images * gflops(network, size) / 30 / 60)


def synthesis_minutes(evaluations: int, size: int, network: StudyNetwork) -> int:
    """Time for one image on the same two cores; a gradient costs as much as two forward passes."""
    return 15 + round(evaluations * 3 * gflops(network, size) / 30 / 60)


def gflops(network: StudyNetwork, size: int, unknown: float = LARGEST_GFLOPS) -> float:
    """Operations of one image of this size; `unknown`: at 224 pixels, of a network whose size is not known."""
    return _size(network, unknown)[1] * (size / 224) ** 2


def rdm_minutes(representation: str, n_images: int, layers: Iterable[int], matched: int | None = None) -> int:
    """Time for the RDMs of layers with these channels, at 10 GFLOP a second, a tenth of what two cores usually do."""
    sizes = [vector_size(representation, count, matched) for count in layers]
    return 10 + round(n_images**2 * sum(sizes) / 1e10 / 60)


def ward_minutes(n_images: int) -> int:
    """Time for one Ward tree and its cuts, which grows with the square of the number of images."""
    return 10 + round(20 * (n_images / 5640) ** 2)
