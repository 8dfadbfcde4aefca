"""Equal and nearly equal answers, together where one judgement may serve them and apart where it may not."""

import json
import subprocess
import sys
from dataclasses import replace

from written_answers import ITEMS, TEXTS, essay, graded, variant

from graders.marking.answer import Answer, answers_of
from graders.marking.groups import alone, differences, grouped, nearly_equal
from graders.marking.similar import similar


def answers(*texts: str) -> list[Answer]:
    """The answers of a class that wrote these."""
    return [answer for i, text in enumerate(texts) for answer in answers_of(graded(f"s{i}", text))]


def students(groups: list[tuple[Answer, ...]]) -> list[set[str]]:
    """Who is in each group."""
    return [{answer.slot.student for answer in group} for group in groups]


def test_equal_texts_are_together_before_anything_is_compared() -> None:
    """Whatever an editor did to blanks and line ends; the largest group comes first."""
    found = grouped(answers(TEXTS[0], TEXTS[1], TEXTS[1] + "  \r\n", TEXTS[2]))
    assert students(found)[0] == {"s1", "s2"} and len(found) == 3


def test_what_has_no_text_of_its_own_is_marked_by_itself() -> None:
    """Files that cannot be read, and answers that stand in another file, look the same and may be worth anything."""
    waits = replace(essay("").verdicts[0], message="A person looks at what was handed in.")
    elsewhere = [graded(f"e{i}", TEXTS[0], questions=(replace(essay(""), verdicts=(waits,)),)) for i in range(2)]
    found = [answer for report in elsewhere for answer in answers_of(report)] + answers("", "", TEXTS[0], TEXTS[0])
    groups = grouped(found, similar)
    assert students(groups)[0] == {"s2", "s3"} and [len(group) for group in groups] == [2, 1, 1, 1, 1]


def test_nearly_equal_texts_are_together() -> None:
    """A typing error, another order, a word more; not another answer."""
    texts = [
        TEXTS[0],
        TEXTS[0].replace("pattern", "patern"),
        "Because the tail of the distribution is cut off, a small size gives the same pattern again and again.",
        TEXTS[0] + " Really.",
        *TEXTS[1:],
    ]
    groups = similar(texts)
    assert sorted(map(sorted, groups)) == [[0, 1, 2, 3], [4], [5], [6]]


def test_a_group_is_no_chain() -> None:
    """Texts that change little by little do not end in one group: all are like its first."""
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"]
    chain = [" ".join(["omega"] * i + words[i:]) for i in range(len(words))]
    groups = similar(chain)
    assert len(groups) > 1 and all(max(group) - min(group) < 6 for group in groups)


def test_texts_without_letters_stay_alone() -> None:
    """Nothing can be said of them."""
    assert similar(["", " ", "\n"]) == [[0], [1], [2]] and similar([]) == [] and similar(["?"]) == [[0]]


def test_a_program_of_its_own_does_it() -> None:
    """Also with half a surrogate pair, and with letters side by side of all kinds."""
    texts = [TEXTS[0], TEXTS[0] + "\ud800", "نور", TEXTS[0] + "!"]
    assert nearly_equal(texts) == similar(texts) == [[0, 1, 3], [2]]


def test_where_it_cannot_be_done_each_text_is_alone() -> None:
    """A process that ends is no reason not to mark."""
    ended = subprocess.run(
        [sys.executable, "-m", "graders.marking.similar"], input="no JSON", capture_output=True, text=True
    )
    assert ended.returncode
    assert alone(["a", "b"]) == [[0], [1]] and nearly_equal(["a"]) == [[0]]
    assert json.loads("[]") == nearly_equal([])


def test_what_a_machine_has_read_keeps_apart_and_brings_together() -> None:
    """Other findings are other answers, however like the texts; where everything was read, the text does not matter."""
    read = tuple(replace(item, points=item.possible, by_machine=True) for item in ITEMS)
    half = (replace(ITEMS[0], points=0.5, by_machine=True), *ITEMS[1:])
    made = [
        graded("all1", "h = tanh(Wx)", questions=(essay("", read),)),
        graded("all2", "quite another notation", questions=(essay("", read),)),
        graded("half", "h = tanh(Wx)", questions=(essay("", half),)),
        graded("none", "h = tanh(Wx)"),
    ]
    found = grouped([a for report in made for a in answers_of(report)], similar)
    assert sorted(map(sorted, students(found))) == [["all1", "all2"], ["half"], ["none"]]


def test_a_class_of_300_needs_few_judgements() -> None:
    """Where answers repeat as in real classes, forty groups at most hold them all."""
    found = grouped(answers(*(variant(number, 30) for number in range(300))), similar)
    assert len(found) <= 40 and sum(map(len, found)) == 300


def test_differences_are_shown_word_by_word() -> None:
    """What both have, what is new, what is gone; put together they are the texts."""
    found = differences("the loss goes down", "the loss never goes up")
    assert [(p.kind, p.text.strip()) for p in found if p.kind != "kept"] == [
        ("new", "never"),
        ("gone", "down"),
        ("new", "up"),
    ]
    assert "".join(p.text for p in found if p.kind != "gone") == "the loss never goes up"
    assert differences("same", "same  ")[0].kind == "kept"
