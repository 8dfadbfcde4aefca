"""Solutions in this process answer calls with plain data, as the sandbox does."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from graders.authoring.alternative import misconception
from graders.authoring.solution import ModuleSolution
from graders.errors import CallError
from graders.model import Outcome
from graders.plain_data import Handle


class Counter:
    """An object with a method."""

    def __init__(self) -> None:
        self.total = 0

    def add(self, number: int) -> int:
        """Count on."""
        self.total += number
        return self.total


def double(x):
    """Twice a number."""
    return 2 * x


def spoil(x):
    """Writes into its argument."""
    x[0] = 99
    return x


def unwritten():
    """A stub."""
    raise NotImplementedError


def broken():
    """Raises."""
    raise ValueError("wrong shape")


NAMESPACE = {
    "Counter": Counter,
    "double": double,
    "spoil": spoil,
    "unwritten": unwritten,
    "broken": broken,
    "answer": 6,
}


def test_results_are_plain_data() -> None:
    """Tensors come back as arrays, tuples as lists, fractions as floats."""
    solution = ModuleSolution(NAMESPACE)
    np.testing.assert_array_equal(solution.call("double", torch.ones(2, requires_grad=True)), [2.0, 2.0])
    assert solution.call("double", (1, Fraction(1, 2))) == [1, 0.5, 1, 0.5]
    assert solution.value("answer") == 6


def test_objects_stay_behind_handles() -> None:
    """A model is known outside by a handle, which later calls take."""
    solution = ModuleSolution(NAMESPACE)
    counter = solution.call("Counter")
    assert isinstance(counter, Handle)
    solution.method(counter, "add", 2)
    assert solution.method(counter, "add", 3) == 5


def test_a_callee_cannot_spoil_our_inputs() -> None:
    """Arrays are copied on the way in, as they are on the way into a sandbox."""
    given = np.zeros(2)
    np.testing.assert_array_equal(ModuleSolution(NAMESPACE).call("spoil", given), [99, 0])
    np.testing.assert_array_equal(given, [0, 0])


@pytest.mark.parametrize(
    ("name", "outcome"), [("unwritten", Outcome.MISSING), ("broken", Outcome.ERROR), ("absent", Outcome.MISSING)]
)
def test_what_does_not_return_says_why(name: str, outcome: Outcome) -> None:
    """An unwritten answer, an exception and an unknown name are distinguished."""
    with pytest.raises(CallError) as caught:
        ModuleSolution(NAMESPACE).call(name)
    assert caught.value.outcome is outcome


def test_a_misconception_takes_the_place_of_a_function() -> None:
    """The named function is replaced, everything else stays."""

    @misconception("q", replaces="double")
    def triples(x):
        """You multiply by
        three."""
        return 3 * x

    solution = ModuleSolution(triples.applied_to(NAMESPACE))
    assert solution.call("double", 2) == 6
    assert solution.value("answer") == 6
    assert triples.explanation == "You multiply by three."


def test_a_misconception_takes_the_place_of_a_method() -> None:
    """`Class.method` replaces one method in a subclass of the same name."""

    @misconception("q", replaces="Counter.add")
    def forgets(self, number):
        """You forget the total."""
        return number

    solution = ModuleSolution(forgets.applied_to(NAMESPACE))
    counter = solution.call("Counter")
    solution.method(counter, "add", 2)
    assert solution.method(counter, "add", 3) == 3
    assert counter.type == "Counter"


def test_a_misconception_takes_the_place_of_a_value() -> None:
    """A name that holds a value is replaced by what the function returns."""

    @misconception("q", replaces="answer")
    def seven():
        """You count one too many."""
        return 7

    assert ModuleSolution(seven.applied_to(NAMESPACE)).value("answer") == 7
