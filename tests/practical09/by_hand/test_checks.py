"""Follow-through by hand: a wrong value costs itself, roundings cost nothing, and mistakes are named."""

from typing import Any

import pytest
from alternatives import alternatives, lost, marks, named, refusal, solution
from hypothesis import given, settings
from hypothesis import strategies as st
from wild_values import WILD

from graders.practical09.by_hand.checks import question

RIGHT: dict[str, Any] = {"h1": [0.46] * 3, "y1": [0.5] * 2, "h2": [0.85] * 3, "y2": [0.5] * 2, "loss": 1.39}
POINTS = {"first_state": 0.6, "first_output": 0.3, "second_state": 0.6, "second_output": 0.2, "summed_loss": 0.3}

LOST = {
    "second_bias_by_hand": {"first_state"},
    "bias_forgotten_by_hand": {"first_state"},
    "recurrence_forgotten_by_hand": {"second_state"},
    "unit_to_itself_by_hand": {"second_state"},
    "logistic_by_hand": {"first_state"},
    "no_activation_by_hand": {"first_state"},
    "first_input_again_by_hand": {"second_state"},
    "no_softmax_by_hand": {"first_output"},
    "logistic_output_by_hand": {"first_output"},
    "exponentials_by_hand": {"first_output"},
    "averaged_loss_by_hand": {"summed_loss"},
    "bits_by_hand": {"summed_loss"},
    "base_ten_by_hand": {"summed_loss"},
    "sign_by_hand": {"summed_loss"},
    "both_classes_by_hand": {"summed_loss"},
}


def written(**changes: Any) -> dict[str, Any]:
    """A right answer to two decimals, with some parts changed."""
    return RIGHT | changes


def earned(answer: Any) -> dict[str, float]:
    """The points of each check for an answer."""
    return marks(question, solution(by_hand=answer))


def hint(check: str, answer: Any) -> str:
    """The hint of a failing check."""
    return str(refusal(question, check, solution(by_hand=answer)).hint)


def test_the_reference_gets_full_marks() -> None:
    """The reference's own values earn all two points, and the points add up."""
    assert lost(question, solution()) == set()
    assert sum(check.points for check in question.checks) == pytest.approx(question.points)


@pytest.mark.parametrize("name", [item.name for item in alternatives("variants", "by_hand")])
def test_correct_variants_get_full_marks(name: str) -> None:
    """Rounded, cut off, as text, as fractions, as columns or tensors: the numbers count."""
    assert lost(question, solution(named(name))) == set()


def test_every_misconception_is_in_the_table() -> None:
    """The table below speaks of all misconceptions of this question."""
    assert {item.name for item in alternatives("misconceptions", "by_hand")} == LOST.keys()


@pytest.mark.parametrize(("name", "checks"), LOST.items())
def test_misconceptions_cost_exactly_their_part(name: str, checks: set[str]) -> None:
    """Each misconception fails the checks that it concerns, and what follows from it keeps its marks."""
    assert lost(question, solution(named(name))) == checks


