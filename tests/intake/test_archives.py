"""Archives of each kind are read, or a sentence says what to do."""

import io
import tarfile
import zipfile

import pytest

from graders.errors import IntakeError
from graders.intake.archives import of_archive


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
