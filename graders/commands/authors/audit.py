"""`graders audit`: grades the graders, and says what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from graders.authors import audit as auditing
from graders.authors.audit import Audit, CandidateResult
from graders.catalog.course import find_root
from graders.commands.progress import ProgressBar
from graders.runners.local import cpus

FOUND_FAILURE = 1


def audit(assignment: str, questions: Sequence[str], jobs: int | None) -> int:
    """Print what an audit found; 1 when it found something wrong with the graders."""
    with ProgressBar(None, "Auditing") as bar:

        def on_result(result: CandidateResult) -> None:
            bar.advance(f"{result.candidate.question}: {result.candidate.kind}")

        found = auditing.audit(assignment, find_root(), questions, jobs=jobs or cpus(), on_result=on_result)
    console = Console(highlight=False)
    console.print(_table(found))
    for question in dict.fromkeys(result.candidate.question for result in found.results):
        for worst in found.misconceptions(question)[:1]:
            print(
                f"costliest: {question}: {worst.candidate.name}, {worst.cost:.2f} of {worst.report.possible:g} points"
            )
    for question in dict.fromkeys(r.candidate.question for r in found.results if r.given):
        whole, right = found.read(question)
        wrong = [r for r in found.results if (r.candidate.question, r.candidate.kind) == (question, "wrong")]
        given = sum(result.candidate.breaks in result.given for result in wrong)
        print(f"by machine: {question}: {whole} of {right} right answers whole, {given} of {len(wrong)} wrong items")
    for survivor in found.survivors:
        print(f"survives: {survivor}")
    for complaint in found.complaints:
        print(complaint)
    print(f"{found.kill_rate:.1%} of the mutants lose marks. " + ("Wrong." if found.complaints else "All is well."))
    return FOUND_FAILURE if found.complaints else 0


def _table(found: Audit) -> Table:
    kinds = ("reference", "variant", "unwritten", "borrowed", "misconception", "mutant")
    columns = [f"{kind}s" if kind in ("variant", "misconception", "mutant") else kind for kind in kinds]
    table = Table("Question", *columns, "named", pad_edge=False)
    for question in dict.fromkeys(result.candidate.question for result in found.results):
        counts = []
        for kind in kinds:
            results = [r for r in found.results if (r.candidate.question, r.candidate.kind) == (question, kind)]
            right = sum(_is_as_it_should(result) for result in results)
            counts.append(f"{right} of {len(results)}" if results else "-")
        mistakes = found.misconceptions(question)
        named = f"{sum(result.named for result in mistakes) / len(mistakes):.0%}" if mistakes else "-"
        table.add_row(question, *counts, named)
    return table


def _is_as_it_should(result: CandidateResult) -> bool:
    """Whether right answers lose nothing, wrong ones something, and what nobody wrote earns nothing."""
    if result.candidate.kind in ("unwritten", "borrowed"):
        return not result.report.points
    return bool(result.lost) != (result.candidate.kind in auditing.RIGHT)