@pytest.mark.parametrize(
    "changes",
    [
        {"h2": [0.84] * 3},
        {"h2": [0.85] * 3},
        {"loss": 1.38},
        {"loss": 1.386},
        {"loss": 1.3862},
        {"loss": 1.3862943611198906},
        {"h1": [0.4621] * 3, "h2": [0.8451] * 3},
        {"h1": [0.462117157] * 3, "h2": [0.845065883] * 3},
        {"h1": [0.46211] * 3},
        {"h2": [0.845] * 3},
        {"h2": [0.8449] * 3},
        {"h2": [0.8483] * 3},  # 0.05 three times, as 0.1 times 0.46 is to two decimals
        {"y1": [[0.5], [0.5]]},
        {"loss": [1.39]},
    ],
)
def test_roundings_on_the_way_cost_nothing(changes: dict[str, Any]) -> None:
    """Each of these is led to by rounding something before it to the precision written or finer."""
    assert earned(written(**changes)) == {"has_the_five_parts": 0} | POINTS


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        ("first_state", {"h1": [0.47] * 3}),
        ("first_state", {"h1": [0.45] * 3}),
        ("first_state", {"h1": [0.4629] * 3}),
        ("second_state", {"h2": [0.83] * 3}),
        ("second_state", {"h2": [0.86] * 3}),
        ("second_state", {"h1": [0.46211716] * 3, "h2": [0.8449] * 3}),
        ("first_output", {"y1": [0.51, 0.49]}),
        ("first_output", {"y1": [0.49, 0.49]}),
        ("summed_loss", {"loss": 1.37}),
        ("summed_loss", {"loss": 1.381}),
        ("summed_loss", {"loss": 1.3872}),
    ],
)
def test_a_slip_of_arithmetic_costs_half(check: str, changes: dict[str, Any]) -> None:
    """So near to the right value the method was right: half the marks, and the hint says so."""
    answer = written(**changes)
    assert earned(answer) == {"has_the_five_parts": 0} | POINTS | {check: POINTS[check] / 2}
    assert "method looks right" in hint(check, answer)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (written(h1=[0.54] * 3, h2=[0.85] * 3), {"first_state": 0}),  # follows with one bias
        (written(h1=[0.54] * 3, h2=[0.88] * 3), {"first_state": 0}),  # follows with the second bias again
        (written(h1=[0.537] * 3, h2=[0.877] * 3), {"first_state": 0}),
        (written(h1=[0.38] * 3, h2=[0.84] * 3), {"first_state": 0}),
        (written(h1=[0.62] * 3, h2=[0.86] * 3), {"first_state": 0}),
        (written(h1=[0.62] * 3, h2=[0.845] * 3), {"first_state": 0}),  # right, though it does not follow
        (written(h1=[0.1, 0.2, 0.3], h2=[0.82] * 3), {"first_state": 0}),
        (written(h1=[0.1, 0.2, 0.3], h2=[0.88] * 3), {"first_state": 0, "second_state": 0}),
        (written(h1=[0.62] * 3, h2=[0.88] * 3), {"first_state": 0, "second_state": 0}),
        (written(h1=[0.62] * 3, h2=[0.80] * 3), {"first_state": 0, "second_state": 0}),
        (written(y1=[0.56] * 2, loss=1.27), {"first_output": 0}),
        (written(y1=[0.56] * 2, loss=1.39), {"first_output": 0}),
        (written(y1=[0.7, 0.3], y2=[0.8, 0.2], loss=1.97), {"first_output": 0, "second_output": 0}),
        (written(y1=[0.7, 0.3], y2=[0.8, 0.2], loss=0.58), {"first_output": 0, "second_output": 0, "summed_loss": 0}),
        (written(y1=[0, 1], loss=1.39), {"first_output": 0}),
        (written(h1=[0.46, 0.46, 0.9]), {"first_state": 0.4}),
        (written(h1=[0.46, 0.46, 0.47]), {"first_state": 0.5}),
    ],
)
def test_what_follows_from_a_wrong_value_earns_its_marks(answer: Any, expected: dict[str, float]) -> None:
    """A wrong value costs only itself; the next one may follow from it or be right by itself."""
    assert earned(answer) == pytest.approx({"has_the_five_parts": 0} | POINTS | expected)


def test_following_through_is_said() -> None:
    """A pass that rests on the student's own wrong values says so, and a plain one says nothing."""
    check = next(check for check in question.checks if check.name == "second_state")
    assert check.run is not None
    carried = check.run(solution(by_hand=written(h1=[0.62] * 3, h2=[0.86] * 3)), solution(), None)
    assert carried is not None
    assert "follows" in str(carried.message)
    assert check.run(solution(by_hand=written()), solution(), None) is None


@pytest.mark.parametrize(
    ("check", "changes", "words"),
    [
        ("first_state", {"h1": [0.5] * 3}, "tanh is still to be applied"),
        ("first_state", {"h1": [0.62] * 3}, "logistic"),
        ("first_state", {"h1": [0.38] * 3}, "bias of the hidden layer is missing"),
        ("first_state", {"h1": [0.54] * 3}, "counted twice"),
        ("first_state", {"h1": [0.9] * 3}, "activation comes last"),
        ("second_state", {"h2": [0.801] * 3}, "state of step 1 is left out"),
        ("second_state", {"h2": [0.816] * 3}, "not only itself"),
        ("second_state", {"h2": [0.56] * 3}, "inputs of step 1"),
        ("second_state", {"h2": [1.24] * 3}, "tanh is still to be applied"),
        ("first_output", {"y1": [0.24] * 2}, "softmax is still to be applied"),
        ("first_output", {"y1": [0.56] * 2}, "logistic"),
        ("second_output", {"y2": [1.42] * 2}, "divides them by their sum"),
        ("summed_loss", {"loss": 0.69}, "mean of both"),
        ("summed_loss", {"loss": 2}, "base 2"),
        ("summed_loss", {"loss": 0.602}, "base 10"),
        ("summed_loss", {"loss": -1.39}, "sign"),
        ("summed_loss", {"loss": 2.77}, "both classes"),
        ("summed_loss", {"loss": 5.0}, "right class"),
    ],
)
def test_mistakes_are_named_however_they_are_rounded(check: str, changes: dict[str, Any], words: str) -> None:
    """The hint names the mistake that leads to these numbers, or else the idea of the step."""
    assert words in hint(check, written(**changes))


