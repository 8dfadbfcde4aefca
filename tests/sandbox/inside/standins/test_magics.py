"""Lines that are for IPython become Python, and all others stay as they are; looked for only where there can be any."""

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from graders.sandbox.inside.standins.magics import FOR_IPYTHON, Transformers

CELLS = {
    "plain Python": ("x = 1\n\ndef f(a, *, b=2):\n    if a != b:\n        return [a] * b\n", False),
    "a decorator, a matrix product and a long line": ("@wraps(f)\ndef g(a):\n    return (a\n            @ a)\n", False),
    "a slice in a line of its own": ("x[\n    1\n    :2\n]\n", False),
    "a comma first": ("f = [1\n  , 2\n  ; 3]\n", True),
    "a remainder": ("a = 5 % 3\nb = 'x %d' % a\n", True),
    "a remainder first": ("a = (5\n% 3)\n", True),
    "a magic": ("%matplotlib inline\nx = 1\n", True),
    "an assigned magic": ("x = %time f()\n", True),
    "a command": ("if x:\n    !pip install torch\n", True),
    "an assigned command": ("files = !ls\n", True),
    "help": ("print?\n", True),
    "more help": ("x.y??\n", True),
    "quotes": (",f a b\n", True),
    "brackets": ("  /f 1\n", True),
    "all quoted": (";f a b\n", True),
    "signs in a text": ('"""\n%time\n!ls\n, f\n"""\nx = "a?"\n', True),
    "a prompt": (">>> x = 1\n>>> y = 2\n", False),
    "an indented cell": ("    x = 1\n    y = 2\n", False),
    "a cell magic": ("%%time\nx = 1\n", True),
}


@pytest.mark.parametrize("name", CELLS)
def test_cells_become_what_ipython_makes_of_them(name: str) -> None:
    """Whether they are looked at token by token or not."""
    cell, for_ipython = CELLS[name]
    assert Transformers().transform_cell(cell) == TransformerManager().transform_cell(cell)
    assert bool(FOR_IPYTHON.search(cell)) is for_ipython
