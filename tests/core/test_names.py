"""What people and motions may be called."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion.core.errors import InvalidValueError
from motion.core.names import (
    check_name,
    checked_title,
    clean_name,
    clean_text,
    is_office,
    isolate_text,
    lookalike_pattern,
    shown_name,
)

CYRILLIC_ADMIN = "\u0430dmin"
ALL_CYRILLIC_OCE = "\u043e\u0441\u0435"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Hers \t\u2003 and\nhis ", "Hers and his"),
        ("a\u200bb\u202ec\u2066d\ufeffe\u00adf", "abcdef"),
        ("a\x00b\x85c\x1bd", "ab cd"),
        ("e\u0301", "\u00e9"),
        ("a\u200b\u0301", "\u00e1"),
        ("\ue000\U000e0041\u0378x", "x"),
        ("\u3164\u115f\u2800\ufffc", ""),
        ("\u200b\u202e\u3164\x85", ""),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("\U0001f468\u200d\U0001f467 \u2764\ufe0f", "\U0001f468\u200d\U0001f467 \u2764\ufe0f"),
        ("\u200da\u200d \ufe0fb", "a b"),
        ("σ² √k", "σ² √k"),
        ("a" + "\u0316" * 9, "a" + "\u0316" * 4),
    ],
)
def test_text_is_kept_without_what_is_not_seen(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@given(st.text())
def test_cleaned_text_is_clean(text: str) -> None:
    cleaned = clean_text(text)

    assert clean_text(cleaned) == cleaned
    assert not {unicodedata.category(sign) for sign in cleaned} & {"Cc", "Co", "Cn", "Cs"}


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u202e \u3164", "x" * 121])
def test_title_is_refused_that_shows_nothing_or_too_much(text: str) -> None:
    with pytest.raises(InvalidValueError, match="1 to 120 visible characters"):
        checked_title(text)


def test_title_is_measured_after_cleaning() -> None:
    assert checked_title("x" * 120 + "\u200b" * 50 + " ") == "x" * 120


@pytest.mark.parametrize(
    "name",
    ["robert", "R.Brown+1", "Ünal", "Иван", "山田taro", "ヤマダ山", "김철수", "علی7", "admin"],
)
def test_name_of_one_script_is_taken(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("rob\u200bert", "visible characters"),
        ("\u3164", "visible characters"),
        ("x" * 151, "visible characters"),
        ("\ufb01n", "visible characters"),
        (CYRILLIC_ADMIN, "one alphabet"),
        ("pαul", "one alphabet"),
        ("Somebody", "a word like"),
        ("s0mebody", "a word like"),
        ("You", "a word like"),
        ("guest_12", "a word like"),
        ("Sornebody", "a word like"),
    ],
)
def test_name_is_refused_that_is_not_what_it_seems(name: str, why: str) -> None:
    with pytest.raises(InvalidValueError, match=why):
        check_name(name)


@pytest.mark.parametrize(
    "name", ["admin", "Admin1", "adm1n", "ADMlN", "a.d-m_i.n", "r00t", "ádmin"]
)
def test_name_that_seems_to_speak_for_the_site_is_noticed(name: str) -> None:
    assert is_office(name)


@pytest.mark.parametrize("name", ["adminka", "robert", "roots", "minda"])
def test_name_that_only_begins_so_speaks_for_nobody(name: str) -> None:
    assert not is_office(name)


@pytest.mark.parametrize(
    ("new", "old", "alike"),
    [
        ("aIice", "alice", True),
        ("PauI", "paul", True),
        ("NEIL", "neil", True),
        ("j0an", "joan", True),
        (ALL_CYRILLIC_OCE, "oce", True),
        ("oce", ALL_CYRILLIC_OCE, True),
        ("neil", "nell", False),
        ("ann", "anna", False),
        ("a.b", "axb", False),
        ("a-b+c", "a-b+c", True),
    ],
)
def test_lookalike_pattern_finds_what_looks_the_same(new: str, old: str, alike: bool) -> None:
    assert bool(re.search(lookalike_pattern(new), old)) is alike


def test_name_of_before_is_shown_safely() -> None:
    assert shown_name("\u202eeve\u200b") == "eve"
    assert shown_name("\u3164") == shown_name("Somebody") == "A user"


def test_name_is_composed() -> None:
    assert clean_name("\uff32ob\u200bert") == "Robert"


def test_isolate_text_changes_only_names_from_right_to_left() -> None:
    assert [isolate_text(name) for name in ("ada", "Ünal", "علی")] == [
        "ada",
        "Ünal",
        "\u2068علی\u2069",
    ]
