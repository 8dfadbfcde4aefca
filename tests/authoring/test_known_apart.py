"""What is known of errors stays apart from the student's text, from libraries, and from other errors."""

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graders.authoring.known import arrays, language, meaning
from graders.authoring.known.messages import ALL
from graders.authoring.question import Question
from graders.authoring.solution import ModuleSolution
from graders.errors import CallError
from graders.grading.checking import run_check
from graders.grading.verdicts import blank
from graders.model import Outcome
from graders.sandbox.host.faults import CellLine, Explainer, Fault


@pytest.mark.parametrize("text", ["", "wrong shape", "Expected 3, got 4.", "a" * 100_000, "must be positive"])
def test_what_is_not_known_is_not_explained(text: str) -> None:
    """A student's own message says what it says; nothing is guessed about it."""
    assert meaning("ValueError", text) is None


def test_sentences_hold_no_numbers_of_their_own() -> None:
    """A meaning speaks of kinds: the only numbers in it are 0, 1 and those in names of types."""
    for known in ALL:
        words = known.meaning.replace("float32", "").replace("float64", "")
        assert not {letter for letter in words if letter.isdigit()} - {"0", "1"}, known.meaning


@pytest.mark.parametrize(
    ("type", "text"),
    [
        ("ValueError", "operands could not be broadcast together with shapes (31337,) (4242,)"),
        ("IndexError", "index 31337 is out of bounds for axis 0 with size 4242"),
        ("KeyError", "31337"),
        ("TypeError", "f31337() takes 4242 positional arguments but 31337 were given"),
        ("AttributeError", "'x31337' object has no attribute 'y4242'"),
        ("NameError", "name 'x31337' is not defined"),
        ("AssertionError", "31337"),
    ],
)
def test_no_word_of_a_message_gets_into_a_hidden_verdict(type: str, text: str) -> None:
    """A hidden check tells type, line and meaning, whatever a student's code puts into the text of an exception."""
    question = Question("area", title="Area", points=1)
    fault = Fault("raised", type, text, (CellLine(0, 1, "area"),))

    @question.check(points=1)
    def area_is_right(student: Any, reference: Any, rng: Any) -> None:
        """The area is right."""
        raise Explainer({0: "return a * b"}, {}).call_error("`area`", fault)

    nobody = ModuleSolution({})
    verdict = run_check(question.checks[0], question, nobody, nobody, 0, {})
    assert verdict.outcome is Outcome.ERROR and verdict.hint == meaning(type, text)
    assert not any(secret in f"{verdict.message} {verdict.hint}" for secret in ("31337", "4242"))
    assert "31337" in str(verdict.detail)


def test_solutions_in_this_process_explain_too() -> None:
    """The self-check says of an exception what the official run says of it."""
    with pytest.raises(CallError) as caught:
        ModuleSolution({"area": lambda a, b: a @ b}).call("area", np.ones((2, 3)), np.ones((2, 3)))
    assert caught.value.hint == arrays.PRODUCT


def test_the_tables_need_no_library() -> None:
    """The tables are read wherever a verdict is made, and import nothing heavy."""
    for path in Path(str(language.__file__)).parent.glob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        names = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        assert all(name.startswith(("graders.authoring.known", "__future__", "dataclasses")) for name in names), (
            path.name
        )


def test_an_unknown_error_gives_a_blank_hint() -> None:
    """Where nothing is known, nothing is said."""
    question = Question("area", title="Area", points=1)

    @question.check(points=1)
    def area_is_right(student: Any, reference: Any, rng: Any) -> None:
        """The area is right."""
        raise CallError(Outcome.ERROR, "It raised CustomError: 3", "It raised CustomError.")

    nobody = ModuleSolution({})
    verdict = run_check(question.checks[0], question, nobody, nobody, 0, {})
    assert verdict.hint is None and blank(question.checks[0]).hint is None


def test_a_gpu_that_is_not_there() -> None:
    """What is said of `.cuda()` names what to write in its place."""
    said = str(meaning("AssertionError", "Torch not compiled with CUDA enabled"))
    assert "`.to(device)`" in said and "`DEVICE`" in said
