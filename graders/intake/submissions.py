"""Submissions from whatever an instructor has: a notebook, a folder of students, or the archive of an LMS."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from graders.errors import IntakeError, NeedsAPerson, UsageError
from graders.intake.archives import of_archive
from graders.intake.choosing import Answered, Chosen, Work, choose, put_aside
from graders.intake.gathering import files_at
from graders.intake.layouts import read_layout
from graders.intake.names import marked, safe_name, shown, twins
from graders.intake.plan import SHOWN, NamedStudent, Source
from graders.model import Submission
from graders.notebooks.broken.own_text import one_after_another
from graders.notebooks.endings import ARCHIVE, PICTURES, SCANS, ending

MOST_PICTURES = 20  # next to a notebook
MOST_OF_A_PICTURE = 25_000_000
MOST_WITHIN = 2_000  # files in an archive that a student handed in
UNTOUCHED = "You handed in several times; what counts is the newest that is not as it was handed out."
DEEPEST = 3  # archives within one another


@dataclass(frozen=True)
class Inbox:
    """What was handed in.

    Attributes:
        submissions: one a student, ordered by name; whatever cannot be read is one that says so.
        lines: what staff should know: what was left out and why, and where it is not clear whose work something is.
    """

    submissions: tuple[Submission, ...]
    lines: tuple[str, ...] = ()


def unread(content: bytes, suffix: str) -> None:
    """Say of no file what it answers: for callers who do not know the release."""


def find_submissions(path: Path, assignment: str) -> list[Submission]:
    """The submissions at one path: see `collect`."""
    return list(collect([path], assignment).submissions)


def collect(
    paths: Sequence[Path],
    assignment: str,
    *,
    out: Path | None = None,
    answered: Answered = unread,
    keep: Callable[[Submission], Submission] = lambda submission: submission,
) -> Inbox:
    """Every student's submission at some paths.

    Args:
        paths: notebooks, scripts, folders in any of the known layouts, or zips of them.
        out: where reports go, which is no student's folder.
        answered: says of a file's content and suffix which questions it answers; None where that is not known.
        keep: takes each submission as it is found, and may put its bytes elsewhere.

    Raises:
        UsageError: there is no such path, it is of another kind, or there is nothing in it to grade.
    """
    handed_in: list[tuple[NamedStudent, Source, Path]] = []
    lines: list[str] = []
    for path in dict.fromkeys(paths):
        files, given, left_out = files_at(path, assignment, out)
        layout = read_layout(files, assignment, given)
        lines += (*left_out, *layout.lines)
        handed_in += [(person, source, path) for source in layout.sources for person in source.people]
    names, doubts = _named(handed_in, assignment)
    lines += doubts
    again = {name for name, count in Counter(names).items() if count > 1}
    blank: set[int] = set()
    pairs = []
    for index, (name, (_, source, _)) in enumerate(zip(names, handed_in, strict=True)):
        read = partial(_seen, blank, index, answered) if name in again else None
        pairs.append(submission_at(name, source, assignment, answered, keep, read))
    lines += _one_file([(submission.student, work) for submission, work in pairs])
    kept, doubts = _one_each([submission for submission, _ in pairs], handed_in, blank)
    if not kept:
        raise UsageError("There is nothing to grade at these paths.")
    kept.sort(key=lambda submission: (submission.student.casefold(), submission.student))
    lines += (*doubts, *_several_files(kept))
    return Inbox(tuple(kept), tuple(dict.fromkeys(lines)))


def _named(handed_in: Sequence[tuple[NamedStudent, Source, Path]], assignment: str) -> tuple[list[str], list[str]]:
    """A safe name for everything that was handed in, the same for what is surely one person's, else never the same.

    Two never share one, not even on systems that take A for a.
    """
    names: list[str] = []
    lines: list[str] = []
    taken: dict[str, int] = {}  # the name as such systems see it -> whose it is
    for index, (person, source, path) in enumerate(handed_in):
        name = safe_name(person.name)
        while (other := taken.get(name.casefold())) is not None and not _same(handed_in[other], handed_in[index]):
            name = marked(name, f"{name}\n{path}\n{source.place}\n{person.identity}")
        if name != safe_name(person.name):
            other = taken[safe_name(person.name).casefold()]
            lines.append(
                f"{_where(handed_in[other])} and {_where(handed_in[index])} are both called "
                f"{shown(person.name)}; they are graded apart, as {names[other]} and {name}."
            )
        taken.setdefault(name.casefold(), index)
        names.append(name)
    told = {handed_in[i][0].name for i, name in enumerate(names) if name != safe_name(handed_in[i][0].name)}
    sure = {person.name for person, _, _ in handed_in if person.sure}
    for same in twins([person.name for person, _, _ in handed_in], sure, assignment):
        if not told >= set(same[1:]):
            more = f" and {len(same) - SHOWN} more" if len(same) > SHOWN else ""
            lines.append(
                f"The names {' and '.join(map(shown, same[:SHOWN]))}{more} hardly differ; each is graded by itself. "
                "If they are one student's, leave in what counts and grade again."
            )
    return names, lines


def _same(one: tuple[NamedStudent, Source, Path], other: tuple[NamedStudent, Source, Path]) -> bool:
    """Whether two things handed in are surely one person's."""
    return one[0].sure and one[0].identity == other[0].identity


