"""torchvision's operators, declared where they cannot be loaded, so that its models can be imported.

The package index carries torchvision with CUDA operators only. Beside a CPU-only torch they cannot be loaded, and the
import fails where torchvision registers shapes for operators that do not exist. Models and transforms need none of
them: the two concerned are declared without an implementation. That has to be done before anything imports torchvision,
whoever does: timm, open_clip, transformers, a user's own module. So it is done when this package is imported.
"""

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

import torch

# torch forgets an operator as soon as the library object that declared it is collected.
_declared: list[torch.library.Library] = []


def declare_torchvision_operators() -> bool:
    """Declare what torchvision's own library would, where it is installed and that cannot be loaded; say whether."""
    found = importlib.util.find_spec("torchvision")
    if found is None or _declared or hasattr(torch.ops.torchvision, "nms"):
        return bool(_declared)
    for folder in found.submodule_search_locations or ():
        for file in sorted(Path(folder).glob("_C*.so")) + sorted(Path(folder).glob("_C*.pyd")):
            try:
                torch.ops.load_library(file)
            except OSError:  # as where CUDA's libraries are missing
                continue
    if hasattr(torch.ops.torchvision, "nms"):
        return False
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)
    return True


def import_torchvision() -> ModuleType:
    """torchvision, also where its compiled operators cannot be loaded."""
    declare_torchvision_operators()
    return importlib.import_module("torchvision")
