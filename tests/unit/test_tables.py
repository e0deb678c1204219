"""Tables: what was written is read back, and what is no table is named by file, line and column."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support import DATA, needs_data
from texalign.artifacts import records, tables
from texalign.artifacts.records import column
from texalign.errors import TexalignError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@dataclass(frozen=True)
class Entry:
    name: str = column("any text")
    count: int = column("a count")
    bits: float = column("mutual information, bits", name="mi_bits")
    found: bool = column("whether")
    note: str | None = column("empty where there is none", default=None)
    share: float | None = column("from 0 to 1", default=None)
    rank: int | None = column("from 1", default=None)


ENTRIES = st.builds(
    Entry, TEXT, st.integers(), NUMBERS, st.booleans(),
    st.none() | TEXT.filter(bool), st.none() | NUMBERS, st.none() | st.integers(),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(ENTRIES, max_size=5))
def test_records_come_back_as_they_went(tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]):
    path = tmp_path_factory.getbasetemp() / "records.tsv"
    records.write_records(path, Entry, entries, "a" * 32)
    assert records.read_records(path, Entry, "a" * 32) == entries


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(TEXT, min_size=3, max_size=3).filter(lambda row: row != ["a", "b", "c"]), max_size=5))
def test_text_comes_back_as_it_went(tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]):
    path = tmp_path_factory.getbasetemp() / "text.tsv"
    rows = [dict(zip("abc", row, strict=True)) for row in cells]
    tables.write_tsv(path, list("abc"), rows)
    assert tables.read_tsv(path) == rows


def test_columns_say_what_they_hold():
    found = records.columns(Entry)
    assert [entry.name for entry in found] == ["name", "count", "mi_bits", "found", "note", "share", "rank"]
    assert (found[2].kind, found[2].optional, found[2].doc) == (float, False, "mutual information, bits")
    assert (found[5].kind, found[5].optional) == (float, True)


def test_a_type_that_no_cell_holds_is_refused():
    @dataclass(frozen=True)
    class Wrong:
        values: list[float]

    with pytest.raises(TypeError, match=r"Wrong\.values"):
        records.columns(Wrong)


def test_numpys_numbers_are_written_as_numbers(tmp_path: Path):
    entry = Entry("a", np.int64(3), np.float32(0.5), np.bool_(True), None, math.nan)
    records.write_records(tmp_path / "t.tsv", Entry, [entry])
    assert records.read_records(tmp_path / "t.tsv", Entry) == [Entry("a", 3, 0.5, True)]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_numbers_that_are_none_are_not_written(tmp_path: Path, value: float | None):
    with pytest.raises(TexalignError, match="row 1, column mi_bits"):
        records.write_records(tmp_path / "t.tsv", Entry, [Entry("a", 1, value, True)])
    assert list(tmp_path.iterdir()) == []


HEADER = "name\tcount\tmi_bits\tfound\tnote\tshare\trank\n"


@pytest.mark.parametrize(
    ("cell", "position", "message"),
    [
        ("1.5", 1, "column count: '1.5' is not a whole number"),
        ("1_7", 1, "column count: '1_7' is not a whole number"),
        ("", 1, "column count: '' is not a whole number"),
        ("1_7", 2, "column mi_bits: '1_7' is not a finite number"),
        ("nan", 2, "column mi_bits: 'nan' is not"),
        ("1e999", 2, "column mi_bits: '1e999' is not"),
        ("Infinity", 2, "column mi_bits: 'Infinity' is not"),
        ("٣", 2, "column mi_bits"),
        (" 1", 2, "column mi_bits"),
        ("0x10", 2, "column mi_bits"),
        ("", 2, "column mi_bits"),
        ("true", 3, "column found: 'true' is not True or False"),
        ("9" * 5000, 1, r"column count: '9{57}\.\.\.' is not"),
        ("x" * 200_000, 2, r"column mi_bits: 'x{57}\.\.\.' is not"),
    ],
)
def test_cells_of_another_type_are_named(tmp_path: Path, cell: str, position: int, message: str):
    cells = ["a", "1", "0.5", "True", "", "", ""]
    cells[position] = cell
    path = tmp_path / "t.tsv"
    path.write_text(HEADER + "b\t2\t0.25\tFalse\t\t\t\n" + "\t".join(cells) + "\n")
    with pytest.raises(TexalignError, match=rf"t\.tsv, line 3, {message}"):
        records.read_records(path, Entry)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty, expected a header line"),
        (b"\n", "is empty, expected a header line"),
        (b"a\tb\n1\n", "line 2: has 1 cells, the header line has 2"),
        (b"a\tb\n1\t2\t3\n", "line 2: has 3 cells, the header line has 2"),
        (b"a\tb\n1\t2\n\n", "line 3: has 0 cells"),
        (b"a\tb\n1\t2\na\tb\n3\t4\n", "line 3: repeats the header line"),
        (b"a\ta\n1\t2\n", "has more than one column a"),
        (b"a\tb\n1\t\xff\n", "line 2: is not UTF-8 text .byte 0xff"),
        (b"\xff\xfea\0", "line 1: is not UTF-8 text"),
        (b"a\tb\n1\t2\n\0\0\0\t2\n", "line 3: holds NUL bytes"),
        (b'a\tb\n1\t"2\n', "line 2: is not a table as text"),
        (b'a\tb\n"1"x\t2\n', "line 2: is not a table as text"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, content: bytes, message: str):
    path = tmp_path / "t.tsv"
    path.write_bytes(content)
    with pytest.raises(TexalignError, match=rf"t\.tsv(, |: ){message}"):
        tables.read_tsv(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"# only a comment\n", "is empty"),
        (b"a,b\n1\n", "line 2: has 1 cells, the header line has 2"),
        (b"# said\na,b\n\n1,2,3\n", "line 4: has 3 cells, the header line has 2"),
        (b"a,b\n1,2\na , b\n", "line 3: repeats the header line"),
        (b"a,b\n1,\xe9\n", "line 2: is not UTF-8 text .byte 0xe9.; save it as UTF-8"),
        (b"a,b\n1,\0\n", "line 2: holds NUL bytes"),
    ],
)
def test_users_tables_that_are_none_are_named(tmp_path: Path, content: bytes, message: str):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(TexalignError, match=rf"t\.csv(, |: ){message}"):
        tables.read_cells(path)


def test_users_tables_may_be_as_spreadsheets_save_them(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeff# comment\r\n a ,b,,\r\n1, 2,,\r\n,,\r\n\r\n"x\ny",4\r\n'.encode())
    assert tables.read_cells(path) == (["a", "b"], [(3, ["1", "2"]), (7, ["x\ny", "4"])])


def test_very_long_cells_are_read_and_the_limit_of_others_stays(tmp_path: Path):
    before = csv.field_size_limit()
    tables.write_tsv(tmp_path / "t.tsv", ["a"], [{"a": "x" * 300_000}])
    assert len(tables.read_tsv(tmp_path / "t.tsv")[0]["a"]) == 300_000
    assert csv.field_size_limit() == before


@needs_data
def test_the_leaderboards_export_is_a_table():
    columns, rows = tables.read_cells(DATA / "brainscore/leaderboard_2025-09-08.csv")
    assert (len(columns), len(rows)) == (133, 471)
    assert len(tables.read_cells(DATA / "brainscore/paper_table5.csv")[1]) == 12
