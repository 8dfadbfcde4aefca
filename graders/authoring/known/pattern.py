"""One kind of message that a library is known to raise."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A kind of message.

    Attributes:
        pattern: what `TypeName: text` of an exception holds, as a regular expression of one line.
        meaning: what that means and what to look at; the same for every message of the kind.
    """

    pattern: str
    meaning: str

    def fits(self, headline: str) -> bool:
        """Whether this explains an exception, given as `TypeName: text`."""
        return re.search(self.pattern, headline) is not None
