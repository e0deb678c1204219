"""Where the time of extraction goes: milliseconds an image by kind of operation, and the rate of the convolutions.

The pass with its Gram matrices, as the workflow runs it, under PyTorch's profiler, without reading and writing files.
Convolutions and Gram products are bound by what the processor can multiply: their GFLOP/s stand beside the machine's
rate of matrix products (`sgemm`), which no direct method exceeds.
"""

import argparse

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

import bench_extraction
import bench_rdm
import harness
from harness import Facts
from texalign.artifacts.tap import numbered_taps
from texalign.networks import folding, taps
from texalign.representations.extract import extract
from texalign.representations.gram import Gram

# Operations of PyTorch by what they are here for; those that only call others take no time of their own.
KINDS = {
    "convolutions": ("aten::mkldnn_convolution",),
    "gram": ("aten::bmm",),
    "normalisation": ("aten::native_batch_norm",),
    "relu": ("aten::clamp_min", "aten::clamp_min_"),
    "concatenation": ("aten::cat",),
    "pooling": ("aten::max_pool2d_with_indices", "aten::avg_pool2d"),
}


def convolution_gflop(tapped: taps.TappedNetwork) -> float:
    """Floating-point operations of the convolutions up to the last tap for one image, in 10^9."""
    operations = 0

    def note(convolution: torch.nn.Conv2d, _inputs: tuple, output: torch.Tensor) -> None:
        nonlocal operations
        operations += 2 * output.numel() * convolution.weight[0].numel()

    hooks = [
        module.register_forward_hook(note) for module in tapped.network.modules() if isinstance(module, torch.nn.Conv2d)
    ]
    with torch.inference_mode():
        tapped.run(torch.zeros(1, 3, 224, 224), lambda _position, _map: None)
    for hook in hooks:
        hook.remove()
    return operations / 1e9


def profiled(model: str, n_batches: int) -> Facts:
    """Milliseconds an image by kind of operation, in all, and GFLOP of the convolutions."""
    network, modules = bench_extraction.build(model)
    tapped = taps.TappedNetwork(network, numbered_taps(modules))
    size = bench_extraction.batch_size(tapped)
    gflop = convolution_gflop(tapped)
    folding.fold_batch_norm(tapped.network, modules)
    images = np.random.default_rng(0).integers(0, 256, (size, 224, 224, 3), np.uint8)

    def passes(n: int) -> None:
        extract(tapped, [images] * n, bench_extraction.normalization(), [Gram()], lambda *_: None)

    passes(n_batches)  # memory that a process asks for the first time costs more than the work done in it
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        passes(n_batches)
    own = {event.key: event.self_cpu_time_total / 1e3 / (n_batches * size) for event in profiler.key_averages()}
    found: Facts = {f"{kind}_ms": sum(own.get(name, 0.0) for name in names) for kind, names in KINDS.items()}
    total = sum(own.values())
    return found | {"other_ms": total - sum(found.values()), "ms": total, "convolution_gflop": gflop}


def measure(model: str, sgemm: float) -> Facts:
    n_batches = max(2, bench_extraction.n_images(model) // 16)
    found, _ = harness.in_a_process(profiled, model, n_batches)
    rate = found["convolution_gflop"] / found["convolutions_ms"] * 1e3
    return {"network": model, **found, "convolution_gflops": rate, "share_of_sgemm": rate / sgemm}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=list(harness.PAPER["networks"]), help="all 12 by default")
    models = parser.parse_args().networks
    sgemm = harness.in_a_process(bench_rdm.sgemm, harness.N_IMAGES)[0]["gflops"]
    harness.report("profile", [measure(model, sgemm) for model in models])


if __name__ == "__main__":
    main()
