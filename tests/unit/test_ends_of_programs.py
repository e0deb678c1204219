"""How a program ends when something outside of it fails: memory, disk, packages, environment; for real."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from support import PROJECT
from texalign.artifacts.files import sweep

SCRIPTS = PROJECT / "workflow/scripts"


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two classes of images and their index; one name is not ASCII."""
    folder = tmp_path_factory.mktemp("ends")
    for number, name in enumerate(["a/1.png", "a/ä文.png", "b/1.png", "b/2.png"]):
        (folder / "own" / name).parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (40, 40, 3), np.uint8)
        Image.fromarray(pixels).save(folder / "own" / name)
    ended = run(folder, "index_images", "--images", "own", "--threads", "1", "--output", "index.tsv")
    assert ended.returncode == 0, ended.stderr
    return folder


def run(folder: Path, name: str, *arguments: str, limits: dict[int, int] | None = None, python=(), **environment: str):
    def limit() -> None:
        for kind, value in (limits or {}).items():
            resource.setrlimit(kind, (value, value))

    return subprocess.run(
        [sys.executable, *python, SCRIPTS / f"{name}.py", *arguments],
        cwd=folder,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **environment},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )


def decode(folder: Path, output: Path, **how: object) -> subprocess.CompletedProcess:
    flags = ("--images", "own", "--index", "index.tsv", "--size", "64", "--threads", "1", "--output", str(output))
    return run(folder, "decode_images", *flags, **how)


def test_a_file_that_cannot_grow_is_said_to_find_no_room(images: Path, tmp_path: Path):
    """As on a disk that is full: HDF5 crashes at the end of a process that could not close its file."""
    ended = decode(images, tmp_path / "pixels.h5", limits={resource.RLIMIT_FSIZE: 4096})
    assert ended.returncode == 1
    assert "could not be written: File too large; make room, then run the same command" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_text_that_finds_no_room_is_said_too(images: Path, tmp_path: Path):
    flags = ("--images", "own", "--threads", "1", "--output", str(tmp_path / "index.tsv"))
    ended = run(images, "index_images", *flags, limits={resource.RLIMIT_FSIZE: 100})
    assert ended.returncode == 1
    assert "could not be written: File too large; make room" in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("megabytes", [60, 80, 100])
def test_address_space_that_ends_is_said_to_be_memory(images: Path, tmp_path: Path, megabytes: int):
    """`ulimit -v`: where the limit strikes depends on the machine; OpenBLAS ends the process with words of its own."""
    ended = decode(images, tmp_path / "pixels.h5", limits={resource.RLIMIT_AS: megabytes * 10**6})
    assert ended.returncode != 0
    assert "memory ran out" in ended.stderr or "Memory allocation" in ended.stderr, ended.stderr
    assert list(tmp_path.iterdir()) == []


STARTED = """
import sys
sys.path.insert(0, {scripts!r})
from texalign.command_line.program import run_program
def main():
    {does}
run_program(main)
"""


@pytest.mark.parametrize(
    ("does", "message"),
    [
        ("raise MemoryError", "memory ran out (MemoryError); give the job more: --set-resources RULE:mem_mb="),
        ("import numpy; numpy.empty(1 << 60, 'u1')", "memory ran out (Unable to allocate"),
        ("raise RuntimeError('DefaultCPUAllocator: can\\'t allocate memory: you tried')", "memory ran out (Default"),
        ("raise RuntimeError('CUDA out of memory. Tried to allocate')", "memory ran out (CUDA out of memory"),
        ("raise ImportError('libx.so: failed to map segment from shared object')", "memory ran out (libx.so"),
        ("raise OSError(28, 'No space left on device', 'x.h5')", "x.h5 could not be written: No space left on device"),
        ("raise OSError(122, 'Disk quota exceeded', 'x.h5')", "x.h5 could not be written: Disk quota exceeded"),
        ("raise RuntimeError('(file write failed: errno = 28, error')", "a file could not be written: No space left"),
        ("raise OSError(30, 'Read-only', 'x.h5')", "x.h5: Read-only file system"),
        ("raise PermissionError(13, 'no', 'x.h5')", "x.h5: Permission denied"),
        (
            "import surely_not_there",
            f"{sys.executable} cannot import what this program needs (No module named 'surely_not_there')",
        ),
    ],
)
def test_what_a_user_can_mend_is_said_in_a_line(tmp_path: Path, does: str, message: str):
    program = tmp_path / "program.py"
    program.write_text(STARTED.format(scripts=str(SCRIPTS), does=does))
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"program.py: error: {message}" in ended.stderr


