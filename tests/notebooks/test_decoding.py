"""Text is read in the encoding in which an editor wrote it."""

import bz2
import gzip
import lzma
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.errors import IntakeError
from graders.notebooks.decoding import decode

TEXT = "# Lösung: größer\nx = 1\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_recognised(encoding: str) -> None:
    """With its mark, and where it can be seen, without."""
    text = TEXT.replace("ö", "o").replace("ß", "ss") if encoding in ("utf-16-le", "utf-16-be") else TEXT
    assert decode(text.encode(encoding)) == (text, None)


@pytest.mark.parametrize("encoding", ["latin-1", "iso-8859-15", "cp1252", "mac-roman", "cp850"])
@pytest.mark.parametrize("line", ["# -*- coding: {} -*-\n", "#!/usr/bin/python\n# vim: set fileencoding={} :\n"])
def test_a_script_may_name_its_encoding(encoding: str, line: str) -> None:
    """In its first or second line, as Python reads it."""
    text = line.format(encoding) + TEXT
    assert decode(text.encode(encoding), declared=True) == (text, None)


@pytest.mark.parametrize("name", ["utf-8", "nonsense", "hex", "rot13", "undefined", "unicode_escape", "idna"])
def test_a_wrong_name_does_no_harm(name: str) -> None:
    """What is not what it says is read as what Windows writes, and that is reported."""
    text = f"# coding: {name}\n{TEXT}"
    assert decode(text.encode("cp1252"), declared=True) == (text, "cp1252")


def test_line_ends_and_zeros_at_the_end_are_read_over() -> None:
    """Those of Windows, of old Macs, and what a broken transfer leaves."""
    assert decode(b"a\r\nb\rc\0\0") == ("a\nb\nc", None)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_an_archive_under_another_name_is_called_one(pack: Callable[[bytes], bytes]) -> None:
    """A packed notebook that kept its name is to be unpacked, not saved in another encoding."""
    with pytest.raises(IntakeError, match=r"is an archive .* unpack it"):
        decode(pack(bytes(range(256)) * 9))


@given(st.binary(), st.booleans())
def test_any_bytes_are_text_or_a_refusal(content: bytes, declared: bool) -> None:
    """One sentence, never another error."""
    try:
        assert isinstance(decode(content, declared=declared)[0], str)
    except IntakeError as error:
        assert "not text in UTF-8" in str(error)
