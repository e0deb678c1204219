"""Scores of scikit-learn with its defaults, without unit.

Normalised mutual information has the arithmetic mean of both entropies for its norm; scikit-learn's V-measure is the
same number.
"""

from texalign.information.contingency import LabelledClusters
from texalign.information.measures.base import Measure


def _score(name: str) -> Measure:
    def value(labels: LabelledClusters) -> float:
        # Only here, since it takes a second to import.
        from sklearn import metrics

        return float(getattr(metrics, name)(labels.classes, labels.clusters))

    return Measure(value)


AMI = _score("adjusted_mutual_info_score")
NMI = _score("normalized_mutual_info_score")
ARI = _score("adjusted_rand_score")
