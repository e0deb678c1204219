"""What a user can mend, told apart from defects of the program."""

import difflib
from collections.abc import Sequence


class TexalignError(ValueError):
    """Something that a user can mend: the message names the file or key, what is wrong with it, and what to do.

    Programs print it without a traceback. Every other exception is a defect, or the machine's, and keeps its traceback.
    """


def nearest(name: str, known: Sequence[str]) -> str:
    """End of a message about an unknown name: the known ones that are nearest to it, or nothing where none is near."""
    matches = difflib.get_close_matches(name, known, n=5, cutoff=0.3)
    return f"; the nearest are: {', '.join(matches)}" if matches else ""
