# What all rules share: the study, the programs they run, the wildcards they take.
from planning import programs, resources as needs
from planning.programs import flags
from planning.study import Study, image_files

STUDY = Study.from_config(config)
RESULTS = STUDY.results
INDEX = f"{RESULTS}/images/index.tsv"
PIXELS = f"{RESULTS}/images/pixels.h5"


wildcard_constraints:
    model=STUDY.model_pattern,
    layer=STUDY.layer_pattern,
    protocol=STUDY.protocol_pattern,


def program(name):
    """The program of a rule, as an input."""
    return programs.relative(WORKFLOW / "scripts" / f"{name}.py")


def library(name):
    """The library files that a program imports, as inputs: an edit reruns what it touches."""
    return [programs.relative(file) for file in programs.library_files(WORKFLOW / "scripts" / f"{name}.py")]
