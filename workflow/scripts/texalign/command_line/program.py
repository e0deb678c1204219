"""How every command-line program logs, and how it ends when something is wrong."""

import errno
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from texalign.errors import TexalignError

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNUSABLE = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EROFS}
# By what else than MemoryError is said that memory ran out: by torch, the loader of libraries, threads, Python itself.
_OUT_OF_MEMORY = re.compile(
    "can't allocate memory|not enough memory|out of memory|cannot allocate memory|failed to map segment|"
    "memory allocation failed|can't start new thread|returned NULL without setting an exception",
    re.IGNORECASE,
)
# HDF5 tells the system's error in its text only.
_ERRNO = re.compile(r"errno = (\d+)")


def run_program(main: Callable[[], None]) -> None:
    """Run a program's `main`; what a user can mend ends it with one clear line and exit status 1.

    A TexalignError is how the library says what is wrong (which file, which key, what to do): the user sees the message
    and the place it came from. Files that are missing or out of reach, a full disk, memory that ran out and packages
    that cannot be imported are told as such. Every other exception is a defect, or the machine's, and keeps its
    traceback.
    """
    # A notebook's drawing backend, which programs that draw to files do not have, would keep Matplotlib from loading.
    os.environ.pop("MPLBACKEND", None)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        main()
    except Exception as error:
        said = _explained(error)
        if said is None:
            raise
        _end(said, error)


def _explained(error: Exception) -> str | None:
    """What a user can do about an error; None for what is a defect."""
    if isinstance(error, TexalignError):
        return str(error)
    chain = list(_chain(error))
    if any(isinstance(each, MemoryError) or _OUT_OF_MEMORY.search(str(each)) for each in chain):
        # Where it ran out tells which step needs so much.
        traceback.print_exception(error)
        return f"memory ran out ({_first_line(error)}); give the job more: --set-resources RULE:mem_mb=..."
    for each in chain:
        number, place = _system_error(each)
        if number in _DISK_FULL:
            return (
                f"{place or 'a file'} could not be written: {os.strerror(number)}; make room, then run the same command"
            )
    if isinstance(error, OSError) and error.errno in _UNUSABLE and error.filename:
        return f"{error.filename}: {os.strerror(error.errno)}"
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] != "texalign":
        return _import_failed(error)
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _system_error(error: BaseException) -> tuple[int | None, str | None]:
    """The system's number of an error, and the file it was about, where they are known."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno, error.filename
    found = _ERRNO.search(str(error)) if isinstance(error, OSError | RuntimeError) else None
    return (int(found[1]) if found else None), None


def _import_failed(error: ImportError) -> str:
    shadowing = os.environ.get("PYTHONPATH")
    hint = (
        f"PYTHONPATH ({shadowing}) comes before what is installed: unset it, or take out what has the name of a package"
        if shadowing
        else "activate the environment that has the packages of envs/requirements.txt, or run with --sdm conda"
    )
    return f"{sys.executable} cannot import what this program needs ({_first_line(error)}); {hint}"


def _end(message: str, error: BaseException) -> None:
    origin = traceback.extract_tb(error.__traceback__)[-1]
    print(f"{Path(sys.argv[0]).name}: error: {message}", file=sys.stderr)
    print(f"  (raised in {Path(origin.filename).name}:{origin.lineno}, {origin.name})", file=sys.stderr)
    sys.stderr.flush()
    if any(_system_error(each)[0] in _DISK_FULL for each in _chain(error)):
        # HDF5 cannot close a file that the disk has no room for, and crashes when Python ends.
        os._exit(1)
    sys.exit(1)
