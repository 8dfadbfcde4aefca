"""Python source as statements: what each one binds, what it uses, and whether two of them say the same.

Nothing here recurses, so that no student's nesting can exhaust the stack; everything takes time in proportion to the
source.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DEFINITION = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
MAGIC = re.compile(r"^(\s*)(?:[%!]|[\w.]+\?{1,2}\s*$|\?+\w).*$")
CELL_MAGIC = re.compile(r"\A\s*%%(\w+)")
RUNS_PYTHON = ("time", "timeit", "capture", "prun", "python", "python3", "py")  # cell magics around Python
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
OWN_NAMES = (*SCOPES, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
MOST_STATEMENTS = 3_000
UNSAID = ("ctx", "type_comment", "kind", "type_ignores")  # fields that say nothing about what code does

Key = tuple[object, ...]


@dataclass(frozen=True)
class Statement:
    """One statement at the top level of a cell.

    Attributes:
        text: its source, with the comments right above it.
        node: its syntax tree.
        key: equal for two statements that say the same, whatever their layout and comments.
        binds: the names that it gives a value to, of those outside functions.
    """

    text: str
    node: ast.stmt
    key: Key
    binds: frozenset[str]

    @property
    def defines(self) -> bool:
        """Whether it is an import, a function or a class."""
        return isinstance(
            self.node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        )


@functools.lru_cache(maxsize=256)
def parsed(source: str) -> ast.Module | None:
    """The syntax tree, with lines for IPython left out; None where it is no Python. It is not to be changed."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    found = CELL_MAGIC.match(source)
    if found and found[1] not in RUNS_PYTHON:
        return None
    try:
        return ast.parse("\n".join(MAGIC.sub(r"\1pass", line) for line in source.split("\n")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@functools.lru_cache(maxsize=256)
def said(source: str) -> Key | None:
    """What code says, whatever its layout: see `key`; empty where there is nothing but comments."""
    tree = parsed(source)
    return None if tree is None else key(tree) if tree.body else ()


def statements(source: str) -> list[Statement] | None:
    """The statements of a cell in their order; None where it is no Python, or has more than anybody writes."""
    tree = parsed(source)
    if tree is None or len(tree.body) > MOST_STATEMENTS:
        return None
    lines = source.split("\n")
    found = []
    end = 0
    for node in tree.body:
        first = min((d.lineno for d in getattr(node, "decorator_list", ())), default=node.lineno) - 1
        last = node.end_lineno or node.lineno
        start = max(end, first)
        while start > end and lines[start - 1].startswith("#"):
            start -= 1
        text = "\n".join(lines[start:last])
        found.append(Statement(text, node, key(node), bound(node)))
        end = last
    return found


def key(tree: ast.AST) -> Key:
    """What a tree says, as a flat tuple: two trees have the same one exactly when they differ in layout alone."""
    parts: list[object] = []
    stack: list[object] = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.AST):
            fields = [value for name, value in ast.iter_fields(item) if name not in UNSAID]
            parts += (type(item).__name__, len(fields))
            stack += reversed(fields)
        elif isinstance(item, list):
            parts.append(("list", len(item)))
            stack += reversed(item)
        else:
            parts.append((type(item).__name__, item))
    return tuple(parts)


def bound(tree: ast.AST) -> frozenset[str]:
    """The names that code gives a value to at its own level: not those within functions, classes and comprehensions."""
    names: set[str] = set()
    for node in _own_level(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names} - {"*"}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
    return frozenset(names)


def _own_level(tree: ast.AST) -> Iterator[ast.AST]:
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, OWN_NAMES):
            stack += ast.iter_child_nodes(node)


def used(trees: Iterable[ast.AST]) -> frozenset[str]:
    """The names that code reads, but for those that the function around them binds itself."""
    names: set[str] = set()
    stack: list[tuple[ast.AST, frozenset[str]]] = [(tree, frozenset()) for tree in trees]
    while stack:
        node, local = stack.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in local:
            names.add(node.id)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            local = local | _locals(node)
        stack += [(child, local) for child in ast.iter_child_nodes(node)]
    return frozenset(names)


def _locals(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> frozenset[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    names = frozenset(argument.arg for argument in every if argument)
    body = function.body if isinstance(function.body, list) else []
    return names.union(*(bound(node) for node in body))


def called(tree: ast.AST) -> frozenset[str]:
    """The plain names that code calls outside functions of its own."""
    calls = (node.func for node in _own_level(tree) if isinstance(node, ast.Call))
    return frozenset(function.id for function in calls if isinstance(function, ast.Name))


def defined_names(source: str) -> frozenset[str]:
    """The functions, classes and variables that a cell binds at its top level; read roughly where it is no Python."""
    tree = parsed(source)
    if tree is None:
        return frozenset(name for pair in DEFINITION.findall(source) for name in pair if name)
    plain = [n for n in tree.body if isinstance(n, (*SCOPES, ast.Assign, ast.AnnAssign))]
    return frozenset().union(*(bound(node) for node in plain))


def filled_names(source: str) -> frozenset[str]:
    """The names into which code puts something, outside of functions: `x["a"] = 1`, `x.a = 1`, `x.update(y)`."""
    tree = parsed(source)
    found: set[str] = set()
    for node in _own_level(tree) if tree else ():
        match node:
            case ast.Subscript(ast.Name(name), _, ast.Store()) | ast.Attribute(ast.Name(name), _, ast.Store()):
                found.add(name)
            case ast.AugAssign(ast.Name(name)) | ast.Call(ast.Attribute(ast.Name(name), "update" | "setdefault")):
                found.add(name)
    return frozenset(found)


def words_in_code(source: str) -> str | None:
    """The text of a cell that holds comments, strings and prints of strings alone; None where it does more."""
    tree = parsed(source)
    if tree is None:
        return None
    parts: list[tuple[int, str]] = []
    lines = source.split("\n")
    covered: set[int] = set()
    for node in tree.body:
        text = _said(node)
        if text is None:
            return None
        parts.append((node.lineno, text))
        covered.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    parts += [
        (number, re.sub(r"^\s*#+ ?", "", line))
        for number, line in enumerate(lines, 1)
        if number not in covered and line.strip().startswith("#")
    ]
    return "\n".join(text for _, text in sorted(parts)).strip() or None


def _said(node: ast.stmt) -> str | None:
    """What a statement says, where it is a string or prints strings."""
    if not isinstance(node, ast.Expr):
        return None
    values = [node.value]
    if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name) and node.value.func.id == "print":
        values = list(node.value.args)
    said = [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]
    return "\n".join(said).strip() if said and len(said) == len(values) else None
