"""What the config names and is not there, or does not fit the study, known before anything is computed."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from planning.extractions import Multiverse
from planning.human import Human
from planning.scores import score_problems
from planning.study import Study
from planning.syntheses import Exemplar, Syntheses


def input_problems(config: Mapping[str, Any], study: Study, shipped: Callable[[str], str]) -> list[str]:
    """A line for each thing that is wrong, all at once; none where everything fits.

    `config` fits the schema, defaults filled in; `shipped` finds files that the workflow ships. What a program alone
    can tell, since it has to read a file to its end, is not looked at here. A missing file of scores, of weights or of
    people's judgements is left to Snakemake, which asks for it where it is needed.
    """
    synthesis = config["synthesis"]
    exemplars = {name: Exemplar.from_config(name, entry) for name, entry in synthesis["exemplars"].items()}
    return [
        *_refused(lambda: Multiverse.from_config(config, study.results) if "multiverse" in config else None),
        *_refused(lambda: Syntheses.from_config(config, study)),
        *_refused(lambda: Human.from_config(config, study)),
        *(line for exemplar in exemplars.values() for line in _exemplar_problems(exemplar, config["images"], study)),
        *([f"synthesis.start: {synthesis['start']} is not there"] if _absent(synthesis.get("start")) else []),
        *score_problems(shipped(config["brainscore"]["table"]), config["brainscore"], config["networks"]),
    ]


def _refused(make: Callable[[], object]) -> list[str]:
    try:
        make()
    except ValueError as error:
        return str(error).splitlines()
    return []


def _absent(file: str | None) -> bool:
    return file is not None and not Path(file).is_file()


def _exemplar_problems(exemplar: Exemplar, images: Mapping[str, Any], study: Study) -> Iterator[str]:
    """What is wrong with an exemplar, as far as the images are at hand or are drawn from the config."""
    key = f"synthesis.exemplars.{exemplar.texture}"
    if exemplar.class_name is None:
        if _absent(exemplar.file):
            yield f"{key}.file: {exemplar.file} is not there"
        return
    if images["source"] == "procedural":
        classes = list(images["classes"])
        files = [f"{exemplar.class_name}_{number:04d}.png" for number in range(images["images_per_class"])]
    else:
        # DTD's are not at hand before they are fetched.
        folder = Path(study.image_folder)
        classes = _names(folder, Path.is_dir)
        files = _names(folder / exemplar.class_name, Path.is_file)
        if not classes:
            return
    if exemplar.class_name not in classes:
        yield f"{key}.class: the images have no class {exemplar.class_name!r}{_nearest(exemplar.class_name, classes)}"
    elif exemplar.file not in files:
        yield (
            f"{key}.file: the class {exemplar.class_name!r} has no image {exemplar.file!r}"
            f"{_nearest(str(exemplar.file), files)}"
        )


def _names(folder: Path, kind: Callable[[Path], bool]) -> list[str]:
    """Names of what a folder holds of a kind; none where there is no such folder."""
    return sorted(entry.name for entry in folder.iterdir() if kind(entry)) if folder.is_dir() else []


def _nearest(name: str, known: Sequence[str]) -> str:
    found = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or list(known[:3])
    return f"; the nearest are: {', '.join(found)}" if found else ""
