"""What every command-line program shares: how it logs and how it reports bad input."""

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path


def run_program(main: Callable[[], None]) -> None:
    """Run a program's `main`; bad input ends it with one clear line and exit status 1.

    ValueError and OSError are how the library says that its input is wrong (which file, which key, what to do), so the
    user sees the message and the place it came from. Any other exception is a defect and keeps its traceback.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        main()
    except (ValueError, OSError) as error:
        origin = traceback.extract_tb(error.__traceback__)[-1]
        program = Path(sys.argv[0]).name
        print(f"{program}: error: {error}", file=sys.stderr)
        print(f"  (raised in {Path(origin.filename).name}:{origin.lineno}, {origin.name})", file=sys.stderr)
        sys.exit(1)
