"""Which of a student's files counts: the assignment's own before drafts, copies and what was never touched."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from graders.errors import IntakeError, NeedsAPerson
from graders.intake.uploads import File
from graders.notebooks.endings import (
    ARCHIVE,
    DOCUMENTS,
    NOTEBOOK,
    PAPERS,
    PICTURES,
    SCANS,
    SCRIPT,
    ending,
    holds_python,
    proper_name,
    true_suffix,
)

# Of a content and its suffix: the questions that it answers; None where that is not known, as where it cannot be read.
Answered = Callable[[bytes, str], frozenset[str] | None]

ASIDE = re.compile(r"^(\..*|~.*|trash|checks)$|(^|[\W_])(old|backups?|archive|drafts?)([\W_]|$)", re.I)
DRAFT = re.compile(
    r"draft|scratch|backup|untitled|checkpoint|entwurf|"
    r"(^|[\W_])(old|wip|tests?|temp|tmp|try|sandbox|playground|notes|copy)([\W_\d]|$)",
    re.I,
)
COPY_OF = re.compile(r"^(copy|kopie|copie)[ _]+(of|von|de)[ _]+", re.I)  # what Colab calls the file that one works in
MEANT = re.compile(r"(final|submission|submit|hand_?in|solution|abgabe)", re.I)
NUMBER = re.compile(r"[ _-]?\((\d{1,9})\)$|-(\d{1,9})$|[ _-]v(?:ersion)?[ _-]?(\d{1,9})$", re.I)
KINDS = {NOTEBOOK: 3, SCRIPT: 2, ARCHIVE: 0}  # documents stand between scripts and archives
MOST_LOOKED_AT = 10
SHOWN = 4


@dataclass(frozen=True)
class Work:
    """One file of a student's.

    Attributes:
        path: its path below the student's own place; the last part is the name that the student gave it.
        attempt: the number that an LMS gave it, 0 where it gives none.
    """

    file: File
    path: tuple[str, ...]
    attempt: int = 0

    @property
    def name(self) -> str:
        """The name that the student gave it."""
        return self.path[-1]

    @property
    def shown(self) -> str:
        """Its path in a sentence."""
        return clean_name("/".join(self.path))


@dataclass(frozen=True)
class Chosen:
    """The file that counts.

    Attributes:
        suffix: as what it is to be read.
        attempts: how many versions of it there were.
        notices: sentences for the student on what else was there.
        elsewhere: questions that it leaves open, and another file answers: question -> that file.
    """

    work: Work
    content: bytes
    suffix: str
    attempts: int = 1
    notices: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()


def likeness(name: str) -> str:
    """A name without what some take for the same: capitals, spellings of accents, dots and spaces at the end."""
    return unicodedata.normalize("NFKC", name).casefold().strip(" .")


def own_name(name: str, assignment: str) -> bool:
    """Whether a file has the assignment's own name, whatever its capitals, or is a browser's numbered copy of one."""
    return bool(re.fullmatch(rf"{re.escape(assignment.casefold())}(?:[ _-]?\(?\d{{1,9}}\)?)?", _stem(name)))


def put_aside(path: Sequence[str]) -> bool:
    """Whether a path leads through a folder of checkpoints, backups or leavings, or to a hidden file."""
    return path[-1].startswith((".", "~")) or any(ASIDE.search(part) for part in path[:-1])


def clean_name(name: str) -> str:
    """A student's file name for a sentence: no backticks, no control characters, not too long."""
    text = "".join(c if c.isprintable() and c != "`" else "_" for c in name)
    return text if len(text) <= 80 else text[:60] + "…" + text[-19:]


def choose(works: Sequence[Work], assignment: str, answered: Answered) -> Chosen:
    """The file that counts.

    What was written in counts before what is as it was handed out; then what is no leaving, the assignment's own name,
    a notebook before a script before a document before an archive, what lies less deep, the later attempt. What
    remains equal has to have one name, or one content, or to answer other questions.

    Raises:
        NeedsAPerson: several have an equal right.
        IntakeError: there is none, or none can be read.
    """
    named = [work for work in works if ending(work.name) in KINDS]
    looked = _look(_ranked(named, assignment), answered)
    written = [one for one in looked if one.written]
    if not written:  # perhaps under a name that does not say what it is
        unnamed = [work for work in works if work not in named and ending(work.name) not in (*PICTURES, *SCANS)]
        looked += [one for one in _look(_ranked(unnamed, assignment), answered) if _is_notebook(one)]
        written = [one for one in looked if one.written]
    readable = [one for one in looked if one.fault is None]
    if not readable:
        raise next((one.fault for one in looked if one.fault), None) or _nothing(works)
    best = (written or readable)[0]
    rank = _rank(best.work, assignment)
    equal = [one for one in written or readable if _rank(one.work, assignment)[:4] == rank[:4]]
    if _several(equal):
        best = _largest_part(equal)
        equal = [best]
    versions = [one.work for one in equal]
    others = [one for one in looked if one is not best]
    unseen = [one.work for one in others if one.work not in versions or one.work.name != best.work.name]
    elsewhere = _elsewhere(best, others)
    notices = (*_notices(best, unseen, assignment), *_parts(elsewhere))
    return Chosen(best.work, best.content, best.suffix, len(equal), notices, tuple(sorted(elsewhere.items())))


@dataclass(frozen=True)
class _Look:
    """A file that may count, once its content was looked at."""

    work: Work
    content: bytes = b""
    suffix: str = ""
    answered: frozenset[str] | None = None
    fault: IntakeError | None = None

    @property
    def written(self) -> bool:
        """Whether something may have been written in it."""
        return self.fault is None and (self.answered is None or bool(self.answered))


