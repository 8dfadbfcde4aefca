"""Written answers of a report: which they are, and when one is another."""

from dataclasses import replace

from written_answers import ITEMS, TEXTS, essay, graded

from graders.marking.answer import answer_digest, answers_of, normalised, picture_digests
from graders.model import CellRun, Outcome


def test_an_answer_stays_the_same_where_nobody_could_see_a_change() -> None:
    """Line ends, blanks at ends of lines, doubled blanks, composed letters are an editor's; the rest is theirs."""
    same = ["é a\nb", "e\u0301 a\r\nb", "é a   \nb\n\n", "\n\né  a\nb"]
    assert len({answer_digest(text, {}) for text in same}) == 1
    others = ["é a b", "é a\n\nb", "é a\n    b", "é A\nb", "é a\nb.", "e a\nb"]
    assert len({answer_digest(text, {}) for text in [*others, same[0]]}) == 7
    assert normalised("a\n\n\n\n    code  x\n") == "a\n\n    code x"


def test_another_picture_is_another_answer() -> None:
    """Its name does not matter, which counts the pictures of the whole notebook; what it shows does."""
    cells = tuple(
        CellRun(-1, "essay", name, ({"data": {"image/png": data}},))
        for name, data in (("picture-1", "AAA"), ("picture-2", "BBB"), ("picture-3", "AAA"))
    )
    digests = picture_digests(cells)
    first, second, third = (answer_digest(f"see ![x](picture-{n})", digests) for n in (1, 2, 3))
    assert first == third != second


def test_written_answers_are_found() -> None:
    """Those that wait and those that a machine has read; not what was never written, nor what a machine decides."""
    (answer,) = answers_of(graded("ada"))
    assert answer.text == TEXTS[0] and answer.possible == 1 and answer.items == ITEMS and answer.sign == ""
    blank = replace(essay("").verdicts[0], outcome=Outcome.MISSING)
    assert not list(answers_of(graded("ada", questions=(replace(essay(""), verdicts=(blank,)),))))
    read = tuple(replace(item, points=item.possible, by_machine=True) for item in ITEMS)
    (answer,) = answers_of(graded("ada", questions=(essay("", read),)))
    assert answer.sign
