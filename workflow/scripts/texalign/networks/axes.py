"""Which axis of a module's output is which, told by measurement.

Two passes over different numbers of images of different sizes show it: the axis that follows the number of images holds
the images, those that follow the size of the images are space, and the one that stays is channels. Convolutional
networks put channels first, Swin and ConvNeXt's normalisation last, transformers have one axis of tokens, of which some
(class, registers) stand for no place. Nothing is assumed from the name of a network or a module.
"""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass

from torch import Tensor

from texalign import names
from texalign.errors import TexalignError

Shape = tuple[int, ...]

# More tokens in front than any network has: registers come in fours, prompts by the ten.
MOST_PREFIX_TOKENS = 64


class AxesUnknown(Exception):
    """What was seen of an output does not tell which axis is which."""


@dataclass(frozen=True)
class Images:
    """How many images a pass is over, and their size in pixels."""

    count: int
    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.count} images of {self.height} x {self.width}"


@dataclass(frozen=True)
class Layout:
    """Which axis of an output holds the images and which the channels.

    `space` has two axes (height, width), one (tokens, row by row) or none (a vector, which counts as one position). The
    first `prefix` tokens stand for no place.
    """

    images: int
    channels: int
    space: tuple[int, ...]
    prefix: int = 0

    def read(self, output: Tensor) -> Tensor:
        """The output as feature maps (n, channels, height, width), without a copy; prefix tokens are left out.

        Raises TexalignError when the tokens of square images make no square.
        """
        if not self.space:
            return output.permute(self.images, self.channels)[..., None, None]
        maps = output.permute(self.images, self.channels, *self.space)
        if len(self.space) == 2:
            return maps
        tokens = maps[..., self.prefix :]
        side = math.isqrt(tokens.shape[-1])
        if side * side != tokens.shape[-1]:
            raise TexalignError(
                f"{tokens.shape[-1]} tokens make no square of places, after {self.prefix} that stand for none; "
                "say with `maps: tokens+N` how many stand for none"
            )
        return tokens.unflatten(-1, (side, side))

    def places(self, shape: Shape) -> tuple[int, int]:
        """Height and width of maps in an output of this shape; of tokens that make no square, their number and 1."""
        if not self.space:
            return 1, 1
        if len(self.space) == 2:
            return shape[self.space[0]], shape[self.space[1]]
        tokens = shape[self.space[0]] - self.prefix
        side = math.isqrt(tokens)
        return (side, side) if side * side == tokens else (tokens, 1)

    def __str__(self) -> str:
        if not self.space:
            return "vector"
        if len(self.space) == 1:
            return f"tokens+{self.prefix}" if self.prefix else "tokens"
        return "channels_first" if self.channels < min(self.space) else "channels_last"


def stated_layout(maps: str, dimensions: int) -> Layout:
    """The layout that a config states (`names.MAPS`, or `tokens+N`) for outputs of so many dimensions.

    Raises TexalignError for another word, and where the output has another number of dimensions.
    """
    word, prefix = re.fullmatch(r"([a-z_]+)(?:\+(\d+))?", maps).groups() if maps else ("", None)
    layouts = {
        "channels_first": Layout(0, 1, (2, 3)),
        "channels_last": Layout(0, 3, (1, 2)),
        "tokens": Layout(0, 2, (1,), int(prefix or 0)),
        "vector": Layout(0, 1, ()),
    }
    if word not in layouts or (prefix and word != "tokens"):
        raise TexalignError(f"maps: unknown {maps!r}; known: {', '.join(names.MAPS)}, tokens+N")
    layout = layouts[word]
    if dimensions != 2 + len(layout.space):
        raise TexalignError(
            f"maps: {maps} says {2 + len(layout.space)} dimensions, but the output has {dimensions}, images among them"
        )
    return layout


