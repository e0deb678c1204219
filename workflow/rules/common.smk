# What all rules share: the config, checked; the study it describes; and what every rule says in the same way.
import json
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
if not WORKFLOW.is_dir():
    raise WorkflowError(
        f"{WORKFLOW} is no folder of this machine: clone the repository, and name its workflow/Snakefile instead"
    )
sys.path[:0] = [str(WORKFLOW), str(WORKFLOW / "scripts")]

from planning import needs, programs
from planning.config_files import borrowed_name, file_problems
from planning.extractions import Multiverse
from planning.inputs import input_problems
from planning.lineage import Lineage
from planning.pages import CATEGORIES
from planning.pages import TABLES
from planning.passes import Passes
from planning.paths import FORMATS, Paths
from planning.programs import flags
from planning.published import correlations_fit
from planning.recipes.facts import StudyFacts
from planning.results import check_results
from planning.screen import Screen
from planning.study import Study, any_of, image_files
from planning.syntheses import Syntheses
from planning.user_files import Hashes
from planning.validation import config_errors, fill_defaults, read_schema
from texalign import names
from texalign.artifacts.seals import seal_path


def say(line):
    print(line, file=sys.stderr, flush=True)


# Not where Snakemake runs a single job on a node, nor where the user wants to see all, or nothing. Before any rule is
# read, since Snakemake has something to say of several.
SCREEN = None
shown = workflow.output_settings
plain = [handler for handler in logger.handlers if handler.name == "DefaultStreamHandler"]
if workflow.is_main_process and plain and not (shown.verbose or shown.quiet or shown.debug_dag):
    SCREEN = Screen(plain[0], say)
    logger.removeHandler(plain[0])
    logger.addHandler(SCREEN)

programs.have_python_on_path()
SCHEMA = read_schema(WORKFLOW / "schemas" / "config.schema.yaml")
problems = (
    [line for file in workflow.configfiles for line in file_problems(file)]
    or config_errors(config, SCHEMA)
    or borrowed_name(config["study"], workflow.configfiles, WORKFLOW.parent)
)
if problems:
    files = ", ".join(map(str, workflow.configfiles))
    raise WorkflowError("\n  ".join([f"the config ({files}) does not describe a study:", *problems]))
fill_defaults(config, SCHEMA)

# A machine's GPUs are told by a profile or by `--resources`. Where neither does there are none, as where the workflow is a
# module of another one, whose folder has no default profile. Jobs of a cluster (`--jobs`) ask for their own.
if workflow.is_main_process and "gpu" not in workflow.global_resources:
    if workflow.global_resources["_nodes"].value is None:
        workflow.register_resource("gpu", 0)


def shipped(file):
    """A file that the config names: from the working directory, else from the workflow's own folder, which ships it."""
    beside = WORKFLOW.parent / file
    return file if Path(file).exists() or not beside.exists() else programs.relative(beside)


STUDY = Study.from_config(config)
if problems := input_problems(config, STUDY, shipped):
    raise WorkflowError("\n  ".join(["what the config names is not there, or does not fit the study:", *problems]))
# Published correlations stand beside those of the same networks on the same images only.
compared = config.get("multiverse", {}).get("published")
if compared and not correlations_fit(config, shipped(compared)):
    del config["multiverse"]["published"]
PATHS = STUDY.paths
MULTIVERSE = Multiverse.from_config(config, STUDY.results) if "multiverse" in config else None
SYNTHESES = Syntheses.from_config(config, STUDY)
# Environments, from the folder of these files.
ANALYSIS, EXTRACTION, NDD = (f"../../envs/{name}.yaml" for name in ("analysis", "extraction", "ndd"))
# How images are normalised and which stage of the feature maps is taken.
PREPROCESSING = flags(**config["preprocessing"], activation=config["activation"])


wildcard_constraints:
    **STUDY.wildcard_patterns,


def program(name):
    """A rule's program and what stands for it and the library files that it imports, so that an edit reruns what it
    touches.
    """
    script = WORKFLOW / "scripts" / f"{name}.py"
    return {"script": programs.relative(script), "code": str(programs.code_stamp(script))}


HASHES = Hashes()
LINEAGE = Lineage(StudyFacts(config, STUDY, SYNTHESES, MULTIVERSE, HASHES, shipped))

if workflow.is_main_process and (unsound := check_results(LINEAGE, sys.argv)):
    raise WorkflowError(unsound)


def telling(given, *kinds, representations=None):
    """Flags of a program, with the lineages of what it writes, of these kinds, and of what that is made from.

    A kind may hold wildcards of the job.

    Of a job with a wildcard `branch`, kinds are those of the multiverse's branches. `representations` are those that a
    job without such a wildcard writes.

    `given` are its other flags, or a function of the wildcards that gives them. What changes a result changes these
    flags, and so has the job run again, and all that follows from it, whatever became of the files between.
    """

    def flags_of(wildcards):
        own = given(wildcards) if callable(given) else given
        branch = "branch." if "branch" in dict(wildcards) else ""
        known = {}
        for each in [{}] if representations is None else [{"representation": name} for name in representations]:
            told = (f"{branch}{kind.format(**dict(wildcards))}" for kind in kinds)
            known |= LINEAGE.told(*told, **dict(wildcards), **each)
        return f"{own} {programs.lineage_flags(known)}".strip()

    return flags_of


def listed(name):
    """A parameter: the files of a job's input of this name, which may be too many for a command line."""
    return lambda wildcards, input: programs.file_arguments(input[name])


