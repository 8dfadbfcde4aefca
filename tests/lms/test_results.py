"""What each platform gets of one report is of its form, adds up, and tells no student what is hidden."""

import base64
import io
import json
from dataclasses import replace
from xml.etree import ElementTree as xml

import jsonschema
import lms_importers as importers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lms_schemas import COURSERA, GITHUB, GRADESCOPE, PRAIRIELEARN
from sample_reports import EVIL, report, submission, verdict

from graders.errors import UsageError
from graders.lms import gradescope, nbgrader
from graders.lms.junit import to_junit
from graders.lms.results import coursera, github, prairielearn
from graders.model import Late, Outcome, QuestionReport, Report

OUTCOMES = st.sampled_from([o for o in Outcome if o is not Outcome.INTERNAL])
NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda name: not name.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%"))
)


def final_report(student: str, points: float, late: float = 0.0, message: str = "") -> Report:
    """A report of one check on which nothing is open."""
    made = verdict("works", Outcome.FAILED, points, 20.0, message=message, public=True)
    lateness = Late("2026-11-22T10:00:00Z", "2026-11-23T10:00:00Z", 1, 10.0, late) if late else None
    return report(student, questions=(QuestionReport("q", "Q", (made,), 20.0),), late=lateness)


def test_every_form_is_valid_and_tells_nothing_hidden() -> None:
    """With every outcome, hostile text, open points and faults of ours."""
    told = report(notices=(EVIL,))
    results = gradescope.results(told)
    jsonschema.validate(results, GRADESCOPE)
    jsonschema.validate(prairielearn(told), PRAIRIELEARN)
    jsonschema.validate(coursera(told)[0], COURSERA)
    jsonschema.validate(json.loads(base64.b64decode(github(told))), GITHUB)
    for text in (json.dumps(results), to_junit([told]), json.dumps(prairielearn(told)), json.dumps(coursera(told))):
        assert "SECRET" not in text and "KeyError" not in text and "\x1b" not in text and "5eed" not in text
    hidden = {test["name"]: test["visibility"] for test in results["tests"]}
    assert set(hidden.values()) == {"visible", "after_published"}
    assert hidden["Forward pass in NumPy: Agrees on random weights."] == "after_published"


def test_what_is_open_or_our_fault_has_no_score() -> None:
    """It is reported, and counts neither for nor against anybody; what is earned adds up to the whole."""
    told = report()
    results = gradescope.results(told)
    tests = {test["name"]: test for test in results["tests"]}
    assert "score" not in tests["Training on names: Parameters move."]
    assert gradescope.scores(results["tests"]) == results["score"] == told.points
    assert "points are still to be marked by a person" in results["output"]
    decided = [one for question in told.questions for one in question.verdicts if not one.pending]
    points, possible = sum(one.points or 0.0 for one in decided), sum(one.possible for one in decided)
    feedback, page = coursera(told)
    assert feedback["fractionalScore"] == pytest.approx(points / possible) and page.count("0 of 0") >= 2
    assert prairielearn(told)["gradable"] is False  # it takes no attempt where something failed


def test_a_partial_result_says_that_it_is_one() -> None:
    """What was graded until then counts."""
    first = replace(report(), questions=report().questions[:2])
    results = gradescope.results(first, finished=False, asked=6)
    jsonschema.validate(results, GRADESCOPE)
    assert "2 of 6 questions were graded" in results["output"] and results["score"] == first.points


def test_failures_of_the_whole_are_for_students_and_staff_apart() -> None:
    """The student reads a sentence, staff read why."""
    results = gradescope.failed("Nothing was graded.", "Traceback SECRET")
    jsonschema.validate(results, GRADESCOPE)
    assert [("SECRET" in t["output"], t["visibility"]) for t in results["tests"]] == [
        (False, "visible"),
        (True, "hidden"),
    ]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), OUTCOMES)
def test_junit_is_xml_whatever_anybody_wrote(text: str, outcome: Outcome) -> None:
    """Control characters, half surrogates and ANSI colours included; every check is a case."""
    made = verdict("check", outcome, 0.0, 1.0, message=text + EVIL)
    whole = to_junit([report(text or "ada", questions=(QuestionReport("q", text, (made,), 1.0),))])
    root = xml.fromstring(whole.encode("utf-8", "surrogatepass"))
    assert len(root.findall("./testsuite/testcase")) == 1


def test_junit_counts_what_failed() -> None:
    """Failures, errors and skipped cases as CI systems show them, and the points as well."""
    root = xml.parse(io.StringIO(to_junit([report()]))).getroot()
    numpy_forward = root.findall("testsuite")[1]
    assert [numpy_forward.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["4", "2", "0", "1"]
    assert numpy_forward.find("testcase/properties/property[@name='points']").get("value") == "0.5"  # type: ignore[union-attr]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, st.tuples(st.integers(0, 20_000_000), st.integers(0, 2_000_000)), min_size=1, max_size=6))
def test_nbgraders_table_reads_back(made: dict[str, tuple[int, int]]) -> None:
    """The score is what was earned less what lateness takes, to the last digit."""
    reports = [final_report(name, points / 1e6, late / 1e6) for name, (points, late) in made.items()]
    table, _ = nbgrader.to_nbgrader(reports)
    found = importers.nbgrader_csv(table)
    assert found == {r.submission.student: pytest.approx(r.final, abs=1e-9) for r in reports}


def test_nbgrader_never_gets_a_formula_or_a_name_that_it_would_split() -> None:
    """A changed name would be another student, so nothing is written."""
    with pytest.raises(UsageError, match="takes for a formula"):
        nbgrader.to_nbgrader([final_report("=cmd", 1.0)])
    with pytest.raises(UsageError, match="cannot have students called a\\+b"):
        nbgrader.feedback_paths(["a+b"], "p")


def test_who_handed_in_nothing_has_no_timestamp_and_zero() -> None:
    """As nbgrader writes a missing submission."""
    nothing = replace(final_report("ada", 0.0), submission=submission("ada", b"", received="", fault="Nothing."))
    table, _ = nbgrader.to_nbgrader([nothing])
    assert table.splitlines()[1] == "practical09,,,ada,,,,0,0,0,20"


def test_prairielearn_takes_no_attempt_for_what_could_not_be_graded() -> None:
    """Neither for a file that cannot be read nor for a fault of ours; its points stay within a megabyte."""
    unreadable = replace(report(), submission=submission(fault="It is no notebook."))
    assert prairielearn(unreadable) == {"gradable": False, "format_errors": ["It is no notebook."]}
    assert prairielearn(report())["gradable"] is False  # a check of the sample failed for a fault of ours
    long = final_report("ada", 5.0, message="x" * 3_000_000)
    assert len(json.dumps(prairielearn(long))) < 1_000_000 and prairielearn(long)["score"] == 0.25
