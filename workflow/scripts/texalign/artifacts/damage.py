"""What is said of an artifact that cannot be trusted, and how it is mended."""

from pathlib import Path

from texalign.errors import TexalignError


def mend(path: str | Path) -> str:
    """How a file of the study is made anew. Deleting it would not do: Snakemake asks for what is missing only where
    something that is to be made needs it.
    """
    return f"to make it anew, repeat the command with `--forcerun {path}`"


def damaged(path: str | Path, what: str) -> TexalignError:
    """The error about a file whose content is not what was written."""
    return TexalignError(f"{path}: is damaged or was changed after it was written ({what}); {mend(path)}")


def missing(path: str | Path) -> TexalignError:
    """The error about a file that is not there."""
    return TexalignError(f"{path}: is missing; {mend(path)}")


def foreign(path: str | Path) -> TexalignError:
    """The error about a file of another lineage than the one asked for."""
    return TexalignError(
        f"{path}: is of another study, of other images, weights or settings, or was made before the config changed; "
        f"{mend(path)}"
    )
