"""Answers agree when they hold the same data; whatever the wire can carry, agreement is a yes or a no."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_values import ARRAYS, VALUES

from graders.errors import CallError
from graders.grading.agreement import agree, lengths, pooled, same_sample
from graders.model import Outcome


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1.0, 1, True),
        ([1.0, 2.0], np.array([1.0, 2.0000001]), True),
        ([1.0, 2.0], [1.0, 2.1], False),
        (float("nan"), float("nan"), True),
        ("a", "a", True),
        ("a", 1, False),
        ([1, [2]], [1, [2]], True),
        ({"h": [1.0]}, {"h": [1.0]}, True),
        ({"h": [1.0]}, {"y": [1.0]}, False),
        (None, None, True),
        (CallError(Outcome.ERROR, "a"), CallError(Outcome.ERROR, "b"), False),
        (
            CallError(Outcome.ERROR, "`f` raised ValueError: 2 is not 3 (line 4 of your cell: `a (b)`)"),
            CallError(Outcome.ERROR, "Your code raised ValueError: 2 is not 3"),
            True,
        ),
        (CallError(Outcome.ERROR, "`f` raised KeyError: 2"), CallError(Outcome.ERROR, "`f` raised KeyError: 3"), False),
        (
            CallError(Outcome.ERROR, "`f` raised KeyError: 2"),
            CallError(Outcome.ERROR, "`f` raised IndexError: 2"),
            False,
        ),
        (CallError(Outcome.ERROR, "a"), CallError(Outcome.MISSING, "a"), False),
        (CallError(Outcome.ERROR, "a"), 1.0, False),
    ],
)
def test_agreement_of_plain_values(one: Any, other: Any, same: bool) -> None:
    """Two answers agree when they hold the same data, up to the noise of float32."""
    assert agree(one, other) is same
    assert agree(other, one) is same


def test_samples_are_compared_by_their_frequencies() -> None:
    """Two samples of one die agree; a sample of a loaded die does not."""
    rng = np.random.default_rng(5)
    fair = [rng.integers(0, 6, 2000) for _ in range(2)]
    assert same_sample(*fair)
    assert not same_sample(fair[0], rng.integers(0, 5, 2000))


def test_a_sample_of_words_is_none_of_numbers() -> None:
    """Letters and numbers come from no one distribution; a million different values are compared at once."""
    assert not same_sample(["a"] * 300, [1] * 300)
    assert not same_sample(["abc"] * 100, ["aab"] * 100)
    assert same_sample([[0] * 300, [1]], [[0] * 300, [2]])
    assert not same_sample([[0] * 300, [1]], [[1] * 300, [1]])
    assert same_sample(np.arange(1_000_000), np.arange(1_000_000))


RIGHT = st.sampled_from([0.5, np.ones((2, 3)), [1.0, [2.0]], {"h": np.zeros(2)}, [np.ones(2), np.ones(3)], "a", None])
ANSWERS = VALUES | st.builds(CallError, st.sampled_from(Outcome), st.text())


@settings(max_examples=400, deadline=None)
@given(ANSWERS, ANSWERS | RIGHT)
def test_agreement_is_total_and_symmetric(one: Any, other: Any) -> None:
    """Whatever two answers are, comparing them says yes or no, the same both ways; each agrees with itself."""
    assert agree(one, other) is agree(other, one)
    assert agree(one, one) and agree(other, other)
    assert same_sample(one, other) is same_sample(other, one)


@settings(max_examples=200, deadline=None)
@given(ARRAYS, ARRAYS | RIGHT)
def test_arrays_agree_with_nothing_of_another_shape(one: Any, other: Any) -> None:
    """Complex arrays and such as `==` compares elementwise included; also within lists and dicts."""
    alike = agree(one, other)
    assert not alike or np.shape(one) == np.shape(other)
    assert agree([one], [other]) is agree({"a": one}, {"a": other}) is alike or np.shape(one) == np.shape(other)


def test_small_samples_are_compared_exactly() -> None:
    """Seventy draws from two symbols are none from twenty-seven, nor are twenty of one symbol; three tell nothing."""
    rng = np.random.default_rng(6)
    spread = rng.integers(0, 27, 350).tolist()
    assert not same_sample(rng.integers(0, 2, 70).tolist(), spread)
    assert not same_sample([4] * 20, spread)
    assert same_sample([4] * 3, spread)


def test_small_samples_of_one_distribution_hardly_ever_differ() -> None:
    """Of 2,000 pairs of small samples from one distribution none is distinguished; 0.2 are to be expected."""
    rng = np.random.default_rng(7)
    weights = rng.dirichlet(np.full(27, 0.3))
    for _ in range(2000):
        one, other = (rng.choice(27, size=size, p=weights).tolist() for size in (40, 200))
        assert same_sample(one, other)


def test_what_is_drawn_from_the_reals_is_never_whole() -> None:
    """A state of zeros is no random one; two random ones may be of one kind."""
    rng = np.random.default_rng(8)
    assert not same_sample(np.zeros(5), rng.normal(size=5))
    assert same_sample(rng.normal(size=5), rng.normal(size=5))


def test_answers_of_several_runs_are_pooled_place_by_place() -> None:
    """Lists of numbers or texts are joined, wherever they stand; other values are those of the first run."""
    assert pooled([[[1, 2], [3]], [[4], [5, 6]]]) == [[1, 2, 4], [3, 5, 6]]
    assert pooled([{"a": ["x"]}, {"a": ["y", "z"]}]) == {"a": ["x", "y", "z"]}
    assert pooled([1.5, 2.5]) == 1.5
    assert pooled([[1], ["x"]]) == [1]
    error = CallError(Outcome.ERROR, "a")
    assert pooled([error, [1]]) is error


@given(VALUES, VALUES)
@settings(deadline=None, max_examples=50)
def test_anything_can_be_pooled(one: Any, other: Any) -> None:
    """Whatever came back, pooling and comparing end."""
    assert same_sample(pooled([one, other]), pooled([other, one])) in (True, False)


def test_what_ends_by_chance_is_compared_as_far_as_it_goes() -> None:
    """Two dialogues of different lengths agree where both go on, if their lengths are random."""
    long, short = ({"asked": [["step", [0.5]], ["step", [0.25]]][:n]} for n in (2, 1))
    assert lengths(long) == {"asked": 2}
    assert not same_sample(long, short)
    assert same_sample(long, short, of_any_length=True)
