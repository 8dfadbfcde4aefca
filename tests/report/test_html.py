"""The pages: complete, self-contained, without scripts, and nothing that a student wrote runs or breaks out."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_checks import ATTACKS, Page, check_is_harmless, hostile
from sample_reports import png as picture
from sample_reports import questions, report, submission, verdict

from graders.model import CellRun, Judged, Outcome, QuestionReport, Remark
from graders.report.classroom.page import render_index
from graders.report.clean import clean, one_line, printed
from graders.report.figures.evidence import figures
from graders.report.html import render_report
from graders.report.rich_output import markdown, png, shown_cells
from graders.report.words import WORDS


def test_the_report_shows_marks_and_every_check() -> None:
    """Earned, pending and possible points; each check with the word of its outcome, message and hint."""
    text = Page(render_report(report(), title="Practical 9")).text
    for words in ("Practical 9", "ada", "6", "1.25", "still to be marked by a person", "What to try next"):
        assert words in text
    for question in questions():
        assert question.title in text
        for found in question.verdicts:
            assert found.title in text
            assert found.hint is None or found.hint in text
    for outcome in Outcome:
        assert WORDS[outcome] in text


def test_what_a_machine_has_given_says_so() -> None:
    """Each rubric item with its points and who decides; the class's page says how much of it there is."""
    text = Page(render_report(report())).text
    told = "1.25 given by machine, 0.75 to be decided"
    for words in (told, "The state is there.", "by machine", "by a person, later"):
        assert words in text
    assert "2.5 points of written answers were given by machine" in Page(render_index([report("a"), report("b")])).text


def test_staff_details_stay_out_of_a_student_s_page() -> None:
    """Neither what a hidden check expected, nor our traceback, nor the seed, nor where the file came from."""
    text = render_report(report(submission=submission(source="/home/staff/inbox/ada.ipynb")))
    for secret in ("SECRET", "KeyError", "5eed5eed", "/home/staff"):
        assert secret not in text


def test_staff_see_the_details_of_a_fault_of_ours() -> None:
    """On the class's page."""
    text = render_index([report()], title="Practical 9")
    assert "KeyError" in text and "staff must look" in text


def test_remarks_are_for_staff() -> None:
    """They stand on the class's page, with their details, and not on the student's."""
    noted = replace(report(), remarks=(Remark("Diagnosis of area: it failed.", "Traceback <b>"),))
    text = render_index([noted])
    assert "Diagnosis of area: it failed." in text and "Traceback &lt;b&gt;" in text
    assert "Diagnosis of area" not in render_report(noted)
    assert "Remarks" not in render_index([report()])


def test_files_are_named_as_files_on_the_class_s_page() -> None:
    """What stands between backticks is code there, whatever a file is called."""
    text = render_index([report()], lines=["ann: `<b>.ipynb` was graded."])
    assert "<code>&lt;b&gt;.ipynb</code> was graded." in text


def test_the_policy_allows_exactly_our_style_sheet() -> None:
    """The hash in the Content-Security-Policy is that of the style sheet in the file."""
    for text in (render_report(report()), render_index([report()])):
        style = re.search(r"<style>(.*?)</style>", text, re.S)
        assert style is not None
        digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
        assert f"default-src 'none'; style-src 'sha256-{digest}';" in text and "img-src data:;" in text
        assert "http" not in style[1] and "@import" not in style[1] and "url(" not in style[1]


def test_the_policy_allows_exactly_the_script_of_the_class_page() -> None:
    """By its hash; a student's page has none at all."""
    text = render_index([report()])
    script = re.search(r"<script>(.*?)</script>", text, re.S)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in text and "unsafe" not in text
    assert "script" not in render_report(report()).partition("<body>")[0]


def test_colours_are_never_alone() -> None:
    """Each outcome has an icon of its own and a word, so that nobody needs to tell colours apart."""
    text = render_report(report())
    assert len(set(WORDS.values())) == len(Outcome)
    for outcome in Outcome:
        assert f'<symbol id="i-{outcome.value}"' in text
        assert f'href="#i-{outcome.value}"' in text


def test_evidence_is_drawn() -> None:
    """A curve with its baselines, bars with their marks, a comparison, and a share."""
    page = Page(render_report(report()))
    assert sum(tag == "polyline" for tag, _ in page.tags) == 2
    classes = [attributes.get("class") for _, attributes in page.tags]
    columns = figures(questions()[3].verdicts[1].evidence).histogram
    assert columns is not None and {mark.label for mark in columns.marks} == {"yours", "guessing", "full marks"}
    assert classes.count("level") == 7 and classes.count("level own") == 1
    assert classes.count("frequency") == 27 + len(columns.columns) and classes.count("probability") == 27
    assert "3 of 6 numbers differ" in page.text and "[1, nan]" in page.text


