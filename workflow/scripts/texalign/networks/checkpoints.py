"""Checkpoints as they come: whatever file holds a network's weights, read as a state dict, or refused by what it is.

Nothing in a file is ever run: safetensors hold numbers only, and pickles are read with torch's `weights_only`.
"""

import logging
import re
import zipfile
from collections import OrderedDict
from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from torch import Tensor

from texalign.artifacts import seals
from texalign.artifacts.archives import UNREADABLE
from texalign.artifacts.files import atomic_path, check_sha256
from texalign.artifacts.lineage import lineage_of
from texalign.errors import TexalignError

# Keys under which training scripts put the weights among other things, the likeliest first.
WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "params", "weights")
# What wrappers around networks put before the names of parameters: data parallel, torch.compile, common training code.
PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "network.", "backbone.", "encoder.", "visual.", "vision_model.")

# What else training scripts keep by the names of parameters.
_NO_WEIGHTS = re.compile(r"optim|momentum|exp_avg|grad|scaler", re.IGNORECASE)
# What compressed files begin with.
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7-Zip", b"\x28\xb5\x2f\xfd": "zstd"}
_NUMPYS = (
    "NumPy's, not a checkpoint of torch or safetensors; convert it: "
    "torch.save({name: torch.from_numpy(array) for name, array in numpy.load(...).items()}, ...)"
)

State = Mapping[str, Tensor]


def read_state_dict(file: str | Path, sha256: str | None = None, key: str | None = None) -> State:
    """State dict in a file: safetensors, or a pickle by torch, bare or among other things, in any precision.

    The file's SHA-256 is checked to begin with `sha256` if that is given. `key` says under which key the weights are
    (`state.model_ema` of one within another), where a file holds several or has them under an uncommon one. Numbers
    come in single precision, and with the versions of modules that torch notes beside them (MNASNet depends on it).

    Raises TexalignError when the file is missing, truncated, or something else: it says what.
    """
    if lineage_of(file):
        seals.check(file)
    file = Path(file)
    if file.is_dir():
        raise TexalignError(f"{file}: is a folder; name the file in it that holds the weights")
    if not file.is_file():
        raise TexalignError(f"{file}: weights file not found; check the path in the config, or fetch the file")
    if sha256 is not None:
        check_sha256(file, sha256)
    with file.open("rb") as stream:
        head = stream.read(512)
    _refuse_what_is_no_checkpoint(file, head)
    loaded = _read_safetensors(file) if _is_safetensors(file, head) else _read_pickle(file)
    state = _unwrapped(file, loaded if key is None else _under(file, loaded, key))
    return _in_single_precision(_without_prefix(state, "module.", "_orig_mod."))


def write_state_dict(file: str | Path, state: State) -> None:
    """Write a state dict, atomically; the same numbers give the same bytes."""
    # Into an open file: given a path, torch writes its last part, here a temporary name, into the archive.
    with atomic_path(file) as partial, partial.open("wb") as stream:
        torch.save(_copy(state, ((name, value.contiguous()) for name, value in state.items())), stream)


def fitted(state: State, expected: Collection[str]) -> State:
    """The state dict under the names of a network whose own are `expected`, without what was put before them.

    Entries of other parts of what was trained, as a projector or a text tower beside a `visual.` one, are left out with
    it, which is logged.
    """
    if any(name in expected for name in state):
        return state
    for prefix in PREFIXES:
        stripped = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        if stripped:
            inner = fitted(stripped, expected)
            if any(name in expected for name in inner):
                left_out = len(state) - len(stripped)
                logging.info("names of weights begin with %r; %d that do not are left out", prefix, left_out)
                return _copy(state, inner.items())
    return state


def _refuse_what_is_no_checkpoint(file: Path, head: bytes) -> None:
    text = head.lstrip().lower()
    if not head:
        raise TexalignError(f"{file}: is empty; fetch it again")
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        raise TexalignError(
            f"{file}: is a web page, not weights: what was downloaded is an error or a page to log in; fetch it again"
        )
    if text.startswith(b"version https://git-lfs"):
        raise TexalignError(f"{file}: is a pointer of Git LFS, not the weights it points to; run `git lfs pull`")
    if text.startswith(b"{") or text.startswith(b"\x89hdf"):
        kind = "JSON" if text.startswith(b"{") else "HDF5, as Keras writes it"
        raise TexalignError(f"{file}: is {kind}, not a checkpoint of torch or safetensors; convert it")
    if kind := next((kind for magic, kind in _PACKED.items() if head.startswith(magic)), None):
        raise TexalignError(f"{file}: is packed by {kind}; unpack it")
    if head.startswith(b"\x93NUMPY"):
        raise TexalignError(f"{file}: is {_NUMPYS}")
    if zipfile.is_zipfile(file):
        try:
            with zipfile.ZipFile(file) as archive:
                names = archive.namelist()
        except UNREADABLE as error:
            raise TexalignError(
                f"{file}: is not a readable weights file ({error}); it may be truncated, fetch it again"
            ) from error
        if names and all(name.endswith(".npy") for name in names):
            raise TexalignError(f"{file}: is {_NUMPYS}")
        if not any(name.endswith("data.pkl") for name in names):
            raise TexalignError(f"{file}: is a ZIP archive with {', '.join(names[:3]) or 'nothing in it'}; unpack it")


