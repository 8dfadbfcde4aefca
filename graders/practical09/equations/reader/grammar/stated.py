"""Shapes that are stated in words, tables or after a colon: `W_{xh}: H \\times D`, `W_xh is H by D`, `é D×H`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graders.practical09.equations.reader.grammar.expressions import parse
from graders.practical09.equations.reader.grammar.shape_forms import SIZE, spelt_out
from graders.practical09.equations.reader.grammar.size_words import TIMES, in_tokens
from graders.practical09.equations.reader.text.latex import tokens
from graders.practical09.equations.reader.text.markdown import Text
from graders.practical09.equations.reader.tree import Declared, Symbol, Unreadable

MOST = 80  # stated shapes of an answer
LONGEST = 20_000  # characters that are looked at

MARK = re.compile(r"⟦(\d{1,4})⟧")
FONT = re.compile(r"\\(?:mathbf|mathrm|mathit|boldsymbol|bm|text|vec|textbf|operatorname)\b\s*\{([^{}]{1,40})\}")
PRODUCT = rf"(?<![\w\\^_])(?P<rows>{SIZE})\s*{TIMES}\s*(?P<columns>{SIZE})(?![\w_])"
PAIR = rf"(?::|\b(?:is|shape|size|é|tem|forma))\s*\((?P<first>{SIZE})\s*,\s*(?P<second>{SIZE})?\s*\)"
LENGTH = (
    r"\b(?:length|size|dimension|comprimento|tamanho|dimens[aã]o)\s+(?:of\s+|de\s+)?"
    rf"(?P<length>{SIZE})(?![\w_]|\s*{TIMES})"
)
LINES = rf"(?P<down>{SIZE})\s+(?:rows|linhas),?\s+(?:and\s+|by\s+|e\s+|por\s+)?(?P<across>{SIZE})\s+(?:columns|colunas)"
VECTOR = (
    rf"(?<![\w\\])(?P<entries>{SIZE})(?:\s*-\s*dimension"
    r"|\s+(?:entr(?:y|ies)|elements?|elementos?|components?|componentes?|coordinates?|coordenadas?|entradas)\b)"
)
SHAPE = re.compile(f"{LINES}|{PRODUCT}|{PAIR}|{LENGTH}|{VECTOR}")
REALS = r"\\mathbb\s*\{?R\}?\s*\^"
OTHERWISE = re.compile(  # shapes said in ways that are not read
    rf"{REALS}\S{{1,20}}\s*(?:\\to\b|\\rightarrow|\\mapsto|→)|(?<!\\in)(?<!\\in )(?<!∈)(?<!∈ ){REALS}"
    rf"|\.shape\b|\\?\bdim\b|(?<![\w\\{{])[WUVAb](?:_\S{{1,10}}?)?(?:\s*(?:\\in\b|∈)(?!\s*\\mathbb|\s*ℝ)"
    rf"|\^\s*\{{\s*{SIZE}\s*(?:\\times|×))"
)
LOOSE = re.compile(
    r"\b(?:bias|vi[eé]s|matri|weight|peso|[WUVb]_)[^.\n]{0,60}"
    rf"\b(?:sizes?|shapes?|lengths?|dimens\w+|tamanhos?|formas?|rows|linhas)\b[ $:(]{{1,4}}{SIZE}(?!\w)",
    re.I,
)
CELL = re.compile(rf"\|\s*(?P<size>{SIZE})\s*(?=\|)")
PARAMETER = re.compile(r"\b(?:bias|vi[eé]s|matri|weight|peso|state|estado)", re.I)
NAME = re.compile(
    r"(?<![\w\\{])(?P<letter>\\hat\s*\{?\s*[A-Za-z](?:\s*\})?|[A-Za-z]|\\[A-Z][a-z]{3,6})(?P<script>[_^]\{[^{}]{1,12}\}|_\w{1,6})?(?![\w{(])"
)
SHAPE_WORD = re.compile(r"\b(?:shape|size|dim|forma|tamanho)", re.I)
SAYS = re.compile(r"\b(?:is|are|has|have|of|where|with|é|são|tem|têm|onde|com|shape|size|dim|forma|tamanho)\b|:", re.I)
LONGEST_CLAUSE = 300
LONGEST_SIZE = 30  # characters of a shape's second size
SHORT = 25  # characters of an equation that may be the subject of a sentence
BETWEEN = 60  # characters between a name and its shape
BREAK = re.compile(r"[.;=+]|\n\s*\n")
WORDS = {"a", "A", "e", "o", "O", "E", "is", "I", "é", "R", "x"}


@dataclass(frozen=True)
class Stated:
    """The shapes that an answer states in other ways; `unread` are those of which it is not clear what has them."""

    declared: tuple[Declared, ...] = ()
    unread: tuple[str, ...] = ()


def stated_shapes(text: Text) -> Stated:
    """Find the shapes in the words, the tables and the mathematics of an answer; total, and bounded."""
    flat = "\n".join(_with_lengths(_flat(text)[:LONGEST].split("\n")))
    declared: list[Declared] = []
    unread: list[str] = []
    end = 0
    for found in SHAPE.finditer(flat):
        if len(declared) + len(unread) >= MOST:
            unread.append("more shapes than are read")
            break
        before = flat[max(end, found.start() - BETWEEN) : found.start()]
        end = found.end()
        clause = re.split(r"[.;\n]", flat[max(0, found.start() - LONGEST_CLAUSE) : found.start()])[-1]
        if "=" in clause and not re.search(r"\bdim|shape", clause) and not SAYS.search(clause.rpartition("=")[2]):
            continue  # a product in an equation
        if re.search(r"\\in\b|∈", before[-30:]) or before.rstrip().endswith(("^{", "^")):
            continue  # the grammar of declarations reads it
        names = list(_names(before))
        source = " ".join((_in_whole_words(re.split(r"[.;\n]", before)[-1]) + found[0]).split())
        if names:
            declared += [Declared(name, _dims(found), source) for name in names]
        elif not found["length"] or PARAMETER.search(clause):
            unread.append(source)
    unread += [" ".join(found[0].split()) for found in LOOSE.finditer(flat) if not _shaped(flat, found)]
    unread += [" ".join(found[0].split()) for found in OTHERWISE.finditer(flat)]
    return Stated(tuple(declared[:MOST]), tuple(unread))


def _shaped(flat: str, loose: re.Match[str]) -> bool:
    """Whether what a loose pattern found holds a shape that is read, or the beginning of one."""
    return any(found.start() < loose.end() for found in SHAPE.finditer(flat, loose.start(), loose.end() + LONGEST_SIZE))


def _in_whole_words(clause: str) -> str:
    """The end of a clause, which does not begin in the middle of a word."""
    return clause if len(clause) <= 60 else clause[-60:].partition(" ")[2]


def _dims(found: re.Match[str]) -> tuple[str, ...]:
    pairs = (found["down"], found["across"]), (found["rows"], found["columns"]), (found["first"], found["second"])
    sizes = (*pairs, (found["length"],), (found["entries"],))
    written = next(pair for pair in sizes if pair[0])
    return tuple(size.replace("{", "").replace("}", "") for size in written if size)


def _with_lengths(lines: list[str]) -> Iterator[str]:
    """The lines, in which a size alone in a cell of a table of shapes is called a length."""
    of_shapes = False
    for line in lines:
        is_row = line.lstrip().startswith("|")
        of_shapes = is_row and (of_shapes or SHAPE_WORD.search(line) is not None)
        name, bar, rest = line.lstrip().lstrip("|").partition("|")
        yield f"|{name}" + CELL.sub(r"| length \g<size> ", bar + rest) if of_shapes else line


def _flat(text: Text) -> str:
    """The words with the mathematics put back in, without fonts and braces that mean nothing."""

    def put_back(mark: re.Match[str]) -> str:
        place = int(mark[1])
        source = text.segments[place].source if place < len(text.segments) else ""
        return f" {source} \n\n" if len(source) > SHORT and "=" in source else f" {source} "

    flat = MARK.sub(put_back, text.prose[:LONGEST])[: 3 * LONGEST]
    for _ in range(2):
        flat = FONT.sub(r"\1", flat)
    for mark in ("\\,", "`", "**", "&"):
        flat = flat.replace(mark, " ")
    return spelt_out(in_tokens(flat).replace("*", " "))


def _names(before: str) -> Iterator[Symbol]:
    """The symbols right before a shape, nearest first broken off by the end of a sentence or an equation."""
    clause = BREAK.split(before)[-1]
    found = [
        match for match in NAME.finditer(clause) if match[0] not in WORDS and (match["script"] or match[0].isupper())
    ]
    for match in found[-1:]:
        script = (match["script"] or "").replace("_", "_{", 1) + "}" if (match["script"] or "").count("{") == 0 else ""
        source = match["letter"] + (
            match["script"] if "{" in (match["script"] or "") else script if match["script"] else ""
        )
        try:
            name = parse(tokens(source))
        except (Unreadable, RecursionError):
            continue
        if isinstance(name, Symbol):
            yield name
