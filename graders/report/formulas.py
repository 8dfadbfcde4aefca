"""LaTeX as MathML that a browser shows by itself; only elements and attributes that lay out formulas."""

from __future__ import annotations

import functools
import re
from html import unescape
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

from graders.report.clean import clean

LONGEST = 4000  # characters of one formula
MOST = 400  # formulas of one text
SPAN = re.compile(r'<(span|div) class="(math inline|math block|math amsmath|math)">(.*?)</\1>', re.DOTALL)
NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
ELEMENTS = re.compile(
    "mrow|mi|mn|mo|ms|mtext|mspace|mfrac|msqrt|mroot|mstyle|merror|mpadded|mphantom|mfenced|menclose|msub|msup|msubsup|"
    "munder|mover|munderover|mmultiscripts|mprescripts|none|mtable|mtr|mtd|mlabeledtr"
)
ATTRIBUTES = re.compile(
    "display|displaystyle|scriptlevel|mathvariant|stretchy|fence|form|lspace|rspace|minsize|maxsize|symmetric|largeop|"
    "movablelimits|accent|accentunder|separator|linethickness|columnalign|rowalign|columnspacing|rowspacing|columnlines|"
    "rowlines|columnspan|rowspan|width|height|depth|voffset|notation|open|close|separators"
)
ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|align|split|gather|gathered|eqnarray|multline)\*?\}")
SILENT = re.compile(r"\\(?:label\{[^{}]*\}|nonumber|notag)(?![A-Za-z])")
VALUE = re.compile(r"[\w .,%+|()\[\]{}/-]{0,60}", re.ASCII)


def with_formulas(html: Markup) -> Markup:
    """Sanitised HTML with the formulas in it laid out; what cannot be read stays as LaTeX, set apart."""
    left = iter(range(MOST))

    def laid_out(found: re.Match[str]) -> str:
        if next(left, None) is None:
            return found[0]
        shown = formula(unescape(found[3]), block=found[2] != "math inline")
        return found[0] if shown is None else shown

    return Markup(SPAN.sub(laid_out, html))


@functools.lru_cache(maxsize=2000)
def formula(latex: str, *, block: bool = False) -> str | None:
    """A formula as MathML; None where it cannot be read.

    The text of the formula stands next to it for anyone who cannot see it. Nothing of what the converter writes is
    taken over but the elements, attributes and values that lay out formulas: no links, no styles, nothing that runs.
    """
    if not latex.strip() or len(latex) > LONGEST:
        return None
    try:
        tree = convert_to_element(_plain(latex), display="block" if block else "inline")
        shown = "".join(_written(child) for child in tree)
    except Exception:  # noqa: BLE001 - the converter raises all kinds of errors on LaTeX that it cannot read
        return None
    kind = ' display="block" tabindex="0"' if block else ""  # long ones scroll, by keys as well
    spoken = escape(clean(" ".join(latex.split())))
    return f'<math{kind} alttext="{spoken}">{shown}</math>'


def _written(element: ElementTree.Element) -> str:
    """An element and all that is in it, as text of our own making."""
    name = element.tag.removeprefix(NAMESPACE)
    inside = _text(element.text) + "".join(_written(child) + _text(child.tail) for child in element)
    if not ELEMENTS.fullmatch(name):
        return f"<mrow>{inside}</mrow>"
    kept = "".join(f' {key}="{value}"' for key, value in element.attrib.items() if _harmless(key, value))
    return f"<{name}{kept}>{inside}</{name}>"


def _text(text: str | None) -> str:
    """What stands in an element: the converter writes signs as entities, which are read before all is escaped."""
    return str(escape(clean(unescape(text or ""))))


def _plain(latex: str) -> str:
    """The formula in words that the converter knows: one kind of aligned lines, no labels."""
    return ALIGNED.sub(r"\\\1{align*}", SILENT.sub("", latex.strip()))


def _harmless(key: str, value: str) -> bool:
    return ATTRIBUTES.fullmatch(key) is not None and VALUE.fullmatch(value) is not None
