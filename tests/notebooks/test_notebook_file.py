"""Files are read with suspicion: every sound notebook is understood, and every other one gets a sentence."""

import json
from contextlib import suppress
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v3 import new_code_cell, new_notebook, new_text_cell, new_worksheet

from graders.errors import IntakeError
from graders.notebooks.notebook import Notebook
from graders.notebooks.notebook_file import read_notebook


def file(*cells: Any, **more: Any) -> bytes:
    """A notebook's bytes."""
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more).encode()


def code(source: Any, **metadata: Any) -> dict[str, Any]:
    """A code cell of format 4."""
    return {"cell_type": "code", "id": "x1", "source": source, "metadata": metadata, "outputs": []}


def refusal(content: bytes, suffix: str = ".ipynb") -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(IntakeError) as caught:
        read_notebook(content, suffix)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text and len(text) < 300
    return text


def test_a_cell_is_read_with_its_metadata() -> None:
    """nbgrader's metadata, tags, outputs and sources in both of the shapes that the format allows."""
    mark = {"grade_id": "area", "solution": True, "locked": False, "points": 2, "schema_version": 3}
    cell = code(["a = 1\n", "b = 2"], nbgrader=mark, tags=["parameters", 7])
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1"}, "no output"]
    (found,) = read_notebook(file(cell)).cells
    assert (found.kind, found.source, found.id, found.grade_id) == ("code", "a = 1\nb = 2", "x1", "area")
    assert (found.questions, found.locked, found.tags) == (("area",), False, ("parameters",))
    assert found.outputs == ({"output_type": "stream", "name": "stdout", "text": "1"},)


@pytest.mark.parametrize(
    "encode", [lambda b: b"\xef\xbb\xbf" + b, lambda b: b.decode().encode("utf-16"), lambda b: b + b"\n\n"]
)
def test_editors_marks_are_read_over(encode: Any) -> None:
    """A byte order mark, UTF-16 and trailing lines do no harm."""
    assert read_notebook(encode(file(code("é = 1")))).cells[0].source == "é = 1"


def test_line_ends_of_every_system_are_the_same() -> None:
    """CRLF in a script does not get into the source."""
    assert read_notebook(b"# %% question: area\r\na = 1\r\nb = 2\r\n", ".py").cells[0].source == "a = 1\nb = 2"


def test_an_old_notebook_is_upgraded() -> None:
    """Format 3, with worksheets and inputs, becomes cells and sources."""
    old = new_notebook(
        worksheets=[new_worksheet(cells=[new_text_cell("markdown", source="Hi"), new_code_cell("a = 1")])]
    )
    found = read_notebook(json.dumps(old).encode()).cells
    assert [(cell.kind, cell.source) for cell in found] == [("markdown", "Hi"), ("code", "a = 1")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xff\x00\xfe", "UTF-8"),
        (b"PK\x03\x04\x00", "not JSON"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS"),
        (file(code("a"))[:40], "cut off"),
        (b'{"cells": [\n<<<<<<< HEAD\n]}', "Git merge"),
        (b'{"cells": [],, "metadata": {}}', "line 1"),
        (b"[" * 200_000, "bounds"),
        (b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "bounds"),
        (b'{"cells": ' + b"9" * 10_000 + b"}", "bounds"),
        (b'{"a": 1}', "no cells"),
        (b"[1, 2]", "no cells"),
        (b"null", "no cells"),
        (file(cells={"a": 1}), "no list"),
        (file(nbformat=5), "format 5"),
        (file(nbformat="4; drop"), "unknown"),
        (file(nbformat=3, cells=None, worksheets=[7]), "cells"),
        (file(metadata={"kernelspec": {"language": "R", "name": "ir"}}), "'R'"),
        (file(metadata={"language_info": {"name": "julia"}}), "'julia'"),
        (file(*[code("")] * 5_001), "5001 cells"),
    ],
)
def test_what_is_no_notebook_gets_one_sentence(content: bytes, says: str) -> None:
    """The sentence says what the file is and what to do."""
    assert says in refusal(content)


