"""What happens is written down as lines of JSON in which nobody is named and nothing is quoted."""

import io
import json

import pytest

from graders.queue.events import event, fault, log_to


def test_events_and_faults_are_lines_without_names_or_answers() -> None:
    """A fault tells where in the code it was; what the error says may quote anybody, and is left out."""
    stream = io.StringIO()
    log_to(stream)
    event("received", upload=7, bytes=1200)
    try:
        raise KeyError("Ana Silva wrote: my answer")
    except KeyError as error:
        fault(error, method="POST", route="/submit/{assignment:str}")
    log_to()
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["level"], first["upload"], first["bytes"]) == ("received", "info", 7, 1200)
    assert (second["event"], second["level"], second["error"]) == ("fault", "error", "KeyError")
    assert "test_events.py" in second["where"][0] and "Ana" not in stream.getvalue()


def test_a_field_that_might_name_somebody_is_refused() -> None:
    """Anyone who adds one has to look at it first."""
    with pytest.raises(ValueError, match="no field student"):
        event("received", student="Ana")
