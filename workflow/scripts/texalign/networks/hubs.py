"""Networks of timm, open_clip and transformers: packages that are installed only where they are used.

No code from a hub is ever run: networks are built by these packages, and only numbers are fetched.
"""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from torch import Tensor, nn

from texalign.artifacts.fetch import fetch, hash_in_name
from texalign.errors import TexalignError, nearest
from texalign.networks.checkpoints import fitted, read_state_dict
from texalign.networks.operators import declare_torchvision_operators
from texalign.networks.preprocessing import Normalization

# Packages on the index, by the modules that they are imported as.
PACKAGES = {
    **{"timm": "timm", "open_clip": "open_clip_torch", "transformers": "transformers"},
    "pytorchcv": "pytorchcv",
}


def import_package(name: str) -> ModuleType:
    """A package of networks, or a module of one. Raises TexalignError where it is missing, saying how to install it."""
    package = name.partition(".")[0]
    declare_torchvision_operators()
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise TexalignError(
            f"the package {package}, which networks from there need, cannot be imported ({error}): "
            f"pip install {PACKAGES[package]}"
        ) from error


def build_timm(target: str, arguments: Mapping[str, object]) -> nn.Module:
    """A model of timm without weights, by its name there, such as `vit_small_patch16_224`."""
    timm = import_package("timm")
    if not timm.is_model(target.partition(".")[0]):
        raise TexalignError(f"timm has no model {target!r}{nearest(target, timm.list_models())}")
    return timm.create_model(target.partition(".")[0], pretrained=False, **arguments)


def build_open_clip(target: str, arguments: Mapping[str, object]) -> nn.Module:
    """The image tower of a model of open_clip without weights, by the name of its config there, such as `ViT-B-32`."""
    open_clip = import_package("open_clip")
    if target not in open_clip.list_models():
        raise TexalignError(f"open_clip has no model {target!r}{nearest(target, open_clip.list_models())}")
    return open_clip.create_model(target, pretrained=None, **arguments).visual


def build_huggingface(target: str, arguments: Mapping[str, object]) -> nn.Module:
    """A model of transformers without weights: `target` is a type of model there, such as `dinov2`, and the arguments
    are those of its config (`hidden_size`, ...), by default those of the published base model.
    """
    transformers = import_package("transformers")
    if "/" in target:
        raise TexalignError(
            f"{target!r} is a repository; name the type of its model (model_type in its config.json) instead, give "
            "what its config.json changes as arguments, and the repository under weights: {hub: ..., revision: ...}"
        )
    known = list(transformers.models.auto.configuration_auto.CONFIG_MAPPING)
    if target not in known:
        raise TexalignError(f"transformers has no type of model {target!r}{nearest(target, known)}")
    config = transformers.AutoConfig.for_model(target, **arguments)
    # Written out, so that attention weights come from torch operations that every version has.
    return transformers.AutoModel.from_config(config, trust_remote_code=False, attn_implementation="eager")


def hub_state_dict(
    repository: str, file: str, revision: str | None, folder: str | Path, expected: Mapping[str, Tensor]
) -> Mapping[str, Tensor]:
    """State dict in a file of a repository on the Hugging Face hub at a revision (a commit), fetched once and kept.

    `expected`: the network's own state dict, whose names decide what is put before the file's. Raises TexalignError
    when it cannot be had, saying what to put where.
    """
    if not revision or len(revision) < 7:
        raise TexalignError(
            f"{repository}: say which revision, the commit as the hub's page of its files shows it: a branch moves"
        )
    try:
        hub = importlib.import_module("huggingface_hub")
    except ImportError as error:
        raise TexalignError(
            "weights from a hub need the package huggingface_hub: pip install huggingface_hub"
        ) from error
    place = Path(folder) / "hub" / repository.replace("/", "--") / revision
    if not (place / file).is_file():
        try:
            hub.hf_hub_download(repository, file, revision=revision, local_dir=place)
        except Exception as error:  # the hub's client and what it is built on raise many kinds
            raise TexalignError(
                f"{file} of {repository} at {revision} could not be fetched ({error}). Without a network, fetch it "
                f"elsewhere and save it as {place / file}; the next run takes it from there"
            ) from error
    return fitted(read_state_dict(place / file), expected)


