"""Texture synthesis: images whose Gram matrices match an exemplar's, found by L-BFGS over their pixels.

After Gatys, Ecker and Bethge (2015), Texture synthesis using convolutional neural networks. Images are tensors
(1, 3, height, width) with values from 0 to 1 throughout; what counts as a result is the loss of the 8-bit image, read
back from its file.
"""

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from texalign.artifacts.matrices import LayerTap, atomic_path
from texalign.images.index import load_rgb, resize_to_square
from texalign.networks.taps import TappedNetwork
from texalign.representations.extract import Normalization, gram_matrix
from texalign.synthesis.results import LossByLayer, Restart

WEIGHTINGS = ("paper", "gatys", "relative")
PARAMETRIZATIONS = ("sigmoid", "projected", "published")

# Waves an image below which the filter of bounded pixels is flat, so that it does not favour shades over all the image.
LOWEST_CYCLES = 4
# Iterations between two chances to write a checkpoint. Each torch.optim.LBFGS.step evaluates its start again, so fewer
# would cost evaluations; and where steps begin decides the trace, so it must not depend on time.
ITERATIONS_PER_STEP = 50
# Restarts in a row that do not lead to a better image, after which the optimisation is at its end.
FRUITLESS_RESTARTS = 2
# A step that leaves the loss this many times above the best loss has exploded.
EXPLOSION = 10.0

# --------------------------------------------------------------------------------------------------------------- images


def parse_taps(texts: Sequence[str]) -> list[LayerTap]:
    """Tapped layers from `LAYER=MODULE` texts. Raises ValueError for a text of another form, and for no text."""
    if not texts:
        raise ValueError("no layers to match: the list of layers is empty")
    for text in texts:
        layer, _, module = text.partition("=")
        if not layer or not module:
            raise ValueError(
                f"{text!r} does not name a layer and its module; write LAYER=MODULE, such as L1=features.0"
            )
    return [LayerTap(*text.split("=", 1)) for text in texts]


def load_exemplar(path: str | Path, size: int) -> Tensor:
    """An image file resized to `size` x `size`, as the study's images are: (1, 3, size, size) float32, 0 to 1.

    Raises ValueError naming the file when it is missing or is not an image.
    """
    if not Path(path).is_file():
        raise ValueError(f"{path}: image not found; check the path, or the class and file name, in the config")
    return _to_tensor(resize_to_square(load_rgb(path), size))


def read_image(path: str | Path) -> Tensor:
    """A saved synthesis as it is in the file: (1, 3, height, width) float32, 0 to 1."""
    return _to_tensor(np.asarray(load_rgb(path)))


def save_image(path: str | Path, pixels: Tensor) -> None:
    """Write an image as 8-bit PNG, atomically; values outside 0 to 1 are clipped, which only `published` has."""
    eight_bit = pixels.detach()[0].clamp(0, 1).mul(255).round().to(torch.uint8)
    with atomic_path(path) as partial:
        Image.fromarray(eight_bit.permute(1, 2, 0).cpu().numpy()).save(partial, format="PNG")


def _to_tensor(image: np.ndarray) -> Tensor:
    return torch.from_numpy(image.copy()).permute(2, 0, 1)[None].to(torch.float32).contiguous() / 255


def mid_grey(like: Tensor) -> Tensor:
    """A flat mid-grey image of the size of another: its loss is the scale that losses are compared on."""
    return torch.full_like(like, 0.5)


# ----------------------------------------------------------------------------------------------------------------- loss


@dataclass(frozen=True)
class LayerGram:
    """Gram matrix of one image at one layer, (1, C, C), summed over `positions` positions."""

    matrix: Tensor
    positions: int

    @property
    def channels(self) -> int:
        return self.matrix.shape[-1]

    @cached_property
    def squared_norm(self) -> float:
        return float(self.matrix.square().sum())

    def over_positions(self, positions: int) -> "LayerGram":
        """What the same texture would have over another number of positions."""
        return self if positions == self.positions else LayerGram(self.matrix * (positions / self.positions), positions)


