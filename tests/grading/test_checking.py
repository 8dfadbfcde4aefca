"""Whatever a check does, it becomes one verdict; draws depend on the seed, the question and the check alone."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from graders import CallError, Failed, Outcome, Passed, Pending, Question
from graders.authoring.question import CheckFunction
from graders.authoring.solution import ModuleSolution, Solution
from graders.errors import SandboxError
from graders.grading.checking import check_seed, derive, grade_question, run_check, seed_everything, word
from graders.model import Check, RubricItem, Verdict

STUDENT = ModuleSolution({"answer": 41}, ModuleType("probes"))
REFERENCE = ModuleSolution({"answer": 42}, ModuleType("probes"))


def verdict(function: CheckFunction, *, public: bool = False, points: float = 2.0, seed: int = 1) -> Verdict:
    """The verdict of one check with this body."""
    question = Question("area", title="Area", points=points)
    function.__doc__ = function.__doc__ or "It holds."
    check = question.check(points=points, public=public)(function)
    return run_check(check, question, STUDENT, REFERENCE, seed, {})


def raising(error: BaseException) -> CheckFunction:
    """A check that raises."""

    def check(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
        raise error

    return check


def test_a_check_that_returns_passes() -> None:
    """With all points, and with what it has to show."""
    assert verdict(lambda student, reference, rng: None).points == 2.0
    shown = verdict(lambda student, reference, rng: Passed("Fine.", {"losses": [1.0]}))
    assert (shown.outcome, shown.message, shown.evidence) == (Outcome.PASSED, "Fine.", {"losses": [1.0]})


def test_a_public_check_tells_what_was_expected_and_a_hidden_one_does_not() -> None:
    """A hidden check shows the finding and the hint; what it expected is for staff."""
    failed = Failed("It is too small.", values="expected 42, got 41", hint="Count again.", keep=0.25)
    public, hidden = verdict(raising(failed), public=True), verdict(raising(failed))
    assert (public.message, public.detail) == ("expected 42, got 41", None)
    assert (hidden.message, hidden.detail) == ("It is too small.", "expected 42, got 41")
    assert public.hint == hidden.hint == "Count again."
    assert public.points == hidden.points == 0.5
    assert verdict(raising(Failed("It is too small."))).message == "It is too small."


def test_expected_values_beside_one_s_own_are_for_public_checks_alone() -> None:
    """A hidden check keeps what it shows no matter who wrote it, and none of what was expected."""
    failed = Failed("wrong", evidence={"wrong": 1}, compared={"expected": [[0.123]], "got": [[1.0]]})
    told = verdict(raising(failed), public=True)
    assert told.evidence == {"wrong": 1, "compared": {"expected": [[0.123]], "got": [[1.0]]}}
    hidden = verdict(raising(failed))
    assert hidden.evidence == {"wrong": 1} and "0.123" not in repr(hidden)


@pytest.mark.parametrize("fraction", [-1.0, 7.0])
def test_a_fraction_stays_within_its_bounds(fraction: float) -> None:
    """A mistake of a check's author gives neither negative points nor too many."""
    assert verdict(raising(Failed("x", keep=fraction))).points in (0.0, 2.0)


@pytest.mark.parametrize("outcome", [Outcome.ERROR, Outcome.TIMEOUT, Outcome.MEMORY, Outcome.MISSING])
def test_a_call_that_does_not_come_back_earns_nothing(outcome: Outcome) -> None:
    """Its outcome is reported; a hidden check keeps the inputs that an exception's text may hold to itself."""
    error = CallError(outcome, "raised ValueError: 12345 is wrong", "raised ValueError")
    public, hidden = verdict(raising(error), public=True), verdict(raising(error))
    assert (public.outcome, public.points, hidden.outcome) == (outcome, 0.0, outcome)
    assert "12345" in public.message and "12345" not in hidden.message and "12345" in str(hidden.detail)


def test_a_check_that_cannot_decide_leaves_its_points_pending() -> None:
    """Public or hidden, the sentence says what is missing, and the points are neither given nor lost."""
    for public in (True, False):
        found = verdict(raising(Pending("No threshold has been measured.")), public=public)
        assert (found.outcome, found.points, found.pending) == (Outcome.PENDING, 0.0, 2.0)
        assert found.message == "No threshold has been measured."


def test_a_fault_of_ours_decides_no_points() -> None:
    """It is internal, reported without a traceback, with all of it for staff."""
    found = verdict(raising(ZeroDivisionError("ours")))
    assert (found.outcome, found.points, found.pending) == (Outcome.INTERNAL, None, 2.0)
    assert "ZeroDivisionError" not in found.message and "ZeroDivisionError: ours" in str(found.detail)


