"""Files are what they hold, whatever they are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.notebooks.endings import ending, is_work, looks_like_notebook, proper_name, true_suffix

NOTEBOOK = b'{\n "cells": []\n}'


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.ipynb", ".ipynb"),
        ("a.IPYNB", ".ipynb"),
        ("a.ipynb.txt", ".ipynb"),
        ("a.ipynb.json.txt", ".ipynb"),
        ("a.ipynb (1)", ".ipynb"),
        ("a.ipynb.download", ".ipynb"),
        ("a.ipynb.", ".ipynb"),
        ("a.py.txt", ".py"),
        ("a.ipynb.zip", ".zip"),
        ("a.txt", ".txt"),
        ("a.pyc", ".pyc"),
        ("a", ""),
        ("", ""),
    ],
)
def test_the_true_ending_is_found(name: str, found: str) -> None:
    """Behind what browsers and mail programs hang to it."""
    assert ending(name) == found


@pytest.mark.parametrize(
    ("name", "content", "suffix"),
    [
        ("a.ipynb", NOTEBOOK, ".ipynb"),
        ("a.json", b"\xef\xbb\xbf" + NOTEBOOK, ".ipynb"),
        ("a", NOTEBOOK.decode().encode("utf-16"), ".ipynb"),
        ("a.ipynb.zip", NOTEBOOK, ".ipynb"),
        ("a.ipynb", b"PK\x03\x04...", ".zip"),
        ("a.py", b"a = 1", ".py"),
        ("a.txt", b"words", ""),
        ("a.json", b'{"a": 1}', ""),
    ],
)
def test_a_content_says_what_it_is(name: str, content: bytes, suffix: str) -> None:
    """Its beginning counts more than its name."""
    assert true_suffix(name, content) == suffix


def test_a_proper_name_keeps_what_the_student_called_it() -> None:
    """Nothing is said where the ending is right."""
    assert proper_name("Practical09.IPYNB", "practical09", ".ipynb") is None
    assert proper_name("mine.ipynb.txt", "practical09", ".ipynb") == "mine.ipynb"
    assert proper_name("a`b.txt", "practical09", ".ipynb") == "practical09.ipynb"


@given(st.text(max_size=40), st.binary(max_size=40))
def test_any_name_and_content_have_an_answer(name: str, content: bytes) -> None:
    """No name and no bytes are too odd."""
    assert true_suffix(name, content) in ("", ".ipynb", ".py", ".zip", ".qmd", ".rmd", ".md")
    assert is_work(name) in (True, False) and looks_like_notebook(content) in (True, False)
