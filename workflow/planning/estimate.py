"""What a run will take, told before anything runs: images, jobs, disk, memory."""

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planning import needs
from planning.needs import LARGEST_CHANNELS, layer_channels
from planning.screen import duration
from planning.study import Study

# Less than this is no room for anything, MB.
NO_ROOM_MB = 10


@dataclass(frozen=True)
class Need:
    """What one job asks for, in MB. `temp_mb` is what it writes and a later job removes."""

    rule: str
    mem_mb: int
    disk_mb: int
    temp_mb: int

    @classmethod
    def of(cls, rule: str, resources: Mapping[str, Any]) -> "Need":
        """From a job's resources; what it does not ask for, or cannot tell before its inputs are there, counts as 0."""
        asked = {name: resources.get(name) for name in ("mem_mb", "disk_mb", "temp_mb")}
        return cls(rule, **{name: mb if isinstance(mb, int) else 0 for name, mb in asked.items()})


@dataclass(frozen=True)
class Estimate:
    """Sums over the jobs of a run."""

    study: Study
    jobs: Counter[str]
    disk_mb: int
    temp_mb: int
    largest: Need
    seconds: float
    cores: int

    @classmethod
    def of(cls, study: Study, asked: Iterable[Need], seconds: float = 0, cores: int = 1) -> "Estimate":
        """From what all jobs of a run ask for, of which there is at least one, and what they take on so many cores."""
        asked = list(asked)
        return cls(
            study=study,
            jobs=Counter(need.rule for need in asked),
            disk_mb=sum(need.disk_mb for need in asked),
            # Files that are removed on the way need not all be there at once, but the largest must fit.
            temp_mb=max(need.temp_mb for need in asked),
            # Of several that ask for as much always the same one, whatever the order of jobs.
            largest=max(asked, key=lambda need: (need.mem_mb, need.rule)),
            seconds=seconds,
            cores=cores,
        )

    @property
    def required_mb(self) -> int:
        """Disk without which the run cannot end."""
        return self.disk_mb + self.temp_mb

    def text(self, free_mb: float) -> str:
        """The estimate, to be printed."""
        study = self.study
        layers = sum(len(network.layers) for network in study.networks.values())
        lines = [
            f"Study {study.name}: {study.n_images:,} images, {len(study.networks)} networks, {layers} layers,"
            f" {len(study.representations)} representations, {len(study.protocols)} protocols",
            f"  jobs of this run     {self.jobs.total():,}",
            f"  time                 about {duration(self.seconds)} on {_cores(self.cores)} like those of"
            " docs/performance.md, without downloads",
            f"  disk to be written   about {_gb(self.required_mb)}, {_gb(free_mb)} are free",
            f"  memory of one job    {_gb(self.largest.mem_mb)} at most ({self.largest.rule})",
        ]
        if passes := [rule for rule in self.jobs if rule.startswith("extract_")]:
            lines.append(f"  memory of a pass     about {_gb(self.pass_mb)} without a GPU ({', '.join(passes)})")
        unknown = self.models_of_unknown_size
        if unknown:
            lines.append(
                f"  Channels of {_some(unknown)} are not known before the run; {LARGEST_CHANNELS} a layer are assumed."
            )
        return "\n".join(lines)

    @property
    def pass_mb(self) -> int:
        """Peak memory of the largest pass that gives representations, without a GPU."""
        study = self.study
        return max(
            needs.extraction_peak_mb(network, study.representations, study.matched_dimensions)
            for network in study.networks.values()
        )

    @property
    def models_of_unknown_size(self) -> list[str]:
        """Networks with a layer whose number of channels had to be assumed."""
        return [model for model, network in self.study.networks.items() if None in layer_channels(network).values()]

    def refusal(self, free_mb: float) -> str | None:
        """Why the run must not start, and what to do; None if it may."""
        if self.required_mb <= free_mb:
            return None
        return (
            f"the disk cannot hold this run: about {_gb(self.required_mb)} will be written below {self.study.results}, "
            f"{_gb(free_mb)} are free. Make room, or let {self.study.results} be a link to a folder on a larger disk, "
            "or set `storage: {keep_gram: false}` in the config, which needs room for one network's Gram file at a "
            "time. If you know that files will be smaller: --set-resources extract_representations:disk_mb=1000"
        )


def free_mb(folder: str) -> float:
    """Free space of the disk that a folder is on, or will be on when it does not exist yet."""
    path = Path(folder).absolute()
    existing = next(place for place in (path, *path.parents) if place.is_dir())
    return shutil.disk_usage(existing).free / 1e6


def _gb(megabytes: float) -> str:
    return f"{megabytes / 1000:,.1f} GB"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _cores(n: int) -> str:
    return "1 core" if n == 1 else f"{n} cores"
