"""Networks from any importable callable, a user's own among them."""

import contextlib
import importlib
import sys
from collections.abc import Iterator, Mapping
from functools import reduce
from pathlib import Path

from torch import nn

from texalign.errors import TexalignError


def build(target: str, arguments: Mapping[str, object]) -> nn.Module:
    """What the callable `module:name` returns. Modules are found in the working directory too, after what is installed,
    while it runs as well: it may import its neighbours only then.

    Raises TexalignError when there is no such module or callable.
    """
    module_name, _, qualified_name = target.partition(":")
    with _importable_here():
        try:
            module = importlib.import_module(module_name)
            builder = reduce(getattr, qualified_name.split("."), module)
        except (ImportError, AttributeError, ValueError) as error:
            raise TexalignError(f"{target}: cannot be imported ({error}); expected module:callable") from error
        return builder(**arguments)


@contextlib.contextmanager
def _importable_here() -> Iterator[None]:
    here = str(Path.cwd())
    sys.path.append(here)
    try:
        yield
    finally:
        sys.path.remove(here)
