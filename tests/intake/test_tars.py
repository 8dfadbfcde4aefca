"""Tar archives are read within bounds, and nothing in them reaches outside."""

import gzip
import io
import os
import tarfile

import pytest

from graders.errors import IntakeError
from graders.intake import tars
from graders.intake.tars import of_tar

Member = tuple[str, bytes, bytes, str]  # name, kind, content, what a link points to
PLAIN = tarfile.REGTYPE


def packed(*members: Member) -> bytes:
    """A packed tar archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, kind, content, target in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = kind, target, len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def read(content: bytes) -> dict[str, str]:
    """The files by their paths: what is in them, or the sentence."""
    found = {}
    for file in of_tar(content, "work.tar.gz", 10):
        try:
            found["/".join(file.parts)] = file.read().decode()
        except IntakeError as fault:
            found["/".join(file.parts)] = str(fault)
    return found


def test_links_and_odd_files_are_not_followed() -> None:
    """Each costs its own sentence, and plain files between them are read."""
    found = read(
        packed(
            ("a/good.ipynb", PLAIN, b"fine", ""),
            ("../out.ipynb", PLAIN, b"out", ""),
            ("/root.ipynb", PLAIN, b"out", ""),
            ("soft.ipynb", tarfile.SYMTYPE, b"", "/etc/passwd"),
            ("hard.ipynb", tarfile.LNKTYPE, b"", "a/good.ipynb"),
            ("pipe.ipynb", tarfile.FIFOTYPE, b"", ""),
            ("folder", tarfile.DIRTYPE, b"", ""),
        )
    )
    assert found.pop("a/good.ipynb") == "fine"
    assert "outside itself" in found.pop("out.ipynb") and "outside itself" in found.pop("root.ipynb")
    assert "is a link" in found.pop("soft.ipynb") and "is a link" in found.pop("hard.ipynb")
    assert "not a plain file" in found.pop("pipe.ipynb") and not found


def test_archives_have_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what they hold in all, of how many files, and of each file."""
    many = packed(*((f"{number}.py", PLAIN, b"", "") for number in range(11)))
    with pytest.raises(IntakeError, match="lists more than 10 files"):
        read(many)
    monkeypatch.setattr(tars, "MAX_UNPACKED", 1 << 20)
    with pytest.raises(IntakeError, match="holds more than 1 MB"):
        read(gzip.compress(bytes(3 << 20)))


@pytest.mark.parametrize("at", [20, 200, -20])
def test_a_damaged_archive_is_a_sentence(at: int) -> None:
    """Wherever it was torn."""
    content = packed(("a.ipynb", PLAIN, os.urandom(5_000), ""))
    with pytest.raises(IntakeError, match="is damaged"):
        read(content[:at])


def test_a_packed_notebook_is_read() -> None:
    """What gzip has packed and is no archive is the one file."""
    assert read(gzip.compress(b"{}")) == {"work.tar": "{}"}