def question_of_four() -> Question:
    """A question with a check, one that builds on it, one that builds on that, and a part for a person."""
    question = Question("area", title="Area", points=4)

    @question.check(points=1)
    def first(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
        """The answer is right."""
        if student.value("answer") != reference.value("answer"):
            raise Failed("wrong")

    @question.check(points=1, after=first)
    def second(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
        """It is still right."""

    @question.check(points=1, after=second)
    def third(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
        """It stays right."""

    question.written("essay", "It is explained.", RubricItem("words", 1, "Says why."))
    return question


def outcomes(student_for: Any) -> list[Outcome]:
    """How the four checks end for a student."""
    report, _ = grade_question(question_of_four(), student_for, REFERENCE, 1)
    assert report.points + report.pending <= report.possible
    return [verdict.outcome for verdict in report.verdicts]


def test_what_builds_on_a_failed_check_is_skipped() -> None:
    """Through a chain, too; what a person marks is pending all the same."""
    skipped = [Outcome.SKIPPED, Outcome.SKIPPED, Outcome.PENDING]
    assert outcomes(lambda check: STUDENT) == [Outcome.FAILED, *skipped]
    assert outcomes(lambda check: REFERENCE) == [Outcome.PASSED] * 3 + [Outcome.PENDING]


def test_no_session_is_a_verdict_too() -> None:
    """Where the sandbox fails it is our fault, where the student's process will not start it is theirs."""

    def broken(check: Check) -> Solution:
        raise SandboxError("no sandbox")

    def dead(check: Check) -> Solution:
        raise CallError(Outcome.ERROR, "The process ended.")

    assert outcomes(broken)[0] is Outcome.INTERNAL
    assert outcomes(dead)[0] is Outcome.ERROR


def test_every_call_is_recorded() -> None:
    """Check by check, for diagnosis."""
    _, records = grade_question(question_of_four(), lambda check: STUDENT, REFERENCE, 1)
    assert [[(call.kind, call.result) for call in record.calls] for record in records] == [[("value", 41)], [], [], []]


def test_draws_depend_on_seed_question_and_check() -> None:
    """The same three give the same numbers, whatever ran before; a public check draws the same for everybody."""
    drawn: list[float] = []

    def check(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
        drawn.append(float(rng.random()) + float(torch.rand(())) + float(np.random.random()))

    for seed, public in ((1, False), (1, False), (2, False), (1, True), (2, True)):
        np.random.random(3)
        verdict(check, seed=seed, public=public)
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[3] == drawn[4] != drawn[0]


def test_seeds_cannot_be_guessed_and_fit_every_generator() -> None:
    """They come from the secret by HMAC; parts are kept apart; words have 63 bits."""
    assert derive(b"secret", "a", "b") == derive(b"secret", "a", "b") < 2**128
    assert len({derive(b"secret", "ab"), derive(b"secret", "a", "b"), derive(b"other", "a", "b")}) == 3
    check = Check("first", "It holds.", 1.0)
    for seed in (0, 2**128 - 1):
        number = check_seed(seed, "area", check)
        assert 0 <= number < 2**63 and number == word(seed, "area", "first")
        seed_everything(number)


def test_a_reference_that_does_not_answer_is_our_fault() -> None:
    """It never becomes the student's error."""
    found = verdict(lambda student, reference, rng: reference.value("nothing_of_the_kind"))
    assert found.outcome is Outcome.INTERNAL and "nothing_of_the_kind" in (found.detail or "")


def test_a_mistake_of_a_check_s_author_is_our_fault() -> None:
    """What a check raises or returns that is none of its words makes it `internal`, also what cannot be a mark."""
    strange: Any = "much"
    assert verdict(raising(Failed("x", keep=strange))).outcome is Outcome.INTERNAL
    assert verdict(lambda student, reference, rng: strange).outcome is Outcome.INTERNAL


def test_a_solution_that_cannot_be_had_costs_its_check_alone() -> None:
    """Whatever raises before a check begins is that check's, and our fault."""
    question = Question("area", title="Area", points=2)

    @question.check(points=1)
    def first(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
        """It holds."""

    @question.check(points=1)
    def second(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
        """It holds, too."""

    def student_for(check: Check) -> Solution:
        if check is first:
            raise ZeroDivisionError
        return STUDENT

    report, _ = grade_question(question, student_for, REFERENCE, 1)
    assert [v.outcome for v in report.verdicts] == [Outcome.INTERNAL, Outcome.PASSED]


class Replies(ModuleType):
    """Probes of which each replies what it was made for."""

    def __init__(self, reply: Any) -> None:
        super().__init__("probes")
        self.facts = lambda namespace: reply


def probing(student: Any, reference: Any) -> Verdict:
    """The verdict of a check that asks a probe for a list of numbers, where these reply so."""
    question = Question("area", title="Area", points=2.0)

    @question.check(points=2.0)
    def facts(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
        """The facts are right."""
        if student.probe("facts", returns=list[float]) != reference.probe("facts", returns=list[float]):
            raise Failed("They are not.")

    solutions = (ModuleSolution({}, Replies(reply)) for reply in (student, reference))
    return run_check(facts, question, *solutions, 1, {})


@pytest.mark.parametrize("reply", [None, 3, "x", {"facts": [1.0]}, [1.0, "x"], [[1.0]], [np.ones(2)]])
def test_a_reply_of_another_form_is_the_student_s_error(reply: Any) -> None:
    """A forged reply never becomes a fault of ours, which would leave its points open."""
    found = probing(reply, [1.0])
    assert (found.outcome, found.points) == (Outcome.ERROR, 0.0) and "form" in found.message


def test_a_reply_of_the_right_form_is_judged() -> None:
    """By its values; whole numbers count as floats."""
    assert probing([1, 2.0], [1.0, 2.0]).outcome is Outcome.PASSED
    assert probing([1, 3], [1.0, 2.0]).outcome is Outcome.FAILED


def test_a_reference_s_reply_of_another_form_is_our_fault() -> None:
    """The student is not blamed for it."""
    assert probing([1.0], None).outcome is Outcome.INTERNAL


@pytest.mark.parametrize("defined", [True, False])
def test_what_is_required_is_missing_or_there(defined: bool) -> None:
    """Where it is not there, the student reads its name."""
    found = verdict(lambda student, reference, rng: student.require("answer" if defined else "area"), public=True)
    assert found.outcome is (Outcome.PASSED if defined else Outcome.MISSING)
    assert defined or found.message == "`area` is not defined."
