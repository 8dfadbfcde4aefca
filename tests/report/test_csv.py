"""grades.csv: a row a student, read back as it was written, and nothing in it that a spreadsheet would run."""

import csv
import re
from dataclasses import replace
from io import StringIO

import pytest
from hostile import ANSWERS
from hypothesis import given
from hypothesis import strategies as st
from sample_reports import EVIL, questions, report, submission

from graders.model import Outcome
from graders.report.csv import cell, faults, to_csv


def rows(text: str) -> list[dict[str, str]]:
    """The rows by column."""
    return list(csv.DictReader(StringIO(text)))


def test_columns_are_students_questions_and_totals() -> None:
    """Each question's points, then what is earned, pending and possible, then faults."""
    (header, _) = csv.reader(StringIO(to_csv([report()])))
    ids = [question.id for question in questions()]
    assert header == ["student", *ids, "total", "pending", "possible", "late", "final", "faults"]


def test_numbers_are_plain_numbers() -> None:
    """Totals are the report's."""
    (row,) = rows(to_csv([report()]))
    assert (row["student"], row["numpy_forward"], row["training"]) == ("ada", "0.75", "2.5")
    assert (row["total"], row["pending"], row["possible"]) == ("6", "1.25", "14")


def test_faults_tell_why_marks_are_missing() -> None:
    """An unreadable file, or a fault of ours, and nothing otherwise."""
    unreadable = report("b", submission=submission("b", fault="This file is empty."))
    assert faults(unreadable) == "This file is empty."
    assert faults(report()) == "The grader failed in training: staff must look."
    assert faults(report(questions=questions()[:2])) == ""
    waiting = tuple(
        replace(v, items=(), outcome=Outcome.SKIPPED, points=0.0, undecided=True) for v in questions()[0].verdicts
    )
    whole = report(questions=(replace(questions()[0], verdicts=waiting),), notices=("It is in format 5.",))
    assert faults(whole) == "It is in format 5."
    ours = tuple(replace(v, outcome=Outcome.INTERNAL, points=None) for v in waiting)
    failed = replace(whole, questions=(replace(questions()[0], verdicts=ours),))
    assert faults(failed) == f"The grader failed in {questions()[0].id}: staff must look."


def test_students_with_different_questions_share_one_header() -> None:
    """A question that a report lacks is an empty cell."""
    found = rows(to_csv([report("a", questions=questions()[:1]), report("b", questions=questions()[1:2])]))
    assert found[0]["numpy_forward"] == "" and found[1]["equations"] == ""


def test_an_empty_class_is_a_header() -> None:
    """No students, no rows."""
    assert to_csv([]) == '"student","total","pending","possible","late","final","faults"\n'


@pytest.mark.parametrize("start", [*"=+-@|%\t\r\n", "＝", " =", "\u200f=", "\x1b[1m=", "\ufeff=", "\xa0@"])
def test_formulas_are_text(start: str) -> None:
    """A name that begins like a formula does not begin so in the file."""
    (row,) = rows(to_csv([report(f"{start}cmd|' /C calc'!A0")]))
    assert row["student"][0] in "'c[", row["student"]


def test_hostile_names_stay_in_their_cell() -> None:
    """Quotes, commas and line breaks do not make new cells or rows."""
    names = [EVIL, 'a","b', "two\nrows", "x,y", "half\ud800"]
    found = rows(to_csv([report(name) for name in names]))
    assert len(found) == len(names)
    assert all(row["total"] == "6" for row in found)
    to_csv([report(name) for name in names]).encode("utf-8")


@pytest.mark.parametrize("separator", [*";,\t|"])
@pytest.mark.parametrize("name", ["a{}=cmd()", 'a"{} =cmd()', "a{}{}+1", "x{}y{}@SUM(A1)", 'a{}"=1', "'{}-1"])
def test_no_formula_begins_after_another_separator(name: str, separator: str) -> None:
    """A spreadsheet that has another separator, and ignores quotes, finds no formula at a cell's beginning."""
    text = to_csv([report(name.replace("{}", separator))])
    for line in text.splitlines():
        for piece in line.split(separator):
            assert not piece.strip(' "').startswith(("=", "+", "-", "@")), text


def test_text_is_quoted_and_numbers_are_not() -> None:
    """Whatever a text holds, it is one cell; a number can be added up."""
    (line,) = to_csv([report("ada")]).splitlines()[1:]
    assert line.startswith('"ada",1.25,0.75,') and line.endswith('"')


@given(st.text())
def test_no_text_becomes_a_formula(text: str) -> None:
    """Whatever the text, its cell is one line and starts harmlessly."""
    made = cell(text)
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r")) and "\n" not in made and "\r" not in made


def test_forty_hostile_answers_do_no_harm() -> None:
    """As a name and as a fault: one row each, no formula, no control, no sign that turns the direction of text."""
    made = [report(text, submission=submission(text, fault=text)) for text in ANSWERS]
    text = to_csv(made)
    found = rows(text)
    assert len(found) == len(text.splitlines()) - 1 == len(ANSWERS) == 40
    for row in found:
        assert row["total"] == "6" and set(row) == set(found[0]) and None not in row
        for value in (row["student"], row["faults"]):
            assert not re.match(r"\s*[=+\-@|%]", value), value[:80]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    text.encode("utf-8")
