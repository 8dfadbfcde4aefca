"""What people type in the place of LaTeX: Unicode letters, signs and scripts, and braces of which there is one."""

from __future__ import annotations

import re
import unicodedata

from graders.practical09.equations.reader.text.symbols import SUBSCRIPTS, SUPERSCRIPTS, UNICODE

SUBSCRIPT_RUN = re.compile("[{0}]+(?:,[{0}]+)*".format("".join(SUBSCRIPTS)))
SUPERSCRIPT_RUN = re.compile(f"[{''.join(SUPERSCRIPTS)}]+")
LOG_SOFTMAX = re.compile(r"(?:\\(?:operatorname|mathrm|text)\s*\{)?\blog(?:\\?_|-)softmax\b\}?", re.IGNORECASE)
ONE_SIDED = re.compile(r"\\left\s*\\\{(?=\s*\\begin\b)|\\right\s*\.")


def normalised(source: str) -> str:
    """Unicode letters and signs as the LaTeX that stands for them: `ŷₜ` becomes `\\hat{y}_{t}`."""
    source = LOG_SOFTMAX.sub(r"\\operatorname{logsoftmax}", ONE_SIDED.sub("", source))
    source = SUBSCRIPT_RUN.sub(lambda run: "_{" + "".join(SUBSCRIPTS.get(sign, sign) for sign in run[0]) + "}", source)
    source = SUPERSCRIPT_RUN.sub(lambda run: "^{" + "".join(SUPERSCRIPTS[sign] for sign in run[0]) + "}", source)
    for sign, latex in UNICODE.items():
        source = source.replace(sign, latex)
    source = unicodedata.normalize("NFD", source)
    source = re.sub("([A-Za-z])\u0302", r"\\hat{\1}", source)
    source = re.sub("([A-Za-z])\u0303", r"\\tilde{\1}", source)
    source = re.sub("([A-Za-z])\u0304", r"\\bar{\1}", source)
    return unicodedata.normalize("NFKC", source)