def _where(handed_in: tuple[NamedStudent, Source, Path]) -> str:
    return f"{shown(handed_in[2].name)}/{shown(handed_in[1].place)}"


def _seen(blank: set[int], index: int, answered: Answered, chosen: Chosen) -> None:
    """Note where nothing was written in what counts at a place."""
    if not chosen.elsewhere and answered(chosen.content, chosen.suffix) == frozenset():
        blank.add(index)


def _one_each(
    found: Sequence[Submission], handed_in: Sequence[tuple[NamedStudent, Source, Path]], blank: Collection[int]
) -> tuple[list[Submission], list[str]]:
    """One submission a student, and sentences on the others.

    Where there are several the newest counts in which something was written, or else one that a person has to read.

    Args:
        blank: those in which nothing was written.
    """

    def order(index: int) -> tuple[int, str, str, int]:
        one = found[index]
        worth = 2 * one.undecided if one.fault is not None else 1 if index in blank else 3
        return worth, handed_in[index][1].order, one.received, one.attempt

    places: dict[str, list[int]] = {}
    for index, submission in enumerate(found):
        places.setdefault(submission.student, []).append(index)
    kept, lines = [], []
    for student, indices in places.items():
        newest, *others = sorted(indices, key=order, reverse=True)
        kept.append(found[newest])
        if different := [index for index in others if found[index].sha256 != found[newest].sha256]:
            kept[-1] = replace(found[newest], attempt=max(len(indices), found[newest].attempt))
            where = ", ".join(map(_where, (handed_in[index] for index in different[:SHOWN])))
            why = "the newest that can be read"
            if set(different) & set(blank) and newest not in blank:
                why += " and in which something was written"
                kept[-1] = replace(kept[-1], notices=(*kept[-1].notices, UNTOUCHED))
            lines.append(
                f"{shown(student)} handed in {len(different) + 1} times; what counts is {_where(handed_in[newest])}, "
                f"{why}, and not {where}."
            )
    return kept, lines


def _several_files(submissions: Sequence[Submission]) -> list[str]:
    """A sentence on each student of whose files not all count, or whose file should be called otherwise."""
    noticed = [one for one in submissions if one.notices]
    lines = [f"{shown(one.student)}: {' '.join(one.notices)}" for one in noticed[:SHOWN]]
    if len(noticed) > SHOWN:
        lines.append(f"Of {len(noticed) - SHOWN} more students, too, their reports say which file counts.")
    return lines