def told_of(*kinds):
    """The lineages of `telling`, as a resource of a rule whose results are shared between studies.

    Paths hold the study's name, which as a parameter would make another result of the same one. The parameter of such
    a rule is `lineages_of`.
    """
    return lambda wildcards: json.dumps(LINEAGE.told(*kinds, **dict(wildcards)))


def lineages_of(*kinds):
    """Lineages of what a job writes, without their paths."""
    return lambda wildcards: " ".join(LINEAGE.of(kind, **dict(wildcards)) for kind in kinds)


def sealed(file):
    """A file and its seal, as outputs where results are shared, since readers refuse a file without its seal."""
    return {"file": file, "seal": str(seal_path(file))}


def figure(name, caption, category, subcategory=None, **labels):
    """A figure as PNG, shown in the report under its labels, and as SVG and PDF, for a paper."""
    shown = report(
        PATHS.figure(name),
        caption=f"../report/{caption}.rst",
        category=CATEGORIES[category],
        subcategory=subcategory,
        labels=labels,
    )
    return {"png": shown, **{suffix: PATHS.figure(name, suffix) for suffix in FORMATS[1:]}}


def drawn(kind):
    """Kinds of a figure's files, as `telling` takes them."""
    return [f"figure.{kind}.{suffix}" for suffix in FORMATS]


def all_formats(*names):
    """Files of figures in all formats, given by the names that they have below `figures/`, wildcards filled in."""
    return [file for name in names for suffix in FORMATS for file in STUDY.expand(PATHS.figure(name, suffix))]


# Which representations come from one pass, and whether their files stay.
PASSES = Passes.of(STUDY, LINEAGE)
# A file of vectors is read by the RDMs of its network only. Removed when they exist, it is made again only where one of
# them has to be, so what is finished stays finished when networks, protocols or figures are added.
KEEP_VECTORS = config["storage"]["keep_gram"]


def layers_file(wildcards):
    """The table of a job's network that says which modules its layers are, where a rule chose them."""
    return STUDY.network(wildcards).layers_file or []


def layers_of(pattern):
    """An input function: the files of all layers of a job's network."""
    return lambda wildcards: STUDY.expand(pattern, **dict(wildcards))


def criterion_tables(pattern, wildcards):
    """Files of one network that hold the criterion, where the table of mutual information lacks it."""
    if STUDY.criterion_table is None:
        return []
    if STUDY.criterion_evidence:
        pattern = PATHS.agreement_by_layer.replace("{evidence}", STUDY.criterion_evidence)
    return STUDY.expand(pattern, representation=wildcards.representation, model=wildcards.model)


def ladder_table(wildcards):
    """The table of all layers that has a measure."""
    of_people = "." in wildcards.measure
    return PATHS.table("agreement_by_layer" if of_people else names.CRITERION_TABLES.get(wildcards.measure, "mi"))


def vectors_of(paths, representations):
    """The files of vectors that one pass of a network writes, by representation."""
    files = {representation: paths.vectors(representation) for representation in representations}
    return files if KEEP_VECTORS else {representation: temp(file) for representation, file in files.items()}


def written_by(wildcards):
    """What a job of the rules below writes, by representation; in the multiverse, all files of a branch."""
    given = dict(wildcards)
    paths, names_written = PATHS, PASSES.together
    if "branch" in given:
        paths, names_written = Paths(f"{STUDY.results}/multiverse/{wildcards.branch}"), STUDY.representations
    elif "representation" in given:
        names_written = [wildcards.representation]
    return {name: paths.vectors(name).format(model=wildcards.model) for name in names_written}


def matched_dimensions(wildcards):
    """Length that vectors of a job's extraction are projected to, None where they stay as long as they are."""
    return (MULTIVERSE.branch(wildcards) if "branch" in dict(wildcards) else STUDY).matched_dimensions


def asked(key, given, what):
    """Nothing, where a key that a target needs is given."""
    if not given:
        raise WorkflowError(f"{key}: is not in the config; it names {what} that this target needs")
    return []


def shown_tables():
    """Names of the tables that every run of the study makes."""
    found = []
    if STUDY.labelled:
        found += ["mi", "mi_inference", "class_recovery", "probes", "class_probes"]
        found += ["mi_trees", "best_mi_halves"] if config["inference"]["splits"] else []
        found += ["multiverse", "multiverse_changes"] if MULTIVERSE else []
    found += ["representations"] if STUDY.laddered else []
    if STUDY.chooses_layers:
        found += ["best_mi"]
        found += ["brainscore_scores", "brainscore_correlations"] if SCORED else []
        found += ["brainscore_coverage"] if SCORED and IS_LEADERBOARD else []
    if HUMAN.evidence:
        found += ["agreement", "agreement_by_layer"]
        found += [f"rdm_map/{representation}" for representation in STUDY.representations]
    return [*found, *(["oddity"] if HUMAN.judgements else [])]


def pages_of(names):
    """Pages of the tables of these names."""
    return [PATHS.table_page.format(shown=name) for name in names]


def label_of(wildcards):
    """A table in words."""
    name, _, representation = wildcards.shown.partition("/")
    return f"RDMs against RDMs, {representation}" if representation else TABLES[name]


def vector_files_mb(wildcards):
    """What a job of the rules below writes."""
    network, matched = STUDY.network(wildcards), matched_dimensions(wildcards)
    return sum(
        needs.vectors_file_mb(representation, STUDY.n_images, needs.channels(network), matched)
        for representation in written_by(wildcards)
    )
