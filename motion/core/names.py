"""What people and motions may be called: cleaned and checked here, whatever the way in. No I/O.

Unicode's own rules (UTS 39) need a table of some 6,000 pairs. No library that has it is both well
kept and able to compare two names. So there are two rules and a short table: a name is of one
script, and among such names it is Cyrillic and Greek ones that look like Latin ones.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from .errors import InvalidValueError

TITLE_LENGTH: Final = 120
ISOLATE, POP_ISOLATE = "\u2068", "\u2069"

# --- what is seen -------------------------------------------------------------------------------

UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
UNSEEN_LETTERS: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc"
)
"""Letters, marks and symbols that show nothing."""

JOINERS: Final = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""Kept between two signs that are seen: Persian words and emoji are made with them."""

MARKS: Final = 4
"""So many marks may stand on one letter; a tower of them covers the lines above."""


def clean_text(text: str) -> str:
    """The text as it is kept: composed (NFC), nothing invisible, single blanks; maybe empty."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = "".join(" " if sign.isspace() else sign for sign in unicodedata.normalize("NFC", text))
    kept: list[str] = []
    marks = 0
    for sign in spaced:
        marks = marks + 1 if unicodedata.category(sign) in {"Mn", "Me"} else 0
        follows_seen = bool(kept) and kept[-1] != " " and kept[-1] not in JOINERS
        if (follows_seen if sign in JOINERS else _is_seen(sign)) and marks <= MARKS:
            kept.append(sign)
    text = re.sub("[\u200c\u200d](?= |$)", "", "".join(kept))
    return " ".join(unicodedata.normalize("NFC", text).split())


def _is_seen(sign: str) -> bool:
    if sign in UNSEEN_LETTERS or "\ufe00" <= sign <= "\ufe0f":
        return False
    return unicodedata.category(sign) not in UNSEEN_CATEGORIES


def checked_title(text: str) -> str:
    """The title of a motion, cleaned.

    Raises:
        InvalidValueError: nothing that can be seen is left, or too much.
    """
    title = clean_text(text)
    if not 0 < len(title) <= TITLE_LENGTH:
        raise InvalidValueError("title", f"1 to {TITLE_LENGTH} visible characters")
    return title


def isolate_text(text: str) -> str:
    """A name inside a message, as <bdi> has it: from right to left, it leaves the rest be."""
    if not {unicodedata.bidirectional(sign) for sign in text} & {"R", "AL"}:
        return text
    return f"{ISOLATE}{text}{POP_ISOLATE}"


# --- names of people ----------------------------------------------------------------------------

NAME_LENGTH: Final = 150

PLACEHOLDERS: Final = frozenset(
    {"anonymous", "everybody", "everyone", "guest", "nobody", "owner", "somebody", "someone", "you"}
)
"""What pages say where they name no one."""

OFFICES: Final = frozenset(
    {"admin", "administrator", "brownian", "moderator", "root"}
    | {"staff", "superuser", "support", "sysadmin", "system"}
)
"""What nobody calls themselves; an administrator may still give an account such a name."""

EAST_ASIAN: Final = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"CJK", "HANGUL"}),
    frozenset({"CJK", "BOPOMOFO"}),
)
"""Scripts that are written together, and with Latin letters."""


def clean_name(text: str) -> str:
    """A user name as it is kept: as `clean_text`, with compatible forms made one (NFKC)."""
    return clean_text(unicodedata.normalize("NFKC", text))


def check_name(name: str) -> None:
    """Refuse a user name that may be taken for something else than it is.

    Raises:
        InvalidValueError.
    """
    if name != clean_name(name) or not 0 < len(name) <= NAME_LENGTH:
        raise InvalidValueError("username", f"1 to {NAME_LENGTH} visible characters")
    if not _is_of_one_script(name):
        raise InvalidValueError("username", "written in one alphabet")
    if _word(name) in PLACEHOLDER_WORDS:
        raise InvalidValueError("username", "a name, not a word like “guest” or “somebody”")


def is_office(name: str) -> bool:
    """Whether the name claims, or looks as if it claimed, to speak for the site."""
    return _word(name) in OFFICE_WORDS


@lru_cache(maxsize=4096)
def shown_name(name: str) -> str:
    """How a name is shown, even one that was given before these rules."""
    cleaned = clean_text(name)
    return cleaned if cleaned and _word(cleaned) not in PLACEHOLDER_WORDS else "A user"


def _is_of_one_script(name: str) -> bool:
    scripts = {
        re.split("[ -]", unicodedata.name(sign, ""))[0]
        for sign in name
        if unicodedata.category(sign) in {"Lu", "Ll", "Lt", "Lo"}
    }
    return len(scripts) < 2 or any(scripts - {"LATIN"} <= together for together in EAST_ASIAN)


# --- names that look alike ----------------------------------------------------------------------

LOOKALIKES: Final = {
    "a": "\u0430\u0410\u03b1\u0391",
    "b": "\u0432\u0412\u044c\u042c\u03b2\u0392",
    "c": "\u0441\u0421\u03f2\u03f9",
    "d": "\u0501\u0500",
    "e": "\u0435\u0415\u03b5\u0395",
    "g": "\u0261\u0581\u050d\u050c",
    "h": "\u04bb\u04ba\u043d\u041d\u0397",
    "i": "\u0456\u03b9\u0131",
    "j": "\u0458\u0408\u03f3",
    "k": "\u043a\u041a\u03ba\u039a",
    "l": "\u04cf\u04c0\u0406\u0399",
    "m": "\u043c\u041c\u039c",
    "n": "\u0578\u03b7\u039d",
    "o": "0\u043e\u041e\u03bf\u039f\u0585\u0555\u03c3",
    "p": "\u0440\u0420\u03c1\u03a1",
    "q": "\u051b\u051a\u0563",
    "s": "\u0455\u0405\u054f",
    "t": "\u0442\u0422\u03c4\u03a4",
    "u": "\u057d\u03c5\u0446",
    "v": "\u0475\u0474\u03bd",
    "w": "\u051d\u051c\u03c9\u0461",
    "x": "\u0445\u0425\u03c7\u03a7",
    "y": "\u0443\u0423\u04af\u04ae\u03b3\u03a5",
    "z": "\u0396",
}
"""By a Latin letter, what looks like it, small or capital."""

STROKES: Final = "lI1|" + LOOKALIKES["l"]
"""What looks like a stroke; a capital I is one, a small one is none."""

LATIN: Final = {sign: letter for letter, signs in LOOKALIKES.items() for sign in signs}


def lookalike_pattern(name: str) -> str:
    """A regular expression, the same in Python and PostgreSQL, of all names that look like it."""
    return f"^{''.join(map(_class_of, name))}$"


def _class_of(sign: str) -> str:
    letter = LATIN.get(sign, sign).lower()
    alike = {sign, sign.lower(), sign.upper(), letter, letter.upper(), *LOOKALIKES.get(letter, "")}
    if sign in STROKES or letter == "l":
        alike.update(STROKES)
        if sign == "I":
            alike.add("i")
    signs = "".join(sorted(one for one in alike if len(one) == 1))
    return f"[{re.sub(r'([^0-9A-Za-z_])', _escaped, signs)}]"


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match[0]}" if match[0].isascii() else match[0]


def _word(name: str) -> str:
    """What a name reads like: Latin letters without marks, digits at its end, or punctuation."""
    bare = re.sub(r"[\d\W_]+$", "", name) or name
    plain = "".join(
        LATIN.get(sign, sign)
        for sign in unicodedata.normalize("NFKD", bare)
        if sign.isalnum() or sign == "|"
    )
    same = re.sub(f"[i{re.escape(STROKES)}]", "l", plain).casefold()
    return same.replace("rn", "m").replace("vv", "w")


PLACEHOLDER_WORDS: Final = frozenset(map(_word, PLACEHOLDERS))
OFFICE_WORDS: Final = frozenset(map(_word, OFFICES))
