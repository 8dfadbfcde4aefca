"""What pages of hostile reports are checked with: a strict reader, attacks, and a report full of one."""

import re
from html.parser import HTMLParser

from sample_reports import EVIL, report, submission, verdict

from graders.model import CellRun, Outcome, QuestionReport, Report

VOID = {"meta", "img", "br", "hr", "input", "link", "rect", "line", "path", "circle", "polyline", "use"}
ATTACKS = [
    EVIL,
    "<img src=x onerror=alert(1)>",
    "</style><script>alert(1)</script>",
    "</title><svg onload=alert(1)>",
    "'\"--><iframe src=javascript:alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<style>*{display:none}</style>",
    "{{ 7 * 7 }}{% raw %}",
    "<base href=//evil.example><form action=//evil.example>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07",
    "[x](javascript:alert(1)) ![y](https://evil.example/pixel.png) <https://ok.example>",
    "[a]: javascript:alert(1)\n[b][a]",
    "$\\href{javascript:alert(1)}{x}$",
]


class Page(HTMLParser):
    """Reads a page, and notes its elements, attributes and text; unclosed elements are an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be this one."""
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        """Note text, but for the style sheet."""
        if not {"style", "script"} & set(self.open):
            self.text += data


def hostile(attack: str) -> Report:
    """A report with an attack in every place that a student, or student code, can write to."""
    outputs = (
        {"output_type": "stream", "name": attack, "text": [attack, attack]},
        {"output_type": "display_data", "data": {"text/html": attack, "text/plain": attack}},
        {"output_type": "display_data", "data": {"text/markdown": attack}},
        {"output_type": "display_data", "data": {"text/latex": attack}},
        {"output_type": "display_data", "data": {"image/svg+xml": attack}},
        {"output_type": "display_data", "data": {"image/png": attack}},
        {"output_type": "display_data", "data": attack},
        {"output_type": "error", "ename": attack, "evalue": attack, "traceback": [attack]},
        {"output_type": attack},
    )
    evidence = {
        "losses": [1.0, 2.0, attack],
        "expected": attack,
        "got": [attack],
        attack: {attack: attack},
        "frequencies": {attack: 0.5, attack + "x": 0.5},
        "probabilities": {attack: 0.5},
    }
    found = [
        verdict("x", Outcome.FAILED, 0.0, 1.0, message=attack, hint=attack, misconception=attack, evidence=evidence),
        verdict("y", Outcome.FAILED, 0.0, 1.0, public=True, evidence={"losses": [1, 2], "baselines": {attack: 1.5}}),
    ]
    return report(
        attack,
        submission=submission(attack, fault=attack),
        questions=(QuestionReport("q", "Question", tuple(found), 2.0),),
        cells=(CellRun(1, "q", attack, outputs, Outcome.ERROR, attack), CellRun(2, None, attack, outputs)),
        notices=(attack,),
        answers={"q": attack},
    )


def check_is_harmless(text: str, *, scripts: int = 0) -> Page:
    """No script but so many of ours, handler, frame or foreign address; the policy allows our style and data images."""
    page = Page(text)
    allowed = {"href", "src", "content", "class", "id", "points", "d", "lang", "charset", "name", "http-equiv", "role"}
    allowed |= {"viewbox", "preserveaspectratio", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r"}
    allowed |= {"title", "alt", "dir", "open", "scope", "rel", "colspan", "rowspan", "aria-label", "aria-hidden"}
    allowed |= {
        "tabindex",
        "aria-labelledby",
        "alttext",
        "display",
        "stretchy",
        "fence",
        "form",
        "mathvariant",
        "accent",
    }
    allowed |= {
        "columnalign",
        "rowspacing",
        "columnspacing",
        "displaystyle",
        "movablelimits",
        "lspace",
        "rspace",
        "voffset",
        "depth",
    }
    allowed |= {"notation", "linethickness", "minsize", "maxsize", "symmetric", "largeop", "separator", "scriptlevel"}
    if scripts:
        allowed |= {"data-key", "data-keys", "data-value", "type", "for", "autocomplete", "hidden"}
    for tag, attributes in page.tags:
        forms = () if scripts else ("input", "button")
        assert tag not in {"iframe", "object", "embed", "form", "base", "link", "animate", *forms}, tag
        assert set(attributes) <= allowed, (tag, attributes)
        assert re.match(r"(https?://|mailto:|#|\./|grades\.csv$)", attributes.get("href") or "#"), attributes
        assert (attributes.get("src") or "data:image/png;base64,").startswith("data:image/png;base64,"), attributes
    assert [sum(tag == name for tag, _ in page.tags) for name in ("style", "script")] == [1, scripts]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    return page