def _is_safetensors(file: Path, head: bytes) -> bool:
    return file.suffix == ".safetensors" or (len(head) > 8 and head[8:9] == b"{")


def _read_safetensors(file: Path) -> State:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(file)
    except (SafetensorError, OSError) as error:
        raise TexalignError(
            f"{file}: is not a readable safetensors file ({error}); it may be truncated, fetch it again"
        ) from error


def _read_pickle(file: Path) -> object:
    try:
        return torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen kinds, by where the damage is
        if kind := re.search(r"(?:Unsupported global: GLOBAL|Unsupported class|Unsupported type) ([\w.]+)", str(error)):
            raise TexalignError(
                f"{file}: holds {kind[1]}, a Python object, which could run code when it is loaded; if it is a whole "
                "module, load it where you trust it and save its state_dict()"
            ) from error
        if "torchscript" in str(error).lower() or "jit" in str(error).lower():
            raise TexalignError(
                f"{file}: is a TorchScript archive; load it by torch.jit.load where you trust it and save its "
                "state_dict()"
            ) from error
        raise TexalignError(
            f"{file}: is not a readable weights file ({error}); it may be truncated, fetch it again"
        ) from error


def _unwrapped(file: Path, loaded: object) -> State:
    """The state dict among what a file holds."""
    if isinstance(loaded, Mapping):
        if all(isinstance(value, Tensor) for value in loaded.values()):  # of none, in networks without weights
            numbers = [key for key in loaded if not isinstance(key, str)]
            if numbers:
                raise TexalignError(
                    f"{file}: its keys are numbers ({', '.join(map(str, numbers[:3]))}, ...) instead of names of "
                    "parameters: an optimiser's state, or a list of arrays; save the network's state_dict()"
                )
            return loaded
        key = _key_of_weights(file, loaded)
        if key is not None:
            logging.info("%s: weights are under the key %r, beside %s", file, key, ", ".join(map(str, loaded)))
            return _unwrapped(file, loaded[key])
        others = [f"{key} ({type(value).__name__})" for key, value in loaded.items() if not isinstance(value, Tensor)]
        found = f"a mapping with {', '.join(others[:5]) or 'nothing in it'}"
    else:
        found = f"a {type(loaded).__name__}"
    raise TexalignError(
        f"{file}: does not hold a state dict (a mapping of parameter names to tensors), bare or under one of the keys "
        f"{', '.join(WRAPPERS)}, but {found}"
    )


def _key_of_weights(file: Path, loaded: Mapping[object, object]) -> str | None:
    """Under which of its keys a file holds weights; None if under none.

    A usual key, or the only one that holds tensors by name. Raises TexalignError where others hold as much: a teacher
    beside its student, averages beside what they are averages of.
    """
    holding = {key: names for key, value in loaded.items() if _may_hold(key) and (names := _state_names(value))}
    usual = [key for key in WRAPPERS if isinstance(loaded.get(key), Mapping) and loaded[key]]
    chosen = next(iter(usual or holding), None)
    alike = [key for key, names in holding.items() if not usual or names == holding.get(chosen)]
    if len(alike) > 1:
        raise TexalignError(
            f"{file}: holds weights under several keys, {', '.join(alike)}; say which, as `key: {chosen}`"
        )
    return chosen


def _may_hold(key: object) -> bool:
    return isinstance(key, str) and not _NO_WEIGHTS.search(key)


def _state_names(value: object) -> frozenset[str]:
    """Names of the parameters in a state dict, without what was put before all of them; none of anything else."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        return frozenset()
    if not any(isinstance(part, Tensor) and part.is_floating_point() for part in value.values()):
        return frozenset()
    if not all(isinstance(part, Tensor) for part in value.values()):
        return frozenset()
    return frozenset(_without_prefix(value, *PREFIXES))


def _under(file: Path, loaded: object, key: str) -> object:
    """What a file holds under a key, or under keys within each other that dots part."""
    found = loaded
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            holds = ", ".join(map(str, found)) if isinstance(found, Mapping) else f"a {type(found).__name__}"
            raise TexalignError(
                f"{file}: holds nothing under the key {key!r}; instead of {part!r} there is {holds[:300]}"
            )
        found = found[part]
    return found


def _without_prefix(state: State, *prefixes: str) -> State:
    for prefix in prefixes:
        if all(name.startswith(prefix) for name in state):
            state = _copy(state, ((name.removeprefix(prefix), value) for name, value in state.items()), prefix)
    return state


def _in_single_precision(state: State) -> State:
    return _copy(
        state, ((name, value.float() if value.is_floating_point() else value) for name, value in state.items())
    )


def _copy(state: State, entries: object, prefix: str = "") -> OrderedDict[str, Tensor]:
    """Other entries, with what torch notes beside a state dict: versions of modules, by their names."""
    copy = OrderedDict(entries)
    metadata = getattr(state, "_metadata", None)
    if metadata is not None:
        copy._metadata = OrderedDict((name.removeprefix(prefix), value) for name, value in metadata.items())
    return copy