def layer_weight(weighting: str, target: LayerGram, positions: int) -> float:
    """Weight of a layer's sum of squared differences of Gram matrices, N channels, m = `positions`.

    `paper`: 1 / (4 N^2 m), under which layers of standardised activations weigh the same (the paper's appendix 9.1);
    `gatys`: 1 / (4 N^2 m^2) (Gatys et al. 2015, equation 3); `relative`: 1 / |target|^2, under which layers weigh the
    same whatever the scale of their activations. Raises ValueError for another name, and for `relative` when the
    exemplar leaves the layer silent.
    """
    if weighting == "paper":
        return 1 / (4 * target.channels**2 * positions)
    if weighting == "gatys":
        return 1 / (4 * target.channels**2 * positions**2)
    if weighting == "relative":
        if target.squared_norm == 0:
            raise ValueError(
                "the exemplar leaves a layer silent, so its loss cannot be relative; use another weighting"
            )
        return 1 / (target.squared_norm * (positions / target.positions) ** 2)
    raise ValueError(f"unknown weighting {weighting!r}; known: {', '.join(WEIGHTINGS)}")


class GramLoss:
    """Distance of images' Gram matrices from an exemplar's: sum over layers of weight times squared differences.

    `taps` names the network's tapped modules in order, `factors` multiplies the weights of layers by name (1 if left
    out). Images may have another size than the exemplar, whose Gram matrices are then scaled to as many positions.
    Works in the precision of the network's parameters.

    Raises ValueError when the exemplar is too small for the network, for factors that are negative, all 0 or of
    unknown layers, and for a weighting that is unknown or cannot be (see `layer_weight`).
    """

    def __init__(
        self,
        network: TappedNetwork,
        normalization: Normalization,
        taps: Sequence[LayerTap],
        exemplar: Tensor,
        weighting: str = "paper",
        factors: Mapping[str, float] | None = None,
    ):
        self.layers = [tap.layer for tap in taps]
        self._network = network
        self._mean = exemplar.new_tensor(normalization.mean).view(3, 1, 1)
        self._std = exemplar.new_tensor(normalization.std).view(3, 1, 1)
        self._weighting = weighting
        self._factors = _layer_factors(self.layers, factors or {})
        check_image_size(network, exemplar.shape[-1])
        with torch.no_grad():
            self.target = self.grams(exemplar)
        for goal in self.target:  # what is wrong with the weighting is to be said now
            layer_weight(weighting, goal, goal.positions)

    def grams(self, image: Tensor) -> list[LayerGram]:
        """Gram matrices of an image at every layer, differentiable."""
        # Convolutions of one image are fastest channels-last, as is the Gram product that follows them.
        network_input = ((image - self._mean) / self._std).contiguous(memory_format=torch.channels_last)
        return [
            LayerGram(gram_matrix(feature_map), feature_map.shape[2] * feature_map.shape[3])
            for feature_map in self._network.feature_maps(network_input)
        ]

    def distance(self, grams: Sequence[LayerGram]) -> Tensor:
        """Weighted squared distance of Gram matrices from the exemplar's at each layer, (n_layers,)."""
        return torch.stack(
            [
                factor
                * layer_weight(self._weighting, goal, gram.positions)
                * (gram.matrix - goal.over_positions(gram.positions).matrix).square().sum()
                for factor, gram, goal in zip(self._factors, grams, self.target, strict=True)
            ]
        )

    def __call__(self, image: Tensor) -> Tensor:
        """Loss of an image, a differentiable scalar."""
        return self.distance(self.grams(image)).sum()

    def by_layer(self, image: Tensor) -> LossByLayer:
        """Loss of an image and what each layer has in it."""
        with torch.no_grad():
            parts = self.distance(self.grams(image)).tolist()
        return LossByLayer(math.fsum(parts), dict(zip(self.layers, parts, strict=True)))


