"""Finds the mathematics in a Markdown cell, and the words around it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from graders.practical09.equations.reader.text.macros import put_in
from graders.practical09.equations.reader.text.spoken import written_out

LONGEST = 20_000  # characters of an answer that are read at all
ENVIRONMENTS = "align|aligned|equation|gather|gathered|eqnarray|multline|split|array|cases|alignat|flalign"
MATH = re.compile(
    r"(?P<fence>^[ \t]*(?P<ticks>```+|~~~+)(?P<info>[^\n`]*)\n(?P<code>.*?)(?:^[ \t]*(?P=ticks)[^\n]*$|\Z))"
    r"|(?P<span>`[^`\n]+`)"
    r"|\$\$(?P<display>.{1,6000}?)\$\$"
    r"|\\\\?\[(?P<bracket>.{1,6000}?)\\\\?\]"
    r"|\\\\?\((?P<paren>.{1,2000}?)\\\\?\)"
    r"|(?P<environment>\\begin\{(?P<name>(?:" + ENVIRONMENTS + r")\*?)\}.{0,6000}?\\end\{(?P=name)\})"
    r"|(?<!\\)\$(?P<inline>[^$\n]+(?:\n[^$\n]+)*?)(?<!\\)\$",
    re.DOTALL | re.MULTILINE,
)
GONE = re.compile(r"<!--.*?(?:-->|\Z)|~~[^~]{1,4000}~~", re.DOTALL)  # comments, and what is struck out
LEADING = re.compile(
    r"(?:(?:[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ-]+|[aeoAEOé]|t(?=\s+(?:is|é)\s))[,:.]?\s+)+(?=\S+(?:\s\S{1,8})?\s*=)"
)
TRAILING = re.compile(
    r"=.*?(?P<after>\s+\((?=[^()]*[a-zA-Z]{2,}\s+[a-zA-Z]{2,})|#|//|,?\s(?:for|where|with|para|onde|com)\s|\.\s+(?=[A-Z][a-z]))"
)
CLAUSES = re.compile(  # where the next equation of a sentence begins: "..., the output is y_t = ..."
    r"(?:[,;.]\s+(?:and\s+|e\s+)?|\s(?:and|e)\s+)(?=(?:[A-Za-zÀ-ÿ]+\s+){1,5}(?:is|are|é|são)\s+\S{1,12}\s*=)|"
    r"(?:[;.]\s+|\s(?:and|e)\s+)(?=(?:[A-Za-zÀ-ÿ-]+,?\s+){0,8}[A-Za-zŷ]\w{0,6}(?:\{[^{}]{1,9}\}|\[[^\]]{1,6}\])?\s+=)"
)
SCRIPT_TAG = re.compile(r"<(sub|sup)>([^<>{}]{1,20})</\1>", re.IGNORECASE)
ENTITY = re.compile(r"&[a-z]{2,8};", re.IGNORECASE)
ARROW = re.compile(r"(?<=\s)(?:<-|←|:=)(?=\s)")
START = re.compile(r"(?<=[\w}])(?<!\\sum)(?<!\\prod)(?<!\\max)(?<!\\limits)_\{\s*[a-z]\s*=\s*0\s*\}")  # h_{t=0}
MARKERS = re.compile("[⟦⟧]")
CODE_MATH = {"", "math", "latex", "tex", "text", "katex", "python", "py"}
WRITTEN_OUT = re.compile(r"^[ \t>*\-0-9.)•‣◦▪–]*(?P<body>[^\n=]{1,60}=[^\n=][^\n]{0,300})$", re.MULTILINE)


@dataclass(frozen=True)
class Segment:
    """A stretch of mathematics, and whether it was typed as plain text (`h_t = tanh(W_xh x_t)`)."""

    source: str
    plain: bool = False


@dataclass(frozen=True)
class Text:
    """A cell taken apart: its mathematics, and its prose with `⟦n⟧` where segment n stood."""

    segments: tuple[Segment, ...]
    prose: str


def take_apart(markdown: str) -> Text:
    """Split a Markdown cell into mathematics and prose; what lies beyond `LONGEST` characters is left out."""
    segments: list[Segment] = []
    prose: list[str] = []
    place = 0
    bare = GONE.sub(" ", MARKERS.sub(" ", markdown[:LONGEST].replace("\r\n", "\n")))
    source = _in_latex(put_in(bare, LONGEST))
    for found in MATH.finditer(source):
        prose.append(source[place : found.start()])
        place = found.end()
        segment = _segment(found)
        if segment is None:
            prose.append(found["span"] or " ")
        else:
            prose.append(f"⟦{len(segments)}⟧")
            segments.append(segment)
    prose.append(source[place:])
    return _with_plain_lines(segments, "".join(prose))


def _in_latex(source: str) -> str:
    """Scripts written as HTML, and arrows of assignment, as LaTeX has them."""
    source = SCRIPT_TAG.sub(lambda tag: ("_" if tag[1].lower() == "sub" else "^") + "{" + tag[2].strip() + "}", source)
    source = START.sub("_{0}", source)
    return written_out(ARROW.sub("=", ENTITY.sub(lambda entity: html.unescape(entity[0]), source)))


def _segment(found: re.Match[str]) -> Segment | None:
    if found["fence"] is not None:
        if found["info"].strip().lower() not in CODE_MATH:
            return None
        return Segment(found["code"], plain="\\" not in found["code"])
    if found["span"] is not None:
        body = found["span"].strip("`")
        return Segment(body, plain="\\" not in body) if "=" in body else None
    for kind in ("display", "bracket", "paren", "environment", "inline"):
        if found[kind] is not None:
            return Segment(found[kind])
    return None


def _without_remarks(line: str) -> tuple[str, str, str]:
    """A line that is an equation, and the words before and after it."""
    leading = LEADING.match(line)
    trailing = TRAILING.search(line)
    start, end = leading.end() if leading else 0, trailing.start("after") if trailing else len(line)
    return line[:start], line[start:end], line[end:]


def _with_plain_lines(segments: list[Segment], prose: str) -> Text:
    """Lines of prose that are equations without any dollars are mathematics too."""

    def replaced(found: re.Match[str]) -> str:
        if "⟦" in found["body"]:
            return found[0]
        told = []
        for clause in CLAUSES.split(found["body"].strip(" *`")):
            if "=" not in clause:
                told.append(clause)
                continue
            before, body, after = _without_remarks(clause)
            segments.append(Segment(body, plain="\\" not in body))
            told.append(f"{before} ⟦{len(segments) - 1}⟧ {after}")
        return "; ".join(told)

    prose = WRITTEN_OUT.sub(replaced, prose)
    return Text(tuple(segments), prose)
