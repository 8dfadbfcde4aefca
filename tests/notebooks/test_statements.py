"""Statements are compared by what they say, and read without recursion."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.notebooks.statements import bound, called, filled_names, key, parsed, statements, used, words_in_code


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a = 1", "a=1  # one", True),
        ("f(a,\n  b)", "f(a, b,)", True),
        ("x = 'a'", 'x = "a"', True),
        ("x = 1", "x = 1.0", False),
        ("x = 1", "x = True", False),
        ("f(a)(b)", "f(a, b)", False),
        ("[[a], b]", "[[a, b]]", False),
        ("if a:\n  b\nc", "if a:\n  b\n  c", False),
    ],
)
def test_layout_makes_no_difference_and_everything_else_does(one: str, other: str, same: bool) -> None:
    """Comments, quotes and line breaks against values, grouping and nesting."""
    assert (key(ast.parse(one)) == key(ast.parse(other))) is same


def test_statements_keep_their_comments_and_decorators() -> None:
    """Put together again they are the code, without what IPython alone reads."""
    found = (
        statements("import a.b\n\n# why\n@deco\ndef f(x):\n    return x\n%matplotlib inline\nx, (y, *z) = 1, 2") or []
    )
    assert [s.text for s in found] == [
        "import a.b",
        "# why\n@deco\ndef f(x):\n    return x",
        "%matplotlib inline",
        "x, (y, *z) = 1, 2",
    ]
    assert [sorted(s.binds) for s in found] == [["a"], ["f"], [], ["x", "y", "z"]]
    assert [s.defines for s in found] == [True, True, False, False]


def test_names_are_read_where_they_belong() -> None:
    """What a function binds is its own; what it reads of the module is the module's."""
    tree = ast.parse("def f(a):\n    b = 1\n    return a + b + C\nfor i in range(3):\n    j = [k for k in g(i)]")
    assert bound(tree) == {"f", "i", "j"}
    assert {"C", "range", "g"} <= used([tree]) and not {"a", "b"} & used([tree])
    assert called(tree) == {"range"} | called(ast.parse("g(1)")) - {"g"}


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("# a\n#\n# b", "a\n\nb"),
        ('"""a"""\n# b', "a\nb"),
        ("print('a')\nprint('b', 'c')", "a\nb\nc"),
        ("print(x)", None),
        ("x = 'a'", None),
        ("not python at all", None),
        ("", None),
    ],
)
def test_a_cell_of_words_says_them(source: str, says: str | None) -> None:
    """Comments, strings and prints of strings; nothing else."""
    assert words_in_code(source) == says


@pytest.mark.parametrize(
    "source",
    [
        "x['a'] = 1",
        "x.a = 1",
        "x |= y",
        "x.update(y)",
        "for i in y:\n    x[i] = i",
        "x['a'], x['b'] = 1, 2",
        "x['a'] += 1",
    ],
)
def test_what_code_fills_is_found(source: str) -> None:
    """By key, by attribute, with another one; not what it only reads, defines or fills within a function."""
    assert filled_names(source) == {"x"}
    assert filled_names(f"def f():\n    {source.splitlines()[-1].strip()}\n\nx = 1\nprint(x['a'])") == frozenset()


@given(st.text())
def test_any_text_is_read_or_is_no_python(source: str) -> None:
    """Nothing but a tree or None comes back."""
    assert parsed(source) is None or statements(source) is not None
