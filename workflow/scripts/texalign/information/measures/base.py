"""What a measure of agreement is."""

from collections.abc import Callable
from dataclasses import dataclass

from texalign.information.contingency import LabelledClusters


@dataclass(frozen=True)
class Measure:
    """A number for a clustering, from the classes and clusters of the images.

    An entry is a `Measure` in a file of this package, a line in `registry.ENTRIES` and one in `names.MEASURES`: it is
    then a column of the tables, and can be the study's criterion. Where less is better its name is also in
    `names.LOWER_IS_BETTER`.
    """

    value: Callable[[LabelledClusters], float]
    higher_is_better: bool = True
