"""A recipe: what one kind of file is made from, and what else can change it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planning.study import names_in

Facts = Mapping[str, Any]
Wildcards = Mapping[str, str]


@dataclass(frozen=True)
class Recipe:
    """How one kind of file comes about: `path`, a pattern; the kinds that it is made from; the facts that enter.

    `facts` gets the wildcards of the file. Wildcards of an input that the file does not have are gone through.
    """

    path: str
    inputs: Sequence[str] = ()
    facts: Callable[[Wildcards], Facts] = lambda wildcards: {}
    # Not made by every run, or not kept: that it is missing is no fault.
    optional: bool = False

    @cached_property
    def wildcards(self) -> set[str]:
        """Names of the wildcards in the path."""
        return names_in([self.path])
