"""What jobs take, roughly, from the sizes of a study: for the estimate before a run, and the time left during it.

From rates that were measured on two cores (docs/performance.md); another machine differs by a factor, which a run's own
pace shows within minutes. Units: seconds of two cores.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from planning import needs
from planning.study import Study, StudyNetwork

# Python with NumPy, and with torch, until they work; single jobs run two at a time.
START, TORCH_START = 0.8, 5.0
# Of convolutions, and of the inner products that RDMs are made of.
GFLOP_A_SECOND, PRODUCTS_A_SECOND = 80.0, 150.0
# A network whose size is not known is taken for a ResNet-50.
USUAL_GFLOPS = 4.1
# Images of the study that the following were measured with, and by rule the seconds of a layer there: what grows with
# the square of the number of images, on one core.
MEASURED_IMAGES = 5640
BY_SQUARE: Mapping[str, float] = {
    "cluster_images": 3.7,
    "cluster_branch_images": 3.7,
    "resample_trees": 18.0,
    "probe_rdm": 17.0,
    "measure_agreement": 60.0,
}
# Rules of which a job goes through all layers of a network; `probe_rdm` also through all protocols.
OF_NETWORKS = ("resample_trees", "probe_rdm", "measure_agreement", "infer_information")
CORES = 2


@dataclass(frozen=True)
class Job:
    """A job by its rule and wildcards."""

    rule: str
    wildcards: Mapping[str, Any]


@dataclass(frozen=True)
class Durations:
    """What jobs of a study take. `size`, `evaluations`: of syntheses, edge in pixels and gradients an image."""

    study: Study
    image_size: int
    size: int
    evaluations: int

    def seconds(self, job: Job) -> float:
        """Of one job, on two cores that have nothing else to do."""
        network = self.study.networks.get(job.wildcards.get("model", ""))
        if job.rule.startswith("extract_") and network is not None:
            return (
                TORCH_START
                + self.study.n_images * needs.gflops(network, self.image_size, USUAL_GFLOPS) / GFLOP_A_SECOND
            )
        if job.rule == "synthesize" and network is not None:
            return TORCH_START + self.evaluations * 3 * needs.gflops(network, self.size, USUAL_GFLOPS) / GFLOP_A_SECOND
        if job.rule in ("fetch_weights", "cross_evaluate_synthesis"):
            return TORCH_START
        if job.rule in ("compute_rdm", "compute_branch_rdm") and network is not None:
            return START + self._products(network, job.wildcards) / PRODUCTS_A_SECOND
        return START + self._by_square(job.rule, network) / CORES

    def total(self, jobs: Iterable[Job], cores: int) -> float:
        """Time that jobs take together on so many cores."""
        return sum(map(self.seconds, jobs)) * CORES / max(cores, 1)

    def _by_square(self, rule: str, network: StudyNetwork | None) -> float:
        layers = len(network.layers) if network is not None and rule in OF_NETWORKS else 1
        protocols = len(self.study.protocols) if rule == "probe_rdm" else 1
        of_layer = BY_SQUARE.get(rule, 0.0) * (self.study.n_images / MEASURED_IMAGES) ** 2
        # Permutations and draws count labels anew, which hardly depends on the number of images.
        return layers * protocols * (of_layer + (1.0 if rule == "infer_information" else 0.0))

    def _products(self, network: StudyNetwork, wildcards: Mapping[str, Any]) -> float:
        """GFLOP of a layer's inner products."""
        representation = wildcards.get("representation", self.study.representations[0])
        size = max(needs.vector_size(representation, count) for count in needs.channels(network, wildcards["layer"]))
        return self.study.n_images**2 * size / 1e9
