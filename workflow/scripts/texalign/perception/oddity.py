"""The oddity task of Wallis et al. (2017) over a study's syntheses: two crops of one source, one of the other.

Two intervals show crops of the original texture and one a crop of a synthesis of it, or the other way round; the
observer says which is the odd one. Who cannot tell an image from its synthesis is right in a third of the trials.
(T. S. A. Wallis et al., A parametric texture model based on deep convolutional features closely matches texture
appearance for humans, J. Vision 17(12):5, 2017.)
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.stats import binomtest

from texalign.artifacts import seals
from texalign.artifacts.files import atomic_path
from texalign.artifacts.records import column
from texalign.errors import TexalignError
from texalign.perception.triplets import read_table

CHANCE = 1 / 3
# Where the template of the page takes its data.
DATA_MARK = "/*DATA*/null"
JUDGEMENT_COLUMNS = (
    *("image_1", "image_2", "image_3", "odd", "observer", "trial", "texture", "model", "sample"),
    *("odd_source", "true_odd", "correct", "seconds"),
)


@dataclass(frozen=True)
class Crop:
    """A square piece of an image, from pixel (x, y); `image`: key of the image, `name`: of the crop as a file."""

    image: str
    x: int
    y: int
    name: str


@dataclass(frozen=True)
class Trial:
    """Three crops, of which that at place `odd` (0, 1, 2) is of another source; `odd_source`: original or synthesis."""

    number: int
    texture: str
    model: str
    sample: str
    crops: tuple[Crop, Crop, Crop]
    odd: int
    odd_source: str


@dataclass(frozen=True)
class Pair:
    """An exemplar and one synthesis of it: keys of their images, both `size` pixels wide and high."""

    texture: str
    model: str
    sample: str
    original: str
    synthesis: str
    size: int


@dataclass(frozen=True)
class OddityScore:
    """How often the odd one was found among the syntheses of a model: `low` and `high` are Clopper and Pearson's 95%
    interval, `p` that of finding it as often by guessing at 1/3.
    """

    observer: str = column("observer, or all")
    model: str = column("network that made the syntheses")
    n_trials: int = column("trials")
    n_correct: int = column("trials in which the odd one was found")
    proportion: float = column("share of trials")
    low: float = column("lower end of Clopper and Pearson's 95% interval")
    high: float = column("upper end")
    p: float = column("p-value of finding it as often by guessing at 1/3")


def common_size(original: str | Path, synthesis: str | Path) -> int:
    """Edge in pixels of an exemplar and its synthesis. Raises TexalignError when they are not squares of one size."""
    sizes = {Image.open(original).size, Image.open(synthesis).size}
    edges = {edge for size in sizes for edge in size}
    if len(edges) > 1:
        raise TexalignError(
            f"{synthesis}: is of another size than its exemplar {original} ({sorted(sizes)}); crops of different scale "
            "are told apart by that alone: give synthesis.image_size the size of the exemplars"
        )
    return edges.pop()


def plan_trials(pairs: Sequence[Pair], crop: int, repetitions: int, seed: int) -> list[Trial]:
    """Trials of every pair, `repetitions` each, in the pairs' order (the page shuffles them for each observer).

    The three crops of a trial do not overlap where they would come from the same place: each lies in another quarter of
    its image. Sources and places of the odd ones are balanced over the repetitions as far as their number allows.

    Raises TexalignError when a crop is larger than half an image, or there is nothing to show.
    """
    if not pairs or repetitions < 1:
        raise TexalignError("oddity: there are no syntheses to show, or no repetitions")
    rng = np.random.default_rng([seed, 8])
    kinds = [(source, odd) for source in ("synthesis", "original") for odd in range(3)]
    trials: list[Trial] = []
    for pair in pairs:
        if not 8 <= crop <= pair.size // 2:
            raise TexalignError(
                f"oddity: crops of {crop} pixels of images of {pair.size}; give 8 to {pair.size // 2}, so that two of "
                "an image need not overlap"
            )
        order = [kinds[place] for _ in range(-(-repetitions // len(kinds))) for place in rng.permutation(len(kinds))]
        for source, odd in order[:repetitions]:
            common = "original" if source == "synthesis" else "synthesis"
            quarters = rng.permutation(4)[:3]
            crops = [
                _crop(pair, source if place == odd else common, quarter, crop, rng)
                for place, quarter in enumerate(quarters)
            ]
            trials.append(Trial(len(trials) + 1, pair.texture, pair.model, pair.sample, tuple(crops), odd, source))
    return trials


def _crop(pair: Pair, source: str, quarter: int, crop: int, rng: np.random.Generator) -> Crop:
    half = pair.size // 2
    x, y = (int(start + rng.integers(half - crop + 1)) for start in (half * (quarter % 2), half * (quarter // 2)))
    maker = "original" if source == "original" else f"{pair.model}.{pair.sample}"
    return Crop(getattr(pair, source), x, y, f"{pair.texture}/{maker}.{x}.{y}.png")


def write_crops(folder: str | Path, trials: Sequence[Trial], images: Mapping[str, str | Path], crop: int) -> None:
    """Write every crop as a PNG under its name: one folder a texture, a study's images that the judgements are of."""
    for path in images.values():
        seals.check(path)
    opened = {key: Image.open(path).convert("RGB") for key, path in images.items()}
    with atomic_path(folder) as partial:
        for piece in {piece.name: piece for trial in trials for piece in trial.crops}.values():
            file = partial / piece.name
            file.parent.mkdir(parents=True, exist_ok=True)
            box = (piece.x, piece.y, piece.x + crop, piece.y + crop)
            opened[piece.image].crop(box).save(file)


