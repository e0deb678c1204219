"""Any network, understood: maps of many architectures equal those that plain code, written for each, takes by a hook.

Weights are random, and nothing is fetched. What the plain code knows of each network, the library has to find out.
"""

import warnings
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from plain_maps import Reading, first, last, plain_gram, tokens, vector
from texalign.artifacts.tap import numbered_taps
from texalign.networks.sources import Architecture
from texalign.networks.taps import TappedNetwork
from texalign.representations.gram import gram_matrix

relu, relu6, silu, gelu = functional.relu, functional.relu6, functional.silu, functional.gelu
hardswish, tanh_gelu = functional.hardswish, partial(functional.gelu, approximate="tanh")


def as_is(maps: Tensor) -> Tensor:
    """For maps that are tapped as they are, or behind a nonlinearity already."""
    return maps


def quick_gelu(maps: Tensor) -> Tensor:
    return maps * torch.sigmoid(1.702 * maps)


@dataclass(frozen=True)
class Case:
    """An architecture, one of its modules, how its output is laid out, and the nonlinearity that follows it."""

    network: str
    module: str
    read: Reading = first
    bend: Reading = relu
    size: int = 64
    activation: str = "after_relu"
    arguments: dict[str, Any] = field(default_factory=dict)
    fast: bool = False

    def __str__(self) -> str:
        return f"{self.network}-{self.module}"


def blocks(network: str, module: str, read: Reading, **options: Any) -> Case:
    """A case of a block's output as it is, which no nonlinearity follows."""
    return Case(network, module, read, as_is, activation="before_relu", **options)


