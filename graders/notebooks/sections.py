"""Where the section of each question ends, which is where its answer is judged, so that no later cell takes its marks.

A section ends just before the next cell that answers another question, or that gives the name of a function or a class
of the answer to something else, as `train, test = ...` does. Where nothing that is executed later can make a
difference to an answer, its section may as well end with the notebook, which is cheaper.
"""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from graders.notebooks.notebook import ExecCell, Notebook

IDENTIFIER = re.compile(r"[^\W\d]\w*")
REMEMBERED = 512  # cells whose reading is kept: provided ones are the same for a whole class


def section_ends(submitted: Notebook, release: Notebook, cells: Sequence[ExecCell]) -> dict[str, int]:
    """Question -> how many of the executed cells belong to its section and to what comes before.

    Args:
        submitted: the notebook, with provided cells put back.
        release: the notebook as it was handed out.
        cells: what is executed of the submitted one.
    """
    provided = frozenset(cell.source for cell in release.cells if cell.locked)
    found: dict[str, int] = {}
    for question in dict.fromkeys(question for cell in submitted.cells for question in cell.questions):
        end = _end(question, submitted)
        stop = sum(cell.index < end for cell in cells)
        before = [cell.source for cell in cells[:stop]] + _texts(release, _end(question, release))
        later = cells[stop:]
        found[question] = len(cells) if _cannot_matter(before, later, provided) else stop
    return found


def _end(question: str, notebook: Notebook) -> int:
    """The index of the first cell after a question's section."""
    last = max((i for i, cell in enumerate(notebook.cells) if question in cell.questions), default=-1)
    own = {name for cell in notebook.cells if question in cell.questions for name in _defined(cell.source)}
    for i, cell in enumerate(notebook.cells[last + 1 :], start=last + 1):
        if cell.questions not in ((), (question,)) or (cell.kind == "code" and not own.isdisjoint(_given(cell.source))):
            return i
    return len(notebook.cells)


def _defined(source: str) -> list[str]:
    """The functions and classes that a cell defines at its top level."""
    tree = _parsed(source)
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [node.name for node in tree.body if isinstance(node, kinds)] if tree else []


@functools.lru_cache(REMEMBERED)
def _given(source: str) -> frozenset[str]:
    """The names to which a cell gives something that need be no function: no definition, other name or wrapper."""
    tree = _parsed(source)
    left = [node for node in (tree.body if tree else ()) if not _mends(node)]
    inner = (part for node in left for part in ast.walk(node) if isinstance(part, ast.Name))
    return frozenset(name.id for name in inner if isinstance(name.ctx, ast.Store | ast.Del))


def _mends(node: ast.stmt) -> bool:
    """Whether a statement defines a name, as a function does, or gives it what another name or a wrapper is."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case ast.Assign([ast.Name(name)], value):
            within = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
            return (isinstance(value, ast.Call) and name in within) or isinstance(
                value, ast.Name | ast.Attribute | ast.Lambda
            )
        case _:
            return False


def _texts(notebook: Notebook, end: int) -> list[str]:
    """The code up to a place: a question's checks ask for no name that the release defines only after its section."""
    return [cell.source for cell in notebook.cells[:end] if cell.kind == "code"]


def _cannot_matter(before: Sequence[str], later: Sequence[ExecCell], provided: frozenset[str]) -> bool:
    """Whether it is certain that later cells do nothing but define names of which no earlier code has heard.

    Provided cells are ours: of them nothing counts but the names that they define.
    """
    try:
        return _only_new_names(before, later, provided)
    except RecursionError:  # an expression nested so deep that nothing is certain
        return False


def _only_new_names(before: Sequence[str], later: Sequence[ExecCell], provided: frozenset[str]) -> bool:
    trees = [(_parsed(cell.source), cell.source in provided) for cell in later]
    statements = [(node, ours) for tree, ours in trees if tree is not None for node in tree.body]
    if None in (tree for tree, _ in trees) or not all(ours or _inert(node) for node, ours in statements):
        return False
    imported = _only_imported(before)
    bound = {name for node, _ in statements for name in _bound(node, imported)}
    return all(bound.isdisjoint(_mentioned(source)) for source in before)


