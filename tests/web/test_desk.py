"""Markers at work at the same time are given different answers."""

from pathlib import Path

from web_clients import desk_of
from written_answers import WHY, class_in, decide

from graders.marking.answer import Answer
from graders.marking.ledger import Ledger
from graders.web.desk import is_open


def test_what_was_decided_meanwhile_is_nobody_s_next(tmp_path: Path) -> None:
    """Between reading what is open and taking it somebody decides it, and lets it go: then the next one is given."""
    with class_in(tmp_path) as store, desk_of(store, tmp_path) as desk:
        answers = next(iter(desk.shelf().parts.values()))
        reads: list[Ledger] = []

        def waiting(ledger: Ledger) -> list[Answer]:
            reads.append(ledger)
            found = [one for one in answers if is_open(one, ledger)]
            if len(reads) == 1:
                decide(desk.marks, found[0].slot, by="bob", items=WHY)
            return found

        given = desk.first_free(waiting, "ada")
        assert given is not None and given.slot == answers[1].slot and len(reads) == 2
