"""Makes torchtext 0.18 importable under a PyTorch that its compiled part does not load with.

torchtext's last release is Python around a small C++ library built for torch 2.3. Where that library loads, nothing is
done. Elsewhere `install` puts Python modules in the place of `torchtext._extension` and `torchtext._torchtext`, so that
the genuine package works: `Vocab` and its builders, the regular-expression tokenizer, and `datasets.IMDB`, which reads
the course's copy of the reviews and never the network. What stays out says so when it is used: SentencePiece, the BPE
and BERT encoders, word vectors from files, and TorchScript.

Runs inside the sandbox; nothing here is secret.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import importlib.util
import json
import os
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from torch.utils.data.datapipes.iter import IterableWrapper

from graders.sandbox.inside.standins.absent import Absent, NotHere
from graders.sandbox.inside.standins.importing import also_gone
from graders.sandbox.inside.standins.removed import fill

REVIEWS = "imdb/train.jsonl"  # below the data folder: one [label, text] a line, label 1 for neg and 2 for pos
VALIDATION = 5  # every fifth review is in the part that stands for the test split
FIELDS = ("Field", "LabelField", "BucketIterator", "Iterator", "TabularDataset", "Dataset", "Example")
ABSENT = ("SentencePiece", "CLIPEncoder", "GPT2BPEEncoder", "BERTEncoder", "Vectors")


class NoPart(NotHere, NotImplementedError):
    """Something whose compiled part is for an older PyTorch."""

    thing = "torchtext's compiled part"


class NoReviews(NotHere, FileNotFoundError):
    """The reviews, where the marking makes its own."""

    thing = "the film reviews"


def install(data: str | None = None) -> bool:
    """Put the adapter in place where it is needed, and stand-ins for what older versions of torchtext had."""
    also_gone("torchtext.legacy", "torchtext.legacy.data", "torchtext.legacy.datasets")
    adapted = adapt(data)
    if "torchtext.data" in sys.modules:
        fill(sys.modules["torchtext.data"], {name: Absent(f"torchtext.legacy.data.{name}") for name in FIELDS})
    return adapted


def adapt(data: str | None = None) -> bool:
    """Put the adapter in place where it is needed; whether it was. Call it before torchtext is imported.

    Args:
        data: the folder of public data; the environment's GRADERS_DATA, else `data`, when None.
    """
    spec = importlib.util.find_spec("torchtext") if "torchtext" not in sys.modules else None
    if spec is None or spec.origin is None or _loads(Path(spec.origin).parent):
        return False
    sys.modules["torchtext._extension"] = ModuleType("torchtext._extension", "Stands for the loader of the library.")
    sys.modules["torchtext._torchtext"] = _compiled()
    sys.modules["torchtext.datasets.imdb"] = _imdb(data)
    with contextlib.suppress(ImportError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("torchtext.vocab")
        importlib.import_module("torchtext.datasets")
    return True


def _loads(package: Path) -> bool:
    """Whether the compiled library loads alongside this torch, which has been loaded above."""
    try:
        ctypes.CDLL(str(package / "lib" / "libtorchtext.so"))
    except OSError:
        return False
    return True


class Vocab:
    """A two-way table of tokens and indices, as torchtext's compiled class of this name.

    Raises:
        RuntimeError: in the cases in which torchtext's documentation says so.
    """

    is_jitable = False

    def __init__(self, tokens: Iterable[str], default_index: int | None = None) -> None:
        self.itos_: list[str] = []
        self.stoi_: dict[str, int] = {}
        self.default_index_ = default_index
        for token in tokens:
            if _text(token) in self.stoi_:
                raise RuntimeError(f"Duplicate token found in tokens list: {token}")
            self.stoi_[token] = len(self.itos_)
            self.itos_.append(token)

    def __len__(self) -> int:
        return len(self.itos_)

    def __contains__(self, token: str) -> bool:
        return _text(token) in self.stoi_

    def __getitem__(self, token: str) -> int:
        index = self.stoi_.get(_text(token), self.default_index_)
        if index is None:
            raise RuntimeError(f"Token {token} not found and default index is not set")
        return index

    def set_default_index(self, index: int | None) -> None:
        """The index of every token that is not known; None for none."""
        self.default_index_ = index

    def get_default_index(self) -> int | None:
        """See `set_default_index`."""
        return self.default_index_

    def insert_token(self, token: str, index: int) -> None:
        """Put a new token at an index, moving the later ones on."""
        if not 0 <= index <= len(self):
            raise RuntimeError(f"Specified index {index} is out of bounds for vocab of size {len(self)}")
        if _text(token) in self.stoi_:
            raise RuntimeError(f"Token {token} already exists in the Vocab with index: {self.stoi_[token]}")
        self.itos_.insert(index, token)
        self.stoi_ = {token: place for place, token in enumerate(self.itos_)}

    def append_token(self, token: str) -> None:
        """Put a new token at the end."""
        self.insert_token(token, len(self))

    def lookup_token(self, index: int) -> str:
        """The token at an index."""
        if not 0 <= index < len(self):
            raise RuntimeError(f"Specified index {index} is out of bounds for vocab of size {len(self)}")
        return self.itos_[index]

    def lookup_tokens(self, indices: Sequence[int]) -> list[str]:
        """The tokens at these indices."""
        return [self.lookup_token(index) for index in indices]

    def lookup_indices(self, tokens: Sequence[str]) -> list[int]:
        """The indices of these tokens."""
        if isinstance(tokens, str):
            raise TypeError("lookup_indices takes a list of tokens, not a string")
        return [self[token] for token in tokens]

    def get_stoi(self) -> dict[str, int]:
        """Token -> index."""
        return dict(self.stoi_)

    def get_itos(self) -> list[str]:
        """The tokens in their order."""
        return list(self.itos_)


def _text(token: Any) -> str:
    if not isinstance(token, str):
        raise TypeError(f"a token is a string, not {type(token).__name__}")
    return token


class RegexTokenizer:
    """Replaces patterns one after the other and splits at white space, as torchtext's compiled class of this name."""

    is_jitable = False

    def __init__(self, patterns: Sequence[str], replacements: Sequence[str], to_lower: bool = False) -> None:
        if len(patterns) != len(replacements):
            raise RuntimeError("RegexTokenizer takes as many replacements as patterns")
        self.patterns_, self.replacements_, self.to_lower_ = list(patterns), list(replacements), to_lower

    def forward(self, line: str) -> list[str]:
        """The tokens of a line."""
        line = line.lower() if self.to_lower_ else line
        for pattern, replacement in zip(self.patterns_, self.replacements_, strict=True):
            line = re.sub(pattern, replacement, line)
        return line.split()


