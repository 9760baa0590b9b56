"""api.js: requests to the HTTP API of a motion."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page import evaluation

pytestmark = pytest.mark.browser


HAND_OVER = """async ([answer]) => {
  const { MotionApi } = await import("/live/api.js");
  document.body.innerHTML =
    '<form action="/hand-over/"><input name="csrfmiddlewaretoken" value="t"></form>';
  let sent = null;
  window.fetch = async (url, { method, body, headers }) => {
    sent = [url, method, body.toString(), headers.Accept];
    if (answer === null) throw new TypeError("Failed to fetch");
    return new Response(answer.body, { status: answer.status });
  };
  const form = document.querySelector("form");
  const api = new MotionApi("/motions/walk/");
  const refusal = await api.handOver(form, { action: "let", person: "Zoë & Co" });
  return [sent, refusal];
}"""


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 204, "body": None}, None),
        ({"status": 403, "body": '{"message": "Only its owner may."}'}, "Only its owner may."),
        (
            {"status": 500, "body": "<h1>Oh</h1>"},
            "The server refused this. Reload the page and try again.",
        ),
        (None, "The server cannot be reached. Try again."),
    ],
    ids=["done", "refused", "broken", "unreachable"],
)
def test_hand_over_posts_the_form_and_returns_a_refusal(
    modules: Page, answer: dict[str, Any] | None, expected: str | None
) -> None:
    sent, refusal = modules.evaluate(HAND_OVER, [answer])

    body = "csrfmiddlewaretoken=t&action=let&person=Zo%C3%AB+%26+Co"
    assert sent == ["/hand-over/", "POST", body, "application/json"]
    assert refusal == expected


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([4], "4"), ([1, 2, 3], "1-3"), ([1, 2, 7, 9, 10], "1-2,7,9-10")],
)
def test_format_ranges_joins_neighbours(modules: Page, numbers: list[int], text: str) -> None:
    assert evaluation.evaluate(modules, "live/api", "return m.formatRanges(a);", numbers) == text
