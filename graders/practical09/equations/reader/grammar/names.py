"""Understands names: which scripts are the time, which pick entries, and which only name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from graders.practical09.equations.reader.text.symbols import GREEK
from graders.practical09.equations.reader.tree import (
    Apply,
    Declared,
    Entry,
    Equation,
    Expr,
    Num,
    Script,
    Symbol,
    Total,
    Transpose,
    Unreadable,
    Var,
    rebuilt,
    variables,
    walk,
)

INDICES = {*"ijklmncdpqrsuv"}
CLASS_OF_TARGET = {"c", "y", "k", "g", "target", "true", "gold", "correct"}


@dataclass(frozen=True)
class Naming:
    """What the whole answer says about names.

    Attributes:
        time: the letter of time.
        timed: the names that bear it anywhere.
    """

    time: str
    timed: frozenset[str]


def naming(statements: Iterable[Equation], declared: Iterable[Declared] = ()) -> Naming:
    """Find the letter of time, and the names that have one."""
    names = [
        node
        for s in statements
        for side in (s.left, s.right)
        for node in walk(side)
        if isinstance(node, (Symbol, Entry))
    ]
    names += [node for d in declared for node in walk(d.name) if isinstance(node, (Symbol, Entry))]
    shifted: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    for name in names:
        for piece in name.scripts:
            if len(piece.atoms) == 3 and piece.atoms[1] in "+-" and piece.atoms[2] == "1" and _letter(piece.atoms[0]):
                shifted[piece.atoms[0]] += 1
            elif len(piece.atoms) == 1:
                plain[piece.atoms[0]] += 1
    time = "t"
    if shifted and not shifted["t"]:
        time = shifted.most_common(1)[0][0]
    elif not shifted and not plain["t"] and plain["tau"]:
        time = "tau"
    raw = Naming(time, frozenset())
    timed = set()
    indices = {letter: letter for letter in INDICES - {time}}
    for name in names:
        if isinstance(name, Symbol):
            timed |= {
                found.name for scope in (indices, {}) if (found := _tried(name, raw, scope)) and found.time is not None
            }
    return Naming(time, frozenset(timed))


def _tried(name: Symbol, names: Naming, scope: Mapping[str, str]) -> Var | None:
    try:
        return _understood(name, names, scope)
    except Unreadable:
        return None


def _letter(text: str) -> bool:
    return (len(text) == 1 and text.isalpha()) or text in GREEK


def understand(statement: Equation, names: Naming, number: int = 0) -> Equation:
    """The statement with every `Symbol` turned into a `Var`, and bound indices renamed apart.

    Raises:
        Unreadable: a script means something unusual.
    """
    if isinstance(statement.left, Transpose):
        statement = replace(statement, left=statement.left.body, right=Transpose(statement.right))
    free = _free_indices(statement, names)
    scope = {letter: letter for letter in free}
    left = _Resolver(replace(names, timed=frozenset()), number).resolve(statement.left, scope)
    if isinstance(left, Var) and left.time is None and left.step is None:
        left = _stepped(statement.left, left, names, scope)
    timed = names.time in _script_letters(statement.right, names)
    right = _Resolver(names, number).resolve(statement.right, scope)
    return replace(statement, left=left, right=right, timed=timed)


def _stepped(written: Expr, left: Var, names: Naming, scope: Mapping[str, str]) -> Var:
    """The left side with its step (`h_0`) or, where it is given entry by entry, with the time that it leaves out."""
    again = _Resolver(names).resolve(written, scope)
    if isinstance(again, Var) and (again.step is not None or again.axes):
        return again
    return left


def understand_declared(declared: Declared, names: Naming) -> Declared:
    """The declaration with its name understood."""
    return replace(declared, name=_Resolver(names).resolve(declared.name, {}))


def _free_indices(statement: Equation, names: Naming) -> set[str]:
    """Letters of the left side that pick entries, because the right side uses them so too."""
    bases = {name.partition("_")[0].partition("^")[0] for name in names.timed}
    left = _script_letters(statement.left, names) & (INDICES - bases - {names.time})
    if isinstance(statement.right, Num):
        return _script_letters(statement.left, names) & (INDICES - {names.time})
    free = left & _script_letters(statement.right, names)
    if any(isinstance(node, Apply) and node.function == "log" for node in walk(statement.right)):
        free |= _script_letters(statement.right, names) & (INDICES - bases - {names.time})
    return free


def _script_letters(tree: Expr, names: Naming) -> set[str]:
    found = set()
    for node in walk(tree):
        for piece in getattr(node, "scripts", ()):
            if len(piece.atoms) == 1 or set(piece.atoms) <= INDICES | {names.time}:
                found |= set(piece.atoms)
    return found


class _Resolver:
    def __init__(self, names: Naming, number: int = 0) -> None:
        self._names = names
        self._number = number
        self._count = 0

    def resolve(self, node: Expr, scope: Mapping[str, str]) -> Expr:
        """The tree with its names understood; `scope` maps the indices in force to their own names."""
        match node:
            case Symbol():
                return _understood(node, self._names, scope)
            case Apply(function, args, scripts):
                return self._applied(Apply(function, tuple(self.resolve(arg, scope) for arg in args), scripts), scope)
            case Total(index, body, upto):
                return self._total(index, body, upto, scope)
            case Entry(body, scripts):
                return self._entry(self.resolve(body, scope), scripts, scope)
            case _:
                return rebuilt(node, lambda below: self.resolve(below, scope))

    def _total(self, index: str | None, body: Expr, upto: str | None, scope: Mapping[str, str]) -> Expr:
        if index is None:
            return Total(None, self.resolve(body, scope), upto)
        if index == self._names.time:
            return Total("time", self.resolve(body, scope), upto)
        if any(index == name.partition("_")[0] for name in self._names.timed):
            raise Unreadable(f"a sum over {index}, which also names a quantity")
        self._count += 1
        own = f"{index}#{self._number}.{self._count}"
        return Total(own, self.resolve(body, {**scope, index: own}), upto)

    def _applied(self, node: Apply, scope: Mapping[str, str]) -> Expr:
        """`softmax_k(z)` is an entry of softmax(z); other scripts on a function only name it."""
        for piece in node.scripts:
            if len(piece.atoms) == 1 and piece.atoms[0] in scope:
                axis, bare = scope[piece.atoms[0]], replace(node, scripts=())
                of_entries = any(axis in var.axes for var in variables(bare))
                return bare if of_entries else Entry(bare, axis=axis)
        tags = "".join(f"_{piece.text}" for piece in node.scripts)
        known = node.function in ("softmax", "tanh", "sigmoid", "relu", "log", "exp")
        return replace(node, function=node.function if known else node.function + tags, scripts=())

    def _entry(self, body: Expr, scripts: tuple[Script, ...], scope: Mapping[str, str]) -> Expr:
        if isinstance(body, Num):
            return body
        for piece in _letters_apart(scripts, self._names, scope):
            if piece.atoms == (self._names.time,) and not isinstance(body, Var):
                continue
            if len(piece.atoms) == 1 and piece.atoms[0] in scope:
                body = _entered(body, scope[piece.atoms[0]])
            elif _points_at_target(piece, self._names):
                body = Entry(body, pick=True)
            else:
                raise Unreadable(f"an entry {piece.text}")
        return body


def _entered(body: Expr, axis: str) -> Expr:
    if isinstance(body, Var):
        return replace(body, axes=(*body.axes, axis))
    return Entry(body, axis=axis)


def _points_at_target(piece: Script, names: Naming) -> bool:
    """Whether a script is a class that belongs to the step: `y_t`, `c_t`, `c^{(t)}`."""
    return len(piece.atoms) >= 3 and piece.atoms[1] in "_^" and names.time in piece.atoms[2:] and len(piece.atoms) <= 5


def _time_of(piece: Script, names: Naming) -> int | None:
    if piece.atoms == (names.time,):
        return 0
    if len(piece.atoms) == 3 and piece.atoms[0] == names.time and piece.atoms[1] in "+-":
        return int(piece.text[len(names.time) :]) if re.fullmatch(r"[0-9]{1,3}", piece.atoms[2]) else None
    return None


def _understood(name: Symbol, names: Naming, scope: Mapping[str, str]) -> Var:
    time: int | None = None
    axes: list[str] = []
    tags: list[str] = []
    numbers: list[str] = []
    pick: Script | None = None
    for piece in _letters_apart(name.scripts, names, scope):
        offset = _time_of(piece, names)
        if offset is not None and time is None:
            time = offset
        elif len(piece.atoms) == 1 and piece.atoms[0] in scope:
            axes.append(scope[piece.atoms[0]])
        elif _points_at_target(piece, names) and pick is None:
            pick = piece
        elif re.fullmatch(r"-?[0-9]{1,4}", piece.text):
            numbers.append(piece.text)
        else:
            tags.append(piece.text)
    base = name.base + (f" {name.accent}" if name.accent else "")
    if pick is not None and time is None and base in ("e", "mathbb 1", "mathbf 1", "1", "delta", "mathbb e"):
        return Var(f"{base}[{pick.atoms[0]}]", time=0, axes=tuple(axes))
    if pick is not None and len(axes):
        raise Unreadable("an entry of an entry")
    step, numbers = _step(base, tags, numbers, names) if time is None else (None, numbers)
    full = "_".join([base, *tags, *numbers])
    if time is None and step is None and full in names.timed:
        time = 0
    return Var(full, time, step, tuple(axes), pick is not None)


def _step(base: str, tags: list[str], numbers: list[str], names: Naming) -> tuple[int | None, list[str]]:
    """Which of a symbol's numbers is the number of a step: the one without which its name is one with a time."""
    for place, number in enumerate(numbers):
        rest = numbers[:place] + numbers[place + 1 :]
        if "_".join([base, *tags, *rest]) in names.timed:
            return int(number), rest
    return None, numbers


def _letters_apart(scripts: tuple[Script, ...], names: Naming, scope: Mapping[str, str]) -> list[Script]:
    """`tk` as t and k, where both are indices in force."""
    found = []
    indexed = any(all(atom in scope for atom in piece.atoms) for piece in scripts)
    for piece in scripts:
        indices = [atom in scope or atom == names.time for atom in piece.atoms]
        letters = all(len(atom) == 1 and atom.isalpha() for atom in piece.atoms)
        if len(piece.atoms) == 2 and not indexed and letters and any(indices) and not all(indices):
            raise Unreadable(f"the scripts {piece.text}, of which only some are indices")
        if len(piece.atoms) > 1 and all(indices):
            found += [Script((atom,)) for atom in piece.atoms]
        else:
            found.append(piece)
    return found
