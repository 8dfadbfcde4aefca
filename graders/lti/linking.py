"""Deep linking: an activity that an instructor makes from an assignment that was picked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem


@dataclass(frozen=True)
class Offer:
    """An assignment that can be opened here.

    Attributes:
        possible: what there is to earn.
        due: until when it costs nothing; None where nobody has said.
    """

    id: str
    title: str
    possible: float
    due: datetime | None = None


class _Resource(DeepLinkResource):
    """A link with the date until which work is due, which the library knows nothing of."""

    due: datetime | None = None

    def to_dict(self) -> dict[str, object]:
        """The link as JSON data."""
        made: dict[str, object] = super().to_dict()
        if self.due is not None:
            made["submission"] = {"endDateTime": self.due.isoformat(timespec="seconds")}
        return made


def answer(link: DeepLink, offer: Offer, launch: str, *, due: datetime | None, held: bool) -> str:
    """What is sent back to the platform, signed: one activity that opens an assignment, with a column for its marks.

    Args:
        launch: our address of launches.
        due: what the platform's calendar shows.
        held: whether marks wait until somebody releases them.
    """
    line = LineItem().set_label(offer.title).set_tag(offer.id).set_resource_id(offer.id)
    custom = {"assignment": offer.id, "marks": "held" if held else "at_once"}
    made = _Resource().set_title(offer.title).set_url(launch).set_custom_params(custom)
    made.set_lineitem(line.set_score_maximum(offer.possible))
    made.due = due  # type: ignore[attr-defined]
    message: Mapping[str, Any] = link.get_message_jwt([made])
    return str(link.encode_jwt({name: value for name, value in message.items() if value is not None}))
