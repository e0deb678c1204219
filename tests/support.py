"""What several tests share: the project's folder, the paper's networks, and the data that are not shipped."""

import copy
import os
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from planning.study import StudyNetwork
from planning.validation import fill_defaults, read_schema

PROJECT = Path(__file__).resolve().parent.parent

SCHEMA = read_schema(PROJECT / "workflow/schemas/config.schema.yaml")


def complete(config: dict) -> dict:
    """A config with its defaults filled in, as the workflow fills them in."""
    filled = copy.deepcopy(config)
    fill_defaults(filled, SCHEMA)
    return filled


PAPER_CONFIG = complete(yaml.safe_load((PROJECT / "config.yaml").read_text()))
PAPER_NETWORKS = {model: StudyNetwork.from_config(model, entry) for model, entry in PAPER_CONFIG["networks"].items()}

# Channels of the tapped layers, from the paper's supplement and torchvision's documented architectures.
PAPER_CHANNELS = {
    "alexnet": [64, 192, 384, 256, 256],
    "densenet121": [64, 128, 128, 128, 128],
    "densenet169": [64, 128, 128, 128, 128],
    "densenet201": [64, 128, 128, 128, 128],
    "inception_v3": [32, 32, 64, 80, 192],
    "resnet18": [64, 64, 128, 256, 512],
    "resnet34": [64, 64, 128, 256, 512],
    "resnet50": [64, 64, 128, 256, 512],
    "resnet101": [64, 64, 128, 256, 512],
    "resnet152": [64, 64, 128, 256, 512],
    "vgg16_bn": [64, 128, 256, 512, 512],
    "vgg19_bn": [64, 128, 256, 512, 512],
}

DATA = Path(os.environ["TEXALIGN_DATA"]).resolve() if "TEXALIGN_DATA" in os.environ else None

needs_data = pytest.mark.skipif(
    DATA is None, reason="TEXALIGN_DATA is not set: real images, weights and reference results are absent"
)


@cache
def distributions_of_modules() -> Mapping[str, list[str]]:
    """Names of the installed distributions that hold each top-level module; looking them up takes a second."""
    return metadata.packages_distributions()
