"""The initial state: said to be zero in an equation, or in words."""

from __future__ import annotations

import re

from graders.practical09.equations.reader.finding import Finding, ModelPart, PartStatus, combined
from graders.practical09.equations.reader.judging.roles import RoleParts
from graders.practical09.equations.reader.reading import Reading
from graders.practical09.equations.reader.tree import Expr, Num, Stack, Symbol, Transpose, Var

ZERO = r"(?:\bzeros?\b|\bnull\b|\bnul[oa]s?\b)"
STATE = r"(?:\bstates?\b|\bestados?\b|\bhidden\b|\bescondid|\bocult)"
START = r"(?:\bin[ií]ci|\binitial|\bstart|\bbegin|\bbefore the first|\bantes d|\bfirst\b)"
SAID = re.compile(f"(?=.*{STATE})(?=.*{START}).*{ZERO}", re.IGNORECASE | re.DOTALL)
FIRST_STATE = re.compile(r"^\s*\S{1,30}?(?:[_^]\s*\{?\(?\s*0\s*\)?\s*\}?|\(0\)|\[0\]|₀)\s*$")
FIRST_IN_WORDS = re.compile(r"\b[A-Za-z]{1,10}(?:_\{?0\}?|\(0\)|\[0\]|₀)(?!\w)")
OTHERWISE = re.compile(
    r"n't\b|\b(?:not|no zeros?|non|never|n[aã]o|nem|sem|without|different|diferentes?|random\w*|aleat\w*|mean|m[eé]dia|"
    r"normal|except|unless|instead|gradient\w*|ones|loss|error|erro|cost|custo|perda|if|should|were|becomes?)\b|\?",
    re.IGNORECASE,
)
OF_OTHERS = re.compile(r"\b(?:weights?|pesos?|bias\w*|vi[eé]s\w*|param\w*|matri\w*)\b", re.IGNORECASE)
CLAUSES = re.compile(r",|\b(?:and|e)\s+(?=(?:the\s+|o\s+)?(?:initial|estado|hidden|state|h_?0|⟦))", re.IGNORECASE)
SENTENCE_ENDS = re.compile(r"[.;]|(?<=[⟧:|])\s*\n|\n\s*(?=[-*+#>|\d\n])")
PLACE = re.compile(r"⟦(\d+)⟧")


def judge_initial(reading: Reading, parts: RoleParts) -> Finding:
    """What is said about the state before the first step."""
    found = [
        _judged(statement.right, statement.source)
        for statement in reading.equations
        if isinstance(statement.left, Var) and statement.left.step in (0, -1) and statement.left.name == parts.hidden
    ]
    if found:
        return combined(found)
    for sentence in SENTENCE_ENDS.split(reading.prose):
        written = PLACE.sub(lambda mark: reading.segments[int(mark[1])], sentence)
        about = _is_first(sentence, reading)
        if (about or SAID.match(sentence)) and not OTHERWISE.search(sentence) and _said(sentence, reading):
            return Finding(ModelPart.INITIAL, PartStatus.AGREES, "in words", "", " ".join(written.split()))
    return Finding(
        ModelPart.INITIAL, PartStatus.UNREAD, "absent", "No statement was recognised as the one of the initial state."
    )


def _said(sentence: str, reading: Reading) -> bool:
    """Whether the words say it in one clause that speaks of nothing else."""
    clauses = [sentence] if not OF_OTHERS.search(sentence) else CLAUSES.split(sentence)
    return any(
        (_is_first(clause, reading) and re.search(ZERO, clause, re.IGNORECASE)) or SAID.match(clause)
        for clause in clauses
        if not OF_OTHERS.search(clause)
    )


def _is_first(words: str, reading: Reading) -> bool:
    """Whether the words name the state before the first step by its symbol."""
    marks = PLACE.finditer(words)
    return bool(FIRST_IN_WORDS.search(words)) or any(FIRST_STATE.match(reading.segments[int(m[1])]) for m in marks)


def _judged(right: Expr, source: str) -> Finding:
    found = numbers(right)
    if found is None:
        message = "it is set to something that is not a number"
        return Finding(ModelPart.INITIAL, PartStatus.UNREAD, "", message, source)
    if any(found):
        return Finding(ModelPart.INITIAL, PartStatus.DISAGREES, "not zero", "the initial state is not zero", source)
    return Finding(ModelPart.INITIAL, PartStatus.AGREES, "", "", source)


def numbers(tree: Expr) -> list[float] | None:
    """The numbers that a written-out vector holds; dots between them say nothing."""
    if isinstance(tree, Num):
        return [tree.value]
    if isinstance(tree, Transpose):
        return numbers(tree.body)
    if isinstance(tree, (Symbol, Var)) and str(getattr(tree, "name", getattr(tree, "base", ""))) in ("zero", "zeros"):
        return [0.0]
    if isinstance(tree, (Symbol, Var)) and "dots" in str(getattr(tree, "name", getattr(tree, "base", ""))):
        return []
    if isinstance(tree, Stack):
        cells = [numbers(cell) for row in tree.rows for cell in row]
        if any(cell is None for cell in cells):
            return None
        return [number for cell in cells for number in cell or ()]
    return None
