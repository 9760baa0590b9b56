"""questions.js: an answer is sent until the server has confirmed it, and the reader loses none."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# `say` returns what the reader sees; a request under way is answered by `settle`.
SCRIPT = """async (body) => {
  localStorage.clear();
  const { Questions } = await import("/live/questions.js");
  const create = (reader = "me") => Object.assign(new Questions(), { reader, owner: "ada" });
  let questions = create();
  const open = { number: 3, opened_at: "12:15", kind: "where", step: 240, epoch: 7, state: "open" };
  const two = { low: 2, high: 2 }, five = { low: 5, high: 5 };
  const say = () => {
    const { stored, draft, delivery, refusal } = questions;
    return { stored: stored?.low ?? null, draft: draft?.low ?? null, delivery, refusal };
  };
  return await new Function("create", "open", "two", "five", "say", "questions", "swap",
    `return (async () => { ${body} })()`)(
    create, open, two, five, say, questions, (other) => (questions = other));
}"""


def run(modules: Page, body: str) -> Any:
    return modules.evaluate(SCRIPT, body)


DUE = {"question": 3, "opened_at": "12:15", "low": 2, "high": 2}
NONE = {"stored": None, "draft": None, "delivery": "", "refusal": ""}


def test_confirmed_answer_is_stored(modules: Page) -> None:
    seen = run(
        modules,
        """questions.take(open);
        const seen = [say()];
        questions.set(two);
        seen.push(say());
        questions.send(two);
        seen.push(say());
        questions.settle(questions.takeDue(0), two, 1);
        return [...seen, say(), questions.takeDue(1e9)];""",
    )

    assert seen == [
        NONE,
        NONE | {"draft": 2},
        NONE | {"draft": 2, "delivery": "sending"},
        NONE | {"stored": 2},
        None,
    ]


def test_answer_without_a_reply_is_sent_again_with_backoff(modules: Page) -> None:
    attempts, last = run(
        modules,
        """questions.take(open);
        questions.send(two);
        const attempts = [];
        for (let now = 0; now < 100_000; now += 50) {
          const due = questions.takeDue(now);
          if (due) attempts.push(now);
          if (due) questions.settle(due, null, now);
        }
        return [attempts, say()];""",
    )

    assert 7 < len(attempts) < 60
    assert last == NONE | {"draft": 2, "delivery": "retrying"}


def test_answer_is_sent_again_at_once_when_a_socket_opens(modules: Page) -> None:
    due = run(
        modules,
        """questions.take(open);
        questions.send(two);
        for (let now = 0; now < 1e6; now += 20_000)
          questions.settle(questions.takeDue(now), null, now);
        questions.retryNow();
        return questions.takeDue(1e6 - 20_000);""",
    )

    assert due == DUE


def test_frame_with_the_answer_confirms_it_when_the_reply_is_lost(modules: Page) -> None:
    seen = run(
        modules,
        """questions.take(open);
        questions.send(two);
        questions.settle(questions.takeDue(0), null, 0);
        questions.takeAnswer({ question: 3, low: 2, high: 2 });
        return [say(), questions.takeDue(1e9)];""",
    )

    assert seen == [NONE | {"stored": 2}, None]


def test_refused_answer_keeps_what_the_reader_has_set(modules: Page) -> None:
    seen = run(
        modules,
        """questions.take(open);
        questions.send(two);
        questions.settle(questions.takeDue(0), { message: "Too late." }, 0);
        return [say(), questions.takeDue(1e9)];""",
    )

    assert seen == [NONE | {"draft": 2, "refusal": "Too late."}, None]


def test_stored_answer_is_not_refused_when_the_question_has_closed_meanwhile(
    modules: Page,
) -> None:
    seen = run(
        modules,
        """questions.take(open);
        questions.send(two);
        questions.settle(questions.takeDue(0), null, 0);
        questions.retryNow();
        const due = questions.takeDue(1);
        questions.stored = two;
        questions.settle(due, { message: "Closed." }, 1);
        return say();""",
    )

    assert seen == NONE | {"stored": 2}


def test_answer_on_its_way_is_not_sent_to_another_question_of_the_number(modules: Page) -> None:
    seen = run(
        modules,
        """questions.take(open);
        questions.send(two);
        const due = questions.takeDue(0);
        questions.take({ ...open, opened_at: "12:20" }); // after a restore of a backup
        questions.settle(due, null, 0);
        return [say(), questions.takeDue(1e9)];""",
    )

    assert seen == [NONE, None]


def test_reply_to_a_person_who_is_signed_out_meanwhile_is_shown_to_nobody(modules: Page) -> None:
    seen = run(
        modules,
        """questions.take(open);
        questions.send(two);
        const due = questions.takeDue(0);
        questions.becomeVisitor();
        questions.settle(due, two, 0);
        return say();""",
    )

    assert seen == NONE


def test_changed_answer_waits_for_the_request_under_way(modules: Page) -> None:
    seen = run(
        modules,
        """questions.take(open);
        questions.send(two);
        const first = questions.takeDue(0);
        questions.send(five);
        const seen = [questions.takeDue(0)];
        questions.settle(first, two, 1);
        seen.push(say());
        questions.settle(questions.takeDue(1), five, 2);
        return [...seen, say()];""",
    )

    assert seen == [
        None,
        {"stored": 2, "draft": 5, "delivery": "sending", "refusal": ""},
        NONE | {"stored": 5},
    ]


def test_answer_from_another_device_leaves_what_the_reader_sets(modules: Page) -> None:
    seen = run(
        modules,
        """questions.take(open);
        questions.set(five);
        questions.takeAnswer({ question: 3, low: 2, high: 2 });
        return say();""",
    )

    assert seen == NONE | {"stored": 2, "draft": 5}


@pytest.mark.parametrize("other", ["number: 4", "opened_at: '12:20'"])
def test_stored_answer_belongs_to_its_question(modules: Page, other: str) -> None:
    seen = run(
        modules,
        f"""questions.take(open);
        questions.takeAnswer({{ question: 3, low: 2, high: 2 }});
        const seen = [say()];
        questions.takeAnswer({{ question: 2, low: 9, high: 9 }});
        seen.push(say());
        questions.take({{ ...open, {other} }});
        seen.push(say());
        questions.take({{ number: 0 }});
        return [...seen, questions.shown];""",
    )

    assert seen == [NONE | {"stored": 2}, NONE | {"stored": 2}, NONE, None]


def test_reload_sends_an_answer_that_was_not_confirmed(modules: Page) -> None:
    seen = run(
        modules,
        """questions.take(open);
        questions.send(two);
        const again = create();
        again.take(open);
        const other = create("jun");
        other.take(open);
        const next = create();
        next.take({ ...open, number: 4 });
        const reused = create(); // the number, after a restore
        reused.take({ ...open, opened_at: "12:20" });
        const seen = [again, other, next, reused].map((one) => one.takeDue(0));
        again.settle(seen[0], two, 0);
        const later = create();
        later.take(open);
        return [...seen, later.takeDue(0)];""",
    )

    assert seen == [DUE, None, None, None, None]


def test_reload_sends_the_answer_of_each_of_the_last_ten_motions(modules: Page) -> None:
    """A reader has another id in each motion."""
    seen = run(
        modules,
        """const readers = Array.from({ length: 11 }, (_, at) => `me in ${at}`);
        const motions = readers.map(create);
        for (const motion of motions) {
          motion.take(open);
          motion.send(two);
        }
        motions[4].settle(motions[4].takeDue(0), two, 1);
        const again = readers.map(create);
        for (const motion of again) motion.take(open);
        return again.map((motion) => motion.takeDue(0) !== null);""",
    )

    assert seen == [number not in (0, 4) for number in range(11)]


@pytest.mark.parametrize("reader", ["", "ada"])
def test_visitor_and_owner_send_no_answer(modules: Page, reader: str) -> None:
    seen = run(
        modules,
        f"""questions.reader = {reader!r};
        questions.take(open);
        questions.send(two);
        return [questions.canAnswer, questions.takeDue(0)];""",
    )

    assert seen == [False, None]


@pytest.mark.parametrize(
    ("fields", "frontier", "phase"),
    [
        ("{}", [7, 239], "open"),
        ("{}", [7, 240], "late"),
        ("{}", [8, 2], "restarted"),
        ("{ state: 'closed' }", [7, 2], "closed"),
        ("{ state: 'closed' }", [8, 2], "restarted"),
        ("{ state: 'closed', step: null }", [8, 2], "closed"),
        ("{ state: 'revealed' }", [8, 2], "revealed"),
        ("{ step: null }", [8, 900], "open"),
        ("{ number: 0 }", [7, 2], "none"),
    ],
)
def test_phase_says_what_the_reader_can_do(
    modules: Page, fields: str, frontier: list[int], phase: str
) -> None:
    epoch, last = frontier

    found = run(
        modules,
        f"""questions.take({{ ...open, ...{fields} }});
        return questions.getPhase({{ epoch: {epoch}, last: {last} }});""",
    )

    assert found == phase
