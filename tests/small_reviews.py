"""A small set of film reviews in the layout of the official archive, whose sentiment a correct model learns."""

import io
import random
import tarfile
from pathlib import Path

EACH = 150
GOOD, BAD = ("lovely", "superb", "moving", "brilliant"), ("dull", "awful", "tedious", "dreadful")
OTHER = ("the", "film", "was", "plot", "actor", "scene", "and", "it", "with", "camera")


def reviews(each: int = EACH, seed: int = 3) -> dict[str, str]:
    """Path in the archive -> text."""
    draw, found = random.Random(seed), dict[str, str]()
    for split in ("train", "test"):
        for label, words, rating in (("neg", BAD, 2), ("pos", GOOD, 9)):
            for number in range(each):
                text = [*draw.choices(OTHER, k=draw.randint(1, 4)), *draw.choices(words, k=3)]
                draw.shuffle(text)
                found[f"aclImdb/{split}/{label}/{number}_{rating}.txt"] = " ".join(text).capitalize() + "!<br />Yes."
    found["aclImdb/train/unsup/0_0.txt"] = "Nobody knows."
    found["aclImdb/README"] = "About these reviews."
    return found


def folder(where: Path, each: int = EACH) -> Path:
    """The unpacked folder."""
    for name, text in reviews(each).items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_text(text, "utf-8")
    return where / "aclImdb"


def archive(where: Path, each: int = EACH) -> Path:
    """The archive."""
    path = where / "aclImdb_v1.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, text in reviews(each).items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return path