def check_image_size(network: TappedNetwork, size: int) -> None:
    """Pass a grey image of `size` x `size` pixels, to find out before anything is computed that it is too small.

    Raises ValueError naming the smallest size that passes, or a tapped module whose output is no feature map.
    """
    parameter = next(network.network.parameters())

    def fails(size: int) -> RuntimeError | None:
        try:
            with torch.no_grad():
                feature_maps = network.feature_maps(parameter.new_zeros(1, 3, size, size))
        except RuntimeError as error:
            return error
        for module, feature_map in zip(network.modules, feature_maps, strict=True):
            if feature_map.ndim != 4:
                raise ValueError(
                    f"{module} puts out {feature_map.ndim} dimensions; textures need feature maps of 4 (image, "
                    "channels, height, width)"
                )
        return None

    error = fails(size)
    if error is None:
        return
    largest = enough = 1024
    if size >= largest or fails(largest):  # the network fails for another reason
        raise error
    too_small = size
    while enough - too_small > 1:
        middle = (enough + too_small) // 2
        too_small, enough = (middle, enough) if fails(middle) else (too_small, middle)
    raise ValueError(
        f"images of {size} x {size} pixels are smaller than the receptive fields of the tapped layers allow; the "
        f"network takes {enough} x {enough} or more ({error})"
    )


def random_pair_loss(losses: Sequence[GramLoss], like: Sequence[LayerGram]) -> float:
    """Mean loss of one exemplar as seen against another, over all ordered pairs: what unrelated textures differ by.

    `losses` has the loss of each exemplar, all of one network; Gram matrices are taken over as many positions as `like`
    has. Raises ValueError for fewer than 2 exemplars.
    """
    if len(losses) < 2:
        raise ValueError(f"{len(losses)} exemplar(s): a random pair needs at least 2")
    pairs = [
        goal.distance([target.over_positions(gram.positions) for target, gram in zip(other.target, like, strict=True)])
        for other, goal in permutations(losses, 2)
    ]
    return float(torch.stack(pairs).sum(dim=1).mean())


def _layer_factors(layers: Sequence[str], factors: Mapping[str, float]) -> list[float]:
    unknown = sorted(set(factors) - set(layers))
    if unknown:
        raise ValueError(f"layer weights of unknown layers: {', '.join(unknown)}; known: {', '.join(layers)}")
    values = [float(factors.get(layer, 1.0)) for layer in layers]
    if min(values) < 0 or max(values) == 0 or not all(map(math.isfinite, values)):
        raise ValueError(f"layer weights must be at least 0, not all 0, and finite: {dict(factors)}")
    return values


# ----------------------------------------------------------------------------------------------------- parametrisations


class Parametrization(Protocol):
    """How the variables that L-BFGS changes become an image."""

    def pixels(self, variables: Tensor) -> Tensor:
        """The image of `variables`, differentiable."""
        ...

    def variables(self, pixels: Tensor) -> Tensor:
        """Variables whose image is `pixels`, or as close to it as the parametrisation reaches."""
        ...

    def noise(self, seed: int, shape: tuple[int, ...]) -> Tensor:
        """The image to start from, Gaussian noise drawn from `seed`, before it is brought into range."""
        ...


