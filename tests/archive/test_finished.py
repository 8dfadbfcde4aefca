"""A report is finished alongside the grading: rendered within bounds, packed, and never at the cost of a mark."""

import base64
import time
from dataclasses import replace

import pytest
from sample_reports import report, submission

from graders.archive import finished
from graders.archive.finished import finish, unfinished
from graders.archive.record import unpack_cells
from graders.model import CellRun
from graders.notebooks.notebook import Cell, Notebook
from graders.report import rich_output
from graders.report.html import notebook_pages, render_report

DEEP = {
    "brackets": "[" * 60_000,
    "quotes": "> " * 60_000 + "x",
    "lists": "\n".join(" " * i + "- x" for i in range(1200)),
    "emphasis": "*a **b " * 20_000,
    "backticks": "".join("`" * (i % 300) + "a" for i in range(2_000)),
    "dollars": "$$a$" * 40_000,
    "table": "|a" * 8_000 + "|\n" + "|-" * 8_000 + "|\n" + ("|b" * 8_000 + "|\n") * 6,
    "links": "[a](<b" * 30_000,
    "entities": "&#" * 90_000,
}


def test_a_report_is_kept_light_and_whole() -> None:
    """Without bytes and cells, which are there again when they are unpacked; the page is the one that is rendered."""
    made = finish(report(), title="Practical 9")
    assert repr(made.report) == repr(replace(report(), cells=(), submission=replace(submission(), content=b"")))
    assert repr(unpack_cells(made.cells)) == repr(report().cells)
    page = render_report(report(), title="Practical 9")
    assert made.html.replace(made.html[made.html.index('<meta name="stamp"') :].splitlines()[0] + "\n", "") == page
    assert '"seed"' not in made.data and made.data == unfinished(report()).data


def test_what_pages_need_is_loaded_once_and_not_in_each_copy() -> None:
    """A process that finishes reports, warmed up or not, has loaded what lays out notebooks before it copies itself."""
    notebook_pages.cache_clear()
    finish(report())
    assert notebook_pages.cache_info().currsize == 1


def test_what_is_handed_out_is_laid_out_before_the_first_report() -> None:
    """A worker that is warm has the pieces of the release in memory, where its copies find them."""
    source = "x = 'a line that no other test lays out'"
    finished.warm_up(Notebook((Cell("code", source),)))
    before = rich_output._remembered_python.cache_info().hits
    rich_output.python(source)
    assert rich_output._remembered_python.cache_info().hits == before + 1


@pytest.mark.parametrize("name", DEEP)
def test_no_written_answer_holds_a_worker(name: str) -> None:
    """Whatever the markup, the page is there within a few seconds of processor time, rendered or as plain text."""
    made = report(answers={"equations": DEEP[name][:200_000]})
    before = time.process_time()
    done = finish(made, cpu_seconds=1.0)
    assert time.process_time() - before < 5
    assert "</html>" in done.html and done.report.questions == made.questions


def test_what_takes_too_long_is_shown_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says so, and shows the beginning of what was written, escaped."""

    def slow(text: str, **_: object) -> str:
        while True:
            pass

    monkeypatch.setattr("graders.report.html.markdown", slow)
    made = finish(report(answers={"equations": "<b>my</b> $x$ answer"}), cpu_seconds=0.2)
    assert "is shown here as plain text, because it takes too long" in made.html
    assert "&lt;b&gt;my&lt;/b&gt; $x$ answer" in made.html and "<b>my</b>" not in made.html


def test_a_fault_of_the_renderer_touches_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is plain, staff read why, and the marks stand."""

    def broken(text: str, **_: object) -> str:
        raise KeyError("broken")

    monkeypatch.setattr("graders.report.html.markdown", broken)
    made = finish(report())
    assert repr(made.report.questions) == repr(report().questions) and "</html>" in made.html
    (remark,) = made.report.remarks
    assert "failed to render" in remark.text and "KeyError" in remark.detail and "KeyError" not in made.html


def test_a_page_of_plain_text_takes_no_time() -> None:
    """Millions of characters of outputs and sources, and pictures, come to little."""
    picture = {"output_type": "display_data", "data": {"image/png": base64.b64encode(b"x" * 3_000_000).decode()}}
    printed = {"output_type": "stream", "name": "stdout", "text": "a[b](" * 400_000}
    cells = tuple(CellRun(i, None, "x = 1\n" * 30_000, (printed, picture)) for i in range(60))
    page = render_report(report(cells=cells, answers={"equations": "*a" * 100_000}), plain=True)
    assert len(page) < 2_000_000


def test_the_limits_suit_ordinary_reports() -> None:
    """An ordinary page takes a tenth of what it may."""
    made = finish(report(), cpu_seconds=finished.CPU_SECONDS / 10)
    assert "plain text" not in made.html
