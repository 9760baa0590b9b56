"""What a load balancer, and Prometheus, ask of a server on loopback."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any, NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from tests.support.servers import START_S

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def ask(
    port: int, path: str, *, method: str = "GET", body: str | None = None, **headers: str
) -> Reply:
    """One request, with `X_Forwarded_For` as X-Forwarded-For."""
    connection = HTTPConnection("127.0.0.1", port, timeout=START_S)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        lower = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, lower, response.read().decode())
    finally:
        connection.close()


def scrape(port: int, **headers: str) -> Samples:
    """What Prometheus reads, by name and labels."""
    reply = ask(port, "/metrics", **headers)
    assert reply.status == 200, reply.text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def sample(found: Samples, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)
