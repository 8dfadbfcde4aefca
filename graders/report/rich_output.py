"""What a notebook shows, made safe for a page: text, PNG images, sanitised HTML, Markdown with LaTeX left readable."""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.token import STANDARD_TYPES

from graders.model import CellRun
from graders.report.clean import clean, printed

BLOCKS = {
    "p",
    "br",
    "hr",
    "pre",
    "ul",
    "ol",
    "li",
    "blockquote",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "div",
    "dl",
    "dt",
    "dd",
    "details",
    "summary",
}
TABLES = {"table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption"}
TAGS = BLOCKS | TABLES | {"em", "strong", "code", "a", "img", "span", "sub", "sup", "del", "s", "b", "i", "u"}
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
MATH = {"span": {"math", "inline"}, "div": {"math", "block", "amsmath"}}
FRAME = {"div": {"cell", "foreign", "beside"}, "pre": {"source", "out", "text", "stderr", "error"}}
HIGHLIGHTED = frozenset(STANDARD_TYPES.values()) - {""}  # pygments' classes
PNG = b"\x89PNG\r\n\x1a\n"
IMAGE_BYTES = 3_000_000
IMAGE_PIXELS = 30_000_000
PAGE_BYTES = 20_000_000  # of images on one page
TEXT = 20_000
MARKUP = 200_000
PLAIN = 4_000
REMEMBERED = 10_000  # characters; what is shorter, such as what the notebook provides, is laid out once a process


@dataclass(frozen=True)
class Shown:
    """One output of a cell, ready for a page. `kind` is `text`, `stderr`, `error`, `image` or `html`."""

    kind: str
    text: str = ""
    markup: Markup = field(default_factory=Markup)


@dataclass(frozen=True)
class ShownCell:
    """One executed cell, ready for a page."""

    number: int
    question: str | None
    source: Markup
    outputs: tuple[Shown, ...]
    outcome: str
    message: str


def shown_cells(cells: Sequence[CellRun], *, plain: bool = False) -> tuple[ShownCell, ...]:
    """Cells for a page; images beyond a page's fill are left out with a word.

    Args:
        plain: whether sources and outputs are given as plain text, and little of each.
    """
    if plain:
        return tuple(_plainly(cell) for cell in cells)
    room = PAGE_BYTES
    found = []
    for cell in cells:
        outputs, room = shown_outputs(cell.outputs, room)
        source, message = python(cell.source), cell.message or ""
        found.append(ShownCell(cell.index, cell.question, source, outputs, cell.outcome.value, message))
    return tuple(found)


def shown_outputs(outputs: Sequence[Mapping[str, Any]], room: int) -> tuple[tuple[Shown, ...], int]:
    """Outputs of a cell for a page on which images have so many bytes of room, and the room that is left."""
    found = []
    for output in _merged(outputs):
        item = _shown(output)
        if item.kind == "image":
            room -= len(item.text)
            item = item if room >= 0 else Shown("text", "(an image left out: this page has too many)")
        found.append(item)
    return tuple(found), room


def _plainly(cell: CellRun) -> ShownCell:
    streams = [_text(output.get("text"))[:PLAIN] for output in cell.outputs[:1] if output.get("text")]
    outputs = tuple(Shown("text", printed(text, PLAIN)) for text in streams)
    return ShownCell(
        cell.index, cell.question, as_text(cell.source), outputs, cell.outcome.value, (cell.message or "")[:PLAIN]
    )


def as_text(text: str) -> Markup:
    """The beginning of what a student wrote, as it was written."""
    return Markup('<pre class="source">{}</pre>').format(printed(text[: 5 * PLAIN], PLAIN))


def markdown(text: str, pictures: Mapping[str, str] | None = None, *, html: bool = False) -> Markup:
    """A student's Markdown as safe HTML; LaTeX stays as it was written, set apart.

    Args:
        pictures: name -> `data:` address of the pictures to which the text may point.
        html: whether HTML in the text is laid out, sanitised, as notebooks do it; else it is text.
    """
    if pictures or len(text) > REMEMBERED:
        return _markdown(text[:MARKUP], pictures or {}, html)
    return _remembered_markdown(text, html)


def _markdown(text: str, pictures: Mapping[str, str], html: bool) -> Markup:
    return _sanitised(_parser(html).render(clean(text)), pictures)


@functools.lru_cache(maxsize=512)
def _remembered_markdown(text: str, html: bool) -> Markup:
    return _markdown(text, {}, html)


