"""Image files: which of a folder's entries are images, and what each of them must be like to be read without doubt."""

import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from texalign.errors import TexalignError

# Modes whose colours are known, and those whose transparency has to be looked at.
_KNOWN_MODES = {"1", "L", "P", "RGB", "YCbCr", "RGBA", "RGBX", "LA", "PA"}
_SIXTEEN_BITS = "I;16"
_LISTED = 20
_KINDS = {
    stat.S_ISFIFO: "a named pipe",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
    stat.S_ISDIR: "a folder",
}


def list_images(folder: str | Path) -> list[Path]:
    """Image files of `folder`, one subfolder a class, sorted by relative path; hidden entries are passed over.

    Raises TexalignError naming all that does not fit: no such folder, an image outside the class folders, a folder
    inside a class, a class without images, classes whose names differ in case only, a file that is no image by its
    suffix, a name that is not UTF-8.
    """
    root = Path(folder)
    if not root.is_dir():
        raise TexalignError(f"{root}: is not a folder; images are expected as {root}/<class>/<image>")
    paths: list[Path] = []
    problems: list[str] = []
    classes: dict[str, str] = {}
    for entry in _visible(root):
        name = printable(entry)
        if not entry.is_dir():
            if is_image_name(entry):
                problems.append(f"{name}: is an image outside the class folders; move it to {root}/<class>/")
            continue
        # Also letters that are the same in two ways of writing Unicode.
        other = classes.setdefault(unicodedata.normalize("NFC", entry.name).casefold(), entry.name)
        if other != entry.name:
            problems.append(
                f"{name}: the classes {other!r} and {entry.name!r} differ in case only; merge or rename them"
            )
        try:
            images = list(_visible(entry))
        except OSError as error:
            problems.append(f"{name}: cannot be read ({error.strerror})")
            continue
        problems += [problem for image in images if (problem := _misplaced(image, root))]
        if not images:
            problems.append(
                f"{printable(entry)}: the class {entry.name!r} has no images; add some or remove the folder"
            )
        paths += images
    refuse(problems)
    return sorted(paths, key=lambda path: path.relative_to(root).as_posix())


def refuse(problems: Sequence[str]) -> None:
    """Raise TexalignError with all problems, of many only the first ones, if there are any."""
    if len(problems) == 1:
        raise TexalignError(problems[0])
    if problems:
        more = len(problems) - _LISTED
        lines = [*problems[:_LISTED], *([f"and {more} more"] if more > 0 else [])]
        raise TexalignError(f"{len(problems)} images or folders do not fit:\n  " + "\n  ".join(lines))


def _misplaced(path: Path, root: Path) -> str | None:
    """What is wrong with an entry of a class folder, by its name and kind."""
    try:
        path.relative_to(root).as_posix().encode()
    except UnicodeEncodeError:
        return f"{printable(path)}: its name is not UTF-8; rename it"
    if path.is_dir():
        return f"{printable(path)}: is a folder inside a class; images are expected as {root}/<class>/<image>"
    if not is_image_name(path):
        return f"{printable(path)}: is not an image that Pillow reads, by its suffix; remove or convert it"
    return None


def printable(path: Path) -> str:
    """A path as messages print it: on one line, and also where it is not UTF-8."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return text if text.isprintable() else repr(text)


def _visible(folder: Path) -> Iterator[Path]:
    return (entry for entry in sorted(folder.iterdir()) if not entry.name.startswith("."))


def is_image_name(path: Path) -> bool:
    """Whether a file's suffix is that of a format which Pillow reads."""
    return path.suffix.lower() in Image.registered_extensions()


def open_image(path: Path) -> Image.Image:
    """An image file, opened but not decoded.

    Raises TexalignError naming the file when it is none that can be read without doubt: not an ordinary file, empty,
    damaged, too large, an animation, or of colours that have no one meaning (CMYK, LAB, integers or floats of unknown
    range).
    """
    _check_file(path)
    try:
        image = Image.open(path)
        problem = _problem(image)
    except Image.DecompressionBombError as error:
        raise TexalignError(
            f"{printable(path)}: has more pixels than are decoded without suspicion ({error}); scale it down"
        ) from error
    except UnidentifiedImageError as error:
        raise TexalignError(
            f"{printable(path)}: cannot be read as an image (of no format that is known here); replace or remove it"
        ) from error
    # Of damaged headers Pillow's plugins raise whatever their parsing runs into.
    except Exception as error:
        raise TexalignError(f"{printable(path)}: cannot be read as an image ({error}); replace or remove it") from error
    if problem:
        image.close()
        raise TexalignError(f"{printable(path)}: {problem}")
    return image


def _check_file(path: Path) -> None:
    """Raise TexalignError unless the path leads to an ordinary file with something in it: others may never end."""
    try:
        found = path.stat()
    except OSError as error:
        raise TexalignError(f"{printable(path)}: cannot be read ({error.strerror}); replace or remove it") from error
    for is_kind, kind in _KINDS.items():
        if is_kind(found.st_mode):
            raise TexalignError(f"{printable(path)}: is {kind}, not an image file; remove it")
    if found.st_size == 0:
        raise TexalignError(f"{printable(path)}: cannot be read as an image (it is empty); replace or remove it")
    if not os.access(path, os.R_OK):
        raise TexalignError(f"{printable(path)}: cannot be read (Permission denied); make it readable")


def _problem(image: Image.Image) -> str | None:
    """What stands against using an image, by its header."""
    # A camera's JPEG may carry further pictures, such as a preview (format MPO); the first is the one that is meant.
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        return f"holds {image.n_frames} pictures, an animation or several pages; save the one that is meant"
    if image.mode in ("I", "F"):
        return f"mode {image.mode} has no known range of values; convert it to 8 bits"
    if image.mode not in _KNOWN_MODES and not image.mode.startswith(_SIXTEEN_BITS):
        return f"its colours are {image.mode}, which look different on every device; convert it to RGB"
    return None
