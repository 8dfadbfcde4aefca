"""What learning platforms do with a file that is given to them, written again from their documentation.

Each function gives back the marks that the platform would hold afterwards.
"""

import csv
import io
import json
import re
import zipfile
from pathlib import PurePosixPath


def moodle_worksheet(content: bytes, held: dict[str, float | None], maximum: float, words: dict[str, str]) -> None:
    """Moodle's offline grading worksheet: rows that are unchanged, empty, out of range or locked are passed over.

    Args:
        held: participant number -> the mark on the site, changed in place.
        words: the site's own words for identifier, grade, last, changeable, yes and mark ("," or ".").
    """
    text = content.decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=words.get("delimiter", ","))
    identifier, grade, last = (header.index(words[name]) for name in ("identifier", "grade", "last"))
    assert last > grade
    changeable = header.index(words["changeable"])
    for row in rows:
        number = re.fullmatch(r"\D+(\d+)", row[identifier])
        assert number, row
        told = row[grade].strip()
        if told in ("", "0", "-") or row[changeable] != words["yes"]:
            continue
        value = round(float(told.replace(words["mark"], ".")), 5)
        if 0 <= value <= maximum:
            assert number[1] in held
            held[number[1]] = value


def moodle_feedback(content: bytes) -> dict[str, bytes]:
    """Moodle's feedback archive: participant number -> the file, by the rules of 3.8, 4.1 and 4.4 at once."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            assert name == PurePosixPath(name).name and not name.startswith((".", "~"))
            pieces = name.split("_", 4)
            assert len(pieces) == 5 and pieces[2:4] == ["assignfeedback", "file"], name
            assert pieces[1] not in found
            found[pieces[1]] = archive.read(name)
    return found


def canvas_gradebook(content: bytes, students: list[dict[str, str]], held: dict[str, float | None], id: str) -> None:
    """Canvas's gradebook import: students by ID, SIS ids, login, name; blank cells are changes too.

    Args:
        students: what Canvas knows of each, by the headers.
        held: ID -> the mark of the one assignment, changed in place.
        id: that assignment's.
    """
    text = content.decode("utf-8-sig")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    assert len(header) > 3 and "Student" in header[0] and "ID" in header[1]
    section = max(at for at, title in enumerate(header) if title == "Section")
    marks = [at for at in range(section + 1, len(header)) if re.search(rf"\({id}\)$", header[at])]
    assert marks == [section + 1] == [len(header) - 1], "every other column would make a new assignment"
    while "Points Possible" not in rows[0][0]:
        rows.pop(0)
    for row in rows[1:]:
        told = dict(zip(header, row, strict=True))
        keys = ("ID", "SIS User ID", "SIS Login ID", "Student")
        found = next(s for key in keys for s in students if told.get(key) and s.get(key) == told[key])
        text = row[marks[0]]
        held[found["ID"]] = None if text == "" else float(text.replace(",", "."))


def nbgrader_csv(content: str) -> dict[str, float]:
    """nbgrader's own columns, as a plain reader that splits at commas and knows quotes sees them."""
    header, *rows = csv.reader(io.StringIO(content, newline=""))
    assert ",".join(header) == (
        "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,"
        "score,max_score"
    )
    found = {}
    for row in rows:
        told = dict(zip(header, row, strict=True))
        raw, penalty, score = (float(told[name]) for name in ("raw_score", "late_submission_penalty", "score"))
        assert abs(max(0.0, raw - penalty) - score) < 1e-6 and "\n" not in "".join(row)
        found[told["student_id"]] = score
    return found


def gradescope_results(content: str) -> float:
    """The score that Gradescope shows: the top level's, else the sum of the tests'."""
    told = json.loads(content)
    if "score" in told:
        return float(told["score"])
    return sum(float(test["score"]) for test in told["tests"] if "score" in test)