def _one_file(chosen: Sequence[tuple[str, Work]]) -> list[str]:
    """A sentence on each file of the disk that is several students'."""
    owners: dict[tuple[int, int], list[str]] = {}
    for student, work in chosen:
        if work.file.twin:
            owners.setdefault(work.file.twin, []).append(student)
    return [
        f"{' and '.join(map(shown, sorted(set(students))))} handed in one and the same file on the disk (a hard link)."
        for students in owners.values()
        if len(set(students)) > 1
    ]


def submission_at(
    name: str,
    source: Source,
    assignment: str,
    answered: Answered,
    keep: Callable[[Submission], Submission],
    seen: Callable[[Chosen], None] | None = None,
) -> tuple[Submission, Work]:
    """The submission at one place, and the file that it is.

    Args:
        seen: is given what counts, before `keep` puts its bytes elsewhere.
    """
    blank = Submission(name, assignment, b"", ".ipynb", "", received=source.received)
    newest = max(source.works, key=lambda work: (work.attempt, work.file.received))
    try:
        chosen = choose(source.works, assignment, answered)
        work, own = chosen.work, list(source.works)
        for _ in range(DEEPEST):
            if chosen.suffix == ARCHIVE:
                own = _members(chosen)
                chosen = _within(chosen, own, assignment, answered)
        if chosen.suffix == ARCHIVE:
            raise IntakeError(f"{work.shown} holds archives within archives; hand in the notebook itself.")
        beside = tuple(_beside(own))
        if seen is not None:
            seen(chosen)
    except IntakeError as fault:
        files = one_after_another(fault.files) if isinstance(fault, NeedsAPerson) else b""
        blank = replace(
            blank,
            content=files,
            undecided=isinstance(fault, NeedsAPerson),
            fault=str(fault),
            sha256=hashlib.sha256(str(fault).encode() + files).hexdigest(),
        )
        blank = replace(blank, received=blank.received or newest.file.received, source=newest.file.source)
        return blank, newest
    whole = replace(
        blank,
        content=chosen.content,
        suffix=chosen.suffix,
        sha256=_digest(chosen, beside),
        elsewhere=chosen.elsewhere,
        beside=beside,
        attempt=chosen.attempts,
        received=source.received or work.file.received,
        dated=bool(source.received),
        source=work.file.source,
        notices=chosen.notices,
    )
    return keep(whole), work


def _members(archive: Chosen) -> list[Work]:
    """What lies in an archive that a student handed in; whatever its folders are called, it is that student's."""
    files = of_archive(archive.content, archive.work.file.source, most=MOST_WITHIN)
    return [Work(file, file.parts) for file in files]


def _within(archive: Chosen, members: Sequence[Work], assignment: str, answered: Answered) -> Chosen:
    """What counts in an archive that a student handed in."""
    chosen = choose(members, assignment, answered)
    return replace(chosen, attempts=max(archive.attempts, chosen.attempts), notices=archive.notices + chosen.notices)


def _beside(works: Sequence[Work]) -> Iterator[tuple[str, bytes]]:
    """Pictures that a student handed in with the notebook, and the names of scans; what cannot be read has no bytes."""
    room = MOST_PICTURES
    for work in works:
        if put_aside(work.path) or ending(work.name) not in (*PICTURES, *SCANS) or room <= 0:
            continue
        room -= 1
        content = b""
        if ending(work.name) in PICTURES:
            with suppress(IntakeError):
                content = work.file.read()
        yield work.name, content if len(content) <= MOST_OF_A_PICTURE else b""


def _digest(chosen: Chosen, beside: Sequence[tuple[str, bytes]]) -> str:
    """The hash of a submission: of its notebook, of the pictures that come with it, and of what stands elsewhere."""
    whole = hashlib.sha256(chosen.content)
    for question, name in chosen.elsewhere:
        whole.update(hashlib.sha256(f"{question}\n{name}".encode("utf-8", "surrogatepass")).digest())
    for name, picture in beside:
        whole.update(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest() + hashlib.sha256(picture).digest())
    return whole.hexdigest()
