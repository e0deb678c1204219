"""Tables on the terminal."""

from collections.abc import Iterable, Mapping


def print_table(rows: Iterable[Mapping[str, object]]) -> None:
    """Print rows of the same columns under a header: numbers to the right, all else to the left."""
    rows = [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
    if not rows:
        return
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in rows[0]}
    right = {name for name in widths if all(_is_number(row[name]) for row in rows)}
    for row in ({name: name for name in widths}, *rows):
        cells = (row[name].rjust(width) if name in right else row[name].ljust(width) for name, width in widths.items())
        print("  ".join(cells).rstrip())


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).removeprefix("-").isdecimal()