def _from_tokens(lines: Iterable[str], min_freq: int, tokenizer: Callable[[str], Iterable[str]]) -> Vocab:
    """Tokens by descending frequency, then by the alphabet."""
    counts = Counter(token for line in lines for token in tokenizer(line))
    kept = sorted((-count, token) for token, count in counts.items() if count >= min_freq)
    return Vocab([token for _, token in kept])


def _build_vocab_from_text_file(
    file_path: str, min_freq: int, num_cpus: int, tokenizer: Callable[[str], Iterable[str]]
) -> Vocab:
    with Path(file_path).open(encoding="utf-8") as lines:
        return _from_tokens(lines, min_freq, tokenizer)


def _build_vocab_from_text_file_using_python_tokenizer(
    file_path: str, min_freq: int, tokenizer: Callable[[str], Iterable[str]]
) -> Vocab:
    return _build_vocab_from_text_file(file_path, min_freq, 1, tokenizer)


def _load_vocab_from_file(file_path: str, min_freq: int, num_cpus: int) -> Vocab:
    counts = Counter(Path(file_path).read_text("utf-8").split())
    return Vocab([token for token, count in counts.items() if count >= min_freq])


def _load_token_and_vectors_from_file(*_: Any) -> Any:
    raise NoPart("Word vectors cannot be read here: torchtext's compiled part is for an older PyTorch.")


def _absent(name: str) -> type:
    def refuse(self: Any, *_: Any, **__: Any) -> None:
        raise NoPart(f"{name} is not here: torchtext's compiled part is for an older PyTorch.")

    return type(name, (), {"__init__": refuse, "__module__": "torchtext._torchtext"})


def _compiled() -> ModuleType:
    module = ModuleType("torchtext._torchtext", "Stands for torchtext's compiled part.")
    items: list[Any] = [
        *(Vocab, RegexTokenizer, _build_vocab_from_text_file, _build_vocab_from_text_file_using_python_tokenizer),
        *(_load_vocab_from_file, _load_token_and_vectors_from_file, *map(_absent, ABSENT)),
    ]
    for item in items:
        setattr(module, item.__name__, item)
    return module


def _imdb(data: str | None) -> ModuleType:
    module = ModuleType("torchtext.datasets.imdb", "The Large Movie Review Dataset, from the course's own copy.")

    def IMDB(root: str | None = None, split: Any = ("train", "test")) -> Any:
        """Reviews as pairs of label (1 negative, 2 positive) and text; one pipe, or one for each split.

        The true test reviews are for the marking. Here `test` is a part cut from the training reviews.
        """
        if isinstance(split, (tuple, list)):
            return tuple(IMDB(root, part) for part in split)
        if split not in ("train", "test"):
            raise ValueError(f"split is 'train', 'test' or both, not {split!r}")
        folder = Path(data or os.environ.get("GRADERS_DATA") or "data")
        if not (folder / REVIEWS).is_file():
            raise NoReviews("The reviews are not here: this marking makes its own, and calls your functions.")
        return IterableWrapper(ReviewSplit(folder / REVIEWS, split), deepcopy=False)

    module.__dict__.update(
        {"IMDB": IMDB, "NUM_LINES": {"train": 20_000, "test": 5_000}, "DATASET_NAME": "IMDB", "URL": "", "MD5": ""}
    )
    return module


class ReviewSplit:
    """One split of the reviews, read again whenever it is iterated."""

    def __init__(self, path: Path, split: str) -> None:
        self._path, self._validation = path, split == "test"

    def __iter__(self) -> Iterator[tuple[int, str]]:
        with self._path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if (number % VALIDATION == 0) is self._validation:
                    label, text = json.loads(line)
                    yield label, text
