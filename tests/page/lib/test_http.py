"""http.js: the time-out of requests, and errors of JSON answers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser

UNANSWERED = """
  window.fetch = async (address, { signal }) => {
    signal.throwIfAborted();
    return new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason)));
  };
  const job = new AbortController();
"""


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ('m.request("/", { timeoutMs: 1 })', "TimeoutError"),
        ('m.request("/", { timeoutMs: 1, signal: job.signal })', "TimeoutError"),
        ('m.request("/", { signal: job.signal })', "AbortError"),
        ('(job.abort(), m.request("/", { signal: job.signal }))', "AbortError"),
    ],
    ids=["timeout", "timeout-with-signal", "abort", "abort-before"],
)
def test_request_fails_on_timeout_or_abort(modules: Page, request_: str, error: str) -> None:
    body = f"""{UNANSWERED}
      const failure = {request_}.catch(({{ name }}) => name);
      if ({str(error == "AbortError").lower()}) job.abort();
      return failure;"""

    assert evaluate(modules, "lib/http", body) == error


def test_request_json_throws_the_status_of_a_refusal(modules: Page) -> None:
    body = """
      window.fetch = async () => new Response("busy", { status: 503 });
      return m.requestJson("/x.json").catch(({ message, status }) => [message, status]);"""

    assert evaluate(modules, "lib/http", body) == ["/x.json answered 503", 503]
