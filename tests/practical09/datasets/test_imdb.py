"""The film reviews become arrays once, their test labels stay outside, and the full profile trains on them."""

import json
import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import small_reviews
from hypothesis import given
from hypothesis import strategies as st

from graders import Prepared
from graders.catalog.assignment import Assignment, Data
from graders.errors import UsageError
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.model import Outcome, QuestionReport, Report
from graders.notebooks.notebook import ExecCell
from graders.practical09.datasets import imdb
from graders.sandbox.host.sandbox import Sandbox

ROOT = Path(__file__).parents[3]
OFFICIAL = Path(os.environ.get("GRADERS_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A small set, prepared."""
    where = tmp_path_factory.mktemp("reviews")
    return imdb.prepare(small_reviews.archive(where), where, each=small_reviews.EACH)


@pytest.mark.parametrize("make", [small_reviews.archive, small_reviews.folder])
def test_archive_and_folder_become_arrays(make: Callable[[Path], Path], tmp_path: Path) -> None:
    """Every review of both splits as numbers of a vocabulary; the second time nothing is read."""
    seen: list[int] = []
    found = imdb.prepare(make(tmp_path), tmp_path / "cache", seen.append, each=small_reviews.EACH)
    assert seen[-1] == 4 * small_reviews.EACH
    arrays = {path.stem: np.load(path) for path in (found.public / "imdb").glob("*.npy")}
    assert set(arrays) == {"train_tokens", "train_starts", "train_labels", "test_tokens", "test_starts"}
    for split in ("train", "test"):
        lengths = np.diff(arrays[f"{split}_starts"])
        assert len(lengths) == 2 * small_reviews.EACH and lengths.sum() == len(arrays[f"{split}_tokens"])
    assert np.load(found.private).mean() == 0.5 and 0.2 < np.load(found.private)[: small_reviews.EACH].mean() < 0.8
    again: list[int] = []
    same = imdb.prepare(imdb.find(tmp_path), tmp_path / "cache", again.append, each=small_reviews.EACH)
    assert same == found and again == []


def test_numbers_and_labels_belong_to_their_review(prepared: Prepared) -> None:
    """Rows of all files agree, in an order that tells nothing."""
    lines = [json.loads(line) for line in (prepared.public / "imdb" / "train.jsonl").read_text().splitlines()]
    labels = np.load(prepared.public / "imdb" / "train_labels.npy")
    assert [label - 1 for label, _ in lines] == labels.tolist()
    for label, text in lines:
        assert any(word in text.lower() for word in (small_reviews.GOOD if label == 2 else small_reviews.BAD))
    starts, numbers = (np.load(prepared.public / "imdb" / f"train_{name}.npy") for name in ("starts", "tokens"))
    known: dict[str, int] = {}
    for row, (_, text) in enumerate(lines):
        for word, number in zip(imdb.tokens(text), numbers[starts[row] : starts[row + 1]], strict=True):
            assert known.setdefault(word, int(number)) == number
    assert min(known.values()) == len(imdb.SPECIAL)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=80) | st.text(max_size=40))
def test_words_are_split_as_torchtext_does(text: str) -> None:
    """Its documented tokenizer `basic_english` gives the same words."""
    tokenizer = pytest.importorskip("torchtext.data.utils", exc_type=ImportError)
    assert imdb.tokens(text) == tokenizer.get_tokenizer("basic_english")(text)


@pytest.fixture(scope="module", autouse=True)
def adapted() -> Iterator[None]:
    """torchtext importable."""
    from graders.practical09.shims.torchtext_adapter import install

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if install():
            import torchtext.data.utils  # noqa: F401
        yield


def cut(path: Path) -> Path:
    """An archive that was cut off."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def flip(path: Path) -> Path:
    """An archive with a few other bytes in its middle."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8] = bytes(255 - byte for byte in content[middle : middle + 8])
    path.write_bytes(content)
    return path


def lose(path: Path) -> Path:
    """A folder in which a review is missing."""
    next((path / "test" / "pos").iterdir()).unlink()
    return path


