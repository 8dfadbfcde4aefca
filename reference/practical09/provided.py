"""What the notebook gives to everybody: imports, parameters, the data of the exercises, and their loaders.

Every function and every value of the exercises stands here exactly as in the notebook's locked cells; a test compares
the two. Only `DATA` (the notebook runs next to its data) and `DEVICE` (the reference stays on the CPU unless
stated otherwise) differ.
"""

# ruff: noqa: F401 (imports are part of what is given)

import math
import random
import re
import tarfile
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

# --- parameters -----------------------------------------------------------------------------------------------------

N_EPOCHS = 1000
HIDDEN = 128
LEARNING_RATE = 0.0005
IMDB_EPOCHS = 5
EMBEDDING_DIM = 128
RNN_HIDDEN = 256
DEVICE = "cpu"
SEED = 9
DATA = str(Path(__file__).resolve().parents[2] / "assignments" / "practical09" / "data")

# --- the sequence of the pen-and-paper exercise -----------------------------------------------------------------------

# T = 2 steps, D = 4 inputs, H = 3 hidden units, K = 2 classes; one row a time step.
X = np.array([[4.0, 0.0, 0.0, 0.0], [0.0, 8.0, 2.0, 0.0]])
E_Y = np.array([[1.0, 0.0], [0.0, 1.0]])
H_0 = np.zeros(3)
W_xh = np.full((3, 4), 0.1)
W_hh = np.full((3, 3), 0.1)
b_h = np.full(3, 0.1)
W_hy = np.full((2, 3), 0.1)
b_y = np.full(2, 0.1)

# --- names ----------------------------------------------------------------------------------------------------------

VOCAB = ".abcdefghijklmnopqrstuvwxyz"


def one_hot(symbols):
    """One row a symbol: "." or "ab" or any string over VOCAB -> float tensor (len(symbols), V)."""
    return F.one_hot(torch.tensor([VOCAB.index(s) for s in symbols]), len(VOCAB)).float()


def encode(name):
    """A name as the network sees it: one-hot inputs (T, V) and targets (T,), T = len(name) + 1.

    The inputs are "." and the letters; the targets are the letters and ".": at each step the
    network is asked for the symbol that comes next.
    """
    return one_hot("." + name), torch.tensor([VOCAB.index(s) for s in name + "."])


def load_names(folder):
    """The names in folder/names.txt, one a line, lower case."""
    path = Path(folder) / "names.txt"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: keep `data` beside this notebook, or change DATA.")
    return path.read_text(encoding="utf-8").split()


NAMES = load_names(DATA)

# --- film reviews ---------------------------------------------------------------------------------------------------

PAD_IDX, UNK_IDX = 0, 1
IMDB_URL = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"


def download_imdb(folder):
    """Fetch the review archive (84 MB) into the folder, once."""
    path = Path(folder) / "aclImdb_v1.tar.gz"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished, _ = urllib.request.urlretrieve(IMDB_URL, path.with_suffix(".part"))
        Path(unfinished).rename(path)


def read_reviews(folder, split):
    """The reviews of a split, "train" or "test": a list of (text, label).

    The label is 1.0 for positive and 0.0 for negative. Reads the unpacked folder `aclImdb` or the
    archive `aclImdb_v1.tar.gz`; the list is empty where neither is there.
    """
    found, labels = {}, {"neg": 0.0, "pos": 1.0}
    archive = Path(folder) / "aclImdb_v1.tar.gz"
    if (Path(folder) / "aclImdb").is_dir():
        for path in (Path(folder) / "aclImdb" / split).glob("*/*.txt"):
            if path.parent.name in labels:
                found[path.parent.name, path.name] = path.read_text(encoding="utf-8")
    elif archive.is_file():
        with tarfile.open(archive) as tar:
            for member in tar:
                parts = member.name.split("/")
                if member.isfile() and len(parts) == 4 and parts[1] == split and parts[2] in labels:
                    found[parts[2], parts[3]] = tar.extractfile(member).read().decode("utf-8")
    return [(found[key], labels[key[0]]) for key in sorted(found)]


def tokenize(text):
    """The words of a review: lower case, without line-break tags and punctuation."""
    return re.findall(r"[a-z0-9']+", text.lower().replace("<br />", " "))


def build_vocabulary(reviews, size=20_000):
    """The most frequent words and their numbers: a dict of at most `size` entries.

    The first two are for padding and for all other words.
    """
    counts = Counter(word for text, _ in reviews for word in tokenize(text))
    words = ["<pad>", "<unk>"] + [word for word, _ in counts.most_common(size - 2)]
    return {word: number for number, word in enumerate(words)}


def make_batches(reviews, vocabulary, batch_size=64, max_length=256, seed=0):
    """Batches of (tokens (B, T) int64, lengths (B,) int64, labels (B,) float).

    A review is cut after max_length words; shorter ones are padded with PAD_IDX on the right.
    Reviews of like length share a batch, and the batches come in random order.
    """
    rows = []
    for text, label in reviews:
        numbers = [vocabulary.get(word, UNK_IDX) for word in tokenize(text)[:max_length]]
        rows.append((numbers or [UNK_IDX], label))
    shuffle = random.Random(seed).shuffle
    shuffle(rows)
    rows.sort(key=lambda row: len(row[0]))
    batches = []
    for start in range(0, len(rows), batch_size):
        batch = rows[start : start + batch_size]
        tokens = [torch.tensor(numbers) for numbers, _ in batch]
        lengths = torch.tensor([len(numbers) for numbers, _ in batch])
        labels = torch.tensor([label for _, label in batch])
        padded = nn.utils.rnn.pad_sequence(tokens, batch_first=True, padding_value=PAD_IDX)
        batches.append((padded, lengths, labels))
    shuffle(batches)
    return batches
