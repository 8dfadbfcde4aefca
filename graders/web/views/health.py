"""For those who watch the server: whether it works, and figures of the queue as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Response
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from graders.errors import StoreError
from graders.queue.rules import Stage
from graders.queue.standing import Board
from graders.web.given import TheDesk
from graders.web.hand_in import HandInDesk

LOOPBACK = ("127.0.0.1", "::1")
SHARES = (0.5, 0.9, 0.99)


@get("/health", sync_to_thread=True)
def health(desk: TheDesk, hand_in: NamedDependency[HandInDesk | None]) -> Response[dict[str, Any]]:
    """`ok`, or what is lacking: the database, or anyone who grades what was handed in."""
    try:
        desk.store.newest_turn()
        look = hand_in.board.look() if hand_in else None
    except StoreError:
        return Response({"status": "no database"}, status_code=HTTP_503_SERVICE_UNAVAILABLE)
    if look is not None and not look.workers[Stage.WHOLE]:
        return Response({"status": "no workers"}, status_code=HTTP_503_SERVICE_UNAVAILABLE)
    return Response({"status": "ok"}, status_code=HTTP_200_OK)


@get("/metrics", sync_to_thread=True)
def metrics(request: Request[Any, Any, Any], hand_in: NamedDependency[HandInDesk | None]) -> Response[bytes]:
    """Figures of the queue, for this machine alone: not for anybody who comes through a proxy."""
    came_through = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    if hand_in is None or came_through or request.client is None or request.client.host not in LOOPBACK:
        raise NotFoundException("There is no such page.")
    registry = CollectorRegistry()
    registry.register(QueueFigures(hand_in.board))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class QueueFigures(Collector):
    """The queue as it is when somebody asks."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def describe(self) -> list[Metric]:
        """Nothing before somebody asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Each figure by stage."""
        look = self._board.look()
        for name, text, values in (
            ("waiting", "Jobs that nobody is at", look.waiting),
            ("running", "Jobs that a worker is at", look.running),
            ("workers", "Worker processes that are alive", look.workers),
        ):
            family = GaugeMetricFamily(f"graders_{name}", text, labels=["stage"])
            for stage in Stage:
                family.add_metric([stage.value], values.get(stage, 0))
            yield family
        yield GaugeMetricFamily("graders_oldest_wait_seconds", "How long the oldest job has waited", look.oldest)
        done = GaugeMetricFamily("graders_done_last_hour", "Jobs that were done within the hour", labels=["stage"])
        took = GaugeMetricFamily(
            "graders_seconds_until_done", "From the upload, within the hour", labels=["stage", "quantile"]
        )
        for stage, seconds in self._board.latencies().items():
            done.add_metric([stage.value], len(seconds))
            for share in SHARES if seconds else ():
                took.add_metric([stage.value, str(share)], sorted(seconds)[int(share * (len(seconds) - 1))])
        yield from (done, took)