def picture(cell: CellRun) -> str | None:
    """The `data:` address of a picture that came with a written answer, which is one of ours; None for a scan."""
    for output in cell.outputs:
        for kind, data in output.get("data", {}).items():
            if kind in ("image/png", "image/jpeg"):
                return f"data:{kind};base64,{data}"
    return None


def python(source: str) -> Markup:
    """Python source as highlighted, escaped HTML."""
    return _python(source) if len(source) > REMEMBERED else _remembered_python(source)


def _python(source: str) -> Markup:
    lexer, formatter = _highlighter()
    return Markup(highlight(printed(source), lexer, formatter))


@functools.lru_cache(maxsize=512)
def _remembered_python(source: str) -> Markup:
    return _python(source)


@functools.cache
def _highlighter() -> tuple[PythonLexer, HtmlFormatter[str]]:
    return PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)


def png(data: Any) -> str | None:
    """A `data:` address of a base64-coded PNG of reasonable size, or None."""
    try:
        raw = base64.b64decode("".join(_text(data).split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not raw.startswith(PNG) or len(raw) > IMAGE_BYTES or raw[12:16] != b"IHDR" or len(raw) < 33:
        return None
    if int.from_bytes(raw[16:20], "big") * int.from_bytes(raw[20:24], "big") > IMAGE_PIXELS:
        return None
    return "data:image/png;base64," + base64.b64encode(raw).decode()


def _shown(output: Mapping[str, Any]) -> Shown:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "text"
        return Shown(name, printed(_text(output.get("text")), TEXT))
    if kind == "error":
        trace = output.get("traceback")
        lines = "\n".join(map(_text, trace)) if isinstance(trace, (list, tuple)) else ""
        return Shown("error", printed(lines or f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}", TEXT))
    data = output.get("data")
    return _displayed(data if isinstance(data, Mapping) else {})


def _displayed(data: Mapping[str, Any]) -> Shown:
    image = png(data["image/png"]) if "image/png" in data else None
    if image is not None:
        return Shown("image", image)
    if "text/html" in data:
        return Shown("html", markup=_sanitised(clean(_text(data["text/html"])[:MARKUP])))
    for name in ("text/markdown", "text/latex"):
        if name in data:
            return Shown("html", markup=markdown(_text(data[name])))
    if "text/plain" in data:
        return Shown("text", printed(_text(data["text/plain"]), TEXT))
    return Shown("text", "(an output of a kind that is not shown here)")


def _merged(outputs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The outputs with neighbouring pieces of one stream put together."""
    merged: list[Mapping[str, Any]] = []
    for output in outputs:
        last = merged[-1] if merged else {}
        if output.get("output_type") == last.get("output_type") == "stream" and output.get("name") == last.get("name"):
            merged[-1] = {**last, "text": _text(last.get("text")) + _text(output.get("text"))}
        else:
            merged.append(output)
    return merged


def _text(value: Any) -> str:
    """An nbformat multi-line string: a string or a list of strings."""
    return "".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value if value is not None else "")


@functools.cache
def _parser(html: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": html}).enable(["table", "strikethrough"])
    return parser.use(dollarmath_plugin, double_inline=True, renderer=_math).use(amsmath_plugin, renderer=_math)


def _math(content: str, *_: Any) -> str:
    return str(escape(content.strip()))


def laid_out(html: str, ours: Collection[str] = ()) -> Markup:
    """A notebook as nbconvert has laid it out, once more sanitised; with the classes and marks of our own template.

    Args:
        ours: `data:` addresses of pictures that we have made.
    """
    return Markup(
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES | {name: {"dir", "tabindex"} for name in ("pre", "div")},
            allowed_classes={
                "span": MATH["span"] | HIGHLIGHTED,
                "div": MATH["div"] | FRAME["div"],
                "pre": FRAME["pre"],
            },
            attribute_filter=functools.partial(_attribute, {address: address for address in ours}),
            url_schemes={"http", "https", "mailto", "data"},
            link_rel="noopener noreferrer nofollow",
        )
    )


def _sanitised(html: str, pictures: Mapping[str, str] | None = None) -> Markup:
    return Markup(
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            allowed_classes=MATH,
            attribute_filter=functools.partial(_attribute, pictures or {}),
            url_schemes={"http", "https", "mailto", "data"},
            link_rel="noopener noreferrer nofollow",
        )
    )


def _attribute(pictures: Mapping[str, str], tag: str, name: str, value: str) -> str | None:
    if name == "src" and value in pictures:
        return pictures[value]
    if name == "src":
        kind, _, data = value.partition(",")
        return png(data) if kind.strip().lower() == "data:image/png;base64" else None
    if name == "href" and not value.strip().lower().startswith(("http://", "https://", "mailto:", "#")):
        return None
    return value