class _ClipInwardGradient(torch.autograd.Function):
    """Clip to 0...1; where that holds a value at a bound, only a gradient that leads back inside passes."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, values: Tensor) -> Tensor:
        ctx.save_for_backward(values)
        return values.clamp(0, 1)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> Tensor:
        (values,) = ctx.saved_tensors
        held = ((values <= 0) & (gradient > 0)) | ((values >= 1) & (gradient < 0))
        return gradient.masked_fill(held, 0)


@dataclass(frozen=True)
class BoundedPixels:
    """Pixels that stay between 0 and 1: `sigmoid` of unbounded values, or `projected` onto the range.

    The values are not changed pixel by pixel but through a filter whose amplitude falls with spatial frequency f as
    f^-`exponent` (0: no filter). Natural textures have falling spectra, and with it L-BFGS takes about half the
    evaluations and leaves less grain than with free pixels; which images can be reached does not change, for the
    filter has an inverse.
    """

    squash: str
    exponent: float = 0.5
    noise_sd: float = 0.05

    def pixels(self, variables: Tensor) -> Tensor:
        values = self._filter(variables * self._unit(variables), self.exponent)
        return torch.sigmoid(values) if self.squash == "sigmoid" else _ClipInwardGradient.apply(values)

    def variables(self, pixels: Tensor) -> Tensor:
        # Half a step of 8 bits from the bounds, where the sigmoid still has a slope.
        values = torch.logit(pixels.clamp(1 / 510, 1 - 1 / 510)) if self.squash == "sigmoid" else pixels.clamp(0, 1)
        return self._filter(values, -self.exponent) / self._unit(values)

    def noise(self, seed: int, shape: tuple[int, ...]) -> Tensor:
        return 0.5 + self.noise_sd * _standard_noise(seed, shape)

    def _unit(self, values: Tensor) -> float:
        # The first step of torch's L-BFGS changes all variables together by at most 1. In these units that is a tenth
        # of a logit a pixel on average (2.5% of the range), from where its line search goes on, instead of nothing.
        return (0.1 if self.squash == "sigmoid" else 0.025) * values.numel()

    def _filter(self, values: Tensor, power: float) -> Tensor:
        if power == 0:
            return values
        height, width = values.shape[-2:]
        frequency = torch.hypot(
            torch.fft.fftfreq(height, device=values.device, dtype=values.dtype)[:, None],
            torch.fft.rfftfreq(width, device=values.device, dtype=values.dtype),
        )
        amplitude = frequency.clamp(min=LOWEST_CYCLES / max(height, width)) ** -self.exponent
        amplitude = amplitude / amplitude.square().mean().sqrt()
        return torch.fft.irfft2(torch.fft.rfft2(values) * amplitude ** math.copysign(1, power), s=(height, width))


@dataclass(frozen=True)
class PublishedPixels:
    """The published run: the network's normalised input itself, without bounds; clipping is left to saving.

    Its noise has mean 0.5 and standard deviation 0.2 in units of that input, as in the published code.
    """

    normalization: Normalization

    def pixels(self, variables: Tensor) -> Tensor:
        return variables * self._of(variables, self.normalization.std) + self._of(variables, self.normalization.mean)

    def variables(self, pixels: Tensor) -> Tensor:
        return (pixels - self._of(pixels, self.normalization.mean)) / self._of(pixels, self.normalization.std)

    def noise(self, seed: int, shape: tuple[int, ...]) -> Tensor:
        return self.pixels(0.5 + 0.2 * _standard_noise(seed, shape))

    @staticmethod
    def _of(values: Tensor, triple: tuple[float, float, float]) -> Tensor:
        return values.new_tensor(triple).view(3, 1, 1)


def _standard_noise(seed: int, shape: tuple[int, ...]) -> Tensor:
    # Drawn on the CPU, so that a GPU starts from the same image.
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def parametrization(name: str, normalization: Normalization, exponent: float = 0.5) -> Parametrization:
    """The parametrisation of that name; `exponent` is for the bounded ones. Raises ValueError for another name."""
    if name == "published":
        return PublishedPixels(normalization)
    if name in PARAMETRIZATIONS:
        return BoundedPixels(name, exponent)
    raise ValueError(f"unknown parametrisation {name!r}; known: {', '.join(PARAMETRIZATIONS)}")


def default_history(name: str) -> int:
    """Steps that L-BFGS remembers: 400 in the published run, else 20, which are as good and take half the time."""
    return 400 if name == "published" else 20


# --------------------------------------------------------------------------------------------------------- optimisation


@dataclass(frozen=True)
class Stopping:
    """When to stop: after `evaluations` of the loss, or once about 50 of them lower it by less than the fraction
    `tolerance` (0: never for that reason). Raises ValueError for fewer than 1 evaluation and a tolerance outside 0...1.
    """

    evaluations: int
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if self.evaluations < 1:
            raise ValueError(f"{self.evaluations} evaluations: at least 1 is needed")
        if not 0 <= self.tolerance < 1:
            raise ValueError(f"a tolerance of {self.tolerance}: it is a fraction, at least 0 and below 1")


@dataclass
class Run:
    """State of an optimisation between two steps of L-BFGS; all of it is in the checkpoint.

    `trace` holds the loss at every evaluation, `best` the variables of the lowest one, `stopped` why it ended.
    """

    variables: Tensor
    best: Tensor
    best_loss: float = math.inf
    trace: list[float] = field(default_factory=list)
    restarts: list[Restart] = field(default_factory=list)
    fruitless: int = 0
    seconds: float = 0.0
    resumed: int = 0
    stopped: str = ""
    optimizer: dict | None = None


@dataclass(frozen=True)
class Checkpoint:
    """Where a run is saved while it lasts, at most every `seconds`, and the settings that it belongs to."""

    path: Path
    settings: str
    seconds: float = 60.0

    def load(self) -> Run | None:
        """The run saved under the same settings, or None; what was saved under others is not used, and logged."""
        if not self.path.exists():
            return None
        try:
            saved = torch.load(self.path, map_location="cpu", weights_only=True)
        except Exception as error:  # torch raises a dozen kinds, by where the damage is
            logging.warning("%s cannot be read (%s): starting anew", self.path, error)
            return None
        if saved.pop("settings") != self.settings:
            logging.warning("%s was made with other settings: starting anew", self.path)
            return None
        restarts = [Restart(**restart) for restart in saved.pop("restarts")]
        run = Run(**saved, restarts=restarts)
        logging.info("going on from evaluation %d of %s", len(run.trace), self.path)
        return run

    def save(self, run: Run, optimizer: torch.optim.LBFGS) -> None:
        """Save the run, atomically."""
        state = {**vars(run), "restarts": [vars(restart) for restart in run.restarts]}
        # A name of its own, not one a process: what a run that was killed while it wrote leaves is written over.
        partial = self.path.with_name(f"{self.path.name}.partial")
        torch.save({**state, "optimizer": optimizer.state_dict(), "settings": self.settings}, partial)
        partial.replace(self.path)

    def remove(self) -> None:
        """Remove what `save` left, at the end of a run."""
        for path in (self.path, self.path.with_name(f"{self.path.name}.partial")):
            path.unlink(missing_ok=True)


class _EvaluationsSpent(Exception):
    """Ends L-BFGS within a step, so that no evaluation is made beyond those asked for."""


class _NotFinite(Exception):
    """Ends L-BFGS within a step, before its line search runs on NaN."""


def minimize(
    loss: Callable[[Tensor], Tensor],
    pixels: Parametrization,
    start: Tensor,
    scale: float,
    stopping: Stopping,
    history: int = 20,
    checkpoint: Checkpoint | None = None,
) -> Run:
    """Minimise `loss` over images, from the image `start`, by L-BFGS with a strong Wolfe line search.

    `scale` is a typical loss (that of a flat mid-grey image): the optimiser sees the loss divided by it, because
    torch's L-BFGS has absolute thresholds. The trace is in units of `loss`. With a checkpoint, a run that was killed
    goes on from there and takes the same path as if it had not been.

    A step that ends in numbers which are not finite, or far above the best loss, or no lower than before, has L-BFGS
    started anew from the best image, which `Run.restarts` tells. After two such restarts in a row without a better
    image the run stops.

    Raises ValueError when the loss of the start image, or its gradient, is not finite.
    """
    run = checkpoint.load() if checkpoint else None
    if run:
        run.resumed += 1
        run.variables, run.best = run.variables.to(start), run.best.to(start)
    else:
        # torch's L-BFGS takes variables that lie in memory in their own order only.
        variables = pixels.variables(start).contiguous()
        run = Run(variables, variables.clone())
    clock = time.monotonic() - run.seconds
    saved_at = time.monotonic()
    variables = run.variables.requires_grad_()
    optimizer = _lbfgs(variables, history)
    if run.optimizer is not None:
        optimizer.load_state_dict(run.optimizer)

    def evaluate() -> Tensor:
        if len(run.trace) == stopping.evaluations:
            raise _EvaluationsSpent
        optimizer.zero_grad()
        value = loss(pixels.pixels(variables)) / scale
        value.backward()
        run.trace.append(float(value.detach()) * scale)
        if not math.isfinite(run.trace[-1]) or not bool(variables.grad.isfinite().all()):
            raise _NotFinite
        if run.trace[-1] < run.best_loss:
            run.best_loss = run.trace[-1]
            run.best.copy_(variables.detach())
        return value

    while not run.stopped:
        before = run.best_loss
        evaluated = len(run.trace)
        reason = None
        try:
            optimizer.step(evaluate)
            reason = _trouble(run, before, run.trace[evaluated:], stopping)
        except _EvaluationsSpent:
            run.stopped = "evaluations"
        except _NotFinite:
            reason = "loss or gradient not finite"
            if run.best_loss == math.inf:
                raise ValueError(
                    "the loss of the start image, or its gradient, is not finite; the weights or the preprocessing are "
                    "broken"
                ) from None
        if run.best_loss < before:
            run.fruitless = 0
        if reason:
            logging.warning("evaluation %d: %s", len(run.trace), reason)
            if run.fruitless == FRUITLESS_RESTARTS:
                run.stopped = f"no better image after {FRUITLESS_RESTARTS} restarts ({reason})"
            else:
                run.fruitless += 1
                run.restarts.append(Restart(len(run.trace), reason))
                variables.data.copy_(run.best)
                optimizer = _lbfgs(variables, history)
        run.seconds = time.monotonic() - clock
        logging.info("%d evaluations, loss %.4g of flat grey's", len(run.trace), run.best_loss / scale)
        if checkpoint and not run.stopped and time.monotonic() - saved_at >= checkpoint.seconds:
            run.variables = variables.detach()
            checkpoint.save(run, optimizer)
            saved_at = time.monotonic()
    run.variables = variables.detach()
    return run


def _lbfgs(variables: Tensor, history: int) -> torch.optim.LBFGS:
    # Tolerances of 0: whether to go on is decided outside, on the loss.
    return torch.optim.LBFGS(
        [variables],
        max_iter=ITERATIONS_PER_STEP,
        history_size=history,
        line_search_fn="strong_wolfe",
        tolerance_grad=0,
        tolerance_change=0,
    )


def _trouble(run: Run, before: float, step: Sequence[float], stopping: Stopping) -> str | None:
    """What is wrong with the step that gave the losses `step` from a best loss of `before`; None if nothing is.

    Sets `run.stopped` where the run is at its end.
    """
    if run.best_loss == 0:
        run.stopped = "loss 0"
        return None
    if math.isfinite(before) and 0 < before - run.best_loss < stopping.tolerance * before:
        run.stopped = "tolerance"
        return None
    # Not the last alone: a line search may try, and drop, points far up.
    latest = min(step[-5:])
    if latest > EXPLOSION * run.best_loss:
        return f"the step exploded: loss {latest / run.best_loss:.3g} times the best"
    if run.best_loss >= before or len(step) == 1:
        return "stalled: no lower loss in a whole step"
    return None
