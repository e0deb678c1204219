"""Seeded texture images for the embedded study: drawn textures and crops of CC0 photographs, named as in DTD.

Words of the Describable Textures Dataset (Cimpoi et al. 2014) name the drawn classes. A texture function gives only the
pattern; colours, contrast, light, blur and grain are drawn afterwards and in the same way for every class, so that no
class can be told by its mean colour. To add a class, write one function marked `@texture`: its name is the class.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.spatial import KDTree

from texalign.errors import TexalignError

SMALLEST_SIZE = 32
PHOTOGRAPHS = ("brick", "grass", "gravel")


@dataclass(frozen=True)
class Pattern:
    """A texture before it is coloured; only differences within each map count, not its mean or scale.

    `tone`: (size, size), from one end of the palette to the other. `tint`: the same for a second, mostly chromatic
    axis, or None. `invertible`: whether low tone may come out light (it may not where tone is light and shadow).
    """

    tone: np.ndarray
    tint: np.ndarray | None = None
    invertible: bool = True


@dataclass(frozen=True)
class Plane:
    """Where the pixels of an image lie on the plane of a texture.

    `x`, `y`: (size, size), in periods of the texture. `pixel`: width of a pixel in periods.
    """

    x: np.ndarray
    y: np.ndarray
    pixel: float


TextureFunction = Callable[[np.random.Generator, int], Pattern]
TEXTURES: dict[str, TextureFunction] = {}


def texture(function: TextureFunction) -> TextureFunction:
    """Register a texture function under its own name."""
    TEXTURES[function.__name__] = function
    return function


def generate_texture(name: str, index: int, seed: int, size: int = 224) -> np.ndarray:
    """Image `index` (from 0) of texture class `name`: (size, size, 3) uint8 RGB.

    Depends on nothing but the arguments: not on which images were made before. Raises TexalignError for a name that
    neither `TEXTURES` nor `PHOTOGRAPHS` has, a size below 32 pixels, or a negative index or seed.
    """
    if name not in TEXTURES and name not in PHOTOGRAPHS:
        raise TexalignError(f"no texture is called {name!r}; known are {', '.join(sorted({*TEXTURES, *PHOTOGRAPHS}))}")
    if size < SMALLEST_SIZE:
        raise TexalignError(
            f"an image of {size} pixels is too small for a texture, at least {SMALLEST_SIZE} are needed"
        )
    # Not Python's hash(), which differs between processes.
    rng = np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode()), index, size]))
    pattern = TEXTURES[name](rng, size) if name in TEXTURES else _photograph(name, rng, size)
    return _expose(_colour(pattern, rng), rng)


# ----------------------------------------------------------------------------------------------- colour, light, camera


def _colour(pattern: Pattern, rng: np.random.Generator) -> np.ndarray:
    """RGB (size, size, 3), about 0 ... 1: mean colour and spreads along tone and tint are drawn alike for all."""
    mean = rng.uniform(0.36, 0.62) + rng.uniform(0, 0.16) * _hue(rng)
    light_to_dark = pattern.invertible and rng.random() < 0.5
    tone_axis = (-1 if light_to_dark else 1) * rng.uniform(0.11, 0.22) * (1 + rng.uniform(0, 0.5) * _hue(rng))
    image = mean + _standardised(pattern.tone)[..., None] * tone_axis
    if pattern.tint is not None:
        tint_axis = rng.uniform(0.03, 0.11) * (_hue(rng) + rng.uniform(-0.4, 0.4))
        image += _standardised(pattern.tint)[..., None] * tint_axis
    return image


def _expose(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The image as a camera might give it: uneven light and stains, defocus, grain. (size, size, 3) uint8."""
    size = len(image)
    x, y = _unit_coordinates(size, rng.uniform(0, 2 * np.pi))
    light = rng.uniform(0, 0.35) * x - rng.uniform(0, 0.4) * (x**2 + y**2 - 1 / 6)
    stains = rng.uniform(0, 0.06) * _noise(rng, size, rng.uniform(0.08, 0.5), octaves=3)
    image = image * (1 + light + stains)[..., None]
    blur = rng.uniform(0.3, 1.3) * size / 224
    image = gaussian_filter(image, (blur, blur, 0))
    grain = rng.uniform(0.005, 0.045) * rng.standard_normal((size, size, 1))
    return (np.clip(image + grain, 0, 1) * 255).round().astype(np.uint8)


