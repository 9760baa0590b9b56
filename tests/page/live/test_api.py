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
  const refusal = await api.submit(form, { action: "let", person: "Zoë & Co" });
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


ANSWER = """async ([reply]) => {
  const { MotionApi } = await import("/live/api.js");
  document.body.innerHTML =
    '<form action="/motions/walk/answers/"><input name="csrfmiddlewaretoken" value="t"></form>';
  let sent = null;
  window.fetch = async (url, { body }) => {
    sent = [url, body.toString()];
    if (reply === null) throw new TypeError("Failed to fetch");
    return new Response(reply.body, { status: reply.status });
  };
  const api = new MotionApi("/motions/walk/");
  const answer = { question: 3, opened_at: "12:15", low: -1.5, high: 2e-7 };
  return [sent, await api.answer(document.querySelector("form"), answer), sent];
}"""


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, '{"question":3,"low":-1.5,"high":2e-7}', {"question": 3, "low": -1.5, "high": 2e-7}),
        (409, '{"message":"Too late."}', {"message": "Too late."}),
        (
            403,
            "<h1>Forbidden</h1>",
            {"message": "The server refused this. Reload the page and try again."},
        ),
        *((status, "{}", None) for status in (408, 429, 500, 502, 503)),
        (200, "<h1>A portal</h1>", None),
    ],
)
def test_answer_returns_what_is_stored_or_refused_or_may_succeed_later(
    modules: Page, status: int, body: str, expected: dict[str, Any] | None
) -> None:
    _, found, sent = modules.evaluate(ANSWER, [{"status": status, "body": body}])

    fields = "csrfmiddlewaretoken=t&question=3&opened_at=12%3A15&low=-1.5&high=2e-7"
    assert sent == ["/motions/walk/answers/", fields]
    assert found == expected


@pytest.mark.parametrize(("is_adopted", "tokens"), [(True, ["old", "new"]), (False, ["old"])])
def test_form_of_an_earlier_session_is_sent_once_more_with_the_newest_token(
    modules: Page, is_adopted: bool, tokens: list[str]
) -> None:
    sent, refusal = modules.evaluate(
        """async (isAdopted) => {
          const { MotionApi } = await import("/live/api.js");
          document.body.innerHTML =
            '<form action="/questions/"><input name="csrfmiddlewaretoken" value="old"></form>';
          const form = document.querySelector("form");
          const sent = [];
          window.fetch = async (url, { body }) => {
            sent.push(body.get("csrfmiddlewaretoken"));
            const isNew = sent.at(-1) === "new";
            return Response.json(isNew ? {} : { message: "Old." }, { status: isNew ? 200 : 403 });
          };
          const api = new MotionApi("/motions/walk/", async () => {
            if (isAdopted) form.firstElementChild.setAttribute("value", "new");
            return isAdopted;
          });
          return [sent, await api.submit(form, { action: "close" })];
        }""",
        is_adopted,
    )

    assert sent == tokens
    assert refusal == (None if is_adopted else "Old.")


def test_answer_may_succeed_later_when_nothing_is_reachable(modules: Page) -> None:
    assert modules.evaluate(ANSWER, [None])[1] is None