def test_what_the_notebook_showed_is_there() -> None:
    """Text without its colours, the last state of a progress bar, images, tables, and errors."""
    text = render_report(report())
    page = check_is_harmless(text)
    assert "epoch 200 loss 2.61" in page.text and "100%|" in page.text and " 50%|" not in page.text
    assert "ZeroDivisionError: division by zero" in page.text and "marina" in page.text and "scratch" in page.text
    assert sum(tag == "img" for tag, _ in page.tags) == 1


def test_a_written_answer_is_readable() -> None:
    """Markdown is rendered, and formulas are laid out, with their LaTeX for anyone who cannot see them."""
    text = render_report(report(), notebook=False)
    assert "<em>on</em>" in text
    (formula,) = (attributes for tag, attributes in Page(text).tags if tag == "math")
    assert formula["alttext"] == "h_t = \\tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)" and formula["display"] == "block"
    assert "<math" not in render_report(report(answers={"equations": "$\\notaword{$ x"}))


def test_what_passed_is_folded_away_when_something_failed() -> None:
    """One cross is not hidden among ticks; what a person has said of a passed check stays open."""
    passed = verdict("fine", Outcome.PASSED, 1.0, 1.0)
    told = replace(verdict("told", Outcome.PASSED, 1.0, 1.0), judged=Judged("eve", "now", "Well argued."))
    failed = verdict("wrong", Outcome.FAILED, 0.0, 1.0)
    text = render_report(report(questions=(QuestionReport("q", "Q", (passed, told, failed), 3.0),)))
    before, _, after = text.partition('<details class="passed">')
    assert "1 check passed" in after and "Fine." in after.partition("</details>")[0]
    assert "Told." in before and "Well argued." in before and "Wrong." in before
    assert 'class="passed"' not in render_report(report(questions=(QuestionReport("q", "Q", (passed, told), 2.0),)))


def test_what_to_try_next_is_worst_first_and_three_at_most() -> None:
    """By points lost, one check a question; what was never answered comes last, and each says where to read."""
    lost = [0.5, 2.0, 1.0]
    made = [
        QuestionReport(f"q{i}", f"Q{i}", (verdict("a", Outcome.FAILED, 0.0, p, hint=f"hint {i}"),), p, "", f"{i}. S{i}")
        for i, p in enumerate(lost)
    ]
    absent = QuestionReport("none", "Nothing", (verdict("a", Outcome.MISSING, 0.0, 5.0, message="Not there."),), 5.0)
    text = Page(render_report(report(questions=(absent, *made)))).text
    start = text.index("What to try next")
    found = [text.index(f"hint {i}", start) for i in (1, 2, 0)]
    assert found == sorted(found) and "section 1 of the notebook, “S1”" in text
    two = Page(render_report(report(questions=(absent, *made[:2])))).text
    assert two.index("Not there.", two.index("What to try next")) > two.index("hint 0", two.index("What to try next"))


def test_a_repeated_message_is_said_once() -> None:
    """An unanswered question says so once, not once for each check."""
    text = Page(render_report(report(cells=()))).text
    assert text.count("This answer is still as it was handed out.") == 1


def test_a_repeated_hint_is_said_once() -> None:
    """Three checks with one hint show it at the first; the others name that one."""
    hint = "Every unit adds up all inputs, <b>each</b> once."
    failed = [verdict(name, Outcome.FAILED, 0.0, 1.0, hint=hint) for name in ("states", "outputs", "sums")]
    costly = verdict("costly", Outcome.FAILED, 0.0, 9.0, hint="Look elsewhere.")
    made = report(questions=(QuestionReport("q", "Q", (*failed, costly), 12.0),))
    text = Page(render_report(made, notebook=False)).text
    assert text.count(hint) == 1
    assert text.count("The same as above, at “States”.") == 2


def test_full_marks_are_praised() -> None:
    """And there is nothing to look at first."""
    right = QuestionReport("q", "Q", (verdict("a", Outcome.PASSED, 1.0, 1.0),), 1.0)
    text = render_report(report(questions=(right,)))
    assert "Well done" in text and "What to try next" not in text


def test_the_index_shows_everyone() -> None:
    """Each student with a link, points a question, and what the class has in common."""
    text = render_index([report("ada"), report("grace hopper"), report("b/c")], title="Practical 9")
    page = check_is_harmless(text, scripts=1)
    links = [attributes.get("href") for tag, attributes in page.tags if tag == "a"]
    assert "./ada/report.html" in links and "./grace%20hopper/report.html" in links and "./b%2Fc/report.html" in links
    assert "recurrence forgotten" in page.text and "3×" in page.text


