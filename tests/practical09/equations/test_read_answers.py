"""Right answers in a hundred further notations: what share of them is read whole, and of their items."""

from __future__ import annotations

import re
from pathlib import Path

ANSWERS = dict(
    block.split("\n", 1)
    for block in re.split(r"^=== ", Path(__file__).with_name("read.md").read_text("utf-8"), flags=re.MULTILINE)[1:]
)
LEFT = {  # what goes to a person: a program with a loop, a loss without an equals sign, a bias that reads as an article
    "python_at",
    "greek_functions",
    "portuguese_words_with_a",
}