def _look(ranked: Sequence[Work], answered: Answered) -> list[_Look]:
    """The files of highest rank, with what is in them."""
    found = []
    for work in ranked[:MOST_LOOKED_AT]:
        try:
            content = work.file.read()
        except IntakeError as fault:
            found.append(_Look(work, fault=fault))
            continue
        suffix = true_suffix(work.name, content)
        found.append(_Look(work, content, suffix, answered(content, suffix) if len(ranked) > 1 else None))
    return found


def _is_notebook(one: _Look) -> bool:
    """Whether a file whose name says little is a notebook all the same, or a document with Python in it."""
    if one.suffix in DOCUMENTS:
        return holds_python(one.content)
    return one.suffix != ""


def _ranked(works: Sequence[Work], assignment: str) -> list[Work]:
    return sorted(works, key=lambda work: (*_rank(work, assignment), work.path), reverse=True)


def _rank(work: Work, assignment: str) -> tuple[int | str, ...]:
    """The higher, the sooner it counts; from the fifth on, only the order of versions."""
    kind = KINDS.get(ending(work.name), 1)
    return (
        *(not put_aside(work.path), _meant(work, assignment), kind, -len(work.path)),
        *(work.attempt, _number(work.name), work.file.received),
    )


def _meant(work: Work, assignment: str) -> int:
    """How much a name says that this is what is to be marked."""
    if own_name(work.name, assignment):
        return 5
    stem = COPY_OF.sub("", _stem(work.name))
    if DRAFT.search(stem):
        return 0
    own = re.sub(r"\W|_", "", assignment.casefold()) in re.sub(r"\W|_", "", stem)
    return (3 if own else 1) + bool(MEANT.search(stem))


def _stem(name: str) -> str:
    """A name in small letters without its endings."""
    lower = name.casefold().strip(" .")
    for suffix in (*KINDS, *DOCUMENTS):
        head, found, tail = lower.partition(suffix)
        if found and head:
            return head + (tail if re.fullmatch(r"[ _-]?\(\d+\)", tail) else "")
    return PurePosixPath(lower).stem


def _number(name: str) -> int:
    """The number that a browser or a student puts at the end of a version's name."""
    found = NUMBER.search(_stem(name))
    return int(next(group for group in found.groups() if group)) if found else 0


def _several(equal: Sequence[_Look]) -> bool:
    """Whether files of equal rank are no versions of one."""
    names = {NUMBER.sub("", _stem(one.work.name)) for one in equal}
    return len(names) > 1 and not all(one.work.attempt for one in equal) and len({one.content for one in equal}) > 1


def _largest_part(equal: Sequence[_Look]) -> _Look:
    """Of files that each answer other questions, the one that answers most.

    Raises:
        NeedsAPerson: two answer the same question, or it is not known what they answer.
    """
    known = [one.answered for one in equal if one.answered is not None]
    if len(known) < len(equal) or sum(map(len, known)) > len(frozenset().union(*known)):
        shown = ", ".join(sorted(clean_name(one.work.name) for one in equal)[:SHOWN])
        message = f"There are {len(equal)} files ({shown}) and only one can count; hand in one."
        raise NeedsAPerson(message, {one.work.shown: one.content for one in equal})
    return max(equal, key=lambda one: len(one.answered or ()))


def _elsewhere(best: _Look, others: Sequence[_Look]) -> dict[str, str]:
    """Question -> the first other file that answers it, where the one that counts does not."""
    found: dict[str, str] = {}
    for one in others if best.answered is not None else ():
        for question in (one.answered or frozenset()) - (best.answered or frozenset()):
            found.setdefault(question, one.work.shown)
    return found


def _parts(elsewhere: Mapping[str, str]) -> list[str]:
    """A sentence on each other file with answers of its own."""
    files: dict[str, list[str]] = {}
    for question, file in sorted(elsewhere.items()):
        files.setdefault(file, []).append(f"`{question}`")
    return [
        f"`{file}` answers {', '.join(questions)}, and a person looks at that; hand in all your answers in one file."
        for file, questions in files.items()
    ]


def _nothing(works: Sequence[Work]) -> IntakeError:
    """That there is no notebook; what people may read answers in is for a person."""
    kinds = ", ".join(sorted({ending(work.name) for work in works if ending(work.name)})[:5])
    only = f", only {clean_name(kinds)}" if kinds else ""
    message = f"There is no notebook in what was handed in{only}; hand in the notebook itself."
    papers = [work for work in works if ending(work.name) in PAPERS and not put_aside(work.path)][:MOST_LOOKED_AT]
    contents = {}
    for work in papers:
        with suppress(IntakeError):
            contents[work.shown] = work.file.read()
    seen = {name: content for name, content in contents.items() if content.strip()}
    return NeedsAPerson(message, seen) if seen else IntakeError(message)


def _notices(best: _Look, others: Sequence[Work], assignment: str) -> tuple[str, ...]:
    """What the student should know: which file counts, and what to call it."""
    notices = []
    if others:
        names = ", ".join(f"`{work.shown}`" for work in others[:SHOWN])
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        verb = "was" if len(others) == 1 else "were"
        notices.append(f"`{best.work.shown}` was graded. Next to it, {names}{more} {verb} not.")
    if best.suffix != ARCHIVE and (proper := proper_name(best.work.name, assignment, best.suffix)):
        kind = "notebook" if best.suffix == NOTEBOOK else "script" if best.suffix == SCRIPT else "document"
        notices.append(f"`{best.work.shown}` was read as a {kind}; call it `{proper}`.")
    return tuple(notices)
