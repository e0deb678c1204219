"""Mutual information of classes and clusters: corrected for undersampling, as observed, and over a tree's cuts."""

from dataclasses import dataclass

import numpy as np

from texalign.errors import TexalignError
from texalign.information.contingency import codes_of, contingency_table, cross_count
from texalign.information.nsb import EntropyEstimate, nsb_entropies, nsb_entropy, whole_counts


@dataclass(frozen=True)
class MutualInformation:
    """NSB mutual information of class and cluster, and the three entropies it is made of."""

    classes: EntropyEstimate
    clusters: EntropyEstimate
    joint: EntropyEstimate

    @property
    def bits(self) -> float:
        """H(class) + H(cluster) - H(class, cluster), in bits.

        A combination of three estimates: it may come out slightly below zero, and its error is not the sum of theirs.
        """
        return float((self.classes.nats + self.clusters.nats - self.joint.nats) / np.log(2))

    @property
    def ceiling_bits(self) -> float:
        """The smaller of H(class) and H(cluster), in bits: no clusters of these sizes could tell more."""
        return min(self.classes.bits, self.clusters.bits)


@dataclass(frozen=True)
class MutualInformationCurve:
    """Mutual information of classes and clusters, in bits, for each number of clusters; all arrays of shape (K,)."""

    n_clusters: np.ndarray
    mi_nsb_bits: np.ndarray
    mi_plugin_bits: np.ndarray
    mi_miller_madow_bits: np.ndarray


def mutual_information(classes: np.ndarray, clusters: np.ndarray) -> float:
    """NSB mutual information of two labellings of the same images, in bits; `classes`, `clusters`: (n,) each.

    Raises TexalignError as `contingency_table`.

    >>> round(mutual_information(["x"] * 20 + ["y"] * 20, [0] * 20 + [1] * 20), 2)
    0.93
    """
    return mutual_information_nsb(contingency_table(classes, clusters)).bits


def mutual_information_nsb(table: np.ndarray) -> MutualInformation:
    """NSB mutual information of a contingency table (n_classes, n_clusters) of counts.

    Every entropy is an NSB posterior mean as ndd computes it. The alphabet of a variable is the values observed of it,
    that of the pair their product; rows and columns without counts are dropped.

    Raises TexalignError when the table is not two-dimensional, or holds no counts, negative or not whole ones.
    """
    table = _observed(table)
    return _mutual_information(table, nsb_entropy(table.sum(axis=1), len(table)))


def mutual_information_plugin(table: np.ndarray) -> float:
    """Mutual information in bits with observed frequencies as probabilities, of a table (n_classes, n_clusters).

    Biased upwards by about (observed cells - classes - clusters + 1) / (2 n) nats. Raises as `mutual_information_nsb`.
    """
    table = _observed(table)
    classes, clusters = np.nonzero(table)
    cells = table[classes, clusters]
    independent = table.sum(axis=1)[classes] / table.sum() * table.sum(axis=0)[clusters]
    return float(cells @ np.log2(cells / independent)) / int(table.sum())


def mutual_information_miller_madow(table: np.ndarray) -> float:
    """Mutual information in bits from entropies with Miller's (1955) correction, of a table (n_classes, n_clusters).

    Each plug-in entropy gains (observed values - 1) / (2 n) nats. Raises as `mutual_information_nsb`.
    """
    table = _observed(table)
    n_classes, n_clusters = table.shape
    surplus = (n_classes - 1) + (n_clusters - 1) - (np.count_nonzero(table) - 1)
    return mutual_information_plugin(table) + float(surplus / (2 * table.sum()) / np.log(2))


def mutual_information_bits(tables: np.ndarray) -> np.ndarray:
    """NSB mutual information of tables (n_tables, n_classes, n_clusters) of one class margin, (n_tables,).

    The alphabets are the tables' own shape, also where a resample leaves a cluster empty: the cut has it.
    """
    n_tables, n_classes, n_clusters = tables.shape
    classes = nsb_entropy(tables[0].sum(axis=1), n_classes).nats
    clusters = nsb_entropies(tables.sum(axis=1), n_clusters)
    joint = nsb_entropies(tables.reshape(n_tables, -1), n_classes * n_clusters)
    return (classes + clusters - joint) / np.log(2)


def mi_curve(classes: np.ndarray, labels_by_k: np.ndarray) -> MutualInformationCurve:
    """Mutual information of the classes with each of K nested clusterings, the cuts of one tree.

    `classes`: labels, (n,). `labels_by_k`: one clustering a row, (K, n), each row's clusters split by the next. Each
    result is that of the functions above. Raises TexalignError when the shapes do not fit, there are no images, or a
    clustering splits clusters of the next one.
    """
    labels_by_k = np.asarray(labels_by_k)
    if labels_by_k.ndim != 2:
        raise TexalignError(f"labels of shape {labels_by_k.shape}: expected one row for each number of clusters")
    rows, n_classes = codes_of(classes)
    class_entropy = nsb_entropy(np.bincount(rows), n_classes)
    tables = _nested_tables(rows, n_classes, labels_by_k)
    return MutualInformationCurve(
        n_clusters=np.array([table.shape[1] for table in tables], dtype=np.int64),
        mi_nsb_bits=np.array([_mutual_information(table, class_entropy).bits for table in tables]),
        mi_plugin_bits=np.array([mutual_information_plugin(table) for table in tables]),
        mi_miller_madow_bits=np.array([mutual_information_miller_madow(table) for table in tables]),
    )


def _nested_tables(rows: np.ndarray, n_rows: int, labels_by_k: np.ndarray) -> list[np.ndarray]:
    """Contingency tables of nested clusterings: the last one's is counted, the others follow by adding columns."""
    columns, n_columns = codes_of(labels_by_k[-1])
    tables = [cross_count(rows, n_rows, columns, n_columns)]
    for labels in labels_by_k[-2::-1]:
        members = np.empty(n_columns, dtype=np.int64)
        members[columns] = np.arange(len(columns))
        values, merged = np.unique(labels[members], return_inverse=True)
        if (values[merged[columns]] != labels).any():
            raise TexalignError(
                f"the clustering into {len(np.unique(labels))} splits a cluster of the one into {n_columns}: they are "
                "not cuts of one tree, ordered by the number of clusters"
            )
        table = np.zeros((len(values), n_rows), dtype=np.int64)
        np.add.at(table, merged, tables[-1].T)
        tables.append(table.T)
        columns, n_columns = merged[columns], len(values)
    return tables[::-1]


def _mutual_information(table: np.ndarray, class_entropy: EntropyEstimate) -> MutualInformation:
    cluster_entropy = nsb_entropy(table.sum(axis=0), table.shape[1])
    return MutualInformation(class_entropy, cluster_entropy, nsb_entropy(table, table.size))


def _observed(table: np.ndarray) -> np.ndarray:
    """The table as int64, without the rows and columns that hold no counts."""
    table = np.asarray(table)
    if table.ndim != 2:
        raise TexalignError(f"a contingency table has two dimensions, not {table.ndim}")
    table = whole_counts(table).reshape(table.shape)
    return table[table.any(axis=1)][:, table.any(axis=0)]
