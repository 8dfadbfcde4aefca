"""The audit complains about each way in which graders can be wrong, and about nothing else."""

from pathlib import Path

import pytest

from graders import Question, RubricItem
from graders.authors.audit import Candidate, CandidateResult, audit, judge
from graders.errors import UsageError
from graders.model import ItemMark, Outcome, QuestionReport, Verdict

question = Question("q", title="Q", points=1)


@question.check(points=1)
def holds(student, reference, rng):
    """It holds."""


def result(kind: str, outcome: Outcome, hint: str | None = None) -> CandidateResult:
    """One candidate's result, with the only check ending in an outcome."""
    points = {Outcome.PASSED: 1.0, Outcome.INTERNAL: None}.get(outcome, 0.0)
    verdict = Verdict("holds", "It holds.", outcome, points, 1.0, hint=hint, misconception="someone" if hint else None)
    return CandidateResult(Candidate(kind, "q", "someone", "You forgot."), QuestionReport("q", "Q", (verdict,), 1.0))


SOUND = (
    result("reference", Outcome.PASSED),
    result("unwritten", Outcome.MISSING),
    result("variant", Outcome.PASSED),
    result("misconception", Outcome.FAILED, "You forgot."),
    result("mutant", Outcome.FAILED),
)


def test_sound_graders_pass() -> None:
    """Nothing to complain about leaves no complaint."""
    assert judge([question], SOUND).complaints == ()


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (result("reference", Outcome.FAILED), "loses holds"),
        (result("variant", Outcome.TIMEOUT), "loses holds"),
        (result("unwritten", Outcome.PASSED), "earns 1 points"),
        (result("borrowed", Outcome.PASSED), "earns 1 points"),
        (result("misconception", Outcome.PASSED), "keeps all its marks"),
        (result("misconception", Outcome.FAILED), "is not named"),
        (result("misconception", Outcome.FAILED, "Something else."), "is not named"),
        (result("variant", Outcome.INTERNAL), "makes the grader itself fail"),
    ],
)
def test_each_fault_is_complained_about(bad: CandidateResult, complaint: str) -> None:
    """One bad result among sound ones gives a complaint that names it."""
    complaints = judge([question], (*SOUND, bad)).complaints
    assert any(complaint in sentence for sentence in complaints)


def read_result(kind: str, *, given: bool) -> CandidateResult:
    """The result of an answer whose only rubric item is given by machine, or is left to a person."""
    item = ItemMark("area", "The area.", 1.0, 1.0 if given else None, by_machine=given)
    outcome = Outcome.PASSED if given else Outcome.PENDING
    verdict = Verdict("essay", "Essay.", outcome, float(given), 1.0, items=(item,))
    return CandidateResult(Candidate(kind, "w", "someone", breaks="area"), QuestionReport("w", "W", (verdict,), 1.0))


def test_a_machine_gives_right_answers_and_no_wrong_one() -> None:
    """A wrong answer that is given what it breaks is complained about, as are too many right ones left to people."""
    written = Question("w", title="W", points=1)

    @written.check(points=0)
    def reads(student, reference, rng):
        """It is right."""

    written.written("essay", "Essay.", RubricItem("area", 1, "The area.", read_by=reads))
    right, unread = read_result("variant", given=True), read_result("variant", given=False)
    wrong, kept = read_result("wrong", given=True), read_result("wrong", given=False)
    nobody = ("w: nobody fails the check reads.",)
    assert judge([written], (*[right] * 19, unread, kept)).complaints == nobody
    assert any("is given area by machine" in sentence for sentence in judge([written], (right, wrong)).complaints)
    assert any("reads 18" in sentence for sentence in judge([written], (*[right] * 18, unread)).complaints)


def test_the_costliest_misconception_comes_first() -> None:
    """A misconception costs what its student loses; the one that costs most is shown."""
    found = judge([question], (*SOUND, result("misconception", Outcome.PASSED))).misconceptions("q")
    assert [(r.cost, r.named) for r in found] == [(1.0, True), (0.0, False)]
    assert judge([question], SOUND).misconceptions("another") == ()


def test_a_check_that_nobody_fails_is_reported() -> None:
    """A check that no wrong solution fails proves nothing."""
    complaints = judge([question], (result("reference", Outcome.PASSED),)).complaints
    assert complaints == ("q: nobody fails the check holds.",)


def test_surviving_mutants_are_counted_and_listed() -> None:
    """One survivor in two mutants is a kill rate of a half, below what is demanded."""
    audit = judge([question], (*SOUND, result("mutant", Outcome.PASSED)))
    assert audit.kill_rate == 0.5
    assert audit.survivors == ("q: someone",)
    assert any("50.0%" in sentence for sentence in audit.complaints)


def test_the_real_graders_pass_where_the_audit_is_quick() -> None:
    """Reference and variants keep all marks, every misconception is named, every check is failed, mutants die."""
    quick = ["equations", "by_hand", "numpy_forward", "rnn_cell"]
    found = audit("practical09", Path(__file__).parents[2], quick, jobs=2)
    assert found.complaints == ()
    seen = {(result.candidate.question, result.candidate.kind) for result in found.results}
    assert seen >= {(id, kind) for id in quick for kind in ("reference", "unwritten", "variant", "misconception")}
    assert {id for id, kind in seen if kind == "borrowed"} == {"numpy_forward", "rnn_cell"}


def test_an_unknown_question_is_refused() -> None:
    """The name that is wrong is in the sentence."""
    with pytest.raises(UsageError, match="no question nonsense"):
        audit("practical09", Path(__file__).parents[2], ["nonsense"])
