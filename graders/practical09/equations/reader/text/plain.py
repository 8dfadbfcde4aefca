"""Equations that were typed without LaTeX, as the LaTeX that they mean."""

from __future__ import annotations

import re

IDENTIFIER = re.compile(
    r"(?P<escaped>\\[A-Za-z]+)|(?P<word>[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)(?P<back>-1(?![\w.]))?"
)
ENTRY = re.compile(r"\b([A-Za-z]\w*)\[(\w+)(?:\]\[|,\s*)(\w+)\]")
STEP = re.compile(r"\b([A-Za-z]\w{2,})\[(\w+(?:\s*[-+]\s*\d)?)\]")
SUM_OVER = re.compile(
    r"\b(?:sum|soma)\s+(?:over|sobre)\s+(?:all\s+)?([a-df-z](?:\s*(?:,|and|e)\s*[a-df-z])?)\s+(?:of|de)\b"
)
ZEROS = re.compile(r"=\s*(?:(?:np|numpy|torch)\.)?zeros?\b(?:\([^()]*\))?")
NUMPY = re.compile(r"\b(?:np|torch|F|numpy|math)\.")


def as_latex(source: str) -> str:
    """Plain text such as `h_t = tanh(W_xh x_t + W_hh h_(t-1))` as the LaTeX that it means."""

    def replaced(found: re.Match[str]) -> str:
        if found["escaped"]:
            return found[0]
        letter, *scripts = found["word"].split("_")
        minus = found["back"] or ""
        if letter in ("sum", "Sum", "soma", "Soma"):
            return rf"\sum_{{{','.join(scripts)}}}{minus} " if scripts else rf"\sum{minus} "
        if len(letter) > 1 and re.fullmatch(r"[A-Z][a-z]{1,2}|b[a-z]|[hxyzos]t|[hHsS]0", letter) and not scripts:
            letter, scripts = letter[0], [letter[1:]]
        accent = "hat" in scripts or letter.endswith("hat")
        scripts = [part for part in scripts if part != "hat"]
        letter = letter.removesuffix("hat") if len(letter) > 3 else letter
        base = rf"\hat{{{letter}}}" if accent else (rf"\text{{{letter}}}" if len(letter) > 1 else letter)
        if minus and scripts and len(scripts[-1]) == 1:
            scripts[-1], minus = scripts[-1] + minus, ""
        return f"{base}_{{{','.join(scripts)}}}{minus} " if scripts else f"{base}{minus} "

    source = ZEROS.sub("= 0", re.sub(r"#[^\n]*", "", source))
    source = STEP.sub(r"\1_{\2}", ENTRY.sub(r"\1_{\2,\3}", source))
    source = NUMPY.sub("", source).replace(".T", r"^{\top} ").replace("**", "^").replace("\n", r" \\ ")
    source = re.sub(r"_\(([^()]*)\)", r"_{\1}", source)
    source = re.sub(r"\^\(\s*(t(?:\s*[-+]\s*1)?|0)\s*\)", r"^{(\1)}", source)
    source = SUM_OVER.sub(
        lambda found: " ".join(f"sum_{index}" for index in re.findall(r"\b[a-z]\b", found[1])), source
    )
    source = re.sub(r"_\{([^{}]*)\}", lambda found: "⟨" + found[1] + "⟩", source)
    kept: list[str] = []
    for part in re.split(r"(⟨[^⟨⟩]*⟩)", source):
        kept.append("_{" + part[1:-1] + "}" if part.startswith("⟨") else IDENTIFIER.sub(replaced, part))
    return re.sub(r"\s+_\{", "_{", "".join(kept))