def test_where_several_mistakes_fit_it_says_so() -> None:
    """0.80 comes from leaving the state out, and after such a first state from leaving the bias out too."""
    told = hint("second_state", written(h1=[0.35] * 3, h2=[0.801] * 3))
    assert told.startswith("More than one mistake")
    assert "left out" in told
    assert "bias" in told


def test_missing_parts_cost_only_themselves() -> None:
    """What is not there earns nothing, what is there is judged, and the public check names what is missing."""
    answer = written(h1=[None] * 3, h2=[0.85, None, 0.85], loss=None)
    del answer["y2"]
    absent = dict.fromkeys(("has_the_five_parts", "first_state", "second_output", "summed_loss"), 0)
    assert earned(answer) == pytest.approx(POINTS | absent | {"second_state": 0.4})


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ([1, 2], "must be a dict"),
        (None, "must be a dict"),
        (written(h1=[0.46, 0.46]), "h1: expected 3 numbers, got 0.46, 0.46."),
        (written(h1=[0.46, None, 0.46]), "h1: expected 3 numbers, got 0.46, nothing, 0.46."),
        (written(loss=[0.69, 0.69]), "loss: expected 1 number, got 0.69, 0.69."),
        (written(y2=[0.5, "half"]), "y2: expected 2 numbers, got 0.5, nothing."),
    ],
)
def test_the_public_check_says_what_is_amiss(answer: Any, text: str) -> None:
    """Students see at once when a part has too few numbers."""
    assert text in refusal(question, "has_the_five_parts", solution(by_hand=answer)).in_full


def test_hidden_findings_hold_no_expected_value() -> None:
    """Summaries and hints of a wrong answer do not give the right one."""
    answer = written(h1=[0.9] * 3, y1=[0.9] * 2, h2=[0.1] * 3, y2=[0.9] * 2, loss=9.0)
    for check in POINTS:
        failed = refusal(question, check, solution(by_hand=answer))
        for secret in ("0.46", "0.84", "0.85", "1.38", "1.39", "0.5"):
            assert secret not in f"{failed.finding} {failed.hint}"


def test_one_decimal_earns_half_and_is_told_so() -> None:
    """Right numbers with one decimal are too coarse to be sure of, and are not called a mistake."""
    answer = written(h1=[0.5] * 3, h2=[0.8] * 3, loss=1.4)
    assert sum(earned(answer).values()) == pytest.approx(2 - 0.3 - 0.3 - 0.15)
    for check in ("first_state", "second_state", "summed_loss"):
        assert "give two decimals" in hint(check, answer)
    alone = refusal(question, "first_state", solution(by_hand=written(h1=[0.5] * 3)))
    assert "give two decimals" in str(alone.hint)
    assert "tanh is still to be applied" in str(alone.hint)
    assert (alone.keep, alone.misconception) == (0, None)


@pytest.mark.parametrize(
    ("answer", "check", "name"),
    [
        (written(h1=[0.62] * 3, h2=[0.78] * 3), "first_state", "logistic_by_hand"),
        (written(h1=[0.5] * 3, h2=[1.25] * 3), "first_state", "no_activation_by_hand"),
        (written(h2=[0.801] * 3), "second_state", "recurrence_forgotten_by_hand"),
        (written(y1=[0.24] * 2, y2=[0.35] * 2, loss=2.48), "first_output", "no_softmax_by_hand"),
        (written(loss=0.69), "summed_loss", "averaged_loss_by_hand"),
    ],
)
def test_a_mistake_is_counted_by_its_name_and_charged_once(answer: Any, check: str, name: str) -> None:
    """The failing check carries the misconception's name, and the same mistake costs nothing at the next step."""
    assert refusal(question, check, solution(by_hand=answer)).misconception == name
    assert lost(question, solution(by_hand=answer)) == {check}
    assert name in {item.name for item in alternatives("misconceptions", "by_hand")}


@given(st.dictionaries(st.sampled_from([*RIGHT, "h", "Y1", "step 1"]), WILD) | WILD)
@settings(deadline=None)
def test_any_answer_gets_marks_between_nothing_and_all(answer: Any) -> None:
    """Whatever the student assigned to by_hand, every check returns or refuses in a short sentence."""
    student = solution(by_hand=answer)
    for check, points in earned(answer).items():
        assert 0 <= points <= POINTS.get(check, 0)
        if check in lost(question, student) - {"has_the_five_parts"} and points:
            assert len(refusal(question, check, student).in_full) < 400
