"""Where everything that the workflow makes is: one pattern of wildcards for each kind of file.

Snakemake takes the patterns as they are; `Study.expand` fills them in for a whole study.
"""

from dataclasses import dataclass

# Of figures: for the screen, then for a paper.
FORMATS = ("png", "svg", "pdf")


@dataclass(frozen=True)
class Paths:
    """Patterns of files below the folder `results`, which may itself hold wildcards (a branch of the multiverse)."""

    results: str

    @property
    def index(self) -> str:
        return f"{self.results}/images/index.tsv"

    @property
    def pixels(self) -> str:
        return f"{self.results}/images/pixels.h5"

    @property
    def weights(self) -> str:
        return f"{self.results}/weights/{{model}}.pth"

    @property
    def layers(self) -> str:
        """Modules that the rule of `spread` chose in a network."""
        return f"{self.results}/layers/{{model}}.tsv"

    @property
    def rdm(self) -> str:
        return f"{self.results}/rdm/{{representation}}/{{model}}/{{layer}}.h5"

    @property
    def clusters(self) -> str:
        return f"{self.results}/clusters/{{representation}}/{{protocol}}/{{model}}/{{layer}}.h5"

    @property
    def information(self) -> str:
        return f"{self.results}/information/{{representation}}/{{protocol}}/{{model}}/{{layer}}.tsv"

    @property
    def curve(self) -> str:
        return f"{self.results}/information/{{representation}}/{{protocol}}/{{model}}/{{layer}}.curve.tsv"

    @property
    def inference(self) -> str:
        return f"{self.results}/inference/{{representation}}/{{protocol}}/{{model}}.tsv"

    @property
    def recovery(self) -> str:
        return f"{self.results}/inference/{{representation}}/{{protocol}}/{{model}}.classes.tsv"

    @property
    def deviations(self) -> str:
        return f"{self.results}/inference/{{representation}}/{{protocol}}/{{model}}.deviations.tsv"

    @property
    def halves(self) -> str:
        return f"{self.results}/halves/{{representation}}/{{protocol}}/{{model}}.tsv"

    @property
    def probes(self) -> str:
        return f"{self.results}/probes/{{representation}}/{{model}}.tsv"

    @property
    def class_probes(self) -> str:
        return f"{self.results}/probes/{{representation}}/{{model}}.classes.tsv"

    @property
    def probe_deviations(self) -> str:
        return f"{self.results}/probes/{{representation}}/{{model}}.deviations.tsv"

    @property
    def evidence(self) -> str:
        return f"{self.results}/human/{{evidence}}.h5"

    @property
    def coverage(self) -> str:
        return f"{self.results}/human/{{evidence}}.coverage.tsv"

    @property
    def agreement(self) -> str:
        return f"{self.results}/agreement/{{representation}}/{{evidence}}/{{model}}.tsv"

    @property
    def agreement_by_layer(self) -> str:
        return f"{self.results}/agreement/{{representation}}/{{evidence}}/{{model}}.layers.tsv"

    @property
    def agreement_deviations(self) -> str:
        return f"{self.results}/agreement/{{representation}}/{{evidence}}/{{model}}.deviations.tsv"

    @property
    def explorer(self) -> str:
        """The explorer's page; its parts are below the folder of the same name."""
        return f"{self.results}/explorer.html"

    def explorer_part(self, name: str = "{representation}/{model}/{layer}") -> str:
        """What the explorer has of one layer, or another part of it."""
        return f"{self.results}/explorer/{name}.js"

    def vectors(self, representation: str = "{representation}") -> str:
        """Vectors of one representation at all layers of a network."""
        return f"{self.results}/{representation}/{{model}}.h5"

    def export(self, suffix: str) -> str:
        return f"{self.results}/rdm_exports/{{representation}}/{{model}}.{{dissimilarity}}.{suffix}"

    def table(self, name: str) -> str:
        """A table of the whole study."""
        return f"{self.results}/tables/{name}.tsv"

    def figure(self, name: str, suffix: str = "png") -> str:
        """A figure; `name` may hold wildcards."""
        return f"{self.results}/figures/{name}.{suffix}"

    @property
    def findings(self) -> str:
        """The first page of the report."""
        return f"{self.results}/report/findings.html"

    @property
    def table_page(self) -> str:
        """A table as a page of the report; the wildcard is the table's name."""
        return f"{self.results}/report/{{shown}}.html"

    def log(self, name: str) -> str:
        return f"{self.results}/logs/{name}.log"

    def benchmark(self, name: str) -> str:
        return f"{self.results}/benchmarks/{name}.tsv"
