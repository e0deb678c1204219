"""One synthesis from files to files, as the program is asked for it."""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from texalign.artifacts.files import file_sha256
from texalign.artifacts.provenance import versions
from texalign.representations import registry
from texalign.synthesis.loss import ImageMaps
from texalign.synthesis.pixels import load_exemplar, save_image
from texalign.synthesis.results import SynthesisResult, write_result, write_trace
from texalign.synthesis.runs import Checkpoint, code_digest
from texalign.synthesis.synthesize import SynthesisSettings, synthesize


@dataclass(frozen=True)
class Outputs:
    """Files that a synthesis leaves, and how often its state is saved beside the image meanwhile."""

    image: Path
    result: Path
    trace: Path
    checkpoint_seconds: float = 60.0


@dataclass(frozen=True)
class Request:
    """What to make: labels, the exemplar and perhaps a start image, sizes in pixels, and the settings."""

    model: str
    texture: str
    seed: int
    representation: str
    exemplar: Path
    exemplar_size: int
    image_size: int
    start: Path | None
    settings: SynthesisSettings

    @property
    def described(self) -> dict[str, object]:
        """All that the image depends on, beside the network and the seed, as JSON carries it."""
        return {
            "representation": self.representation,
            "exemplar": str(self.exemplar),
            "exemplar_sha256": file_sha256(self.exemplar),
            "exemplar_size": self.exemplar_size,
            "image_size": self.image_size,
            **asdict(self.settings.resolved(self.representation)),
            "start": str(self.start) if self.start else "noise",
            "start_sha256": file_sha256(self.start) if self.start else None,
        }

    def make(
        self, maps: ImageMaps, device: torch.device, network_settings: Mapping[str, object], outputs: Outputs
    ) -> SynthesisResult:
        """Make the image, on a network that is on `device`, and write all files.

        `network_settings` tells what network it is. Raises TexalignError for exemplars and start images that are
        missing or are no images, and as `synthesize`.
        """
        exemplar = load_exemplar(self.exemplar, self.exemplar_size).to(device)
        start = load_exemplar(self.start, self.image_size) if self.start else None
        settings = {**network_settings, **self.described}
        label = {"model": self.model, "texture": self.texture, "seed": self.seed}
        machine = {"device": str(device), "threads": torch.get_num_threads()}
        checkpoint = Checkpoint(
            outputs.image.with_name(f".{outputs.image.name}.checkpoint"),
            json.dumps({**settings, **label, **machine}),
            code_digest(maps.network.network),
            outputs.checkpoint_seconds,
        )
        logging.info("%s, %s: %d evaluations at most", self.model, self.texture, self.settings.evaluations)
        made = synthesize(
            maps,
            registry.get(self.representation),
            exemplar,
            self.settings,
            seed=self.seed,
            start=start,
            image_size=self.image_size,
            checkpoint=checkpoint,
        )
        packages = versions("torch", "torchvision", "numpy", "pillow")
        result = SynthesisResult(**label, settings=settings, **made.outcome, **machine, versions=packages)
        save_image(outputs.image, made.image)
        write_trace(outputs.trace, made.trace)
        write_result(outputs.result, result)
        checkpoint.remove()
        logging.info("%.1f s, taken up %d times after an interruption", made.seconds, made.resumed)
        logging.info("saved with %.3g of the loss of a flat grey image", result.relative_loss)
        return result
