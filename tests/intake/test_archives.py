"""Archives of each kind are read, or a sentence says what to do."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from graders.errors import IntakeError
from graders.intake.archives import of_archive
from graders.intake.submissions import find_submissions

NAME = "practical09.ipynb"


def test_zips_and_tars_are_known_by_their_first_bytes() -> None:
    """Whatever they are called."""
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.py", "zipped")
    with tarfile.open(fileobj=tarred, mode="w") as plain:
        plain.addfile(tarfile.TarInfo("a.py"))
    assert [file.read() for file in of_archive(zipped.getvalue(), "x.tar")] == [b"zipped"]
    assert [file.read() for file in of_archive(tarred.getvalue(), "x.zip")] == [b""]


@pytest.mark.parametrize(("head", "kind"), [(b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07\x00", "rar")])
def test_other_kinds_are_named(head: bytes, kind: str) -> None:
    """What they are, and what to hand in."""
    with pytest.raises(IntakeError, match=f"work is a {kind} archive, which is not read here; hand in a zip"):
        list(of_archive(head, "work"))


def zipped(name: str, content: bytes = b"work") -> bytes:
    """A zip with one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def test_archives_that_cannot_be_opened_wait_for_a_person(tmp_path: Path) -> None:
    """There may be work in them, as in a document; not so in what is no archive."""
    handed_in = {
        "ada/work.zip": zipped(NAME)[:-30],
        "bob/work.7z": b"7z\xbc\xaf\x27\x1c...",
        "cid/work.tgz": b"\x1f\x8b\x08...",
        "eve/work.zip": b"no archive",
        "fay/essay.docx": zipped(NAME),
        "gus/work.zip": zipped(NAME),
    }
    for name, content in handed_in.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(content)
    found = {one.student: one.undecided for one in find_submissions(tmp_path, "practical09") if one.fault}
    assert found == {"ada": True, "bob": True, "cid": True, "eve": False, "fay": True}


def test_archives_within_archives_have_an_end(tmp_path: Path) -> None:
    """So deep nobody packs a notebook, and nobody should have to unpack it."""
    content = zipped(NAME)
    for _ in range(9):
        content = zipped("deeper.zip", content)
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "work.zip").write_bytes(content)
    (ada,) = find_submissions(tmp_path, "practical09")
    assert ada.fault and "holds archives within archives" in ada.fault
