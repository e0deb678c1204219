"""Time and disk of the paper's study on this machine, and by the published procedure, from rates measured before.

12 networks x 5 layers x 5,640 images x 3 protocols. Jobs that use all cores run one after the other, those that use one
run on all cores at once. What a job costs beside its work, starting Python and importing, is counted by the programs'
measured imports. Reads results/{extraction,rdm,clusters,startup}.tsv, which must have been measured with `--full`.
"""

import argparse
from dataclasses import dataclass

import numpy as np

import harness
from harness import N_IMAGES, PAPER
from planning import needs
from planning.study import StudyNetwork

PROTOCOLS = len(PAPER["protocols"])


@dataclass(frozen=True)
class Step:
    """Hours and gigabytes of one step of the study; None where the published procedure has no such step."""

    step: str
    ours_hours: float
    published_hours: float | None
    ours_gb: float = 0.0
    published_gb: float = 0.0


@dataclass(frozen=True)
class Rates:
    """What was measured: by network, by channels, by protocol, and by program."""

    extraction: dict[str, dict[str, str]]
    rdm: list[dict[str, str]]
    clusters: dict[str, dict[str, str]]
    imports: dict[str, float]
    decoded_per_s: float

    @classmethod
    def measured(cls) -> "Rates":
        """Raises FileNotFoundError naming a benchmark that has not been run."""
        return cls(
            extraction={row["network"]: row for row in harness.read("extraction")},
            rdm=harness.read("rdm"),
            clusters={row["what"]: row for row in harness.read("clusters")},
            imports={row["program"]: float(row["imports_seconds"]) for row in harness.read("startup")},
            decoded_per_s=float(harness.read("decoding")[0]["images_per_s"]),
        )

    def extraction_seconds(self, model: str, procedure: str) -> float:
        """Raises KeyError saying what to run when the network was not measured."""
        if model not in self.extraction:
            raise KeyError(f"{model} was not measured; run `python benchmarks/bench_extraction.py --full`")
        return N_IMAGES / float(self.extraction[model][f"{procedure}_per_s"])

    def gram_gb(self, model: str, procedure: str) -> float:
        return N_IMAGES * float(self.extraction[model][f"{procedure}_bytes_an_image"]) / 1e9

    def rdm_seconds(self, channels: int, column: str) -> float:
        """By a line through what was measured, in the length of the packed Gram vectors and squares of the images."""
        sizes = [needs.vector_size("gram", int(row["channels"])) for row in self.rdm]
        seconds = [float(row[column]) * (N_IMAGES / int(row["n_images"])) ** 2 for row in self.rdm]
        if len(sizes) == 1:
            return seconds[0] * needs.vector_size("gram", channels) / sizes[0]
        return float(np.interp(needs.vector_size("gram", channels), sizes, seconds))

    def cluster_seconds(self, what: str, column: str = "seconds") -> float:
        row = self.clusters[what]
        return float(row[column]) * (N_IMAGES / int(row["n_images"])) ** 2


# Rules whose jobs use one core each, so that as many run at once as there are.
ON_ONE_CORE = ("cluster_images", "compute_information")


def wall_seconds(by_rule: dict[str, float]) -> dict[str, float]:
    """Wall clock of a network's jobs, from the sums of their seconds."""
    return {rule: seconds / (harness.THREADS if rule in ON_ONE_CORE else 1) for rule, seconds in by_rule.items()}


def network_seconds(rates: Rates, model: str) -> dict[str, float]:
    """Seconds of our jobs for one network, summed by rule."""
    channels = needs.channels(StudyNetwork.from_config(model, PAPER["networks"][model]))
    rows, other = "ours, rdm_rows, on all cores", "ours, gram, on all cores"
    ward = rates.cluster_seconds(rows, "distances") + PROTOCOLS * rates.cluster_seconds(other, "tree")
    curve = float(rates.clusters[other]["curve"])
    started = {name: rates.imports[name] for name in ("extract_representations", "compute_rdm", "cluster_images")}
    jobs = len(channels) * PROTOCOLS
    return {
        "fetch_weights": rates.imports["fetch_weights"],
        "extract_gram": rates.extraction_seconds(model, "ours") + started["extract_representations"],
        "compute_rdm": sum(rates.rdm_seconds(count, "seconds") + started["compute_rdm"] for count in channels),
        "cluster_images": len(channels) * ward + jobs * started["cluster_images"],
        "compute_information": jobs * (curve + rates.imports["compute_information"]),
    }


def published_seconds(rates: Rates, model: str) -> dict[str, float]:
    channels = needs.channels(StudyNetwork.from_config(model, PAPER["networks"][model]))
    refits = next(name for name in rates.clusters if "refits" in name)
    return {
        "fetch_weights": rates.imports["fetch_weights"],
        "extract_gram": rates.extraction_seconds(model, "published"),
        "compute_rdm": sum(rates.rdm_seconds(count, "published_seconds") for count in channels),
        "cluster_images": len(channels) * rates.cluster_seconds(refits),
        "compute_information": 0.0,  # timed with the refits
    }


def forecast(rates: Rates) -> list[Step]:
    models = list(PAPER["networks"])
    ours = {model: wall_seconds(network_seconds(rates, model)) for model in models}
    theirs = {model: published_seconds(rates, model) for model in models}
    rdm_gb = 5 * len(models) * needs.rdm_file_mb(N_IMAGES) / 1e3
    disk = {
        "extract_gram": (
            sum(rates.gram_gb(model, "ours") for model in models),
            sum(rates.gram_gb(model, "published") for model in models),
        ),
        # Theirs: a square matrix in double precision, as NumPy saves it.
        "compute_rdm": (rdm_gb, 5 * len(models) * N_IMAGES**2 * 8 / 1e9),
    }
    steps = [
        Step(
            rule,
            sum(seconds[rule] for seconds in ours.values()) / 3600,
            sum(seconds[rule] for seconds in theirs.values()) / 3600,
            *disk.get(rule, (0.0, 0.0)),
        )
        for rule in ours[models[0]]
    ]
    steps.insert(
        0, Step("decode_images", N_IMAGES / rates.decoded_per_s / 3600, None, needs.pixels_mb(N_IMAGES, 224) / 1e3)
    )
    total = Step(
        "all",
        *(
            sum(getattr(step, name) or 0.0 for step in steps)
            for name in ("ours_hours", "published_hours", "ours_gb", "published_gb")
        ),
    )
    return [*steps, total]


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    rates = Rates.measured()
    harness.report("forecast", [vars(step) for step in forecast(rates)])
    by_network = []
    for model in PAPER["networks"]:
        own = sum(wall_seconds(network_seconds(rates, model)).values()) / 60
        theirs = sum(published_seconds(rates, model).values()) / 60
        by_network.append({"network": model, "ours_minutes": own, "published_minutes": theirs, "times": theirs / own})
    harness.report("forecast_networks", by_network)


if __name__ == "__main__":
    main()