def test_an_empty_class_has_a_page() -> None:
    """Nothing to show is no error."""
    assert "0 students" in Page(render_index([], title="Practical 9")).text


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_breaks_out_of_a_report(attack: str) -> None:
    """An attack in every field leaves only harmless elements, and the page whole."""
    page = check_is_harmless(render_report(hostile(attack), title=attack))
    assert one_line(attack, 120) in " ".join(page.text.split()), "it is there, as text"


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_breaks_out_of_the_class_page(attack: str) -> None:
    """Names, faults, hints and details of hostile submissions are text."""
    made = replace(hostile(attack), remarks=(Remark(attack, attack),))
    check_is_harmless(render_index([made, report()], title=attack), scripts=1)


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_any_text_is_harmless(text: str) -> None:
    """Whatever a student writes, in every field at once."""
    check_is_harmless(render_report(hostile(text)))


def test_control_and_bidi_characters_become_visible() -> None:
    """A name cannot turn the text around it, nor a print move the cursor."""
    assert clean("a\u202eb") == "a[U+202E]b"
    assert clean("\x1b[2J\x1b]0;title\x07x\x9b31my\x00") == "xy␀"
    assert clean("नमस्ते مرحبا 👩‍🔬") == "नमस्ते مرحبا 👩‍🔬"
    assert all(clean(character) == character for character in map(chr, range(32, 127))) and clean("a\n\tb") == "a\n\tb"
    assert not any(clean(f"a{character}b") == f"a{character}b" for character in map(chr, range(0x80, 0xA0)))
    assert [code for code in range(32) if clean(chr(code)) == chr(code)] == [9, 10]
    assert one_line(" two\nlines\t" + "x" * 300, 20) == "two lines xxxxxxxxx…"


def test_streams_end_as_a_terminal_would_show_them() -> None:
    """Carriage returns overwrite, backspaces delete, and what is long is shortened in the middle."""
    assert printed("10%\r20%\r\nabc\b\bd\n") == "20%\nad\n"
    text = printed("a" * 100_000)
    assert len(text) < 21_000 and "80,000 characters left out" in text


def test_images_are_real_and_small_enough() -> None:
    """Only PNG pictures of reasonable size are shown."""
    good = picture()
    assert png(good) is not None and png(good.splitlines()) is not None
    raw = base64.b64decode(good)
    huge = raw[:16] + (60_000).to_bytes(4, "big") * 2 + raw[24:]
    for bad in (b"", b"GIF89a", raw[:20], huge, raw + b"x" * 4_000_000):
        assert png(base64.b64encode(bad).decode()) is None
    assert png("not base 64!") is None and png(None) is None


def test_a_page_has_room_for_so_many_images_only() -> None:
    """A notebook that draws without end does not make a page without end."""
    raw = base64.b64decode(picture()) + b"x" * 2_900_000
    output = {"output_type": "display_data", "data": {"image/png": base64.b64encode(raw).decode()}}
    (cell,) = shown_cells([CellRun(1, None, "", (output,) * 10)])
    assert [shown.kind for shown in cell.outputs].count("image") == 5


def test_markdown_keeps_what_people_write() -> None:
    """Tables, lists, emphasis, links and display equations."""
    html = markdown("| a | b |\n|--|--|\n| 1 | *2* |\n\n- x\n- [y](https://example.org)\n\n$$a_1 * b_1$$")
    for words in ("<table>", "<em>2</em>", "<li>x</li>", 'href="https://example.org"', "a_1 * b_1"):
        assert words in html


def test_partial_credit_is_called_so() -> None:
    """A failed check that earned something is partly right."""
    found = replace(verdict("x", Outcome.FAILED, 0.0, 1.0), points=0.5)
    assert "Partly right" in render_report(report(questions=(QuestionReport("q", "Q", (found,), 1.0),)))


def test_nothing_is_praised_where_nothing_could_be_read() -> None:
    """All points of such a file wait for a person; that is no reason to call anything right."""
    part = questions()[1]
    waiting = tuple(
        replace(v, items=(), outcome=Outcome.SKIPPED, points=0.0, undecided=True, message="") for v in part.verdicts
    )
    passed = tuple(replace(v, outcome=Outcome.PASSED, points=v.possible) for v in part.verdicts)
    assert "Well done" not in render_report(report(questions=(replace(part, verdicts=waiting),)))
    assert "Well done" in render_report(report(questions=(replace(part, verdicts=passed),)))
