"""Names in zips are read as those who packed them saw them, where the archive proves that."""

import io
import struct
import zipfile
import zlib

import pytest

from graders.intake.zips import of_zip


def packed(raw: bytes, extra: bytes = b"") -> bytes:
    """A zip with one file of such a name, of whose encoding nothing is said."""
    stand_in = "x" * len(raw)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        member = zipfile.ZipInfo(stand_in)
        member.extra = extra
        archive.writestr(member, b"work")
    return stream.getvalue().replace(stand_in.encode(), raw)


def name(content: bytes) -> str:
    """The name of the only file."""
    (file,) = of_zip(content, "class.zip")
    assert file.read() == b"work"
    return file.name


@pytest.mark.parametrize("page", ["utf-8", "cp437", "cp1252"])
@pytest.mark.parametrize("text", ["Müller.ipynb", "Zoë.ipynb", "Peña.ipynb", "Åsa.ipynb"])
def test_names_in_code_pages_are_read(text: str, page: str) -> None:
    """Where one page alone gives letters of Latin script, that is what it was."""
    assert name(packed(text.encode(page))) == text


def test_what_proves_nothing_is_read_as_the_format_prescribes() -> None:
    """Bytes that are letters in both pages, or in neither."""
    assert name(packed(b"An\x8ae.ipynb")) == "Anèe.ipynb"
    assert name(packed(b"a\xdbb.ipynb")) == "aÛb.ipynb"
    assert name(packed(b"a\xb0b\xf7.ipynb")) == "a░b≈.ipynb"


def test_a_second_name_counts_where_it_belongs_to_it() -> None:
    """Info-ZIP's field has a checksum of the name for which it stands; with another one it is not believed."""
    raw = b"M?ller.ipynb"
    for checksum, expected in ((zlib.crc32(raw), "Müller.ipynb"), (1, "M?ller.ipynb")):
        field = b"\x01" + struct.pack("<I", checksum) + "Müller.ipynb".encode()
        extra = struct.pack("<HH", 0x7075, len(field)) + field
        assert name(packed(raw, extra)) == expected