@functools.lru_cache(REMEMBERED)
def _mentioned(source: str) -> frozenset[str]:
    return frozenset(IDENTIFIER.findall(source))


@functools.lru_cache(REMEMBERED)
def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # magics and shell commands, too
        return None


def _inert(node: ast.stmt) -> bool:
    """Whether a statement does nothing but bind names."""
    match node:
        case ast.Pass() | ast.Expr(ast.Constant()):
            return True
        case ast.Import():
            return True
        case ast.ImportFrom(_, names, level):
            return level == 0 and all(alias.name != "*" for alias in names)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return not node.decorator_list and all(map(_plain, _evaluated(node)))
        case ast.ClassDef():
            return not (node.decorator_list or node.keywords) and all(
                [*map(_plain, node.bases), *map(_inert, node.body)]
            )
        case ast.Assign(targets, value):
            return all(isinstance(target, ast.Name) for target in targets) and _plain(value)
        case ast.AnnAssign(ast.Name(), annotation, value):
            return _plain(annotation) and (value is None or _plain(value))
        case _:
            return False


def _evaluated(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    """The expressions that a definition evaluates at once: defaults and annotations."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    notes = [argument.annotation for argument in every if argument is not None] + [node.returns]
    return [each for each in (*arguments.defaults, *arguments.kw_defaults, *notes) if each is not None]


def _plain(node: ast.expr) -> bool:
    """Whether an expression only looks things up, or writes them down."""
    match node:
        case ast.Constant() | ast.Name():
            return True
        case ast.Lambda(arguments):
            return not (arguments.defaults or arguments.kw_defaults)
        case ast.Attribute(value) | ast.UnaryOp(_, ast.Constant() as value):
            return _plain(value)
        case ast.Subscript(value, part):
            return _plain(value) and _plain(part)
        case ast.BinOp(left, ast.BitOr(), right):  # of types, in annotations
            return _plain(left) and _plain(right)
        case ast.BinOp(left, _, right):
            return all(isinstance(side, ast.Constant) for side in (left, right))
        case ast.Tuple(items) | ast.List(items):
            return all(map(_plain, items))
        case ast.Dict(keys, values):
            return all(key is not None and isinstance(key, ast.Constant) for key in keys) and all(map(_plain, values))
        case _:
            return False


def _bound(node: ast.stmt, imported: frozenset[tuple[str, str]]) -> Iterable[str]:
    """The names that a statement binds; an import that has been made before, and is all that its name is, apart."""
    match node:
        case ast.Import() | ast.ImportFrom():
            return [name for what, name in _imports(node) if (what, name) not in imported]
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            return [name]
        case _:
            names = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
            return [name.id for name in names if isinstance(name.ctx, ast.Store | ast.Del)]


def _imports(node: ast.Import | ast.ImportFrom) -> list[tuple[str, str]]:
    """What is imported, and the name that it gets."""
    module = f"{node.module}:" if isinstance(node, ast.ImportFrom) else ""
    return [
        (module + (alias.name if alias.asname or module else alias.name.partition(".")[0]),
         alias.asname or alias.name.partition(".")[0])
        for alias in node.names
    ]  # fmt: skip


def _only_imported(before: Sequence[str]) -> frozenset[tuple[str, str]]:
    """The imports at the top level of earlier code whose names nothing else of it binds."""
    read = [_imports_and_others(source) for source in before]
    if None in read:
        return frozenset()
    found = frozenset[tuple[str, str]]().union(*(one[0] for one in read if one))
    others = frozenset[str]().union(*(one[1] for one in read if one))
    times = Counter(name for _, name in found)
    return frozenset((what, name) for what, name in found if name not in others and times[name] == 1)


@functools.lru_cache(REMEMBERED)
def _imports_and_others(source: str) -> tuple[frozenset[tuple[str, str]], frozenset[str]] | None:
    """What a cell imports at its top level, and what other names it binds anywhere; None where it cannot be read."""
    if (tree := _parsed(source)) is None:
        return None
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    others: set[str] = set()
    for inner in ast.walk(tree):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store | ast.Del):
            others.add(inner.id)
        elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            others.add(inner.name)
    return frozenset(made for node in imports for made in _imports(node)), frozenset(others)
