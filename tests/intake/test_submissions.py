"""Whatever an LMS or an instructor hands over, every student gets one submission or one sentence."""

import gzip
import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graders.errors import UsageError
from graders.intake import uploads, zips
from graders.intake.submissions import collect, find_submissions
from graders.model import Submission

NAME = "practical09.ipynb"


def fill(folder: Path, *paths: str, content: bytes = b"{}") -> Path:
    """A folder with files that hold their own path."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(path.encode() if content == b"{}" else content)
    return folder


def packed(*paths: str, content: bytes | None = None) -> bytes:
    """A zip with such files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in paths:
            archive.writestr(path, path.encode() if content is None else content)
    return stream.getvalue()


def tarred(*paths: str, kind: str = "gz") -> bytes:
    """A tar archive with such files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=f"w:{kind}") as archive:  # type: ignore[call-overload]
        for path in paths:
            member = tarfile.TarInfo(path)
            member.size = len(path.encode())
            archive.addfile(member, io.BytesIO(path.encode()))
    return stream.getvalue()


def found(path: Path) -> dict[str, str]:
    """Student -> what is read, or the sentence."""
    return {s.student: s.fault or s.content.decode() for s in find_submissions(path, "practical09")}


LAYOUTS = {
    "plain": ([f"ada/{NAME}", "bob/work/mine.ipynb", "expected.toml"], {"ada": 0, "bob": 1}),
    "scripts": (["ada/practical09.py", "ada/helpers.txt"], {"ada": 0}),
    "notebook before script": (["ada/utils.py", f"ada/{NAME}"], {"ada": 1}),
    "release handed in": ([f"ada/checks/{NAME}", f"ada/{NAME}", "ada/data/names.txt"], {"ada": 1}),
    "assignment above": ([f"practical09/ada/{NAME}", f"practical09/bob/{NAME}"], {"ada": 0, "bob": 1}),
    "nbgrader": (
        [f"ada/practical09/{NAME}", f"bob/practical09/{NAME}", "ada/practical09/timestamp.txt"],
        {"ada": 0, "bob": 1},
    ),
    "moodle": (
        [f"Ada Stu_1_assignsubmission_file/{NAME}", f"Bob O_2_assignsubmission_file_/a/{NAME}"],
        {"Ada Stu_1": 0, "Bob O_2": 1},
    ),
    "moodle, flat": ([f"Ada Stu_1_assignsubmission_file_{NAME}"], {"Ada Stu_1": 0}),
    "canvas": (
        [f"stuada_101_2001_{NAME}", "stuada_101_2007_practical09-1.ipynb", "obob_LATE_102_2003_mine.ipynb"],
        {"obob_102": 2, "stuada_101": 1},
    ),
    "files": (["ada.ipynb", "bob.py"], {"ada": 0, "bob": 1}),
    "copies": ([f"ada/{NAME}", "ada/practical09 (2).ipynb", "ada/practical09(10).ipynb"], {"ada": 2}),
    "leavings": (
        [f"ada/{NAME}", f"ada/.ipynb_checkpoints/{NAME}", f"__MACOSX/ada/._{NAME}", "ada/~x.ipynb"],
        {"ada": 0},
    ),
}


UNWRAPPED = ("files", "moodle, flat", "canvas", "nbgrader")  # a folder around these would be a student's
KINDS = ["folder", "zip", "wrapped zip"]


@pytest.mark.parametrize(
    ("name", "kind"), [(n, k) for n in LAYOUTS for k in KINDS if k != KINDS[2] or n not in UNWRAPPED]
)
def test_every_layout_is_read_from_folder_and_zip(name: str, kind: str, tmp_path: Path) -> None:
    """The same students and the same files, however they come."""
    paths, expected = LAYOUTS[name]
    if kind == "folder":
        given = fill(tmp_path / "class", *paths)
    else:
        given = tmp_path / "class.zip"
        above = "submissions/" if kind == "wrapped zip" and len(expected) > 1 else ""
        given.write_bytes(packed(*(above + path for path in paths)))
        paths = [above + path for path in paths]
    assert found(given) == {student: paths[index] for student, index in expected.items()}


def test_gradescopes_export_is_read_with_its_metadata(tmp_path: Path) -> None:
    """Students by number, else mail address; a group's members all get the submission; the time is Gradescope's."""
    text = """---
submission_7:
  :submitters:
  - :name: Ada Stu
    :sid: '0123'
    :email: ada@example.org
  - :name: Bob O
    :sid:
    :email: bob@example.org
  :created_at: 2026-11-20 10:00:00.000000000 +01:00
submission_8:
  :submitters: nonsense