def timm_weights(target: str, tag: str, arguments: Mapping[str, object], folder: str | Path) -> Mapping[str, Tensor]:
    """State dict of timm's weights `target.tag`, as its model takes them, fetched once, checked and kept.

    Only those whose file has its hash in its name, as timm's table of weights tells it, can be had by name: they are
    what they are wherever they come from. Raises TexalignError for others, saying how to name the repository instead.
    """
    name = target.partition(".")[0]
    config = import_package("timm").get_pretrained_cfg(f"{name}.{tag}")
    if config is None:
        known = [full.partition(".")[2] for full in import_package("timm").list_pretrained(f"{name}.*")]
        raise TexalignError(f"timm's {name} has no weights {tag!r}; it has {', '.join(known) or 'none'}")
    if not hash_in_name(config.url or ""):
        raise TexalignError(_on_the_hub(f"timm's {name}.{tag}", config.hf_hub_id or f"timm/{name}.{tag}"))
    file = fetch(config.url, hash_in_name(config.url), Path(folder) / "checkpoints")
    network = build_timm(name, arguments)
    state = fitted(read_state_dict(file), network.state_dict())
    # Where a model was renamed since its weights were saved, its module knows how.
    convert = getattr(sys.modules[type(network).__module__], "checkpoint_filter_fn", None)
    if convert is not None and not set(state) <= set(network.state_dict()):
        state = convert(dict(state), network)
    return state


def refuse_open_clip_weights(target: str, tag: str, arguments: Mapping[str, object], folder: str | Path) -> NoReturn:
    """Say where open_clip's weights of this name are: none of them can be checked by its name.

    Raises TexalignError.
    """
    config = import_package("open_clip").get_pretrained_cfg(target, tag)
    if not config:
        known = import_package("open_clip").list_pretrained_tags_by_model(target)
        raise TexalignError(f"open_clip's {target} has no weights {tag!r}; it has {', '.join(known) or 'none'}")
    repository = (config.get("hf_hub") or "").strip("/")
    raise TexalignError(_on_the_hub(f"open_clip's {target} {tag}", repository or "OWNER/REPOSITORY"))


def _on_the_hub(weights: str, repository: str) -> str:
    return (
        f"{weights} has no hash in its name to check it by; it is in a repository of the hub, which can change: write "
        f"weights: {{hub: {repository}, revision: COMMIT}}, with the commit that the page of its files shows"
    )


def timm_normalization(target: str) -> Normalization:
    """What the images were normalised by that timm's weights of this name (`model.tag`) were trained with."""
    config = import_package("timm").get_pretrained_cfg(target)
    if config is None:
        raise TexalignError(f"timm has no weights {target!r}, so it does not say what they were trained with")
    return Normalization(tuple(config.mean), tuple(config.std))


def timm_trained_with(target: str, tag: str | None) -> Normalization | None:
    """What the images were normalised by that timm's weights `tag`, or those in the model's name, were trained with."""
    name, dot, own = target.partition(".")
    return timm_normalization(f"{name}.{tag or own}") if tag or dot else None


def open_clip_trained_with(target: str, weights: str | None) -> Normalization | None:
    """What the images were normalised by that open_clip's weights were trained with."""
    if weights is None:
        return None
    config = import_package("open_clip").get_pretrained_cfg(target, weights)
    if not config:
        known = import_package("open_clip").list_pretrained_tags_by_model(target)
        raise TexalignError(f"open_clip's {target} has no weights {weights!r}; it has {', '.join(known) or 'none'}")
    openai = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
    return Normalization(tuple(config.get("mean") or openai[0]), tuple(config.get("std") or openai[1]))
