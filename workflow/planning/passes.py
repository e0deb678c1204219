"""Which representations come from one pass of a network, and which have been added to a study since.

Snakemake makes all outputs of a job, or none. A representation that is added to a study with finished ones therefore
gets a pass of its own, or those of the others would be written again, and all that follows from them. Once anything
that they depend on changes, all come from one pass again.
"""

from dataclasses import dataclass

from planning.lineage import Lineage
from planning.study import Study
from texalign.artifacts.passes import read_pass


@dataclass(frozen=True)
class Passes:
    """`together`: representations of one pass over a network; `added`: those that get a pass each."""

    together: tuple[str, ...]
    added: tuple[str, ...]

    @classmethod
    def of(cls, study: Study, lineage: Lineage) -> "Passes":
        """From what the passes of the study's networks have noted beside the files that they wrote.

        A note counts only where its file is what the config asks for now. That files are gone since, because nothing
        needs them any more, does not change which pass they came from.
        """
        added: set[str] = set()
        for model in study.networks:
            for name in study.representations:
                file = study.paths.vectors(name).format(model=model)
                noted = read_pass(file, lineage.of("vectors", representation=name, model=model))
                added |= set(study.representations) - set(noted) if noted else set()
        together = tuple(name for name in study.representations if name not in added)
        return cls(together, tuple(name for name in study.representations if name in added))
