"""Mutants are small changes of a module's source, each on its own."""

import ast
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graders.authors.mutation import mutants

SOURCE = '''"""Module 1."""

SIZE: int = 3


def area(a: int, b: int = 2) -> int:
    """The area, in 1 unit."""
    print(a)
    if a < b:
        return abs(a) * b
    return a - SIZE
'''


def test_each_kind_of_change_is_made() -> None:
    """Operators, comparisons, constants, calls and statements are changed, one at a time."""
    changes = {mutant.change for mutant in mutants(SOURCE)}
    assert {"abs(a) * b -> abs(a) / b", "a - SIZE -> a + SIZE", "a < b -> a >= b", "abs(a) -> a"} <= changes
    assert {"3 -> 4", "2 -> 3", "print(a) -> pass"} <= changes


def test_parameters_are_ignored_one_at_a_time() -> None:
    """Whatever is given for a parameter with a default, the body sees the default; others are as they were."""
    source = 'def f(a, b=2, *, c, d=3):\n    """F."""\n    return [a, b, c, d]\n'
    found = {mutant.change: mutant.source for mutant in mutants(source) if "ignores" in mutant.change}
    assert list(found) == ["f ignores b, and uses 2", "f ignores d, and uses 3"]
    for changed, expected in zip(found.values(), ([5, 2, 7, 8], [5, 6, 7, 3]), strict=True):
        names: dict[str, Any] = {}
        exec(changed, names)
        assert names["f"](5, 6, c=7, d=8) == expected


def test_words_are_left_alone() -> None:
    """Docstrings and annotations do nothing, so a change there would survive for no fault of the checks."""
    assert all("Module" not in m.change and "int" not in m.change.split(" -> ")[0].split("(") for m in mutants(SOURCE))


def test_mutants_differ_from_the_source_and_from_one_another() -> None:
    """No mutant is the original, and no two are the same."""
    sources = [mutant.source for mutant in mutants(SOURCE)]
    assert ast.unparse(ast.parse(SOURCE)) not in sources
    assert len(set(sources)) == len(sources)


@given(st.sampled_from(["a + b", "a - -b", "f(x)[0] ** 2", "not (a < b)", "[i * 2 for i in range(3)]", "x.y().z(1)"]))
def test_every_mutant_compiles(expression: str) -> None:
    """A mutant is a program, whatever was changed."""
    for mutant in mutants(f"value = lambda a, b, f, x: {expression}\n"):
        compile(mutant.source, "mutant", "exec")
