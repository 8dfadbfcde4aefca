"""The probe that trains a student's model on the real film reviews."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import torch

SLOW = frozenset({"imdb_logits"})

Names = dict[str, Any]


def imdb_logits(
    ns: Names,
    model: str,
    sizes: list[int],
    seed: int,
    data: str,
    n_epochs: int,
    device: str,
    words: int,
    batch_size: int,
    gpu_megabytes: int,
) -> Any:
    """The logits of all test reviews, in their order, after the student's own training on all training reviews.

    Args:
        sizes: what the model is made with.
        data: the folder of public data.
        words: how many words of a review are read.
        gpu_megabytes: how much of a GPU's memory may be used, where one is.
    """
    torch.manual_seed(seed)
    if device.startswith("cuda"):
        share = (gpu_megabytes << 20) / torch.cuda.get_device_properties(device).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, share), torch.device(device, 0))
    folder = Path(data) / "imdb"
    labels = torch.from_numpy(np.load(folder / "train_labels.npy")).float()
    batches = [
        (tokens, lengths, labels[rows]) for rows, tokens, lengths in _batches(folder, "train", words, batch_size)
    ]
    random.Random(seed).shuffle(batches)
    made = ns[model](*sizes)
    ns["train_classifier"](made, batches, n_epochs=n_epochs, device=device)
    made = made.to(device).eval()
    found: Any = None
    with torch.no_grad():
        for rows, tokens, lengths in _batches(folder, "test", words, batch_size):
            logits = made(tokens.to(device), lengths).reshape(-1).float().cpu()
            found = torch.empty(_number(folder, "test")) if found is None else found
            found[rows] = logits
    return found


def _number(folder: Path, split: str) -> int:
    return len(np.load(folder / f"{split}_starts.npy", mmap_mode="r")) - 1


def _batches(folder: Path, split: str, words: int, batch_size: int) -> Any:
    """The places (B,) of reviews of like length, their tokens (B, T), right-padded with 0, and lengths (B,)."""
    starts = np.load(folder / f"{split}_starts.npy")
    tokens = np.load(folder / f"{split}_tokens.npy", mmap_mode="r")
    lengths = np.minimum(np.diff(starts), words)
    order = np.argsort(lengths, kind="stable")
    for begin in range(0, len(order), batch_size):
        rows = order[begin : begin + batch_size]
        padded = np.zeros((len(rows), max(1, lengths[rows].max())), dtype=np.int64)
        for place, row in enumerate(rows):
            padded[place, : lengths[row]] = tokens[starts[row] : starts[row] + lengths[row]]
        yield torch.from_numpy(rows), torch.from_numpy(padded), torch.from_numpy(np.maximum(lengths[rows], 1))
