"""An answer as read: its equations with their names understood, what its functions mean, and what stayed unread."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graders.practical09.equations.reader.grammar.meaning import (
    defined_function,
    meanings_in_prose,
    meanings_in_statements,
)
from graders.practical09.equations.reader.grammar.names import Naming, naming, understand, understand_declared
from graders.practical09.equations.reader.grammar.stated import stated_shapes
from graders.practical09.equations.reader.grammar.statements import Found, statements
from graders.practical09.equations.reader.text.markdown import Text, take_apart
from graders.practical09.equations.reader.text.symbols import FUNCTIONS
from graders.practical09.equations.reader.tree import Apply, Declared, Entry, Equation, Expr, Unreadable, replaced, walk

BIAS_IN_WORDS = re.compile(
    r"\bbias|vi[eé]s|absorb|augment|append|homogen|omit|drop|neglect|leave out|constant (?:input|one)", re.I
)


MOST = 80  # equations, and declarations, of an answer
MOST_SEGMENTS = 150


@dataclass(frozen=True)
class Function:
    """A function that the answer defines: its arguments and its body."""

    args: tuple[Expr, ...]
    body: Expr
    source: str
    timed: bool


@dataclass(frozen=True)
class Reading:
    """What an answer says.

    Attributes:
        equations: its statements, names understood and functions replaced by what they were said to mean.
        declared: the shapes that it declares.
        unread: its equations that are beyond the grammar.
        functions: losses and the like that it defines with arguments.
        prose: its words, with `⟦n⟧` where mathematics stood.
        segments: the mathematics itself.
        time: the letter of time.
        unread_shapes: shapes that are stated of nothing that was recognised.
        verified: known functions that an equation defines, and was found equal to, each with that equation as typed.
    """

    equations: tuple[Equation, ...] = ()
    declared: tuple[Declared, ...] = ()
    unread: tuple[str, ...] = ()
    functions: Mapping[str, Function] = field(default_factory=dict)
    prose: str = ""
    segments: tuple[str, ...] = ()
    time: str = "t"
    unread_shapes: tuple[str, ...] = ()
    verified: tuple[tuple[str, str], ...] = ()

    def mentions(self, pattern: str) -> bool:
        """Whether the words speak of something: then what an equation lacks may be said there."""
        return re.search(pattern, self.prose, re.IGNORECASE) is not None

    def writes(self, pattern: str) -> bool:
        """Whether the words or the mathematics hold something, read or not."""
        return any(re.search(pattern, text, re.IGNORECASE) for text in (self.prose, *self.segments))

    @property
    def mentions_bias(self) -> bool:
        """Whether the words speak of biases, or of leaving something out: then a missing bias may be meant."""
        return any(BIAS_IN_WORDS.search(text) for text in (self.prose, *self.segments))


def read_equations(markdown: str) -> Reading:
    """Read the equations of a Markdown answer; total: any text gives a reading."""
    text = take_apart(markdown)
    found = _found(text)
    names = naming(found.statements, found.declared)
    equations: list[Equation] = []
    unread = list(found.unread)
    functions: dict[str, Function] = {}
    verified: list[tuple[str, str]] = []
    meanings = dict(meanings_in_prose(text)) | dict(meanings_in_statements(text))
    for number, statement in enumerate(found.statements):
        try:
            understood = understand(statement, names, number)
        except Unreadable:
            unread.append(statement.source)
            continue
        head = understood.left.body if isinstance(understood.left, Entry) else understood.left
        if isinstance(head, Apply):
            meaning = defined_function(understood)
            if head.function in FUNCTIONS:
                verified += [(head.function, understood.source)] if meaning == head.function else []
            elif meaning is not None:
                meanings[head.function] = meaning
            else:
                functions[head.function] = Function(head.args, understood.right, understood.source, understood.timed)
        else:
            equations.append(understood)
    if len(text.segments) > MOST_SEGMENTS or len(found.statements) >= MOST:
        unread.append("The answer is longer than what is read.")
    stated = stated_shapes(text)
    declared = _understood_declarations((*found.declared, *stated.declared)[:MOST], names)
    renamed = tuple(replace(item, right=_renamed(item.right, meanings)) for item in equations)
    return Reading(
        renamed,
        tuple(declared),
        tuple(dict.fromkeys(unread)),
        functions,
        text.prose,
        tuple(segment.source for segment in text.segments),
        names.time,
        stated.unread,
        tuple(verified),
    )


def _found(text: Text) -> Found:
    parts = [statements(segment.source, plain=segment.plain) for segment in text.segments[:MOST_SEGMENTS]]
    return Found(
        tuple(item for part in parts for item in part.statements)[:MOST],
        tuple(item for part in parts for item in part.declared)[:MOST],
        tuple(item for part in parts for item in part.unread),
    )


def _understood_declarations(declared: tuple[Declared, ...], names: Naming) -> list[Declared]:
    found = []
    for item in declared:
        try:
            found.append(understand_declared(item, names))
        except Unreadable:
            continue
    return found


def _renamed(tree: Expr, meanings: Mapping[str, str]) -> Expr:
    """The tree with declared functions replaced by what they mean."""

    def known(node: Expr) -> Expr:
        if isinstance(node, Apply) and node.function in meanings:
            return replace(node, function=meanings[node.function])
        return node

    return replaced(tree, known) if any(isinstance(node, Apply) for node in walk(tree)) else tree
