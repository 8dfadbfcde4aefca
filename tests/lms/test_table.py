"""A CSV file is read as its own program reads it, comes back byte for byte, and never stops us with a traceback."""

import contextlib
import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graders.errors import UsageError
from graders.lms.canvas import read_gradebook
from graders.lms.moodle.worksheet import read_worksheet
from graders.lms.roster import read_roster
from graders.lms.table import read_table

CELLS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), max_size=12)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=5)


@settings(max_examples=80, deadline=None)
@given(TABLES, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_it_reads_what_csv_writes_and_gives_it_back(
    rows: list[list[str]], delimiter: str, end: str, marked: bool
) -> None:
    """With quotes, line breaks in cells, any of the delimiters, with a byte order mark and without."""
    head = [f"h{at}" for at in range(4)]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([head, *rows])
    content = (b"\xef\xbb\xbf" if marked else b"") + text.getvalue().encode()
    table = read_table(content, "t.csv")
    assert [list(row.values) for row in table.rows[1:]] == [row for row in rows if any(c.strip() for c in row)]
    assert table.filled({}) == content
    first = table.rows[0].cells[0]
    assert read_table(table.filled({first: 'a;b,\t"c"\nd'}), "t.csv").header[0] == 'a;b,\t"c"\nd'


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(alphabet='Identifier,Grade;"\n\r\t0123456789 Section', max_size=80).map(str.encode)
)
def test_no_file_gives_a_traceback(content: bytes) -> None:
    """Whatever is given: a sentence, or a table."""
    for read in (read_table, read_worksheet, read_gradebook, read_roster):
        with contextlib.suppress(UsageError):
            read(content, "t.csv")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_spreadsheets_unicode_is_read_where_it_is_marked(encoding: str) -> None:
    """And written back in the same form; unmarked it is refused, for nothing says what it is."""
    mark = {"utf-16": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[encoding]
    content = mark + "student\tname\nä\tb\n".encode(encoding)
    table = read_table(content, "t.csv")
    assert table.rows[1].values == ("ä", "b") and table.filled({}) == content
    with pytest.raises(UsageError, match=r"no text|not in UTF-8"):
        read_table("student,name\n".encode("utf-16-le"), "t.csv")
