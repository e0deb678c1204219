"""Rows of the tables of agreement with the classes: their columns, and what these mean."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, make_dataclass
from typing import Self

from texalign import names
from texalign.artifacts.records import Record, column, columns
from texalign.artifacts.tables import Row


@dataclass(frozen=True)
class LayerName:
    """The columns that name a layer, which come first in every table by layer."""

    representation: str = column("texture representation")
    protocol: str = column("protocol of clustering")
    model: str = column("network")
    layer: str = column("layer")

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What names the layer."""
        return self.representation, self.protocol, self.model, self.layer


LAYER_KEY = tuple(each.name for each in columns(LayerName))


def layer_key(row: Row) -> tuple[str, ...]:
    """What names the layer that a row of text is of."""
    return tuple(row[name] for name in LAYER_KEY)


@dataclass(frozen=True)
class OfLayer(LayerName):
    """A layer's name, and where it lies in its network."""

    position: int = column("place of the layer among the network's, from 1")
    module: str = column("module that the layer taps")

    @classmethod
    def of(cls, attributes: Mapping[str, object], model: str, protocol: str | None = None) -> Self:
        """From the attributes of the layer's clusters, or of its RDM and the `protocol` that it is seen by."""
        layer = str(attributes["layer"])
        return cls(
            representation=str(attributes["representation"]),
            protocol=str(attributes["protocol"] if protocol is None else protocol),
            model=model,
            layer=layer,
            position=int(layer.removeprefix("L")),
            module=str(attributes["module"]),
        )

    def __str__(self) -> str:
        return f"layer {self.layer}, {self.representation}, protocol {self.protocol}"


@dataclass(frozen=True)
class ClusteredLayer(OfLayer):
    """Clusters of a layer, as many as there are classes."""

    channels: int = column("channels of the layer's maps")
    n_images: int = column("images")
    n_classes: int = column("classes")
    n_clusters: int = column("clusters")
    class_entropy_bits: float = column("H(class) by NSB, bits")
    cluster_entropy_bits: float = column("H(cluster) by NSB, bits")
    mi_ceiling_bits: float = column("the smaller of both, which bounds mutual information, bits")


# Every measure that there is, a column each, in the order of their registry.
MiRow = make_dataclass(
    "MiRow",
    [(name, float, column(doc)) for name, doc in names.MEASURES.items()],
    bases=(ClusteredLayer,),
    frozen=True,
    namespace={
        "__doc__": "Agreement of a layer's clusters with the classes, by every measure.",
        "__module__": __name__,
    },
)
MI_COLUMNS = tuple(each.name for each in columns(MiRow))


@dataclass(frozen=True)
class CurveRow(LayerName):
    """Mutual information at one number of clusters."""

    n_clusters: int = column("clusters that the tree is cut into")
    mi_nsb_bits: float = column(names.MEASURES["mi_nsb_bits"])
    mi_plugin_bits: float = column(names.MEASURES["mi_plugin_bits"])
    mi_miller_madow_bits: float = column(names.MEASURES["mi_miller_madow_bits"])


@dataclass(frozen=True)
class BestLayer(LayerName):
    """The best of a network's layers, the earlier of equal ones."""

    module: str = column("module that the layer taps")
    criterion: str = column("column by which the layer is chosen")
    value: float = column("its value in that column")
    mi_nsb_bits: float | None = column(f"{names.MEASURES['mi_nsb_bits']}; empty in a study without labels")
    mi_of_ceiling: float | None = column(f"{names.MEASURES['mi_of_ceiling']}; empty in a study without labels")