"""
    folder = fill(tmp_path, f"submission_7/{NAME}", "submission_8/mine.ipynb")
    (folder / "submission_metadata.yml").write_text(text)
    assert found(folder) == {
        "0123": f"submission_7/{NAME}",
        "bob@example.org": f"submission_7/{NAME}",
        "submission_8": "submission_8/mine.ipynb",
    }
    assert find_submissions(folder, "practical09")[0].received == "2026-11-20T09:00:00+00:00"
    (folder / "submission_metadata.yml").write_text("!!python/object/apply:os.system [false]")
    assert list(found(folder)) == ["submission_7", "submission_8"]


@pytest.mark.parametrize(
    ("path", "student"), [(f"ada/{NAME}", "ada"), (f"ada/practical09/{NAME}", "ada"), ("x/bob.ipynb", "bob")]
)
def test_one_file_is_its_folders_students(path: str, student: str, tmp_path: Path) -> None:
    """A notebook under the assignment's name belongs to its folder; under another name, to that name."""
    assert found(fill(tmp_path, path) / path) == {student: path}
    assert found((tmp_path / path).parent) == {student if "bob" in path else (tmp_path / path).parent.name: path}


def test_a_submission_says_what_it_is(practical09_bytes: bytes, tmp_path: Path) -> None:
    """Hash, time, suffix and attempt; the same bytes have the same hash wherever they lie."""
    fill(tmp_path, f"ada/{NAME}", f"bob/{NAME}", content=practical09_bytes)
    os.utime(tmp_path / "ada" / NAME, (0, 0))
    ada, bob = find_submissions(tmp_path, "practical09")
    assert (ada.received, ada.suffix, ada.attempt, ada.fault) == ("1970-01-01T00:00:00+00:00", ".ipynb", 1, None)
    assert ada.sha256 == bob.sha256 and len(ada.sha256) == 64


@pytest.fixture
def practical09_bytes() -> bytes:
    """Some content."""
    return b'{"cells": []}'


def only(path: Path) -> Submission:
    """The one submission there is."""
    (submission,) = find_submissions(path, "practical09")
    return submission


def test_what_cannot_be_read_gets_a_sentence(tmp_path: Path) -> None:
    """Folders and links named like notebooks, several notebooks, none at all: the others are graded."""
    fill(tmp_path, f"good/{NAME}", "two/a.ipynb", "two/b.ipynb", "none/essay.docx", f"empty/{NAME}/x.txt")
    (tmp_path / "empty" / NAME / "x.txt").unlink()
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / NAME).symlink_to("/etc/passwd")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / NAME)
    texts = found(tmp_path)
    assert texts.pop("good") == f"good/{NAME}"
    assert "is a folder" in texts["empty"] and "is a link" in texts["link"] and "not a plain file" in texts["pipe"]
    assert "2 files (a.ipynb, b.ipynb)" in texts["two"]
    assert texts["none"] == "There is no notebook in what was handed in, only .docx; hand in the notebook itself."
    assert all(text.endswith(".") and str(tmp_path) not in text for text in texts.values())


def test_a_student_may_hand_in_an_archive(tmp_path: Path) -> None:
    """The notebook in it counts, also where it lies in an archive within; of other kinds a sentence says what to do."""
    fill(tmp_path, "ada/work.zip", content=packed(f"mine/{NAME}", "mine/data.csv"))
    fill(tmp_path, "bob/work.zip", content=packed("deep.zip", content=packed(f"mine/{NAME}")))
    fill(tmp_path, "cid/work.tar.gz", content=tarred(f"mine/{NAME}"))
    fill(tmp_path, "dan/work.rar", content=b"Rar!\x1a\x07\x01\x00...")
    fill(tmp_path, "eve/work.zip", content=b"no archive")
    fill(tmp_path, "fay/practical09.ipynb.gz", content=gzip.compress(b"fay's"))
    texts = found(tmp_path)
    assert texts["ada"] == texts["bob"] == texts["cid"] == f"mine/{NAME}" and texts["fay"] == "fay's"
    assert "work.rar is a rar archive" in texts["dan"] and "not a zip archive" in texts["eve"]


@pytest.mark.parametrize("name", ["class.tar", "class.tar.gz", "class.tgz", "class.tar.bz2", "class.tar.xz"])
def test_a_class_may_come_in_a_tar_archive(name: str, tmp_path: Path) -> None:
    """Packed or not, its folders are students', and so is an archive of a loose student's."""
    kind = name.removeprefix("class").removeprefix(".tar").removeprefix(".").replace("tgz", "gz")
    path = tmp_path / name
    path.write_bytes(tarred(f"class/ada/{NAME}", f"class/bob/{NAME}", kind=kind))
    assert found(path) == {"ada": f"class/ada/{NAME}", "bob": f"class/bob/{NAME}"}
    fill(tmp_path / "loose", f"cid/{NAME}")
    (tmp_path / "loose" / "ada.tar.gz").write_bytes(tarred(NAME))
    assert found(tmp_path / "loose") == {"ada": NAME, "cid": f"cid/{NAME}"}