@pytest.mark.parametrize("does", ["1 / 0", "raise KeyError('x')", "from texalign import surely_not_there"])
def test_defects_keep_their_traceback(tmp_path: Path, does: str):
    program = tmp_path / "program.py"
    program.write_text(STARTED.format(scripts=str(SCRIPTS), does=does))
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr
    assert "error: " not in ended.stderr.splitlines()[-1].partition(":")[0]


def test_a_python_without_the_packages_is_told(images: Path, tmp_path: Path):
    """As where programs are started without the environment on the path."""
    ended = decode(images, tmp_path / "pixels.h5", python=("-S",), PYTHONPATH="")
    assert ended.returncode == 1
    assert "cannot import what this program needs (No module named" in ended.stderr
    assert "activate the environment that has the packages of envs/requirements.txt" in ended.stderr


def test_a_module_that_pythonpath_puts_before_a_package_is_told(images: Path, tmp_path: Path):
    (tmp_path / "shadow/h5py").mkdir(parents=True)
    (tmp_path / "shadow/h5py/__init__.py").write_text("from . import nothing_of_this_name\n")
    ended = decode(images, tmp_path / "pixels.h5", PYTHONPATH=str(tmp_path / "shadow"))
    assert ended.returncode == 1
    assert f"PYTHONPATH ({tmp_path / 'shadow'}) comes before what is installed: unset it" in ended.stderr


def test_programs_run_in_a_plain_locale(images: Path, tmp_path: Path):
    plain = {"LC_ALL": "C", "LANG": "C"}
    flags = ("--images", "own", "--threads", "1", "--output", str(tmp_path / "index.tsv"))
    ended = run(images, "index_images", *flags, **plain)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "index.tsv").read_bytes() == (images / "index.tsv").read_bytes()
    ended = decode(images, tmp_path / "pixels.h5", **plain)
    assert ended.returncode == 0, ended.stderr


def test_leftovers_of_killed_programs_are_swept_and_those_of_running_ones_are_not(tmp_path: Path):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    from texalign.artifacts.files import _host

    names = {
        f".partial-{_host()}-{int(dead.stdout)}-L1.h5": False,
        f".partial-{int(dead.stdout)}-old.h5": True,  # of an earlier version, and young: it may run elsewhere
        f".partial-{_host()}-{os.getpid()}-L2.h5": True,
        ".partial-elsewhere-1-young.h5": True,
        ".partial-elsewhere-1-old.h5": False,
        "L3.h5": True,
    }
    for name in names:
        (tmp_path / "rdm" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "rdm" / name).write_text("half")
    os.utime(tmp_path / "rdm/.partial-elsewhere-1-old.h5", (0, 0))
    (tmp_path / f".partial-{_host()}-{int(dead.stdout)}-folder").mkdir()
    removed = sweep(tmp_path)
    assert {path.name for path in (tmp_path / "rdm").iterdir()} == {name for name, stays in names.items() if stays}
    assert len(removed) == 3


def test_figures_need_neither_a_notebooks_backend_nor_a_home(tmp_path: Path):
    before = tmp_path / "program.py"
    does = "import matplotlib.pyplot as plt; plt.figure().savefig('figure.png')"
    before.write_text(STARTED.format(scripts=str(SCRIPTS), does=does))
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("MPLCONFIGDIR", "XDG_CACHE_HOME")},
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "HOME": "/proc/nowhere",
    }
    ended = subprocess.run(
        [sys.executable, before], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "figure.png").exists()