@pytest.mark.parametrize("language", ["R", "C#", "julia", "sos", "SQL"])
def test_cells_that_are_python_are_read_whatever_the_file_says(language: str) -> None:
    """An editor may have written another kernel into it; the report says so."""
    metadata = {"kernelspec": {"language": language, "name": "x"}, "language_info": {"name": language}}
    found = read_notebook(file(code("%matplotlib inline\na = 1"), code("b = [a]"), metadata=metadata))
    assert [cell.source for cell in found.cells] == ["%matplotlib inline\na = 1", "b = [a]"]
    assert f"written for '{language}'" in found.notices[0]
    assert f"'{language}'" in refusal(file(code("f <- function(x) {}"), code("using Flux: x"), metadata=metadata))


def test_what_stands_behind_a_notebook_is_left_out_and_told() -> None:
    """A second copy, or what a broken transfer left."""
    found = read_notebook(file(code("a = 1")) + b"\n</html>" + b"\0" * 9)
    assert [cell.source for cell in found.cells] == ["a = 1"]
    assert "there is more (7 characters), which was left out" in found.notices[0]


def test_a_script_that_is_called_a_notebook_is_read() -> None:
    """As one, and the report says so; a text is none."""
    found = read_notebook(b"# %% question: area\ndef area(a, b):\n    return a * b\n")
    assert found.cells[0].questions == ("area",) and "Python script" in found.notices[0]
    assert "not JSON" in refusal(b"My dog ate it.")


def test_marks_of_a_merge_in_code_are_told() -> None:
    """The first version is executed, the other one stays to be seen; half of the marks are executed as they are."""
    found = read_notebook(file(code("<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> b")))
    assert "around the text of one cell" in found.notices[0] and found.cells[0].other == "a = 2"
    assert found.cells[0].source == "a = 1\n\n# The other version:\n# a = 2"
    found = read_notebook(file(code("<<<<<<< HEAD\na = 1")))
    assert "Git merge" in found.notices[0] and found.cells[0].other is None


PICTURE = "![](data:image/png;base64," + "A" * 900_000 + ")"


def test_too_much_text_is_refused_before_it_is_parsed() -> None:
    """One cell, all cells, a script: the sentence says which, and how much there may be; pictures are not text."""
    assert "Cell 2 has 200 kB of text, and 200 is the most" in refusal(file(code("a"), code("0\n" * 100_001)))
    assert "The cells hold 1,080 kB of text, and 1,000 is the most" in refusal(file(*[code("0" * 180_000)] * 6))
    with pytest.raises(IntakeError, match=r"The file has 3,000 kB of text, and 1,000 is the most"):
        read_notebook(b"0\n" * 1_500_000, ".py")
    shown = {"cell_type": "markdown", "source": PICTURE, "metadata": {}}
    assert read_notebook(file(shown, shown)).cells[0].source == PICTURE