def test_an_archive_cannot_reach_outside_or_grow_without_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths with .., absolute paths, links, bombs, locked and damaged members: each costs its own student only."""
    for module in (uploads, zips):
        monkeypatch.setattr(module, "MAX_BYTES", 1 << 20)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"good/{NAME}", b"fine")
        archive.writestr(f"dots/../../{NAME}", b"out")
        archive.writestr(f"/root/{NAME}", b"out")
        archive.writestr(f"bomb/{NAME}", bytes(50 << 20))
        archive.writestr(f"C:\\win\\{NAME}", b"out")
        link = zipfile.ZipInfo(f"link/{NAME}")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, b"/etc/passwd")
        archive.writestr(f"torn/{NAME}", os.urandom(1000))
    content = bytearray(stream.getvalue())
    place = content.index(b"torn/" + NAME.encode()) + len("torn/" + NAME)
    content[place + 100 : place + 110] = bytes(10)
    (tmp_path / "class.zip").write_bytes(content)
    texts = {student.split("-")[0]: text for student, text in found(tmp_path / "class.zip").items()}
    assert texts.pop("good") == "fine"
    assert "outside itself" in texts["dots"] and "outside itself" in texts["root"] and "outside itself" in texts["C_"]
    assert "more than 1 MB" in texts["bomb"] and "is a link" in texts["link"] and "is damaged" in texts["torn"]


def test_names_that_only_differ_for_some_systems_are_kept_apart(tmp_path: Path) -> None:
    """Ada and ada, and one accent in two spellings, are different students with different folders."""
    (tmp_path / "class.zip").write_bytes(packed(*(f"{n}/{NAME}" for n in ("Ada", "ada", "e\u0301", "\u00e9"))))
    names = [s.student for s in find_submissions(tmp_path / "class.zip", "practical09")]
    assert len({name.casefold() for name in names}) == 4


@settings(max_examples=60)
@given(st.binary(max_size=200), st.integers(0, 400), st.lists(st.text(min_size=1, max_size=30), max_size=4))
def test_damaged_archives_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int, names: list[str]
) -> None:
    """Wherever a zip is overwritten, whatever its names: submissions or a UsageError."""
    try:
        content = bytearray(packed(f"ada/{NAME}", *dict.fromkeys(names)))
    except (ValueError, IndexError):
        return
    content[at : at + len(junk)] = junk
    path = tmp_path_factory.mktemp("zip") / "class.zip"
    path.write_bytes(content)
    try:
        submissions = find_submissions(path, "practical09")
    except UsageError:
        return
    assert len({s.student for s in submissions}) == len(submissions)


def test_a_wrapped_class_may_hold_files_between_its_folders(tmp_path: Path) -> None:
    """Folders with the assignment's notebook are students', and so is an archive next to them."""
    folder = tmp_path / "given"
    for name in ("ann/practical09.ipynb", "bob/practical09.ipynb", "cid.zip", "dan.ipynb"):
        (folder / "Class" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "Class" / name).write_text(name)
    found = collect([folder], "practical09")
    assert [submission.student for submission in found.submissions] == ["ann", "bob", "cid", "dan"]
    assert found.lines == ("Everything lies in the folder Class; the folders in it are the students'.",)


def test_one_student_s_folder_that_may_be_a_class_is_named(tmp_path: Path) -> None:
    """Where the assignment's notebook lies between other notebooks, staff read for what the folder was taken."""
    for name in ("practical09.ipynb", "ann.ipynb", "bob.ipynb"):
        (tmp_path / name).write_text(name)
    line = collect([tmp_path], "practical09").lines[0]
    assert "was taken for one student's folder" in line and "(ann.ipynb, bob.ipynb)" in line


def test_staff_read_which_file_counts(tmp_path: Path) -> None:
    """By its name, for ten students; of more, that their reports say so."""
    for number in range(12):
        fill(tmp_path, f"s{number:02}/{NAME}", f"s{number:02}/draft.ipynb")
    lines = collect([tmp_path], "practical09").lines
    assert len(lines) == 11
    assert lines[0] == "s00: `practical09.ipynb` was graded. Next to it, `draft.ipynb` was not."
    assert lines[-1] == "Of 2 more students, too, their reports say which file counts."


def test_an_older_attempt_counts_where_the_newest_is_as_it_was_handed_out(tmp_path: Path) -> None:
    """Somebody uploaded the wrong file; the line and the report say which one counts."""
    for folder, content, time in (("a", b"written", 1e9), ("b", b"blank", 2e9)):
        name = f"Bo_3_assignsubmission_file_{NAME}"
        os.utime(fill(tmp_path / folder, name, content=content) / name, (time, time))
    read = {b"blank": frozenset[str](), b"written": frozenset({"one"})}
    box = collect([tmp_path / "a", tmp_path / "b"], "practical09", answered=lambda content, _: read[content])
    assert [one.content for one in box.submissions] == [b"written"] and "written, and not b/Bo_3" in box.lines[0]
    assert "several times" in box.submissions[0].notices[-1]
