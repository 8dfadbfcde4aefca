"""Answers kept as text files: right ones whole, wrong ones by the lines that they change, and nothing is guessed."""

from pathlib import Path

import pytest

from graders.catalog.notations import right_answers, wrong_answers

RIGHT = "=== short\nh = 1\ny = 2\n\n=== long\na\n\nb\n"


def written(folder: Path, wrong: str) -> Path:
    """The file of wrong answers, with the right ones next to it."""
    (folder / "q_right.md").write_text(RIGHT)
    (folder / "q_wrong.md").write_text(wrong)
    return folder / "q_wrong.md"


def test_right_answers_are_variants(tmp_path: Path) -> None:
    """Each under its name, whole, and of the module that asks for them."""
    written(tmp_path, "")
    found = right_answers(tmp_path / "q_right.md", "q", "a_module")
    assert {name: item.function() for name, item in found.items()} == {"short": "h = 1\ny = 2\n", "long": "a\n\nb\n"}
    assert found["long"].function.__module__ == "a_module" and found["long"].question == found["long"].replaces == "q"


def test_a_wrong_answer_is_a_right_one_with_other_lines(tmp_path: Path) -> None:
    """It says which item of the rubric it breaks."""
    path = written(tmp_path, "=== off breaks output in short\n- y = 2\n+ y = 3\n+ z = 4\n")
    (found,) = wrong_answers(path, "q", "a_module").values()
    assert (found.name, found.breaks, found.function()) == ("off", "output", "h = 1\ny = 3\nz = 4\n")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("=== off in short\n- y = 2\n+ y = 3\n", "does not say which right answer"),
        ("=== off breaks output in another\n- y = 2\n+ y = 3\n", "does not say which right answer"),
        ("=== off breaks output in short\n- y = 7\n+ y = 3\n", "lines that the right answer does not have"),
        ("=== off breaks output in short\n+ y = 3\n", "lines that the right answer does not have"),
        ("=== off breaks output in short\n- h = 1\n" * 2, "two answers of one name"),
    ],
)
def test_what_does_not_fit_is_refused(wrong: str, says: str, tmp_path: Path) -> None:
    """A wrong answer that changes nothing would prove nothing."""
    with pytest.raises(ValueError, match=says):
        wrong_answers(written(tmp_path, wrong), "q", "a_module")
