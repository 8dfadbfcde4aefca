"""Shapes in the forms of tables, functions and maps, written as `W_{xh} : (H, D)`: one form for all."""

from __future__ import annotations

import re

from graders.practical09.equations.reader.grammar.size_words import TIMES, TOKEN

SIZE = rf"(?:{TOKEN}|[A-Za-z](?:_\{{?\w{{1,8}}\}}?)?|\d{{1,4}})"
SHAPE = (
    rf"(?:\(\s*(?P<first>{SIZE})\s*,\s*(?P<second>{SIZE})?\s*\)"
    rf"|(?P<open>\(\s*)?(?P<rows>{SIZE})(?:\s*{TIMES}\s*(?P<columns>{SIZE}))?(?(open)\s*\)))(?![\w_^{{(\\])"
)
NAME = r"(?:\\hat\s*\{?\s*[A-Za-z]\s*\}?|[A-Za-z])(?:[_^]\{[^{}]{1,12}\}|[_^]\w{1,6}){0,2}"
OF = rf"(?:\\?\b(?:dim|Dim|size|shape|len)\s*(?:\(\s*(?:{NAME})\s*\)|\s(?:{NAME}))|\|\s*(?:{NAME})\s*\|)\s*=\s*"
FUNCTION = re.compile(rf"(?P<names>(?:{OF}){{1,6}}){SHAPE}")
FUNCTION_NAME = re.compile(rf"(?:[(|]|\s)\s*(?P<name>{NAME})\s*\)?\s*\|?\s*=")
SPACE = r"\\mathbb\s*\{?R\}?\s*\^\s*\{?\s*(?P<%s>" + SIZE + r")\s*\}?"
MAP = re.compile(
    rf"(?P<name>{NAME})\s*(?::|\\colon)\s*{SPACE % 'domain'}\s*(?:\\to\b|\\(?:long)?rightarrow\b|→)\s*{SPACE % 'image'}"
)
BRACE = re.compile(
    rf"\\(?:under|over)brace\s*\{{\s*(?P<name>{NAME})\s*\}}\s*[_^]\s*\{{\s*(?:\\in\s*)?"
    rf"(?:\\mathbb\s*\{{?R\}}?\s*\^\s*\{{?)?\s*{SHAPE}\s*\}}{{1,2}}"
)
CELL = re.compile(rf"\|\s*(?=\(\s*{SIZE}\s*,\s*{SIZE}?\s*,?\s*\)\s*\|)")
BARE = re.compile(rf"(?<=[\w}}])\s*(?=\(\s*(?:[A-Z1]|{TOKEN})\s*,\s*(?:[A-Z1]|{TOKEN})?\s*\))")
CLAUSE = 200  # characters before a shape in which an equals sign makes it the argument of a function


def spelt_out(flat: str) -> str:
    """The text, in which a shape in one of these forms stands after its name and a colon."""
    braces = " ".join(_stated(found["name"], found) for found in BRACE.finditer(flat))
    flat = BRACE.sub(r" \g<name> ", flat) + (f"\n\n{braces}" if braces else "")
    flat = MAP.sub(lambda found: f" {found['name']} : ({found['image']}, {found['domain']}). ", flat)
    flat = FUNCTION.sub(_function, flat)
    flat = CELL.sub("| : ", flat)
    return BARE.sub(lambda found: "" if _in_equation(flat, found.start()) else " : ", flat)


def _in_equation(flat: str, place: int) -> bool:
    return "=" in re.split(r"[.\n]", flat[max(0, place - CLAUSE) : place])[-1]


def _function(found: re.Match[str]) -> str:
    return " ".join(_stated(name["name"], found) for name in FUNCTION_NAME.finditer(found["names"]))


def _stated(name: str, found: re.Match[str]) -> str:
    rows, columns = found["first"] or found["rows"], found["second"] or found["columns"]
    return f" {name} : ({rows}, {columns}). " if columns else f" {name} : length {rows}. "