@dataclass(frozen=True)
class Inference:
    """Mutual information with its uncertainty, at as many clusters as there are classes."""

    n_images: int = column("images")
    n_classes: int = column("classes")
    n_clusters: int = column("clusters")
    mi_nsb_bits: float = column(names.MEASURES["mi_nsb_bits"])
    ci_low_bits: float = column("lower end of the interval of the true information of these clusters, bits")
    ci_high_bits: float = column("upper end, bits")
    confidence: float = column("confidence of the interval")
    bootstrap_sd_bits: float = column("standard deviation over draws of the images, tree held fixed, bits")
    bootstrap_inflation_bits: float = column("mean of the draws less the estimate, bits: what copies of images add")
    n_bootstraps: int = column("draws of the images")
    null_mean_bits: float = column("mean with permuted labels, bits")
    null_sd_bits: float = column("standard deviation with permuted labels, bits")
    null_p: float = column("(1 + permutations with at least this information) / (1 + permutations)")
    null_q: float | None = column(
        "Benjamini and Hochberg's q-value of null_p over all networks and layers of the same representation and "
        "protocol; empty in a network's own table"
    )
    n_permutations: int = column("permutations of the labels")
    seed: int = column("seed of permutations and draws")
    class_entropy_bits: float = column("H(class) by NSB, bits")
    class_entropy_sd_bits: float = column("posterior standard deviation of H(class), bits")
    cluster_entropy_bits: float = column("H(cluster) by NSB, bits")
    cluster_entropy_sd_bits: float = column("posterior standard deviation of H(cluster), bits")
    joint_entropy_bits: float = column("H(class, cluster) by NSB, bits")
    joint_entropy_sd_bits: float = column("posterior standard deviation of H(class, cluster), bits")


@dataclass(frozen=True)
class InferenceRow(Inference, OfLayer):
    """Mutual information of a layer with its uncertainty."""


@dataclass(frozen=True)
class RecoveryRow(OfLayer):
    """The cluster that fits a class best, that of the highest F1, and how well it does."""

    class_name: str = column("class", name="class")
    cluster: int = column("number of the cluster, from 0")
    n_images: int = column("images of the class")
    cluster_size: int = column("images of the cluster")
    n_shared: int = column("images of both")
    precision: float = column("share of the cluster that is of the class")
    recall: float = column("share of the class that is in the cluster")
    f1: float = column("harmonic mean of precision and recall")
    f1_null_mean: float = column("mean of the highest F1 with permuted labels")
    f1_p: float = column("(1 + permutations whose highest F1 reaches this) / (1 + permutations)")


@dataclass(frozen=True)
class Probed:
    """Probes of distances."""

    n_images: int = column("images")
    n_classes: int = column("classes")
    knn_accuracy: float = column(names.PROBES["knn_accuracy"])
    knn_chance: float = column("the same with permuted labels, mean")
    knn_neighbours: int = column("neighbours that vote")
    linear_accuracy: float = column(names.PROBES["linear_accuracy"])
    linear_chance: float = column("the same with permuted labels, mean")
    linear_ridge: float = column("ridge penalty that the linear classifier chose, in mean eigenvalues of the kernel")
    n_permutations: int = column("permutations of the labels that chance is taken from")
    silhouette: float = column(names.PROBES["silhouette"])
    class_model_spearman: float = column(names.PROBES["class_model_spearman"])
    class_model_tau_a: float = column(names.PROBES["class_model_tau_a"])
    class_model_auc: float = column(names.PROBES["class_model_auc"])


@dataclass(frozen=True)
class ProbeRow(Probed, OfLayer):
    """Probes of the distances of a layer."""


@dataclass(frozen=True)
class ClassProbeRow(OfLayer):
    """Probes of the distances of a layer, of the images of one class."""

    class_name: str = column("class", name="class")
    n_images: int = column("images of the class")
    knn_recall: float = column("share of them whose nearest others vote for the class")
    linear_recall: float = column("share of them that a linear classifier of the others finds")
    silhouette: float = column("mean silhouette")


@dataclass(frozen=True)
class NddRow(LayerName):
    """Mutual information beside that of the package ndd."""

    mi_nsb_bits: float = column(names.MEASURES["mi_nsb_bits"])
    mi_ndd_bits: float = column("mutual information by ndd, bits")
    difference_bits: float = column("mi_nsb_bits - mi_ndd_bits, bits")


def joined(record: type[Record], *parts: object, **others: object) -> Record:
    """A record from those of its fields that others have, later ones before earlier ones, and from more by name."""
    known = {name: value for part in parts for name, value in vars(part).items()} | others
    return record(**{field.name: known[field.name] for field in fields(record)})
