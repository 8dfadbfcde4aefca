"""Partial marks: collects what is wrong with the parts of an answer, so that those that hold keep their share."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from graders.errors import Failed


class Parts:
    """The parts of what one check looks at, each worth the same.

    parts = Parts()
    for name in names:
        with parts.part():
            close(student.call("loss", name), reference.call("loss", name))
    parts.settle()  # where one of three is wrong, its finding keeps two thirds of the points
    """

    def __init__(self) -> None:
        self._findings: dict[Hashable, Failed | None] = {}

    @contextmanager
    def part(self, name: Hashable | None = None) -> Iterator[None]:
        """One part: what it gets wrong is collected. Of one name it is the same part, looked at more than once."""
        key = object() if name is None else name
        self._findings.setdefault(key, None)
        try:
            yield
        except Failed as failed:
            self._findings[key] = self._findings[key] or failed

    def wrong(self, name: Hashable) -> bool:
        """Whether something is wrong with a part, as far as it has been looked at."""
        return self._findings.get(name) is not None

    def settle(self, *, keep: float | None = None, evidence: Mapping[str, Any] | None = None) -> None:
        """Raise the first part's finding, if any part is wrong.

        Args:
            keep: the share of the points that is kept, in place of that of the parts that hold.
            evidence: what there is to show besides.
        """
        wrong = [failed for failed in self._findings.values() if failed is not None]
        if not wrong:
            return
        first = wrong[0]
        first.keep = 1 - len(wrong) / len(self._findings) if keep is None else keep
        if evidence is not None:
            first.evidence = {**(first.evidence or {}), **evidence}
        raise first
