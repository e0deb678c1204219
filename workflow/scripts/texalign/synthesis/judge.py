"""A network judges images of textures, beside images whose likeness is known: other textures, grey, the mirror image.

What a loss means differs by textures as much as by networks: a fine-grained exemplar and all that is unlike it can lie
closer together than two crops of a coarse one. So losses are divided, for each target, by those of unrelated exemplars
against this target.
"""

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from texalign.errors import TexalignError
from texalign.networks.taps import check_image_size
from texalign.representations.base import Representation
from texalign.synthesis.judgements import UNRELATED, Judgement
from texalign.synthesis.loss import ImageMaps, TextureLoss, Vectors, layer_vectors
from texalign.synthesis.pixels import mid_grey, read_image
from texalign.synthesis.results import read_result


@dataclass(frozen=True)
class Made:
    """A synthetic image, (1, 3, height, width), from 0 to 1, and what made it."""

    model: str
    representation: str
    texture: str
    seed: int
    image: Tensor


def read_made(image: str | Path, result: str | Path, device: torch.device | str = "cpu") -> Made:
    """A synthesis from its files, PNG and JSON. Raises TexalignError naming the file that cannot be read."""
    entries = read_result(result)
    pixels = read_image(image).to(device)
    return Made(entries.model, entries.representation, entries.texture, entries.seed, pixels)


@dataclass(frozen=True)
class _Target:
    """An exemplar as the judge knows it: its loss, and the losses of the other exemplars against it, by name."""

    loss: TextureLoss
    others: Mapping[str, float]

    @property
    def unrelated(self) -> float:
        return math.exp(math.fsum(map(math.log, self.others.values())) / len(self.others))

    def of(self, vectors: Vectors) -> float:
        """Loss of an image, as over the exemplar's number of positions."""
        same_size = {layer: v.over_positions(self.loss.target[layer].positions) for layer, v in vectors.items()}
        return float(self.loss.distance(same_size).sum())


class Judge:
    """A network that judges images by one or several representations.

    `exemplars`: images (1, 3, size, size), from 0 to 1, by texture. `weighting` is for Gram matrices, or relative
    for all; representations that it is not for have their default. `factors` as of `TextureLoss`.

    Raises TexalignError for fewer than 2 exemplars, of which none would be unrelated, and for two that are the same.
    """

    def __init__(
        self,
        name: str,
        maps: ImageMaps,
        representations: Sequence[Representation],
        exemplars: Mapping[str, Tensor],
        weighting: str | None = None,
        factors: Mapping[str, float] | None = None,
    ):
        if len(exemplars) < 2:
            raise TexalignError(f"{len(exemplars)} exemplar(s): what is unrelated to a texture takes at least 2")
        self.name = name
        self._maps, self._representations, self._exemplars = maps, representations, exemplars
        self._weighting, self._factors = weighting, factors
        self._targets = self._targets_among(exemplars)

    def judge(self, made: Made) -> list[Judgement]:
        """A synthetic image as every representation sees it. Raises TexalignError for one of an unknown texture."""
        if made.texture not in self._exemplars:
            raise TexalignError(f"{made.model}: no exemplar is given for its texture {made.texture!r}")
        return [
            Judgement(
                judge=self.name,
                judged_by=by,
                kind="synthesis",
                model=made.model,
                representation=made.representation,
                texture=made.texture,
                seed=made.seed,
                loss=targets[made.texture].of(vectors),
                unrelated_loss=targets[made.texture].unrelated,
            )
            for (by, targets), vectors in zip(self._targets.items(), self._vectors(made.image), strict=True)
        ]

    def anchors(self) -> list[Judgement]:
        """Unrelated exemplars, the mirror image, another crop and flat grey, for every exemplar and representation."""
        found = [
            self._anchor(by, UNRELATED, texture, loss, target.unrelated, other)
            for by, targets in self._targets.items()
            for texture, target in targets.items()
            for other, loss in target.others.items()
        ]
        for texture, exemplar in self._exemplars.items():
            for kind, image in (("mirror image", exemplar.flip(3)), ("flat grey", mid_grey(exemplar))):
                for (by, targets), vectors in zip(self._targets.items(), self._vectors(image), strict=True):
                    target = targets[texture]
                    found.append(self._anchor(by, kind, texture, target.of(vectors), target.unrelated))
        return [*found, *self._crops()]

    def _crops(self) -> Iterable[Judgement]:
        """One quarter of every exemplar against the quarter opposite, relative to quarters of other exemplars."""
        size = next(iter(self._exemplars.values())).shape[-1] // 2
        try:
            check_image_size(self._maps.network, size)
        except TexalignError as error:
            logging.warning("%s does not judge another crop of exemplars: %s", self.name, error)
            return
        crops = self._targets_among({name: image[..., :size, :size] for name, image in self._exemplars.items()})
        for texture, exemplar in self._exemplars.items():
            opposite = self._vectors(exemplar[..., -size:, -size:])
            for (by, targets), vectors in zip(crops.items(), opposite, strict=True):
                target = targets[texture]
                yield self._anchor(by, "another crop", texture, target.of(vectors), target.unrelated)

    def _targets_among(self, exemplars: Mapping[str, Tensor]) -> dict[str, dict[str, _Target]]:
        """What the judge knows of exemplars of one size, by representation and texture."""
        found = {}
        for representation in self._representations:
            weighting = self._weighting if representation.name == "gram" else None
            losses = {
                texture: TextureLoss(self._maps, representation, exemplar, weighting, self._factors)
                for texture, exemplar in exemplars.items()
            }
            targets = {texture: _Target(loss, _others(texture, losses)) for texture, loss in losses.items()}
            found[representation.name] = targets
        return found

    def _vectors(self, image: Tensor) -> list[Vectors]:
        """An image under each representation, from one pass."""
        with torch.no_grad():
            maps = self._maps(image)
            return [layer_vectors(representation, maps) for representation in self._representations]

    def _anchor(self, by: str, kind: str, texture: str, loss: float, unrelated: float, exemplar: str = "") -> Judgement:
        return Judgement(self.name, by, kind, exemplar, "", texture, None, loss, unrelated)


def _others(texture: str, losses: Mapping[str, TextureLoss]) -> dict[str, float]:
    goal = losses[texture]
    found = {other: float(goal.distance(loss.target).sum()) for other, loss in losses.items() if other != texture}
    same = [other for other, loss in found.items() if not loss > 0]
    if same:
        raise TexalignError(
            f"the exemplars {texture} and {', '.join(same)} are the same image to a judge; leave one out"
        )
    return found
