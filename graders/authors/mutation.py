"""Small changes to the reference's source, each of which the checks ought to notice (mutation analysis).

The operators follow DeMillo, Lipton and Sayward, "Hints on test data selection" (1978), in the usual modern choice:
arithmetic and comparison operators exchanged, constants moved, calls and statements dropped, conditions negated. One
more is of students' own making: a parameter that is ignored, with its default in its place.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

SWAPS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
# Changes of form only: whether an answer is a list or an array, a float or a 0-d tensor, is the student's choice.
CONVERSIONS = frozenset({"array", "asarray", "bool", "detach", "flatten", "float", "int", "list", "tuple"})


@dataclass(frozen=True)
class Mutant:
    """One changed version of a module.

    Attributes:
        line: where the change is, counted from 1.
        change: what was changed, for a person: `a + b -> a - b`.
        source: the whole changed module.
    """

    line: int
    change: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines; docstrings, annotations and imports are left alone."""
    tree = ast.parse(source)
    annotations = _annotations(tree)
    found = []
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in annotations:
            continue
        for changed in _changes(node):
            copied = copy.deepcopy(tree)
            target = list(ast.walk(copied))[place]
            new = _Replacement(target, changed).visit(copied)
            text = f"{ast.unparse(node)} -> {ast.unparse(changed)}"
            found.append(Mutant(getattr(node, "lineno", 0), text, ast.unparse(ast.fix_missing_locations(new))))
    return sorted([*found, *_ignoring_parameters(tree)], key=lambda mutant: mutant.line)


def _ignoring_parameters(tree: ast.Module) -> Iterator[Mutant]:
    """For each parameter with a default, the module in which its function uses the default whatever it is given."""
    for place, node in enumerate(ast.walk(tree)):
        if not isinstance(node, ast.FunctionDef):
            continue
        for name, default in _defaults(node.args):
            copied = copy.deepcopy(tree)
            function = list(ast.walk(copied))[place]
            assert isinstance(function, ast.FunctionDef)
            ignored = ast.Assign([ast.Name(name, ast.Store())], copy.deepcopy(default))
            function.body.insert(1 if ast.get_docstring(function) else 0, ignored)
            text = f"{node.name} ignores {name}, and uses {ast.unparse(default)}"
            yield Mutant(node.lineno, text, ast.unparse(ast.fix_missing_locations(copied)))


def _defaults(arguments: ast.arguments) -> list[tuple[str, ast.expr]]:
    """The parameters that have a default, with it."""
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)][::-1]
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [(argument.arg, default) for argument, default in [*pairs, *keywords] if default is not None]


class _Replacement(ast.NodeTransformer):
    def __init__(self, target: ast.AST, changed: ast.AST) -> None:
        self._target, self._changed = target, changed

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._target:
            return self._changed
        visited: ast.AST = self.generic_visit(node)
        return visited


def _annotations(tree: ast.Module) -> set[int]:
    """Ids of the nodes that stand in type annotations."""
    roots = [getattr(node, field, None) for node in ast.walk(tree) for field in ("annotation", "returns")]
    return {id(inner) for root in roots if isinstance(root, ast.AST) for inner in ast.walk(root)}


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """The mutations of one node, as nodes to put in its place."""
    match node:
        case ast.Call(ast.Name(name) | ast.Attribute(_, name)) if name in CONVERSIONS:
            return
        case ast.BinOp(left, op, right):
            if type(op) in SWAPS and not (isinstance(right, ast.Constant) and right.value == 0):
                yield ast.BinOp(copy.deepcopy(left), SWAPS[type(op)](), copy.deepcopy(right))
        case ast.Compare(left, [op], [right]):
            if type(op) in COMPARISONS:
                yield ast.Compare(copy.deepcopy(left), [COMPARISONS[type(op)]()], [copy.deepcopy(right)])
        case ast.UnaryOp(ast.USub(), operand):
            yield copy.deepcopy(operand)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Call(ast.Attribute(owner, _), [], []):
            yield copy.deepcopy(owner)
        case ast.Call(_, [only], _) if not isinstance(only, ast.Starred | ast.GeneratorExp):
            yield copy.deepcopy(only)
        case ast.Expr(ast.Call()) | ast.AugAssign():
            yield ast.Pass()
        case _:
            return
