"""How every command-line program logs, and how it ends when something is wrong."""

import errno
import logging
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from texalign.errors import TexalignError

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNUSABLE = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EROFS}


def run_program(main: Callable[[], None]) -> None:
    """Run a program's `main`; what a user can mend ends it with one clear line and exit status 1.

    A TexalignError is how the library says what is wrong (which file, which key, what to do): the user sees the message
    and the place it came from. Files that are missing or out of reach, a full disk and memory that ran out are told as
    such. Every other exception is a defect, or the machine's, and keeps its traceback.
    """
    # A notebook's drawing backend, which programs that draw to files do not have, would keep Matplotlib from loading.
    os.environ.pop("MPLBACKEND", None)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        main()
    except TexalignError as error:
        _end(str(error), error)
    except MemoryError as error:
        traceback.print_exc()
        _end(f"memory ran out ({error or 'MemoryError'}); give the job more: --set-resources RULE:mem_mb=...", error)
    except OSError as error:
        if error.errno in _DISK_FULL:
            place = error.filename or "a file"
            _end(
                f"{place} could not be written: {os.strerror(error.errno)}; make room, then run the same command", error
            )
        if error.errno in _UNUSABLE and error.filename:
            _end(f"{error.filename}: {os.strerror(error.errno)}", error)
        raise


def _end(message: str, error: BaseException) -> None:
    origin = traceback.extract_tb(error.__traceback__)[-1]
    print(f"{Path(sys.argv[0]).name}: error: {message}", file=sys.stderr)
    print(f"  (raised in {Path(origin.filename).name}:{origin.lineno}, {origin.name})", file=sys.stderr)
    sys.exit(1)
