"""What is said of an artifact that cannot be trusted, and how it is mended."""

from pathlib import Path

from texalign.errors import TexalignError


class ArtifactError(TexalignError):
    """A file of the study that cannot be trusted. `state` says in a word what is wrong with it."""

    state = "unsound"


class Missing(ArtifactError):
    state = "missing"


class Damaged(ArtifactError):
    state = "damaged"


class Foreign(ArtifactError):
    state = "foreign"


def mend(path: str | Path) -> str:
    """How a file of the study is made anew. Deleting it would not do: Snakemake asks for what is missing only where
    something that is to be made needs it.
    """
    return f"to make it anew, repeat the snakemake command with `--forcerun {path}`"


def damaged(path: str | Path, what: str) -> Damaged:
    """The error about a file whose content is not what was written."""
    return Damaged(f"{path}: is damaged or was changed after it was written ({what}); {mend(path)}")


def missing(path: str | Path) -> Missing:
    """The error about a file that is not there."""
    return Missing(f"{path}: is missing; {mend(path)}")


def foreign(path: str | Path) -> Foreign:
    """The error about a file of another lineage than the one asked for."""
    return Foreign(
        f"{path}: is of another study, of other images, weights or settings, or was made before the config changed; "
        f"{mend(path)}"
    )