def _hue(rng: np.random.Generator) -> np.ndarray:
    """A random direction of colour without lightness: 3 numbers that sum to 0, of largest size 1."""
    return np.cos(rng.uniform(0, 2 * np.pi) + np.array([0, 2, 4]) * np.pi / 3)


def _standardised(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / (values.std() + 1e-9)


# ------------------------------------------------------------------------------------------------ planes, noise, edges


def _unit_coordinates(size: int, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of the pixel centres about the image's centre, in image widths, turned by `angle` in radians."""
    along = (np.arange(size) + 0.5) / size - 0.5
    x, y = np.meshgrid(along, along)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _plane(
    rng: np.random.Generator, size: int, periods: tuple[float, float], wobble: float = 0.008, shear: float = 0.2
) -> Plane:
    """A plane turned and shifted at random, with a random number of periods an image width from the range `periods`.

    `shear`: largest tangent by which right angles are off. `wobble`: largest wave of the plane, in image widths (root
    mean square), as of hand-made or crumpled things.
    """
    count = _log_uniform(rng, *periods)
    x, y = _unit_coordinates(size, rng.uniform(0, 2 * np.pi))
    x = x + rng.uniform(-shear, shear) * y
    waves, scale = rng.uniform(0, wobble), rng.uniform(0.25, 0.6)
    x = x + waves * _noise(rng, size, scale)
    y = y + waves * _noise(rng, size, scale)
    shift = rng.uniform(0, 100, 2)
    return Plane(count * x + shift[0], count * y + shift[1], count / size)


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _noise(rng: np.random.Generator, size: int, scale: float, octaves: int = 1, gain: float = 0.5) -> np.ndarray:
    """Smooth random field (size, size) of mean 0 and deviation 1; its features are about `scale` image widths large.

    Each further octave is half as large and `gain` times as strong.
    """
    field = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        # Spans of the grid that lie outside the image hide that resampling flattens the field at the border.
        step = scale / 2**octave
        nodes = int(np.ceil(1 / step)) + 4
        grid = Image.fromarray(rng.standard_normal((nodes, nodes)).astype(np.float32))
        box = (2, 2, 2 + 1 / step, 2 + 1 / step)
        field += gain**octave * np.asarray(grid.resize((size, size), Image.Resampling.BICUBIC, box))
    return _standardised(field)


def _step(distance: np.ndarray, softness: float | np.ndarray) -> np.ndarray:
    """0 below, 1 above distance 0, passing smoothly within +-`softness`: a pixel's width makes an anti-aliased edge."""
    t = np.clip(distance / (2 * softness) + 0.5, 0, 1)
    return t * t * (3 - 2 * t)


def _to_integer(u: np.ndarray) -> np.ndarray:
    """Distance to the nearest integer, 0 ... 0.5: a triangle wave of period 1."""
    return np.abs(u - np.round(u))


def _cell_values(rng: np.random.Generator, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """One number from 0 ... 1 for each cell of a lattice, at every pixel, from its integer column and row."""
    table = rng.random((64, 64))
    return table[column.astype(int) % 64, row.astype(int) % 64]


# ---------------------------------------------------------------------------------------------------------- textures


@texture
def banded(rng: np.random.Generator, size: int) -> Pattern:
    """Broad parallel bands of unequal widths, each with its own tone and tint, that pass softly into each other."""
    plane = _plane(rng, size, (6, 18), wobble=0.02)
    position = plane.y - plane.y.min()
    edges = np.cumsum(rng.gamma(1.5, 0.55, 400) + 0.3)
    samples = np.arange(0, position.max() + 1, 0.02)
    bands = np.searchsorted(edges, samples)
    softness = rng.uniform(0.04, 0.2) / 0.02
    tone, tint = (
        np.interp(position, samples, gaussian_filter1d(rng.random(len(edges) + 1)[bands], softness)) for _ in range(2)
    )
    return Pattern(tone, tint)


@texture
def striped(rng: np.random.Generator, size: int) -> Pattern:
    """Regular sharp stripes of two colours."""
    plane = _plane(rng, size, (5, 18))
    width = rng.uniform(0.3, 0.7)
    return Pattern(_step(width / 2 - _to_integer(plane.y), plane.pixel))


@texture
def chequered(rng: np.random.Generator, size: int) -> Pattern:
    """Squares of two tones; in some images half-tones where only one of two crossing stripes lies, as in gingham."""
    plane = _plane(rng, size, (3, 10))
    columns, rows = (2 * _step(0.25 - _to_integer(u), plane.pixel) - 1 for u in (plane.x, plane.y))
    gingham = rng.random() < 0.25
    return Pattern(columns + rows if gingham else columns * rows)


@texture
def grid(rng: np.random.Generator, size: int) -> Pattern:
    """Thin lines that cross at right angles on a plain ground."""
    plane = _plane(rng, size, (4, 15))
    half_width = max(rng.uniform(0.03, 0.09), plane.pixel)
    aspect = rng.uniform(1, 1.6)
    nearest = np.minimum(_to_integer(plane.x), aspect * _to_integer(plane.y / aspect))
    return Pattern(_step(half_width - nearest, plane.pixel))


@texture
def dotted(rng: np.random.Generator, size: int) -> Pattern:
    """Dots on a square, staggered or jittered lattice."""
    plane = _plane(rng, size, (4, 14))
    row = np.floor(plane.y)
    x = plane.x + rng.choice([0, 0.5]) * (row % 2)
    column = np.floor(x)
    radius = rng.uniform(0.18, 0.36)
    # A dot stays within its own cell, so that no pixel has to ask about its neighbours' dots.
    jitter = rng.uniform(0, 1) * (0.5 - radius)
    offset_x, offset_y = (jitter * (2 * _cell_values(rng, column, row) - 1) for _ in range(2))
    distance = np.hypot(x - column - 0.5 - offset_x, plane.y - row - 0.5 - offset_y)
    dots = _step(radius - distance, plane.pixel)
    return Pattern(dots, dots * _cell_values(rng, column, row))


@texture
def zigzagged(rng: np.random.Generator, size: int) -> Pattern:
    """Stripes folded into chevrons."""
    plane = _plane(rng, size, (4, 11))
    wavelength, slope = rng.uniform(0.8, 2.5), rng.uniform(0.6, 1.5)
    folded = plane.y + slope * wavelength * _to_integer(plane.x / wavelength)
    width = rng.uniform(0.35, 0.65)
    stripes = _step(width / 2 - _to_integer(folded), plane.pixel * np.hypot(1, slope))
    return Pattern(stripes, stripes * (np.round(folded) % 2))


@texture
def honeycombed(rng: np.random.Generator, size: int) -> Pattern:
    """Hexagonal cells, each a little different and shaded towards its walls."""
    plane = _plane(rng, size, (4, 12), shear=0.1, wobble=0.02)
    # The centres of hexagons are two interleaved rectangular lattices, sqrt(3) high: the nearer one owns the pixel.
    x, y = plane.x, plane.y / np.sqrt(3)
    near = []
    for shift in (0, 0.5):
        column, row = np.round(x - shift), np.round(y - shift)
        near.append((x - shift - column, np.sqrt(3) * (y - shift - row), 2 * column, 2 * row + 2 * shift))
    first = np.hypot(*near[0][:2]) < np.hypot(*near[1][:2])
    dx, dy, column, row = (np.where(first, *pair) for pair in zip(*near, strict=True))
    to_wall = 0.5 - np.maximum(np.abs(dx), (np.abs(dx) + np.sqrt(3) * np.abs(dy)) / 2)
    half_width = max(rng.uniform(0.03, 0.1), plane.pixel)
    inside = _step(to_wall - half_width, plane.pixel)
    depth = rng.uniform(0, 0.8) * (dx + dy) + rng.uniform(0, 0.9) * (0.5 - to_wall)
    cell = _cell_values(rng, column, row)
    return Pattern(inside * (1 + depth + rng.uniform(0, 0.5) * cell), inside * cell)


@texture
def woven(rng: np.random.Generator, size: int) -> Pattern:
    """Strands that pass over and under each other, singly or in bundles, rounded, darker where they dip under."""
    plane = _plane(rng, size, (6, 16), shear=0.1)
    bundle = rng.choice([1, 1, 2, 3])
    width, rise = rng.uniform(0.75, 1), rng.uniform(0.4, 0.9)
    fibres, fibre_count = rng.uniform(0, 0.2), rng.integers(2, 5)
    heights, covers, shades = [], [], []
    for across, along, first in ((plane.x, plane.y, 1), (plane.y, plane.x, -1)):
        strand = np.floor(across)
        offset = 2 * (across - strand - 0.5) / width
        profile = np.sqrt(np.maximum(1 - offset**2, 0))
        wave = first * (-1) ** np.floor(strand / bundle) * np.sin(np.pi * along / bundle)
        own = 0.5 * _cell_values(rng, strand, strand) + fibres * np.cos(np.pi * fibre_count * offset)
        heights.append(profile + rise * wave)
        covers.append(_step(1 - np.abs(offset), 2 * plane.pixel / width))
        shades.append(profile * (1 + own) * (0.7 + 0.3 * wave))
    warp_on_top = _step(heights[0] - heights[1], 2 * plane.pixel)
    warp = covers[0] * (1 - covers[1] * (1 - warp_on_top)) * shades[0]
    weft = covers[1] * (1 - covers[0] * warp_on_top) * shades[1]
    return Pattern(warp + weft, warp - weft, invertible=False)


@texture
def blotchy(rng: np.random.Generator, size: int) -> Pattern:
    """Irregular patches of one or two tones, large and small, on an uneven ground."""
    scale = _log_uniform(rng, 0.06, 0.25)
    gain = rng.uniform(0.4, 0.65)
    patches = _noise(rng, size, scale, octaves=5, gain=gain)
    softness = rng.uniform(0.03, 0.35)
    tone = _step(patches - rng.uniform(-0.3, 0.7), softness)
    second = _step(_noise(rng, size, scale, octaves=5, gain=gain) - rng.uniform(0.3, 1), softness)
    ground = rng.uniform(0.05, 0.2) * _noise(rng, size, scale / 2, octaves=4, gain=0.7)
    return Pattern(tone + rng.uniform(-0.7, 0.7) * second + ground, second)


@texture
def cracked(rng: np.random.Generator, size: int) -> Pattern:
    """Dark, jagged cracks between plates of a rough surface: wide ones, and finer ones that fade in and out."""
    cells = _log_uniform(rng, 3, 9)
    width = rng.uniform(0.02, 0.07)
    plane = _plane(rng, size, (cells, cells), wobble=0, shear=0.3)
    jagged = [u + 0.09 * _noise(rng, size, 0.7 / cells, octaves=5, gain=0.6) for u in (plane.x, plane.y)]
    coarse, plate = _voronoi(rng, *jagged)
    finer = rng.uniform(1.8, 3)
    fine = _voronoi(rng, *(finer * u for u in jagged))[0]
    open_here = 1 + 0.5 * _noise(rng, size, 0.5 / cells, octaves=3)
    cracks = 1 - _step(coarse - width * open_here, width)
    hairline = 1 - _step(fine - 0.6 * width * open_here, width)
    hairline *= _step(_noise(rng, size, 1.5 / cells), 0.5)
    surface = _noise(rng, size, rng.uniform(0.02, 0.1), octaves=5, gain=0.8)
    stains = _noise(rng, size, rng.uniform(0.15, 0.5), octaves=3)
    bevel = np.exp(-coarse / (4 * width))
    tone = 0.12 * surface + rng.uniform(0, 0.3) * plate - rng.uniform(0, 0.4) * bevel
    return Pattern(tone - 1.4 * np.maximum(cracks, rng.uniform(0.4, 0.9) * hairline), stains, invertible=False)


def _voronoi(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Voronoi cells of random points, one a unit area, at pixels lying at `x`, `y` (height, width).

    Returns the distance to the nearest border of cells and a number from 0 ... 1 for the cell, both (height, width).
    """
    pixels = np.stack([x.ravel(), y.ravel()], axis=1)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    points = rng.uniform(low, high, (int(np.prod(high - low)) + 2, 2))
    distances, nearest = KDTree(points).query(pixels, k=2)
    apart = np.hypot(*(points[nearest[:, 1]] - points[nearest[:, 0]]).T)
    to_border = (distances[:, 1] ** 2 - distances[:, 0] ** 2) / (2 * apart)
    return to_border.reshape(x.shape), rng.random(len(points))[nearest[:, 0]].reshape(x.shape)


@texture
def swirly(rng: np.random.Generator, size: int) -> Pattern:
    """Streaks wound up by several whirls."""
    x, y = _unit_coordinates(size, rng.uniform(0, 2 * np.pi))
    whirls = rng.integers(3, 9)
    for centre_x, centre_y in rng.uniform(-0.5, 0.5, (whirls, 2)):
        dx, dy = x - centre_x, y - centre_y
        reach = rng.uniform(0.1, 0.3)
        angle = rng.choice([-1, 1]) * rng.uniform(3, 8) * np.exp(-np.hypot(dx, dy) / reach)
        x = centre_x + dx * np.cos(angle) - dy * np.sin(angle)
        y = centre_y + dx * np.sin(angle) + dy * np.cos(angle)
    waves = _log_uniform(rng, 4, 9) * y + 0.5 * np.sin(rng.uniform(3, 9) * x)
    streaks = np.sin(2 * np.pi * waves)
    return Pattern(np.tanh(streaks * rng.uniform(0.5, 4)), np.sin(np.pi * waves + rng.uniform(0, np.pi)))


@texture
def bubbly(rng: np.random.Generator, size: int) -> Pattern:
    """Translucent bubbles of many sizes over each other, each with a rim and a highlight on the side of the light."""
    tone = 0.15 * _noise(rng, size, rng.uniform(0.2, 0.5), octaves=2)
    tint = np.zeros((size, size))
    smallest = _log_uniform(rng, 0.012, 0.03)
    light = rng.uniform(0, 2 * np.pi)
    rim_tone, body_tone = rng.uniform(0.5, 1), rng.uniform(-0.5, 0.3)
    # Areas fall off as in foam; bubbles of all sizes together cover the image about once.
    radii = np.minimum(smallest * (1 + rng.pareto(1.8, 4000)), 0.14)
    radii = radii[np.cumsum(np.pi * radii**2) < rng.uniform(0.8, 1.7)]
    along = (np.arange(size) + 0.5) / size
    for radius, (centre_x, centre_y) in zip(radii, rng.uniform(0, 1, (len(radii), 2)), strict=True):
        columns = slice(*np.searchsorted(along, (centre_x - radius, centre_x + radius)))
        rows = slice(*np.searchsorted(along, (centre_y - radius, centre_y + radius)))
        dx, dy = (along[None, columns] - centre_x) / radius, (along[rows, None] - centre_y) / radius
        distance = np.hypot(dx, dy)
        pixel = 1 / (size * radius)
        inside = _step(1 - distance, pixel)
        rim = distance**6 * (0.6 - 0.6 * (dx * np.cos(light) + dy * np.sin(light)))
        spot = np.hypot(dx - 0.45 * np.cos(light), dy - 0.45 * np.sin(light))
        shade = body_tone + rim_tone * rim + 1.6 * np.exp(-((spot / 0.22) ** 2))
        tone[rows, columns] += inside * (0.75 * (shade - tone[rows, columns]))
        tint[rows, columns] = np.maximum(tint[rows, columns], inside * (1 - distance))
    return Pattern(tone, tint, invertible=False)


# ------------------------------------------------------------------------------------------------------- photographs


def _photograph(name: str, rng: np.random.Generator, size: int) -> Pattern:
    """A crop of one of `PHOTOGRAPHS`: turned by up to 10 degrees, 0.35 to 0.95 as wide, mirrored about any axis.

    They are grey photographs of 512 x 512 pixels under CC0: Bricks25 and Gravel04 of CC0Textures, and Grass 01 by
    linolafett on DeviantArt, as scikit-image's documentation of them says.
    """
    photograph = _load_photograph(name)
    angle = rng.uniform(-10, 10)
    turned = photograph.rotate(angle, Image.Resampling.BICUBIC)
    # The largest upright square that the turned photograph fills, and within it a smaller one.
    filled = photograph.width / (np.cos(np.radians(abs(angle))) + np.sin(np.radians(abs(angle))))
    side = _log_uniform(rng, 0.35, 0.95) * filled
    left, top = (photograph.width - filled) / 2 + rng.uniform(0, filled - side, 2)
    crop = turned.resize((size, size), Image.Resampling.LANCZOS, (left, top, left + side, top + side))
    tone = np.asarray(crop, np.float32)[:: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
    tone = tone.T if rng.random() < 0.5 else tone
    return Pattern(tone, invertible=False)


@lru_cache
def _load_photograph(name: str) -> Image.Image:
    # Imported here, so that drawn textures need no scikit-image; its wheel carries the files, nothing is downloaded.
    from skimage import data

    return Image.fromarray(getattr(data, name)())