def tell_axes(shapes: tuple[Shape, Shape], passes: tuple[Images, Images], grids: Collection[int]) -> Layout:
    """The layout of an output that had these shapes in two passes.

    `grids`: widths of the maps that convolutions put out in the first pass, which is over square images. They are what
    tells space where both passes are over images of one size, because the network takes no other (a transformer with
    positions learnt for one): an axis as long as a row of patches, or all of them.

    Raises AxesUnknown.
    """
    first, second = shapes
    if len(first) != len(second):
        raise AxesUnknown("its number of dimensions follows the images")
    images = [axis for axis, lengths in enumerate(zip(first, second, strict=True)) if lengths == _counts(passes)]
    if not images:
        raise AxesUnknown("no axis follows the number of images")
    rest = [axis for axis in range(len(first)) if axis != images[0]]
    if len(rest) not in (1, 2, 3):
        raise AxesUnknown(f"it has {len(rest)} axes besides that of the images")
    moving = [axis for axis in rest if first[axis] != second[axis]]
    if len(rest) == 1:
        if moving:
            raise AxesUnknown("its one axis follows the size of the image")
        return Layout(images[0], rest[0], ())
    one_size = (passes[0].height, passes[0].width) == (passes[1].height, passes[1].width)
    if not moving:
        return _of_one_size(images[0], rest, first, grids if one_size else ())
    still = [axis for axis in rest if axis not in moving]
    if len(still) != 1:
        raise AxesUnknown(f"{len(moving)} of its axes follow the size of the image, {len(still)} do not")
    if len(moving) == 1:
        return Layout(images[0], still[0], (moving[0],), _prefix((first[moving[0]], second[moving[0]]), passes))
    return Layout(images[0], still[0], _height_and_width(moving, second))


def _counts(passes: tuple[Images, Images]) -> tuple[int, int]:
    return passes[0].count, passes[1].count


def _height_and_width(axes: list[int], shape: Shape) -> tuple[int, int]:
    """Axes of height and width; the image of the second pass is wider than high, so maps of it are."""
    one, other = axes
    if shape[one] == shape[other]:  # as in weights of attention, both axes of which have all tokens
        raise AxesUnknown("two of its axes follow the size of the image, but not one its height and one its width")
    return (one, other) if shape[one] < shape[other] else (other, one)


def _prefix(tokens: tuple[int, int], passes: tuple[Images, Images]) -> int:
    """How many tokens stand for no place: what is left of both passes' tokens beside patches of one size."""
    found = set()
    for patch in range(1, max(passes[0].height, passes[0].width) + 1):
        for rounded in (lambda length, patch=patch: length // patch, lambda length, patch=patch: -(-length // patch)):
            left = {
                count - rounded(images.height) * rounded(images.width)
                for count, images in zip(tokens, passes, strict=True)
            }
            if len(left) == 1 and 0 <= min(left) <= MOST_PREFIX_TOKENS:
                found |= left
    if len(found) != 1:
        raise AxesUnknown(f"{tokens[0]} and {tokens[1]} tokens do not tell how many of them stand for no place")
    return found.pop()


def _of_one_size(images: int, rest: list[int], shape: Shape, grids: Collection[int]) -> Layout:
    """The layout of an output that does not follow the size of the image, or of a network that takes one size only."""
    long = [axis for axis in rest if shape[axis] > 1]
    if len(long) <= 1:
        channels = long[0] if long else rest[0]
        return Layout(images, channels, tuple(axis for axis in rest if axis != channels))
    # Stages after the patches halve the grid.
    sides = {-(-grid // 2**halvings) for grid in grids for halvings in range(5)} - {1}
    if len(rest) == 3:
        found = [
            Layout(images, channels, tuple(axis for axis in rest if axis != channels))
            for channels in rest
            if len(lengths := {shape[axis] for axis in rest if axis != channels}) == 1
            and lengths <= sides
            and shape[channels] not in lengths
        ]
    else:
        found = []
        for space, channels in (rest, rest[::-1]):
            left = [shape[space] - side * side for side in sides]
            if fitting := [prefix for prefix in left if 0 <= prefix <= MOST_PREFIX_TOKENS // 4]:
                found.append(Layout(images, channels, (space,), min(fitting)))
    if len(found) != 1:
        one_size = "the network takes images of one size only, and no axis is as long as its rows of patches tell"
        raise AxesUnknown(one_size if grids else "none of its axes follows the size of the image")
    return found[0]
