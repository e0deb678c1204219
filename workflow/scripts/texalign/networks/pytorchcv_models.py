"""Networks of pytorchcv, among them BagNets (Brendel and Bethge 2019), which see small patches only."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from texalign.artifacts.archives import UNREADABLE
from texalign.artifacts.fetch import KnownHash, fetch
from texalign.artifacts.files import atomic_path
from texalign.errors import TexalignError, nearest
from texalign.networks.checkpoints import fitted, read_state_dict
from texalign.networks.hubs import import_package


def build(target: str, arguments: Mapping[str, object]) -> nn.Module:
    """A model of pytorchcv without weights, by its name there, such as `bagnet9`.

    Raises TexalignError where there is none of this name, with the nearest names, and where the package is missing.
    """
    provider = import_package("pytorchcv.model_provider")
    if target not in provider._models:
        raise TexalignError(f"pytorchcv has no model {target!r}{nearest(target, list(provider._models))}")
    return provider.get_model(target, pretrained=False, **arguments)


def published_weights(
    target: str, release: str, arguments: Mapping[str, object], folder: str | Path
) -> Mapping[str, Tensor]:
    """State dict of the weights that pytorchcv published for a model in a `release`, such as `v0.0.553`.

    A model has the weights of one release, whose SHA-1 the package's own table tells. Raises TexalignError for another
    release, naming that one, and when the file cannot be had or is another one.
    """
    store = import_package("pytorchcv.models.common.model_store")
    known = store.get_model_metainfo_dict()
    if target not in known:
        raise TexalignError(f"pytorchcv publishes no weights of {target}; give a file or a url, or {{random: 0}}")
    error, sha1, published = store.get_model_name_suffix_data(target)
    if release != published:
        raise TexalignError(f"pytorchcv's {target} has no weights {release!r}; it has {published}")
    known_hash = KnownHash("sha1", sha1)
    name = f"{target}-{error}-{sha1[:8]}.pth"
    file = Path(folder) / "pytorchcv" / name
    if not file.exists():
        url = f"{store.imgclsmob_repo_url}/releases/download/{release}/{name}.zip"
        _unpack(fetch(url, "", file.parent), name, file, known_hash)
    elif not known_hash.fits(file):
        raise TexalignError(f"{file}: is not the file with SHA-1 {sha1}; remove it, or put the right one there")
    return fitted(read_state_dict(file), build(target, arguments).state_dict())


def _unpack(archive: Path, name: str, file: Path, known: KnownHash) -> None:
    """Take one file out of an archive, under its final name once its hash is checked.

    An archive that is another one is removed: the next run fetches it anew.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            content = zipped.read(name)
    except (*UNREADABLE, KeyError) as error:
        archive.unlink()
        raise TexalignError(f"{archive}: is not the archive with {name} ({error}), and was removed") from error
    with atomic_path(file) as partial:
        partial.write_bytes(content)
        if not known.fits(partial):
            archive.unlink()
            raise TexalignError(f"{archive}: the {name} in it has another SHA-1 than {known.value}, and was removed")
