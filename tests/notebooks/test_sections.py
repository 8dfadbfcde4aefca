"""Where the section of a question ends, and whether what is executed later can make a difference to its answer."""

import pytest

from graders.notebooks.notebook import Cell, ExecCell, Notebook, executable
from graders.notebooks.sections import section_ends

GIVEN = "import math\nimport torch.nn.functional as F"
AREA = "def area(a, b):\n    return multiply(a, b)\n\n\ndef multiply(a, b):\n    return a * b"


def notebook(*later: str, area: str = AREA) -> Notebook:
    """A provided cell, the answers to `area`, `edge` and `text`, and more cells after that to `edge`."""
    cells = [
        Cell("code", GIVEN, grade_id="given", locked=True),
        Cell("code", area, grade_id="area", questions=("area",)),
        Cell("code", "def edge(a, b):\n    return 2 * (a + b)", grade_id="edge", questions=("edge",)),
        *(Cell("code", source) for source in later),
        Cell("markdown", "Because.", grade_id="text", questions=("text",)),
    ]
    return Notebook(tuple(cells))


def end_of(question: str, *later: str, area: str = AREA) -> int | None:
    """After how many cells a question's section ends; None where that makes no difference."""
    found = notebook(*later, area=area)
    cells = executable(found, {})
    end = section_ends(found, notebook(), cells)[question]
    return None if end == len(cells) else end


def test_a_section_ends_before_the_next_answer() -> None:
    """The answer to another question ends it, in code or in words; more cells of one's own do not."""
    cells = [ExecCell(0, None, GIVEN), ExecCell(1, "area", AREA), ExecCell(2, "edge", "x()"), ExecCell(3, None, "y()")]
    assert section_ends(notebook("y()"), notebook(), cells) == {"area": 2, "edge": 4, "text": 4}
    assert end_of("area", "area = 3") == 2
    assert end_of("edge", "other = 3") is None  # which belongs to the section of `edge`


@pytest.mark.parametrize(
    "later", ["edge = 3", "edge, area = names[:9], names[9:]", "for edge in names:\n    edge", "del edge"]
)
def test_a_section_ends_before_the_answer_s_name_is_given_away(later: str) -> None:
    """What was right when it was written is judged before `train, test = ...` makes a list of it."""
    assert end_of("edge", "y()", later, "z()") == 4


@pytest.mark.parametrize(
    "later",
    ["def edge(a, b):\n    return 0", "edge = better_edge", "edge = timed(edge)", "edge = lambda a, b: 2 * (a + b)"],
)
def test_a_second_attempt_belongs_to_the_section(later: str) -> None:
    """A definition, another function's name and a wrapper mend an answer, and count in its section."""
    assert end_of("edge", "y()", later, "edge(1, 2)") is None


def test_an_answer_in_several_cells_ends_with_the_last() -> None:
    """What stands between them belongs to it."""
    found = notebook("y()")
    extra = Cell("code", "def more(): pass", questions=("area",))
    found = Notebook((*found.cells[:2], Cell("code", "z()"), extra, *found.cells[2:]))
    assert section_ends(found, notebook(), executable(found, {}))["area"] == 4


@pytest.mark.parametrize(
    "later",
    [
        "def volume(a, b, c: int = 3, *, d: float | None = None) -> float:\n    return area(a, b) * c",
        "class Box(F.Base):\n    sides = 6\n\n    def lid(self):\n        return area(1, 2)",
        "import math\nimport json as reader\nfrom collections import Counter",
        '"""Only words."""\nTIMES: int = 3\nnames = ["a", -1, {"b": (2.0, None)}]\nshort = lambda x: x',
    ],
)
def test_new_names_make_no_difference(later: str) -> None:
    """Where later cells only define what no earlier code has heard of, the final state does as well."""
    assert end_of("area", later) is None


@pytest.mark.parametrize(
    "later",
    [
        "def multiply(a, b):\n    return a + b",
        "area = 3",
        "def helper():\n    pass\n\n\nmultiply, other = 1, 2",
        "for multiply in range(3):\n    pass",
        "print(area(1, 2))",
        "x = [].append(1)",
        "import json as math",
        "from math import *",
        "%matplotlib inline",
        "def volume(a, b=print()):\n    pass",
        "@print\ndef volume(a, b):\n    pass",
        "class Box(metaclass=Odd):\n    pass",
        "class Box:\n    print()",
        "short = lambda x=print(): x",
        "math.pi = 3",
        "del area",
        "if True:\n    pass",
        "x = a * b",
        "def broken(:",
        "x = " + "-" * 5000 + "1",
    ],
)
def test_everything_else_may(later: str) -> None:
    """What binds a known name, runs anything, or cannot be read is enough to judge the answer where it stands."""
    assert end_of("area", later) == 2


def test_an_import_said_again_makes_no_difference_unless_its_name_was_something_else() -> None:
    """`import math` gives the same module again, which is news where the answer had given the name to another thing."""
    assert end_of("area", GIVEN) is None
    assert end_of("area", "import math", area="math = 3\n" + AREA) == 2


def test_names_that_the_release_defines_later_are_not_asked_for_before() -> None:
    """The answer to a later question makes no difference to an earlier one, as long as it shares no name with it."""
    assert end_of("area") is None
    assert end_of("area", area=AREA + "\n\nedge = 4") == 2
