"""Whether a reference fits its assignment: every question, function and probe that is named is there."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator

from graders.authoring.alternative import Alternative
from graders.catalog.reference import Reference
from graders.errors import CatalogError


def refuse_disagreement(
    reference: Reference, id: str, questions: Collection[str], written: Collection[str], calls: Collection[str]
) -> None:
    """Refuse a reference, or limits, that name what is not there: they would be passed over in silence.

    Args:
        questions: the ids of all questions of the grader package.
        written: those of the assignment that are answered in words.
        calls: what `[limits.calls]` names.

    Raises:
        CatalogError: names the first of them, its file, and what to do.
    """
    for one in (*reference.misconceptions, *reference.variants, *reference.wrong):
        where = f"reference/{id}/{one.function.__module__.rpartition('.')[2]}.py: {one.name}"
        if one.question not in questions:
            known = ", ".join(sorted(questions))
            raise CatalogError(
                f"{where} is about {one.question!r}, which is no question of graders/{id}: name one of {known}."
            )
        if not _is_there(one, reference):
            raise CatalogError(
                f"{where} replaces {one.replaces!r}, which reference/{id} does not define: name a function, a "
                "variable or a method (`Class.method`) of the reference, or a written question."
            )
    for question in written:
        if question not in reference.answers:
            raise CatalogError(
                f"reference/{id}/{question}.py has no ANSWER: give the model answer of this written question there."
            )
    if unknown := sorted(set(calls) - set(_callable(reference))):
        raise CatalogError(
            f"assignment.toml of {id}: limits.calls.{unknown[0]} is neither a function or method of reference/{id} nor "
            "a probe (`module.function`): mend the name, or leave it out."
        )


def _is_there(one: Alternative, reference: Reference) -> bool:
    owner, _, method = one.replaces.partition(".")
    if one.replaces in reference.answers:
        return True
    return owner in reference.names and (not method or hasattr(reference.names[owner], method))


def _callable(reference: Reference) -> Iterator[str]:
    """What a check can call by name: functions, methods, and probes."""
    for name, value in reference.names.items():
        yield name
        if inspect.isclass(value):
            yield from dir(value)
    for name, module in vars(reference.probes).items() if reference.probes else ():
        if inspect.ismodule(module):
            yield from (f"{name}.{function}" for function, value in vars(module).items() if callable(value))
