"""hand-over.js: handing over control."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


ASK = """async ([answer]) => {
  const { handOver } = await import("/widgets/hand-over.js");
  document.body.innerHTML =
    '<form action="/hand-over/"><input name="csrfmiddlewaretoken" value="t"></form>';
  let seen = null;
  window.fetch = async (url, { method, body, headers }) => {
    seen = [url, method, body.toString(), headers.Accept];
    if (answer === null) throw new TypeError("Failed to fetch");
    return new Response(answer.body, { status: answer.status });
  };
  const form = document.querySelector("form");
  const said = await handOver(form, { action: "let", person: "Zoë & Co" });
  return [seen, said];
}"""


@pytest.mark.parametrize(
    ("given", "said"),
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
def test_hand_over_is_posted_and_a_refusal_said(
    modules: Page, given: dict[str, Any] | None, said: str | None
) -> None:
    seen, found = modules.evaluate(ASK, [given])

    body = "csrfmiddlewaretoken=t&action=let&person=Zo%C3%AB+%26+Co"
    assert seen == ["/hand-over/", "POST", body, "application/json"]
    assert found == said
