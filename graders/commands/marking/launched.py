"""What `graders serve` adds where learning platforms launch it: the pages of LTI, and a thread that sends scores."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from graders.archive.store import Store
from graders.errors import UsageError
from graders.lti.launching import Door
from graders.lti.linking import Offer
from graders.lti.platforms import refuse_unsafe
from graders.lti.scores.sender import Sender
from graders.marking.late import late_rules
from graders.web.views.lti.pages import LtiPages


@contextmanager
def launched_at(
    store: Store, assignment: str, settings: Mapping[str, Any], url: str | None
) -> Iterator[LtiPages | None]:
    """The pages that platforms launch at an address, and scores sent as long as they are served; None without one.

    Raises:
        UsageError: the address is no https.
    """
    if url is None:
        yield None
        return
    refuse_unsafe(url)
    if not url.startswith("https://"):
        raise UsageError(f"Platforms launch pages by https alone; {url!r} is no such address.")
    late = late_rules(settings)
    possible = float(sum(settings["questions"].values()))
    offer = Offer(assignment, str(settings["title"]), possible, late.due if late else None)
    sender = Sender(store, lambda _: late)
    sender.start([assignment], lambda sentence: print(sentence, file=sys.stderr, flush=True))
    try:
        yield LtiPages(Door(store.database, (assignment,)), url, (offer,))
    finally:
        sender.close()
