"""Names of students are safe to use as folders and to read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.layouts import safe_name


@pytest.mark.parametrize(
    "name", ["ada", "Ada Lovelace_1", "d'Arc, Jeanne", "Łukasz-Żak", "日本", "a.b", "ada@example.org"]
)
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    """Spaces, accents and other scripts are fine."""
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name", ["..", ".", "", "../x", "a/b", "a\\b", "con", "NUL", "a\x00b", "a\u202eb", "a\nb", "x" * 300]
)
def test_other_names_are_changed_and_marked(name: str) -> None:
    """They end in six digits of their hash, so that two of them differ."""
    found = safe_name(name)
    assert found != name and found[-7] == "-"
    assert found != safe_name(name + "?")


@given(st.text())
def test_every_name_becomes_a_folder(name: str) -> None:
    """Never empty, never hidden, never with a separator or a control character, never too long for a file system."""
    found = safe_name(name)
    assert found and found not in (".", "..") and not found.startswith(".") and len(found.encode()) < 100
    assert not {unicodedata.category(letter) for letter in found} & {"Cc", "Cf", "Cs"}
    assert not set(found) & set('/\\:*?"<>|')