TORCHVISION = [
    Case("alexnet", "features.3", fast=True),
    Case("vgg11", "features.3"),
    Case("vgg11_bn", "features.5"),
    Case("squeezenet1_0", "features.3.squeeze"),
    Case("squeezenet1_1", "features.3.expand3x3", fast=True),
    Case("googlenet", "inception3a.branch1.bn", arguments={"init_weights": False}),
    Case("inception_v3", "Conv2d_3b_1x1.bn", size=96, arguments={"init_weights": False, "transform_input": False}),
    Case("resnet18", "layer2.0.bn1", fast=True),
    Case("resnet34", "layer2.0.bn1"),
    Case("resnet50", "layer2.0.bn2"),
    Case("resnet18", "layer2", bend=as_is),
    Case("wide_resnet50_2", "layer2.0.bn1"),
    Case("resnext50_32x4d", "layer2.0.bn1"),
    Case("densenet121", "features.denseblock2.denselayer1.norm2"),
    Case("mnasnet0_5", "layers.1"),
    Case("mnasnet1_3", "layers.1"),
    Case("shufflenet_v2_x0_5", "stage2.0.branch2.1"),
    Case("regnet_y_400mf", "trunk_output.block1.block1-0.f.a.1"),
    Case("regnet_x_400mf", "trunk_output.block1.block1-0.f.a.1"),
    Case("mobilenet_v2", "features.3.conv.0.1", bend=relu6, fast=True),
    Case("mobilenet_v3_small", "features.4.block.0.1", bend=hardswish),
    Case("mobilenet_v3_large", "features.7.block.0.1", bend=hardswish),
    Case("efficientnet_b0", "features.2.0.block.0.1", bend=silu),
    Case("efficientnet_v2_s", "features.2.0.block.0.1", bend=silu),
    Case("convnext_tiny", "features.1.0.block.3", last, gelu, fast=True),
    blocks("convnext_tiny", "features.1.0", first),
    blocks("convnext_tiny", "features.1.0.block.2", last),
    blocks("swin_t", "features.1.0", last, fast=True),
    Case("swin_t", "features.3.0.mlp.0", last, gelu),
    blocks("swin_v2_t", "features.3.0", last),
    blocks("vit_b_16", "encoder.layers.encoder_layer_2", tokens(1), size=32, arguments={"image_size": 32}),
    Case("vit_b_32", "encoder.layers.encoder_layer_2.mlp.0", tokens(1), gelu, arguments={"image_size": 64}),
    blocks("resnet18", "fc", vector),
    Case("quantized_resnet18", "layer2.0.bn1"),
    Case("quantized_mobilenet_v2", "features.3.conv.0.1", bend=relu),
    Case("retinanet_resnet50_fpn", "backbone.body.layer2.0.bn1"),
    Case("fasterrcnn_mobilenet_v3_large_320_fpn", "backbone.body.4.block.0.1"),
    Case("lraspp_mobilenet_v3_large", "backbone.4.block.0.1"),
    Case("deeplabv3_resnet50", "backbone.layer2.0.bn1"),
]
TIMM = [
    Case("resnet18", "layer2.0.bn1"),
    Case("resnetv2_50", "stages.1.blocks.0.norm2", bend=as_is),
    Case("efficientnet_lite0", "blocks.1.0.bn1", bend=as_is),
    Case("mobilenetv3_small_050", "blocks.1.0.bn1", bend=as_is),
    Case("ghostnet_050", "blocks.1.0.ghost1.primary_conv.1"),
    Case("regnetx_002", "s2.b1.conv1.bn", bend=as_is),
    Case("repvgg_a0", "stages.1.0", bend=as_is),
    Case("dla34", "level2.tree1.bn1"),
    Case("hrnet_w18_small", "layer1.0.bn1"),
    Case("res2net50_26w_4s", "layer2.0.bn1"),
    Case("cspdarknet53", "stages.1.blocks.0.conv1.bn", bend=as_is),
    Case("convnext_atto", "stages.1.blocks.0.mlp.fc1", bend=gelu, fast=True),
    blocks("convnextv2_atto", "stages.1.blocks.0", first),
    blocks("poolformer_s12", "stages.1.blocks.0", first),
    blocks("pvt_v2_b0", "stages.1", first),
    Case("edgenext_xx_small", "stages.1.blocks.0.mlp.fc1", last, gelu),
    blocks("swin_tiny_patch4_window7_224", "layers.1.blocks.0", last, size=224),
    Case("vit_tiny_patch16_224", "blocks.2.mlp.fc1", tokens(1), gelu, arguments={"img_size": 64}, fast=True),
    blocks("vit_tiny_patch16_224", "blocks.2", tokens(1), arguments={"img_size": 64}),
    blocks("vit_tiny_patch16_224", "blocks.2", tokens(1), arguments={"img_size": 64, "dynamic_img_size": True}),
    blocks("deit_tiny_distilled_patch16_224", "blocks.2", tokens(2), arguments={"img_size": 64}),
    blocks(
        *("vit_small_patch14_reg4_dinov2", "blocks.2", tokens(5)),
        size=56,
        arguments={"img_size": 56, "depth": 4},
        fast=True,
    ),
    blocks("mixer_s32_224", "blocks.2", tokens(0), arguments={"img_size": 64}),
    blocks("resmlp_12_224", "blocks.2", tokens(0), arguments={"img_size": 64}),
    blocks("cait_xxs24_224", "blocks.2", tokens(0), arguments={"img_size": 64, "depth": 4}),
    blocks("xcit_nano_12_p16_224", "blocks.2", tokens(0)),
    blocks("beit_base_patch16_224", "blocks.2", tokens(1), arguments={"img_size": 64, "depth": 3, "embed_dim": 96}),
]
SMALL = {"hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 3, "intermediate_size": 96}
IMAGE = {"image_size": 64, "patch_size": 16}
HUGGINGFACE = [
    blocks("vit", "layers.1", tokens(1), arguments=SMALL | IMAGE),
    blocks("dinov2", "encoder.layer.1", tokens(1), arguments=SMALL | IMAGE, fast=True),
    blocks(
        *("dinov2_with_registers", "encoder.layer.1", tokens(5)), arguments=SMALL | IMAGE | {"num_register_tokens": 4}
    ),
    blocks("deit", "layers.1", tokens(2), arguments=SMALL | IMAGE),
    Case("clip_vision_model", "encoder.layers.1.mlp.fc1", tokens(1), quick_gelu, arguments=SMALL | IMAGE),
    Case("siglip_vision_model", "encoder.layers.1.mlp.fc1", tokens(0), tanh_gelu, arguments=SMALL | IMAGE),
    Case("resnet", "encoder.stages.1.layers.0.layer.0.normalization"),
    blocks("convnext", "encoder.stages.1.layers.0", first),
    Case("mobilenet_v2", "layer.2.conv_3x3.normalization", bend=relu6),
    blocks("segformer", "stages.0.layer_norm", tokens(0)),
    blocks("swin", "encoder.layers.0.blocks.1", tokens(0), size=224),
]
OPEN_CLIP = [
    Case("RN50", "layer2.0.bn1", size=224),
    Case("ViT-B-32-quickgelu", "transformer.resblocks.1.mlp.c_fc", tokens(1), quick_gelu, size=224),
]
OTHERS = [
    Case("pytorchcv:bagnet9", "features.stage2.unit1.body.conv2.bn", size=224),
    Case("pytorchcv:bagnet9", "features.stage2.unit1.activ", bend=as_is, size=224),
    Case("python:torchvision.models:resnet18", "layer2.0.bn1"),
    Case("python:toy_networks:circular", "2", fast=True),
    blocks("handmade:pixels", "colour", first, fast=True),
    blocks("handmade:gabor", "scale2", first, size=160, fast=True),
    blocks("handmade:steerable_pyramid", "scale2", first, fast=True),
]
CASES = [
    Case(**{**vars(case), "network": f"{source}:{case.network}" if source else case.network})
    for source, cases in (
        *(("torchvision", TORCHVISION), ("timm", TIMM), ("huggingface", HUGGINGFACE), ("open_clip", OPEN_CLIP)),
        ("", OTHERS),
    )
    for case in cases
]
PACKAGES = {"timm": "timm", "huggingface": "transformers", "open_clip": "open_clip", "pytorchcv": "pytorchcv"}


def parameter(case: Case) -> Any:
    return pytest.param(case, id=str(case), marks=() if case.fast else pytest.mark.slow)


def test_sixty_architectures():
    assert len({case.network for case in CASES}) >= 60


@pytest.mark.parametrize("case", map(parameter, CASES))
def test_grams_equal_the_plain_ones(case: Case):
    if package := PACKAGES.get(case.network.partition(":")[0]):
        pytest.importorskip(package, exc_type=ImportError)
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = Architecture.parse(case.network, case.arguments).build(seed=1)
    images = torch.randn(2, 3, case.size, case.size, generator=torch.Generator().manual_seed(0))
    expected = plain_gram(network, case.module, images, case.read, case.bend)
    tapped = TappedNetwork(network, numbered_taps([case.module]), case.activation)
    with torch.inference_mode():
        (maps,) = tapped.feature_maps(images).values()
    assert maps.ndim == 4
    found = gram_matrix(maps).double()
    assert found.shape == expected.shape
    errors = torch.linalg.matrix_norm(found - expected) / torch.linalg.matrix_norm(expected)
    assert errors.max() < 1e-4