def test_outputs_keep_their_text_alone() -> None:
    """Pictures are dropped while the file is read; long text keeps its beginning and its end."""
    cell = code("a")
    data = {"image/png": "A" * 1000, "text/plain": ["a", "b"], "text/html": "<b>"}
    cell["outputs"] = [
        {"output_type": "display_data", "data": data, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": "b" * 60_000 + "e" * 60_000},
    ]
    first, second = read_notebook(file(cell)).cells[0].outputs
    assert first == {"output_type": "display_data", "text": "ab"}
    assert second["text"] == "b" * 25_000 + "e" * 25_000


def test_attachments_are_read() -> None:
    """Pictures that were pasted into a written answer, whatever shape they have."""
    cell = {"cell_type": "markdown", "source": "![](attachment:a.png)", "metadata": {}}
    cell["attachments"] = {"a.png": {"image/png": ["AA", "=="]}, "b": "nonsense", "c": {"image/png": 7}}
    (found,) = read_notebook(file(cell)).cells
    assert found.attachments == {"a.png": {"image/png": "AA=="}, "c": {}}


def test_a_kernel_with_a_python_of_its_own_name_is_fine() -> None:
    """Environments have kernels of many names; only the language counts, and it may be absent."""
    for metadata in ({}, [], {"kernelspec": {"name": "conda-env-dl-py", "language": "python"}}, {"kernelspec": "x"}):
        assert read_notebook(file(code("a = 1"), metadata=metadata)).cells[0].source == "a = 1"


def test_a_script_in_percent_format_is_a_notebook() -> None:
    """Our own marks, jupytext's metadata, its header, Markdown in comments or in quotes, and Spyder's spelling."""
    script = '''# ---
# jupyter:
#   kernelspec: x
# ---

# %% [markdown] question: equations
# $h_t = 1$
#
# and more
#%% question: area
def area(a, b):
    return a * b
# %% nbgrader={"grade_id": "edge", "locked": false, "solution": true}
edge = 1
# %% [markdown]
"""
Words
"""
# %% plain
x = 1
'''
    found = [(cell.kind, cell.grade_id, cell.source) for cell in read_notebook(script.encode(), ".py").cells]
    assert found == [
        ("markdown", "equations", "$h_t = 1$\n\nand more"),
        ("code", "area", "def area(a, b):\n    return a * b"),
        ("code", "edge", "edge = 1"),
        ("markdown", None, "Words"),
        ("code", None, "x = 1"),
    ]


def test_a_script_without_marks_is_one_cell_and_an_exported_one_has_many() -> None:
    """`jupyter nbconvert --to script` leaves `# In[3]:` lines, which part cells too."""
    assert [cell.source for cell in read_notebook(b"a = 1\n\nb = 2\n", ".py").cells] == ["a = 1\n\nb = 2"]
    exported = b"#!/usr/bin/env python\n# coding: utf-8\n\n# In[1]:\n\na = 1\n\n# In[ ]:\n\nb = 2\n"
    assert [cell.source for cell in read_notebook(exported, ".py").cells] == ["a = 1", "b = 2"]


def test_half_a_surrogate_can_be_stored() -> None:
    """JSON can smuggle in text that UTF-8 has no bytes for."""
    (cell,) = read_notebook(b'{"cells": [{"cell_type": "code", "source": "a = \'\\ud800\'"}]}').cells
    assert cell.source.encode() == b"a = '?'"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["cells", "worksheets", "nbformat", "metadata", "nbgrader", "source", "grade_id", "cell_type", "tags"]
            )
            | st.text(),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(json_values, st.lists(json_values, max_size=4), st.sampled_from([2, 3, 4]))
def test_any_json_is_a_notebook_or_a_refusal(value: Any, cells: list[Any], version: int) -> None:
    """Whatever the shape, nothing but an IntakeError leaves the reader."""
    for data in (value, {"cells": cells, "nbformat": version}, {"worksheets": [{"cells": cells}], "nbformat": version}):
        try:
            found = read_notebook(json.dumps(data).encode())
        except IntakeError:
            continue
        assert isinstance(found, Notebook)


@given(st.binary(), st.sampled_from([".ipynb", ".py"]))
def test_any_bytes_are_a_notebook_or_a_refusal(content: bytes, suffix: str) -> None:
    """Neither do bytes that are no text."""
    with suppress(IntakeError):
        assert isinstance(read_notebook(content, suffix), Notebook)


def test_the_release_is_what_nbformat_reads(practical09: Any) -> None:
    """Kinds and sources agree with the reference library's, cell by cell."""
    path = practical09.folder / "practical09.ipynb"
    theirs = nbformat.read(path, 4).cells
    ours = read_notebook(path.read_bytes()).cells
    assert [(c.kind, c.source) for c in ours] == [(c.cell_type, c.source) for c in theirs]
