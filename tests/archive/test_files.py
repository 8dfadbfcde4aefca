"""The files of a report appear whole or not at all, in their own folder and nowhere else."""

import json
import os
import re
from pathlib import Path

import pytest
from sample_reports import EVIL, report, submission

from graders.archive.files import are_written, write_all
from graders.archive.finished import finish, unfinished
from graders.errors import StoreError
from graders.report.classroom.page import render_index
from graders.writing import write


def test_a_student_s_files(tmp_path: Path) -> None:
    """report.html and report.json in the student's folder, and nothing else."""
    path = write_all(finish(report(), title="Practical 9"), tmp_path)
    assert path == tmp_path / "practical09" / "ada" / "report.html"
    assert sorted(found.name for found in path.parent.iterdir()) == ["report.html", "report.json"]
    assert json.loads((path.parent / "report.json").read_text())["student"] == "ada"
    assert "Practical 9" in path.read_text("utf-8")


def test_files_that_are_there_are_known(tmp_path: Path) -> None:
    """By what they say: another report, another renderer, or half of the files is not the same."""
    made = report()
    assert not are_written(unfinished(made), tmp_path)
    page = write_all(finish(made), tmp_path)
    assert are_written(unfinished(made), tmp_path) and are_written(finish(made), tmp_path)
    assert not are_written(unfinished(report(seconds=9.0)), tmp_path)
    page.write_text(re.sub('(name="stamp" content=")[0-9a-f]+', r"\1another", page.read_text("utf-8")), "utf-8")
    assert not are_written(unfinished(made), tmp_path)
    write_all(finish(made), tmp_path).with_name("report.json").unlink()
    assert not are_written(unfinished(made), tmp_path)


@pytest.mark.parametrize("student", ["..", ".", "", "../../etc", "a/b", "a\0b"])
def test_no_name_leads_elsewhere(tmp_path: Path, student: str) -> None:
    """A student whose name is a path gets no files, and the name is not printed raw."""
    with pytest.raises(StoreError, match="No folder can be named after"):
        write_all(finish(report(student, submission=submission(student))), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("student", [EVIL.replace("/", ""), "نور", "a b", "half\udcff", "-rf", "%41", "CON"])
def test_odd_names_are_folders_and_links_lead_there(tmp_path: Path, student: str) -> None:
    """The link on the class's page, decoded as a browser does, is the folder's name."""
    from urllib.parse import unquote_to_bytes

    made = report(student, submission=submission(student))
    written = write_all(finish(made), tmp_path)
    index = write(tmp_path / "practical09" / "index.html", render_index([made])).read_bytes()
    link = index.partition(b'<a href="./')[2].partition(b'/report.html"')[0]
    assert unquote_to_bytes(link) == os.fsencode(student) and written.is_file()
