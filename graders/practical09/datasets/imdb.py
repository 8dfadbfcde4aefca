"""Reads the Large Movie Review Dataset (aclImdb_v1) and keeps its word numbers as memory-mapped arrays.

The official archive, or the folder that it unpacks to, is read once: 25,000 reviews to train on and 25,000 to judge,
half of each negative and half positive. The reviews become numbers by torchtext's `basic_english` tokenizer and the
vocabulary of the most frequent words of the training reviews, ordered as `build_vocab_from_iterator` orders them. What
student code may see goes into one folder, the labels of the test reviews into another.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import tarfile
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from graders import Dataset, Prepared, UsageError

ARCHIVE, FOLDER = "aclImdb_v1.tar.gz", "aclImdb"
SPLITS, LABELS = ("train", "test"), {"neg": 0, "pos": 1}
REVIEWS = 12_500  # of each label in each split
VOCABULARY = 20_000  # words, the two special ones among them
SPECIAL = ("<pad>", "<unk>")
UNKNOWN = SPECIAL.index("<unk>")
FORMAT = "1"  # of the prepared files
NAME = re.compile(r"\d+_(\d+)\.txt")
SPACED = {mark: f" {mark} " for mark in "'.,()!?"} | {'"': "", ";": " ", ":": " "}
MARKS = str.maketrans(SPACED)
OFFICIAL = "get aclImdb_v1.tar.gz again from https://ai.stanford.edu/~amaas/data/sentiment/"

OnFile = Callable[[int], None]


def find(given: Path | None) -> Path:
    """The archive or the unpacked folder at a path, or in the folder at this path; GRADERS_DATA when None.

    Raises:
        UsageError: neither is there.
    """
    where = given or (Path(os.environ["GRADERS_DATA"]) if os.environ.get("GRADERS_DATA") else None)
    if where is None:
        raise UsageError(f"The film reviews are needed; say with --data or GRADERS_DATA where {ARCHIVE} is.")
    for path in (where, where / ARCHIVE, where / FOLDER):
        if path.is_file() or all((path / split).is_dir() for split in SPLITS):
            return path
    raise UsageError(f"There is neither {ARCHIVE} nor the folder {FOLDER} in {where}; {OFFICIAL}.")


def prepare(source: Path, place: Path, progress: OnFile = lambda n: None, *, each: int = REVIEWS) -> Prepared:
    """Prepare the reviews, or find them prepared: the first time takes a minute, later a second.

    Public are texts and labels of the training reviews, and the word numbers of all; private is a file with the labels
    (N,) of the test reviews, 1 for positive.

    Args:
        source: what `find` found.
        place: the folder to keep them in, which is another one for other reviews.
        progress: called after every review that was read, with how many there were.
        each: how many reviews of each label there must be in each split.

    Raises:
        UsageError: the archive is damaged, or reviews are missing or not what their names say.
    """
    folder = place / f"{FORMAT}-{each}"
    found = Prepared(folder / "public", folder / "labels.npy")
    if folder.is_dir():
        return found
    folder.parent.mkdir(parents=True, exist_ok=True)
    reviews = _checked(_read(source, progress), source, each)
    aside = Path(tempfile.mkdtemp(prefix="imdb-", dir=folder.parent))
    try:
        _write(reviews, aside)
        aside.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # else another process has been quicker
            raise UsageError(f"The prepared reviews cannot be kept in {folder.parent}: {error.strerror}.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return found


def tokens(text: str) -> list[str]:
    """A review's words, as torchtext's tokenizer `basic_english` splits them."""
    return text.lower().replace("<br />", " ").translate(MARKS).split()


Reviews = dict[str, list[tuple[int, str]]]  # split -> labels and texts, in the order of their files' names


def _read(source: Path, on_file: OnFile) -> Reviews:
    found: dict[str, list[tuple[str, int, str]]] = {split: [] for split in SPLITS}
    try:
        for number, (path, content) in enumerate(_files(source)):
            split, label, name = path.parts[-3:]
            rating = NAME.fullmatch(name)
            if rating is None or (int(rating[1]) > 5) != bool(LABELS[label]):
                raise UsageError(f"{path} in {source} cannot be a {label} review, by its name; {OFFICIAL}.")
            found[split].append((f"{label}/{name}", LABELS[label], content.decode("utf-8")))
            on_file(number + 1)
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError) as error:
        raise UsageError(f"{source} is damaged ({' '.join(str(error).split())[:100]}); {OFFICIAL}.") from error
    return {split: [(label, text) for _, label, text in sorted(reviews)] for split, reviews in found.items()}


def _files(source: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    if source.is_dir():
        for path in source.glob("t*/*/*.txt"):
            if _wanted(place := PurePosixPath(path.as_posix())):
                yield place, path.read_bytes()
        return
    with tarfile.open(source, "r|*") as archive:  # read from end to end, and nothing unpacked
        for member in archive:
            if member.isfile() and _wanted(place := PurePosixPath(member.name)):
                file = archive.extractfile(member)
                yield place, file.read() if file else b""


def _wanted(path: PurePosixPath) -> bool:
    return len(path.parts) >= 3 and path.parts[-3] in SPLITS and path.parts[-2] in LABELS and path.suffix == ".txt"


def _checked(reviews: Reviews, source: Path, each: int) -> Reviews:
    for split, found in reviews.items():
        for name, label in LABELS.items():
            number = sum(1 for other, _ in found if other == label)
            if number != each:
                raise UsageError(f"{source} has {number} {name} reviews to {split} with, not {each}; {OFFICIAL}.")
    return reviews


def _write(reviews: Reviews, folder: Path) -> None:
    """Both splits in a random order that nobody knows, for the archive's own order tells the labels."""
    order = np.random.default_rng(secrets.randbits(128))
    mixed = {split: [found[i] for i in order.permutation(len(found))] for split, found in reviews.items()}
    words = {split: [tokens(text) for _, text in found] for split, found in mixed.items()}
    numbers = _vocabulary(words["train"])
    public = folder / "public" / "imdb"
    public.mkdir(parents=True)
    for split, found in words.items():
        _save(public / f"{split}_starts.npy", np.cumsum([0, *map(len, found)]))
        flat = [numbers.get(word, UNKNOWN) for review in found for word in review]
        _save(public / f"{split}_tokens.npy", np.array(flat, dtype=np.int32))
    _save(public / "train_labels.npy", np.array([label for label, _ in mixed["train"]], dtype=np.uint8))
    _save(folder / "labels.npy", np.array([label for label, _ in mixed["test"]], dtype=np.uint8))
    lines = (json.dumps([label + 1, text]) for label, text in mixed["train"])  # torchtext counts labels from 1
    (public / "train.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    folder.chmod(0o700)


def _vocabulary(reviews: Sequence[Sequence[str]]) -> dict[str, int]:
    """The most frequent words and their numbers: by frequency, then by the alphabet, after the special ones."""
    counts = Counter(word for review in reviews for word in review)
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return {word: number for number, word in enumerate([*SPECIAL, *ordered[: VOCABULARY - len(SPECIAL)]])}


def _save(path: Path, array: np.ndarray) -> None:
    np.save(path, array, allow_pickle=False)


IMDB = Dataset("imdb", find, prepare, steps=4 * REVIEWS)
