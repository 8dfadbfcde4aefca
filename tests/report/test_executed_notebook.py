"""The executed notebook: whole, harmless as a notebook and as a part of a page, with verdicts next to the answers."""

import json
import re
from dataclasses import replace

import nbformat
import pytest
from hostile import ANSWERS
from page_checks import ATTACKS, check_is_harmless, hostile
from sample_reports import png, report

from graders.model import PICTURE, CellRun, Judged
from graders.report.executed import page
from graders.report.executed.notebook import LEFT, executed_notebook
from graders.report.html import render_report

RUNS = re.compile(r"<(script|svg|iframe|style|form|base|math)|<[^>]*\b(src|on\w+)=", re.IGNORECASE)


def whole() -> tuple[CellRun, ...]:
    """Cells of each kind, and a picture to which an answer points."""
    shown = ({"output_type": "display_data", "data": {"image/png": png()}},)
    return (
        CellRun(0, None, "# Part A\n\nWhat $x^2$ is.", kind="markdown"),
        CellRun(1, "equations", "as it was typed", kind="markdown"),
        CellRun(2, "training", "plot()", shown),
        CellRun(3, "training", "slow()", kind="left"),
        CellRun(4, None, "raw", kind="raw"),
        CellRun(PICTURE, "equations", "picture-1", shown),
    )


def test_the_notebook_is_valid_and_in_order() -> None:
    """Each answer with its verdict behind it, the picture attached, what was not executed reported."""
    made = report(cells=whole(), answers={"equations": "Look: ![x](picture-1)"})
    notebook = nbformat.from_dict(executed_notebook(made))
    nbformat.validate(notebook)
    kinds = [(cell.cell_type, cell.metadata.get("question", "")) for cell in notebook.cells]
    there = [("markdown", ""), ("markdown", ""), ("markdown", "equations"), ("code", ""), ("code", "")]
    assert kinds[:7] == [*there, ("markdown", "training"), ("raw", "")]
    assert {question for _, question in kinds[7:]} == {q.id for q in made.questions} - {"equations", "training"}
    assert notebook.cells[1].source == "Look: ![x](attachment:picture-1)"
    assert list(notebook.cells[1].attachments) == ["picture-1"]
    assert "1.25 of 2 points, 0.75 still to be marked" in notebook.cells[2].source
    assert notebook.cells[4].outputs[0].text.strip() == LEFT
    json.dumps(notebook, allow_nan=False)


def test_a_verdict_says_what_the_report_says() -> None:
    """What did not pass with its message, what passed as a number, and what a person wrote."""
    forward = report().questions[1]
    told = replace(forward.verdicts[0], judged=Judged("eve", "now", "Well *argued*."))
    made = report(
        questions=(replace(forward, verdicts=(told, *forward.verdicts[1:])),), cells=(CellRun(1, "numpy_forward", "x"),)
    )
    text = executed_notebook(made)["cells"][1]["source"]
    for words in ("Forward pass in NumPy: 0.75 of 3 points", "3 of 6 values differ", "✓ 1 check passed"):
        assert words in text
    assert "Well \\*argued\\*." in text and "SECRET" not in text


def test_the_page_holds_it_folded() -> None:
    """With formulas laid out, the picture of the answer shown, and a verdict's frame; without it where not wanted."""
    made = report(cells=whole(), answers={"equations": "Look: ![x](picture-1)"})
    text = render_report(made)
    _, _, below = text.partition("Your notebook as it was executed")
    assert "<math" in below and below.count("<img") == 2 and below.count('class="foreign beside"') == 6
    assert "nbconvert" not in text and "Your notebook as it was executed" not in render_report(made, notebook=False)


def test_html_in_text_cells_is_laid_out_and_harmless() -> None:
    """As notebooks do it; what could run, or load anything, is gone."""
    picture = f'<img src="data:image/png;base64,{"".join(png().split())}" onload="x()">'
    text = f"<details><summary>A hint</summary>*Think.*</details>\n\n{picture}"
    made = report(cells=(CellRun(1, None, text, kind="markdown"),))
    page = render_report(made)
    check_is_harmless(page)
    assert "<summary>A hint</summary>" in page and page.count("<img") == 1 and "onload" not in page


def test_a_report_without_cells_has_no_notebook() -> None:
    """Such as one of a file that could not be read."""
    assert executed_notebook(report(cells=(), answers={}))["cells"] == []
    assert "Your notebook as it was executed" not in render_report(report(cells=()))


@pytest.mark.parametrize("number", range(len(ANSWERS)))
def test_forty_hostile_answers_do_no_harm_in_a_report(number: int) -> None:
    """As an answer, as a text cell, as code, and as what code shows."""
    attack = ANSWERS[number][:20_000]
    made = hostile(attack)
    texts = (
        CellRun(3, "q", attack, kind="markdown"),
        CellRun(4, None, attack, kind="raw"),
        CellRun(5, None, attack, kind="left"),
    )
    check_is_harmless(render_report(replace(made, cells=(*made.cells, *texts))))


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_in_the_notebook_runs(attack: str) -> None:
    """No scripts, no SVG, no foreign pictures among its outputs."""
    for cell in executed_notebook(hostile(attack))["cells"]:
        for output in cell.get("outputs", ()):
            assert set(output.get("data", {})) <= {"image/png", "text/html"}
            shown = output.get("data", {}).get("text/html", "")
            assert not re.search(
                r"<(script|svg|iframe|style|form|base|math)|<[^>]*\b(src|on\w+)=", shown, re.IGNORECASE
            )


def test_cells_are_laid_out_alike_whether_they_were_before_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process remembers of cells changes no page, and has an end; equal cells stand where they stood."""
    monkeypatch.setattr(page, "MOST", 3)
    twice = [CellRun(n, None, source, kind="markdown") for n, source in enumerate(("same", "<b>open", "same", "last"))]
    made = report(cells=tuple(twice), answers={})
    page._REMEMBERED.clear()
    first = page.as_html(made, {})
    assert page.as_html(made, {}) == first and len(page._REMEMBERED) <= max(3, len(twice) + len(made.questions))
    assert re.findall("same|<b>open</b>|last", first) == ["same", "<b>open</b>", "same", "last"]
    long = report(cells=(CellRun(0, None, "x" * page.LONGEST),), answers={})
    page._REMEMBERED.clear()
    assert "xxx" in page.as_html(long, {}) and not any("xxx" in text for text in page._REMEMBERED)
