"""watching-text.js: texts about viewers, control, and what the owner can do."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

STATE = {"control": "controllers", "owner": "Ada", "controllers": ["Ben", "Cy"]}


def call(modules: Page, name: str, *arguments: Any) -> Any:
    script = 'async ([name, given]) => (await import("/widgets/watching-text.js"))[name](...given)'
    return modules.evaluate(script, [name, list(arguments)])


def make_viewers(count: int, *names: str) -> dict[str, Any]:
    return {"count": count, "names": list(names), "ids": [f"id-{name}" for name in names]}


def add_ids(state: dict[str, Any]) -> dict[str, Any]:
    owner, controllers = state["owner"], state["controllers"]
    ids = {"owner_id": owner and f"id-{owner}", "controller_ids": [f"id-{n}" for n in controllers]}
    return state | ids


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada Kovács", "AK"),
        ("jm", "JM"),
        ("Ben", "BE"),
        ("Juan de la Cruz", "JC"),
        ("  x ", "X"),
        ("𝒜lan 𝒯uring", "𝒜𝒯"),
        ("élan", "ÉL"),
    ],
)
def test_initials_are_those_of_first_and_last_word(modules: Page, name: str, expected: str) -> None:
    assert call(modules, "getInitials", name) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (make_viewers(12, "Ada Kovács", "JM"), ("12 watching", ["AK", "JM"], "+10")),
        (make_viewers(4, "Ada", "Ben", "Cy", "Di"), ("4 watching", ["AD", "BE", "CY"], "+1")),
        (make_viewers(1, "Ada"), ("1 watching", ["AD"], "")),
        (make_viewers(1_234), ("1,234 watching", [], "")),
    ],
)
def test_head_has_three_faces_and_the_number_of_others(
    modules: Page, given: dict[str, Any], expected: tuple[str, list[str], str]
) -> None:
    shown = call(modules, "summarizeViewers", given)

    assert (shown["text"], shown["faces"], shown["more"]) == expected


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (make_viewers(2, "Ada", "Ben"), "Ada and Ben"),
        (make_viewers(3, "Ada", "Ben"), "Ada, Ben and one more"),
        (make_viewers(12, "Ada", "Ben"), "Ada, Ben and 10 more"),
        (make_viewers(3), ""),
    ],
)
def test_head_has_all_names(modules: Page, given: dict[str, Any], names: str) -> None:
    assert call(modules, "summarizeViewers", given)["names"] == names


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (make_viewers(3, "Ada", "Ben"), "3 watching: 2 with names, 1 visitor."),
        (make_viewers(2, "Ada", "Ben"), "2 people are watching."),
        (make_viewers(6, "Ada", "Ben", "Cy"), "6 watching: 3 with names, 3 visitors."),
        (make_viewers(2), "2 visitors are watching."),
        (make_viewers(1, "Ada"), "1 person is watching."),
        (make_viewers(1), "1 person is watching (a visitor)."),
        (make_viewers(1_000, *map(str, range(30))), "1,000 watching: 30 or more with names."),
    ],
)
def test_count_names_viewers_and_visitors(
    modules: Page, given: dict[str, Any], sentence: str
) -> None:
    assert call(modules, "describeCount", given) == sentence


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"control": "everyone"}, "Anyone on this page can change it."),
        ({"control": "signed-in"}, "Anyone with an account can change it."),
        ({}, "Ada (owner), Ben and Cy can change it."),
        ({"controllers": ["Ben"]}, "Ada (owner) and Ben can change it."),
        ({"controllers": []}, "Only Ada (owner) can change it."),
        ({"control": "owner"}, "Only Ada (owner) can change it."),
        ({"owner": None, "controllers": []}, "Only administrators can change it."),
        ({"owner": None, "control": "owner"}, "Only administrators can change it."),
        ({"owner": None, "controllers": ["Ben"]}, "Ben and administrators can change it."),
        (
            {"controllers": list("bcdefgh")},
            "Ada (owner), b, c, d, e, f and 2 more can change it.",
        ),
        ({"owner": "علی", "controllers": []}, "Only \u2068علی\u2069 (owner) can change it."),
        (
            {"controllers": [f"p{at}" for at in range(30)]},
            "Ada (owner), p0, p1, p2, p3, p4 and others can change it.",
        ),
    ],
)
def test_control_names_those_who_can_change_the_motion(
    modules: Page, state: dict[str, Any], sentence: str
) -> None:
    assert call(modules, "describeControl", STATE | state) == sentence


CANNOT = {"can_control": False, "revision": 4, "owner_id": "a", "by": "Ada", "kind": ""}
CAN = CANNOT | {"can_control": True}


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            CANNOT,
            CAN | {"revision": 5, "kind": "let"},
            "Ada handed you the controls. You can change the motion for everyone.",
        ),
        (CANNOT, CAN, "You can change the motion for everyone now."),
        (
            CANNOT,
            CAN | {"revision": 5, "kind": "only-me-off"},
            "Ada switched “Only I control” off. You can change the motion again.",
        ),
        (
            CAN,
            CANNOT | {"revision": 5, "kind": "take-back"},
            "Ada took the controls back. You are watching now.",
        ),
        (
            CAN,
            CANNOT | {"revision": 5, "kind": "only-me", "by": None},
            "The owner switched “Only I control” on. You are watching now.",
        ),
        (
            CAN,
            CANNOT | {"revision": 5},
            "You cannot change the motion any more. You are watching now.",
        ),
        (CANNOT, CAN | {"owner_id": "me"}, None),  # then the page offers to reload
        (CAN | {"owner_id": "me"}, CANNOT, None),
        (CAN, CAN | {"revision": 5, "kind": "let"}, None),
        (CANNOT, CANNOT | {"revision": 5, "kind": "take-back"}, None),
    ],
)
def test_notice_says_how_permissions_changed(
    modules: Page, before: dict[str, Any], after: dict[str, Any], sentence: str | None
) -> None:
    assert call(modules, "describeNotice", before, after, "me") == sentence


def list_rows(
    modules: Page, state: dict[str, Any], me: str, *here: str
) -> list[tuple[str, str, str]]:
    """(name, badges, what the owner is offered) of each."""
    rows = call(
        modules, "listRows", add_ids(STATE | state), make_viewers(9, *here), me and f"id-{me}"
    )
    assert [row["id"] for row in rows] == [f"id-{row['name']}" for row in rows]
    return [
        (row["name"], " ".join(row["badges"]), row["offer"]["label"] if row["offer"] else "")
        for row in rows
    ]


def test_owner_can_hand_over_control_and_take_it_back(modules: Page) -> None:
    assert list_rows(modules, {}, "Ada", "Di", "Ben", "Ada") == [
        ("Ada", "owner you", ""),
        ("Di", "", "Let Di control"),
        ("Ben", "controls", "Take back control from Ben"),
        ("Cy", "controls away", "Take back control from Cy"),
    ]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"control": "everyone"}, "everyone controls"),
        ({"control": "signed-in"}, "everyone with an account controls"),
        ({}, "Ada, Ben and 1 more control"),
        ({"controllers": ["Ben"]}, "Ada and Ben control"),
        ({"controllers": list("bcdefgh")}, "Ada, b and 6 more control"),
        ({"controllers": ["b"] * 30}, "Ada, b and others control"),
        ({"control": "owner"}, "Ada controls"),
        ({"owner": None, "control": "owner"}, "administrators control"),
    ],
)
def test_terms_are_one_line(modules: Page, state: dict[str, Any], text: str) -> None:
    set_to = {"variance": 0.25, "drift": 0, "interval": 1, "paused": True}
    body = "async (state) => (await import('/widgets/watching-text.js')).describeTerms(state)"

    assert modules.evaluate(body, STATE | set_to | state) == f"Variance 0.25 · 1 step/s · {text}"


@pytest.mark.parametrize("me", ["Ben", ""])
def test_rows_offer_nothing_to_others(modules: Page, me: str) -> None:
    rows = list_rows(modules, {}, me, "Ada", "Ben")

    assert [(name, offer) for name, _, offer in rows] == [("Ada", ""), ("Ben", ""), ("Cy", "")]
    assert ("you" in rows[1][1]) == (me == "Ben")


@pytest.mark.parametrize("policy", ["everyone", "signed-in"])
def test_rows_offer_nothing_when_everyone_controls(modules: Page, policy: str) -> None:
    rows = list_rows(modules, {"control": policy}, "Ada", "Ada", "Ben")

    assert rows == [("Ada", "owner you", ""), ("Ben", "", "")]


def test_rows_offer_control_when_only_the_owner_controls(modules: Page) -> None:
    rows = list_rows(modules, {"control": "owner"}, "Ada", "Ada", "Ben", "Di")

    assert rows == [
        ("Ada", "owner you", ""),
        ("Ben", "", "Take back control from Ben"),
        ("Di", "", "Let Di control"),
        ("Cy", "away", "Take back control from Cy"),
    ]


def test_rows_keep_people_with_the_same_name_apart(modules: Page) -> None:
    state = STATE | {"owner_id": "1", "controllers": ["ann@…"], "controller_ids": ["2"]}
    here = {"count": 3, "names": ["Ada", "ann@…", "ann@…"], "ids": ["1", "2", "3"]}

    rows = call(modules, "listRows", state, here, "1")

    assert [(row["id"], row["offer"] and row["offer"]["action"]) for row in rows] == [
        ("1", None),
        ("2", "take-back"),
        ("3", "let"),
    ]


def test_visitor_is_no_owner_when_the_motion_has_none(modules: Page) -> None:
    assert call(modules, "isOwnedBy", {"owner": None}, "") is False
    assert call(modules, "isOwnedBy", {"owner": ""}, "") is False
    assert call(modules, "isOwnedBy", {"owner": "Ada", "owner_id": "1"}, "1") is True
    assert call(modules, "isOwnedBy", {"owner": "Ada", "owner_id": "1"}, "Ada") is False


def test_rows_call_nobody_away_when_names_are_missing(modules: Page) -> None:
    crowd = [f"p{at}" for at in range(30)]

    rows = list_rows(modules, {}, "Ada", *crowd)

    assert rows[-1] == ("Cy", "controls", "Take back control from Cy")


def test_found_people_can_get_control(modules: Page) -> None:
    found = [
        {"id": "id-Ada", "name": "Ada", "is_here": True, "role": "owner"},
        {"id": "1", "name": "Ben", "is_here": True, "role": "controller"},
        {"id": "2", "name": "Ben", "is_here": False, "role": "viewer"},
        {"id": "3", "name": "Benno", "is_here": True, "role": None},
    ]

    rows = call(modules, "listFoundRows", add_ids(STATE), found, "id-Ada")

    assert [(row["id"], " ".join(row["badges"])) for row in rows] == [
        *[("id-Ada", "owner you"), ("1", "controls"), ("2", "away"), ("3", "")]
    ]
    assert [(row["offer"] or {}).get("label") for row in rows] == [
        *[None, "Take back control from Ben", "Let Ben control", "Let Benno control"]
    ]


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (0, "Nobody found."),
        (1, "1 person found."),
        (2, "2 people found."),
        (30, "The first 30 people found."),
    ],
)
def test_search_counts_the_people_found(modules: Page, number: int, sentence: str) -> None:
    assert call(modules, "describeFound", [{}] * number) == sentence
