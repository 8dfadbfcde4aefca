"""The adapter against the documented behaviour of torchtext 0.18, through the genuine package's own Python."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from graders.model import Outcome
from graders.notebooks.notebook import ExecCell
from graders.practical09.shims.torchtext_adapter import RegexTokenizer, Vocab
from graders.sandbox.host.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 13), reason="torchtext has no wheel for this Python")


def run(code: str, data: Path | None = None) -> str:
    """What a fresh process prints that has the adapter installed."""
    start = "import warnings; warnings.simplefilter('ignore')\n"
    start += "from graders.practical09.shims.torchtext_adapter import install\n"
    environment = os.environ | ({"GRADERS_DATA": str(data)} if data else {})
    command = [sys.executable, "-c", start + "print(install())\n" + code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_course_s_imports_work() -> None:
    """Tokenizer and vocabulary as the practical uses them, from the genuine package."""
    code = """
from torchtext.data.utils import get_tokenizer
from torchtext.vocab import build_vocab_from_iterator, vocab
import torchtext
tokenizer = get_tokenizer("basic_english")
tokens = [tokenizer("A great film, isn't it?"), tokenizer("great great plot!")]
words = build_vocab_from_iterator(tokens, specials=["<pad>", "<unk>"], max_tokens=6)
words.set_default_index(words["<unk>"])
print(tokens[0], len(words), words(["great", "zebra"]), words.get_itos(), torchtext.__version__)
import torchtext.transforms, torchtext.functional, torchtext.models, torchtext.prototype.vocab_factory
print(torchtext.transforms.VocabTransform(words)([["great"], ["<pad>"]]))
"""
    lines = run(code).splitlines()
    assert lines[0] in ("True", "False")
    expected = "['a', 'great', 'film', ',', 'isn', \"'\", 't', 'it', '?'] 6 [2, 1] ['<pad>', '<unk>', 'great', '!', "
    assert lines[1].startswith(expected) and "0.18.0" in lines[1]
    assert lines[2] == "[[2], [0]]"


def test_the_rest_of_the_package_says_what_is_absent() -> None:
    """An encoder whose compiled part is not there raises a sentence when it is made, not when torchtext is imported."""
    code = """
from torchtext._torchtext import GPT2BPEEncoder
try:
    GPT2BPEEncoder({}, {}, "", {}, True)
except NotImplementedError as error:
    print(error)
except TypeError:
    print("GPT2BPEEncoder is not here: the genuine one is")
"""
    assert "GPT2BPEEncoder is not here" in run(code)


def test_reviews_come_from_the_course_s_copy(tmp_path: Path) -> None:
    """Labels 1 and 2, two splits that share nothing, iterable again, with torch's own pipes; never the network."""
    (tmp_path / "imdb").mkdir()
    lines = [json.dumps([1 + number % 2, f"review {number}"]) for number in range(10)]
    (tmp_path / "imdb/train.jsonl").write_text("\n".join(lines) + "\n")
    code = """
from torchtext.datasets import IMDB
train, test = IMDB()
print(len(list(train)), len(list(train)), list(test))
print(sorted(IMDB(split="test").map(lambda pair: pair[1]).shuffle()))
from torch.utils.data import DataLoader
print(sum(len(batch[0]) for batch in DataLoader(IMDB(split="train"), batch_size=3)))
"""
    out = run(code, tmp_path).splitlines()
    assert out[1:] == ["8 8 [(1, 'review 0'), (2, 'review 5')]", "['review 0', 'review 5']", "8"]


def test_without_reviews_there_is_a_sentence(tmp_path: Path) -> None:
    """A cell that asks for them fails with words, and nothing is downloaded."""
    code = """
from torchtext.datasets import IMDB
try:
    IMDB(split="train")
except FileNotFoundError as error:
    print(error)
"""
    assert "The reviews are not here" in run(code, tmp_path)


def test_a_vocabulary_is_a_table_both_ways() -> None:
    """Lookup, default index, insertion that moves later tokens on, copies that can be changed without harm."""
    words = Vocab(["a", "b", "c"])
    assert (len(words), words["b"], words.lookup_token(2), "c" in words, "z" in words) == (3, 1, "c", True, False)
    assert words.lookup_indices(["c", "a"]) == [2, 0] and words.lookup_tokens([1]) == ["b"]
    words.insert_token("new", 1)
    words.append_token("end")
    assert words.get_itos() == ["a", "new", "b", "c", "end"]
    assert words.get_stoi() == {"a": 0, "new": 1, "b": 2, "c": 3, "end": 4}
    words.get_itos().clear()
    words.set_default_index(-1)
    assert words["z"] == words.get_default_index() == -1 and len(words) == 5
    assert pickle.loads(pickle.dumps(words)).get_stoi() == words.get_stoi()


def test_a_vocabulary_refuses_what_torchtext_refuses() -> None:
    """RuntimeError for unknown tokens without a default, double tokens and indices out of bounds."""
    words = Vocab(["a", "b"])
    for wrong in (
        lambda: words["z"],
        lambda: words.lookup_token(2),
        lambda: words.lookup_token(-1),
        lambda: words.insert_token("a", 0),
        lambda: words.insert_token("z", 3),
        lambda: words.append_token("b"),
        lambda: Vocab(["a", "a"]),
    ):
        with pytest.raises(RuntimeError):
            wrong()
    for odd in (lambda: words[3], lambda: words.lookup_indices("ab"), lambda: 3 in words):  # type: ignore[index]
        with pytest.raises(TypeError):
            odd()


def test_the_regex_tokenizer_replaces_in_order() -> None:
    """The documented patterns of basic_english give its tokens."""
    tokenizer = RegexTokenizer([r"\'", r"\.", r"\s+"], [" '  ", " . ", " "], True)
    assert tokenizer.forward("It's FINE. Really") == ["it", "'", "s", "fine", ".", "really"]
    with pytest.raises(RuntimeError):
        RegexTokenizer(["a"], [])


def test_builders_of_the_genuine_package_keep_the_given_order() -> None:
    """`vocab` takes an ordered dictionary as it comes, with specials first or last."""
    code = """
from collections import OrderedDict
from torchtext.vocab import vocab
counts = OrderedDict([("e", 1), ("d", 5), ("c", 2)])
print(vocab(counts, min_freq=2, specials=["<unk>"]).get_itos())
print(vocab(counts, specials=["<s>"], special_first=False).get_itos())
"""
    assert run(code).splitlines()[1:] == ["['<unk>', 'd', 'c']", "['e', 'd', 'c', '<s>']"]


def test_the_sandbox_has_torchtext(sandbox: Sandbox) -> None:
    """Students' own cells may import it, and a cell that asks for reviews where there are none gets the sentence."""
    sources = [
        "from torchtext.data.utils import get_tokenizer\nfrom torchtext.vocab import build_vocab_from_iterator\n"
        "words = build_vocab_from_iterator([get_tokenizer('basic_english')('Fine film!')]).get_itos()",
        "from torchtext.datasets import IMDB\nIMDB(split='train')",
    ]
    with sandbox.attempt([ExecCell(i, None, source) for i, source in enumerate(sources)], 1) as attempt:
        assert [cell.outcome for cell in attempt.cells] == [Outcome.PASSED, Outcome.SKIPPED]
        assert "needs the film reviews" in str(attempt.cells[1].message)
        with attempt.session(parameters={}, answers={}) as session:
            assert session.value("words") == ["!", "film", "fine"]
