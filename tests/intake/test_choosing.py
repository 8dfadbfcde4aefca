"""Of all that a student hands in, the file that is meant counts, and the others are reported."""

import os
from pathlib import Path

import pytest

from graders.errors import IntakeError, NeedsAPerson
from graders.intake.choosing import Chosen, Work, choose, own_name
from graders.intake.uploads import of_folder

OWN = "practical09.ipynb"


def chosen(folder: Path, *paths: str, untouched: tuple[str, ...] = (), texts: dict[str, str] | None = None) -> Chosen:
    """What counts among files; each holds its own path, some of them are said to be as they were handed out.

    A text of `answers: one two` is said to answer these questions.
    """
    for number, path in enumerate(paths):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text((texts or {}).get(path, path))
        os.utime(folder / path, (1e9 + number, 1e9 + number))
    works = [Work(file, file.parts) for file in of_folder(folder)]

    def answered(content: bytes, _: str) -> frozenset[str] | None:
        what, _, names = content.decode().partition("answers: ")
        return frozenset(names.split()) if names or what in untouched else None

    return choose(works, "practical09", answered)


@pytest.mark.parametrize(
    ("others", "counts"),
    [
        (["practical09_draft.ipynb", "practical09-Copy1.ipynb", "Untitled.ipynb"], OWN),
        (["test.ipynb", "Practical09.ipynb"], "Practical09.ipynb"),
        (["PRACTICAL09.IPYNB", "scratch.ipynb"], "PRACTICAL09.IPYNB"),
        (["practical09 (1).ipynb", "practical09(2).ipynb", OWN], "practical09(2).ipynb"),
        ([".ipynb_checkpoints/practical09-checkpoint.ipynb", OWN, "~$practical09.ipynb", "._practical09.ipynb"], OWN),
        (["old/practical09.ipynb", "practical09_final.ipynb"], "practical09_final.ipynb"),
        (["scratch.ipynb", "work/practical09.ipynb"], "work/practical09.ipynb"),
        (["practical09_v2.ipynb", "practical09_v10.ipynb", "practical09_v9.ipynb"], "practical09_v10.ipynb"),
        (["utils.py", "mine.ipynb"], "mine.ipynb"),
        (["practical09.py", "scratch.ipynb"], "practical09.py"),
        (["venv/lib/practical09.ipynb", "mine.ipynb"], "mine.ipynb"),
        (["node_modules/practical09.py", "practical09.ipynb.txt", "notes.txt"], "practical09.ipynb.txt"),
        (["Copy of practical09.ipynb", "test.ipynb"], "Copy of practical09.ipynb"),
        (["a/practical09.ipynb", "b/practical09.ipynb"], "b/practical09.ipynb"),
        (
            [".ipynb_checkpoints/practical09-checkpoint.ipynb", "photo.png"],
            ".ipynb_checkpoints/practical09-checkpoint.ipynb",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_file_that_is_meant_counts(others: list[str], counts: str, tmp_path: Path) -> None:
    """The assignment's own name before others, whatever its capitals; drafts, copies and leavings last."""
    found = chosen(tmp_path, *dict.fromkeys([*others, counts]))
    assert "/".join(found.work.path) == counts


@pytest.mark.parametrize(
    ("paths", "untouched", "counts"),
    [
        ([OWN, "Copy_of_practical09.ipynb"], (OWN,), "Copy_of_practical09.ipynb"),
        ([OWN, "scratch.ipynb"], (OWN,), "scratch.ipynb"),
        ([OWN, "a.ipynb", "b.ipynb"], (OWN, "a.ipynb"), "b.ipynb"),
        ([OWN, "practical09 (1).ipynb"], (OWN, "practical09 (1).ipynb"), "practical09 (1).ipynb"),
        ([OWN, "helper.py"], (OWN, "helper.py"), OWN),
        (
            [OWN, ".ipynb_checkpoints/practical09-checkpoint.ipynb"],
            (OWN,),
            ".ipynb_checkpoints/practical09-checkpoint.ipynb",
        ),
    ],
)
def test_what_was_written_in_counts_before_what_was_not(
    paths: list[str], untouched: tuple[str, ...], counts: str, tmp_path: Path
) -> None:
    """An untouched notebook never hides another one; where all are untouched, the one that is meant is shown."""
    assert "/".join(chosen(tmp_path, *paths, untouched=untouched).work.path) == counts


def test_what_does_not_count_is_told(tmp_path: Path) -> None:
    """By its name, which cannot be markup in the report; versions of the one file are not."""
    found = chosen(tmp_path, OWN, "practical09 (3).ipynb", "my`draft.ipynb", "old/practical09.ipynb")
    assert found.attempts == 2
    (notice,) = found.notices
    assert notice.startswith("`practical09 (3).ipynb` was graded. Next to it, ")
    assert "`my_draft.ipynb`" in notice and "`old/practical09.ipynb`" in notice


def test_a_wrong_ending_is_told(tmp_path: Path) -> None:
    """The notebook is read, and the student reads what to call it."""
    found = chosen(tmp_path, "practical09.ipynb.json", texts={"practical09.ipynb.json": '{"cells": []}'})
    assert found.suffix == ".ipynb"
    assert found.notices == ("`practical09.ipynb.json` was read as a notebook; call it `practical09.ipynb`.",)


@pytest.mark.parametrize(
    "name", ["practical09", "practical09.json", "practical09.txt", "x.bin", "practical09.ipynb.zip"]
)
def test_a_notebook_is_known_by_its_content(name: str, tmp_path: Path) -> None:
    """Whatever it is called, where nothing else is there."""
    found = chosen(tmp_path, name, "notes.csv", texts={name: ' {"nbformat": 4, "cells": []}'})
    assert (found.work.name, found.suffix) == (name, ".ipynb")


def test_documents_count_when_they_hold_python(tmp_path: Path) -> None:
    """A README is no submission; a document with cells is one, where there is no notebook."""
    texts = {"answers.qmd": "```{python}\na = 1\n```\n", "README.md": "# Mine\n"}
    found = chosen(tmp_path / "a", *texts, texts=texts)
    assert (found.work.name, found.suffix) == ("answers.qmd", ".qmd")
    with pytest.raises(IntakeError, match=r"only \.md"):
        chosen(tmp_path / "b", "README.md", texts=texts)


@pytest.mark.parametrize("fence", ["```{code-cell} ipython3", "~~~ {.python}", "``` python", "```ipython3"])
def test_a_document_s_python_may_be_fenced_in_many_ways(fence: str, tmp_path: Path) -> None:
    """As MyST, Pandoc and nbconvert write it, also where the name says no more than that it is a document."""
    found = chosen(tmp_path, "answers.md", texts={"answers.md": f"# Mine\n\n{fence}\na = 1\n{fence[:3]}\n"})
    assert found.suffix == ".md"


def test_two_files_with_an_equal_right_are_refused(tmp_path: Path) -> None:
    """Nobody can know which one is meant; a student who handed in none reads what there was."""
    with pytest.raises(IntakeError, match=r"2 files \(a.ipynb, b.ipynb\)"):
        chosen(tmp_path / "a", "a.ipynb", "b.ipynb")
    with pytest.raises(IntakeError, match=r"no notebook in what was handed in, only \.docx, \.png"):
        chosen(tmp_path / "b", "essay.docx", "photo.png")


PARTS = {"a.ipynb": "answers: one", "b.ipynb": "answers: two three"}


def test_answers_in_another_file_are_not_lost(tmp_path: Path) -> None:
    """Of parts the largest counts, and which file has the other answers is known; so it is next to the own name."""
    found = chosen(tmp_path / "a", *PARTS, texts=PARTS)
    assert (found.work.name, found.elsewhere) == ("b.ipynb", (("one", "a.ipynb"),))
    assert found.notices[-1].startswith("`a.ipynb` answers `one`, and a person looks at that;")
    found = chosen(tmp_path / "b", *PARTS, OWN, texts=PARTS | {OWN: "answers: one"})
    assert (found.work.name, found.elsewhere) == (OWN, (("three", "b.ipynb"), ("two", "b.ipynb")))
    found = chosen(tmp_path / "c", *PARTS, OWN, texts=PARTS | {OWN: "answers: one two three"})
    assert found.elsewhere == ()


def test_parts_that_answer_the_same_are_for_a_person(tmp_path: Path) -> None:
    """Unless they are the same byte for byte."""
    with pytest.raises(NeedsAPerson) as fault:
        chosen(tmp_path / "a", *PARTS, texts=PARTS | {"a.ipynb": "answers: two"})
    assert set(fault.value.files) == set(PARTS)
    assert chosen(tmp_path / "b", *PARTS, texts=dict.fromkeys(PARTS, "answers: one")).elsewhere == ()


@pytest.mark.parametrize("name", ["essay.pdf", "page.html", "scan.jpg", "notes.txt", "work.docx"])
def test_papers_without_a_notebook_are_for_a_person(name: str, tmp_path: Path) -> None:
    """Answers may stand in them, and a person reads them; of an empty one nobody reads anything."""
    with pytest.raises(NeedsAPerson, match=r"no notebook in what was handed in, only \.\w+; hand in") as fault:
        chosen(tmp_path / "a", name, texts={name: "my answer"})
    assert list(fault.value.files.values()) == [b"my answer"]
    with pytest.raises(IntakeError) as nothing:
        chosen(tmp_path / "b", name, texts={name: " "})
    assert not isinstance(nothing.value, NeedsAPerson)


def test_an_assignments_own_name() -> None:
    """With a number that a browser adds; not with words."""
    for name in (
        "practical09.ipynb",
        "Practical09.PY",
        "practical09 (2).ipynb",
        "practical09-1.ipynb",
        "practical09.ipynb.txt",
    ):
        assert own_name(name, "practical09"), name
    for name in ("practical09_draft.ipynb", "practical10.ipynb", "mine.ipynb", "practical09"[:-1]):
        assert not own_name(name, "practical09"), name