def write_page(
    path: str | Path,
    template: str | Path,
    trials: Sequence[Trial],
    images: Mapping[str, str | Path],
    settings: Mapping[str, object],
) -> None:
    """Write the page: the template with trials, images (PNG files, by key) and settings in it; it needs nothing else.

    `settings`: `study`, `seed`, `crop` in pixels, `presentation` (`together` or `in_turn`), `seconds` that crops are
    shown (0: until the answer). Raises TexalignError when the template has no place for the data.
    """
    text = Path(template).read_text(encoding="utf-8")
    if text.count(DATA_MARK) != 1:
        raise TexalignError(f"{template}: has no single {DATA_MARK} for the trials to go")
    encoded = {
        key: f"data:image/png;base64,{base64.b64encode(seals.read_bytes(file)).decode()}"
        for key, file in images.items()
    }
    data = {"settings": dict(settings), "trials": [asdict(trial) for trial in trials], "images": encoded}
    # Within a script element only `</` could end it.
    page = text.replace(DATA_MARK, json.dumps(data, sort_keys=True).replace("</", "<\\/"))
    with atomic_path(path) as partial:
        partial.write_text(page, encoding="utf-8")


def read_judgements(path: str | Path) -> list[dict[str, str]]:
    """Rows that the page saved. Raises TexalignError naming file and line for what it did not write."""
    columns, rows = read_table(path)
    missing = [name for name in JUDGEMENT_COLUMNS if name not in columns]
    if missing:
        raise TexalignError(f"{path}: has no column {', '.join(missing)}: it is not a file that the oddity page saved")
    for number, row in rows:
        if (row["odd"] == row["true_odd"]) != (row["correct"] == "1"):
            raise TexalignError(
                f"{path}, line {number}: `correct` is {row['correct']!r}, but `odd` and `true_odd` differ"
            )
    return [row for _, row in rows]


def oddity_scores(rows: Sequence[Mapping[str, str]]) -> list[OddityScore]:
    """Scores by observer and model, then of all observers together, in the order of the rows."""
    found: list[OddityScore] = []
    models = list(dict.fromkeys(row["model"] for row in rows))
    for observer in [*dict.fromkeys(row["observer"] for row in rows), "all"]:
        for model in models:
            own = [row for row in rows if observer in ("all", row["observer"]) and row["model"] == model]
            if not own:
                continue
            correct = sum(row["correct"] == "1" for row in own)
            test = binomtest(correct, len(own), CHANCE, alternative="greater")
            ends = binomtest(correct, len(own), CHANCE).proportion_ci(0.95)
            found.append(
                OddityScore(
                    observer, model, len(own), correct, correct / len(own), ends.low, ends.high, float(test.pvalue)
                )
            )
    return found