def mistake(path: Path) -> Path:
    """A folder in which a good review lies among the bad ones."""
    (path / "train" / "neg" / "0_2.txt").rename(path / "train" / "neg" / "0_9.txt")
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: cut(small_reviews.archive(p)), "damaged|not 150"),
        (lambda p: flip(small_reviews.archive(p)), "damaged|not 150"),
        (lambda p: lose(small_reviews.folder(p)), "149 pos reviews to test with, not 150"),
        (lambda p: mistake(small_reviews.folder(p)), "cannot be a neg review"),
    ],
)
def test_bad_data_get_one_sentence(make: Callable[[Path], Path], says: str, tmp_path: Path) -> None:
    """It says what is wrong, and nothing is kept of them."""
    with pytest.raises(UsageError, match=says):
        imdb.prepare(make(tmp_path), tmp_path / "cache", each=small_reviews.EACH)
    assert not list((tmp_path / "cache").iterdir())


def test_absent_data_get_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without a path."""
    monkeypatch.delenv("GRADERS_DATA", raising=False)
    with pytest.raises(UsageError, match="neither aclImdb_v1"):
        imdb.find(tmp_path)
    with pytest.raises(UsageError, match="--data or GRADERS_DATA"):
        imdb.find(None)


@pytest.mark.skipif(not (OFFICIAL / imdb.ARCHIVE).is_file(), reason="the Large Movie Review Dataset is not here")
def test_the_official_archive(tmp_path: Path) -> None:
    """25,000 reviews in each split, of which few words are unknown."""
    found = imdb.prepare(imdb.find(OFFICIAL), tmp_path)
    assert len(np.load(found.private)) == 25_000 and np.load(found.private).sum() == 12_500
    starts, numbers = (np.load(found.public / "imdb" / f"test_{name}.npy") for name in ("starts", "tokens"))
    assert 260 < np.diff(starts).mean() < 280 and (numbers == imdb.UNKNOWN).mean() < 0.05


def full(assignment: Assignment, reviews: Prepared | None) -> Report:
    """The correct sample student on the full profile, with the reviews and with fewer epochs for the names."""
    smaller = {"N_EPOCHS": 20, "RNN_HIDDEN": 32, "EMBEDDING_DIM": 16, "IMDB_EPOCHS": 12}
    parameters = {**assignment.parameters("full"), **smaller}
    data = Data(*((reviews.public, {"imdb": reviews.private}) if reviews else (assignment.data, {"imdb": None})))
    changed = replace(assignment, prepared_data=data, profiles={"full": parameters})
    (submission,) = find_submissions(ROOT / "submissions" / "practical09" / "correct", assignment.id)
    with Sandbox(changed.beside, changed.data, changed.limits) as sandbox:
        return grade(submission, changed, sandbox, profile="full")


def sentiment(report: Report) -> list[QuestionReport]:
    """Its two sentiment questions."""
    return [question for question in report.questions if question.id in ("sentiment_rnn", "sentiment_lstm")]


def test_without_calibration_the_measured_accuracy_waits_for_a_person(
    practical09: Assignment, prepared: Prepared
) -> None:
    """The model is trained and judged on the reviews, and nobody guesses what is enough."""
    for question in sentiment(full(practical09, prepared)):
        made = question.verdicts[-1]
        assert made.outcome is Outcome.PENDING and made.pending == made.possible, made
        assert "Of 300 test reviews" in made.message and "after training on cpu" in made.message
        assert float(made.message.split("reviews ")[1].split("%")[0]) > 85, made.message
        assert question.points + question.pending == question.possible


def test_without_the_reviews_the_check_is_skipped(practical09: Assignment) -> None:
    """The reason is said, and the points stay undecided."""
    for question in sentiment(full(practical09, None)):
        made = question.verdicts[-1]
        assert made.outcome is Outcome.SKIPPED and "not on this machine" in made.message
        assert made.points == 0 and question.points + question.pending == question.possible


SEARCH = """
import os, numpy as np
found = []
for top, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(top, name) not in ("/proc", "/sys")]
    found += [os.path.join(top, name) for name in files if "label" in name and name.endswith(".npy")]
for path in (OUTSIDE, os.path.dirname(OUTSIDE)):
    try:
        os.stat(path) and open(path).close()
        found.append(path)
    except OSError:
        pass
"""


def test_no_test_label_is_readable_inside(practical09: Assignment, prepared: Prepared) -> None:
    """A search of everything finds the labels of the training reviews, and the true path leads nowhere."""
    cells = [ExecCell(0, None, SEARCH.replace("OUTSIDE", repr(str(prepared.private))))]
    with (
        Sandbox(practical09.beside, prepared.public, practical09.limits) as sandbox,
        sandbox.attempt(cells, 0) as attempt,
        attempt.session() as session,
    ):
        assert [Path(path).name for path in session.value("found")] == ["train_labels.npy"]
