"""Names of people and titles of motions: how they are cleaned and checked. No I/O.

Unicode's rules for names that look alike (UTS 39) need a table of about 6,000 pairs, and no
maintained library compares two names by it. Two rules and a short table replace it: a name is in
one script, and of these names only Cyrillic and Greek ones look like Latin ones.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import count
from typing import Final, Literal

from .errors import InvalidNameError, InvalidValueError

TITLE_LENGTH: Final = 120
ISOLATE, POP_ISOLATE = "\u2068", "\u2069"

# --- visible text -------------------------------------------------------------------------------

INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
INVISIBLE_LETTERS: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc"
)
"""Letters, marks and symbols that are invisible."""

JOINERS: Final = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""Kept between two visible characters: Persian words and emoji need them."""

MARKS: Final = 4
"""The most marks on one letter; a tower of marks covers the lines above."""

NORMALIZED_MARKS: Final = 30
"""The most marks on one letter that are normalized: the time grows with the square of their number.
Source: Unicode Standard Annex 15, Stream-Safe Text Format."""


def clean_text(text: str) -> str:
    """The text in composed form (NFC), without invisible characters, with single spaces."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    composed = _compose("NFC", text)
    spaced = "".join(" " if sign.isspace() else sign for sign in composed)
    kept: list[str] = []
    marks = 0
    for sign in spaced:
        if sign in JOINERS:
            is_kept = bool(kept) and kept[-1] != " " and kept[-1] not in JOINERS
        elif is_kept := _is_visible(sign):
            marks = marks + 1 if _is_mark(sign) else 0
            is_kept = marks <= MARKS
        if is_kept:
            kept.append(sign)
    text = re.sub("[\u200c\u200d](?= |$)", "", "".join(kept))
    return " ".join(unicodedata.normalize("NFC", text).split())


def _compose(form: Literal["NFC", "NFKC"], text: str) -> str:
    """The text in a normal form, without the marks beyond `NORMALIZED_MARKS` on one letter."""
    kept: list[str] = []
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= NORMALIZED_MARKS:
            kept.append(sign)
    return unicodedata.normalize(form, "".join(kept))


def _is_mark(sign: str) -> bool:
    return unicodedata.combining(sign) > 0 or unicodedata.category(sign) in {"Mn", "Me"}


def _is_visible(sign: str) -> bool:
    if sign in INVISIBLE_LETTERS or "\ufe00" <= sign <= "\ufe0f":
        return False
    return unicodedata.category(sign) not in INVISIBLE_CATEGORIES


def check_title(text: str) -> str:
    """The title of a motion, cleaned.

    Raises:
        InvalidValueError: the cleaned title is empty or too long.
    """
    title = clean_text(text)
    if not 0 < len(title) <= TITLE_LENGTH:
        raise InvalidValueError("title", f"1 to {TITLE_LENGTH} visible characters")
    return title


def isolate_text(text: str) -> str:
    """A name for use in a sentence. A name from right to left is isolated, as by <bdi>."""
    if not {unicodedata.bidirectional(sign) for sign in text} & {"R", "AL"}:
        return text
    return f"{ISOLATE}{text}{POP_ISOLATE}"


# --- names of people ----------------------------------------------------------------------------

NAME_LENGTH: Final = 150

PLACEHOLDERS: Final = frozenset(
    {"anonymous", "everybody", "everyone", "guest", "nobody", "owner", "somebody", "someone"}
    | {"visitor", "you"}
)
"""Words that pages use for a person without a name."""

RESERVED_NAMES: Final = frozenset(
    {"admin", "administrator", "brownian", "moderator", "root"}
    | {"staff", "superuser", "support", "sysadmin", "system"}
)
"""Names that people cannot choose; an administrator may still give one to an account."""

EAST_ASIAN: Final = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"CJK", "HANGUL"}),
    frozenset({"CJK", "BOPOMOFO"}),
)
"""Scripts that are used together, and with Latin letters."""


def clean_name(text: str) -> str:
    """A user name, cleaned as by `clean_text`, with compatible characters unified (NFKC)."""
    return clean_text(_compose("NFKC", text))


def check_name(name: str) -> None:
    """Check a user name.

    Raises:
        InvalidValueError: it is not clean, mixes scripts, or reads like a placeholder.
    """
    if name != clean_name(name) or not 0 < len(name) <= NAME_LENGTH:
        raise InvalidValueError("username", f"1 to {NAME_LENGTH} visible characters")
    if not _is_in_one_script(name):
        raise InvalidValueError("username", "written in one alphabet")
    if _reads_like(name, PLACEHOLDER_WORDS):
        raise InvalidValueError("username", "a name, not a word like “guest” or “somebody”")


def is_reserved_name(name: str) -> bool:
    """Whether the name reads like one that speaks for the site."""
    return _normalize(name) in RESERVED_WORDS


@lru_cache(maxsize=4096)
def format_name(name: str) -> str:
    """A name as other people see it, even if it is older than these rules."""
    cleaned = clean_text(name)
    return cleaned if cleaned and _normalize(cleaned) not in PLACEHOLDER_WORDS else "A user"


def _reads_like(name: str, words: frozenset[str]) -> bool:
    """Whether the name is one of the words, or begins with one and a colon, as "guest:1:x"."""
    return bool({_normalize(name), _normalize(name.partition(":")[0])} & words)


def _is_in_one_script(name: str) -> bool:
    scripts = {
        re.split("[ -]", unicodedata.name(sign, ""))[0]
        for sign in name
        if unicodedata.category(sign) in {"Lu", "Ll", "Lt", "Lo"}
    }
    return len(scripts) < 2 or any(scripts - {"LATIN"} <= together for together in EAST_ASIAN)


# --- names of guests ----------------------------------------------------------------------------

GUEST_NAME_LENGTH: Final = 30
TYPED_NAME_LENGTH: Final = 200
"""The longest text that is cleaned: a name may have lost most of what was typed."""

GUEST_PLACEHOLDERS: Final = PLACEHOLDERS | {"a student", "a user", "student", "teacher"}
"""Pages call a guest "Student 7" while names are hidden."""


def check_guest_name(text: str) -> str:
    """The name of a guest, cleaned as by `clean_name`. It may have blanks and any signs.

    Raises:
        InvalidNameError: it is empty or too long, one of its words mixes scripts, or it reads
            like a placeholder or like a name that speaks for the site.
    """
    name = clean_name(text) if len(text) <= TYPED_NAME_LENGTH else ""
    if not 0 < len(name) <= GUEST_NAME_LENGTH:
        raise InvalidNameError(f"a name of 1 to {GUEST_NAME_LENGTH} characters")
    if not all(map(_is_in_one_script, name.split())):
        raise InvalidNameError("a name in one alphabet")
    if _reads_like(name, GUEST_WORDS):
        raise InvalidNameError("your own name, not a word like “guest” or “Student 7”")
    return name


def make_unique_name(name: str, taken: Iterable[str]) -> str:
    """`name`, or if it looks like one of `taken`, with the lowest number from 2 on: "Mia 2"."""
    keys = set(map(make_lookalike_key, taken))
    if make_lookalike_key(name) not in keys:
        return name
    base = re.sub(r" \d+$", "", name)
    for number in count(2):
        end = f" {number}"
        numbered = f"{base[: GUEST_NAME_LENGTH - len(end)].rstrip()}{end}"
        if make_lookalike_key(numbered) not in keys:
            break
    return numbered


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
"""By Latin letter: the characters that look like it, small or capital."""

STROKES: Final = "lI1|" + LOOKALIKES["l"]
"""Characters that look like a stroke; the capital I does, the small one does not."""

LATIN: Final = {sign: letter for letter, signs in LOOKALIKES.items() for sign in signs}


def make_lookalike_pattern(name: str) -> str:
    """A regular expression for all names that look like `name`, for Python and PostgreSQL."""
    return f"^{''.join(map(_write_class, name))}$"


def make_lookalike_key(name: str) -> str:
    """A text that names share if they look alike, or differ only in case."""
    plain = "".join(LATIN.get(sign, sign) for sign in name)
    return re.sub(f"[i{re.escape(STROKES)}]", "l", plain).casefold()


def _write_class(sign: str) -> str:
    letter = LATIN.get(sign, sign).lower()
    alike = {sign, sign.lower(), sign.upper(), letter, letter.upper(), *LOOKALIKES.get(letter, "")}
    if sign in STROKES or letter == "l":
        alike.update(STROKES)
        if sign == "I":
            alike.add("i")
    signs = "".join(sorted(one for one in alike if len(one) == 1))
    return f"[{re.escape(signs)}]"


def _normalize(name: str) -> str:
    """The name in Latin letters, without marks, final digits and punctuation, for comparison."""
    bare = re.sub(r"[\d\W_]+$", "", name) or name
    plain = "".join(
        LATIN.get(sign, sign)
        for sign in unicodedata.normalize("NFKD", bare)
        if sign.isalnum() or sign == "|"
    )
    same = re.sub(f"[i{re.escape(STROKES)}]", "l", plain).casefold()
    return same.replace("rn", "m").replace("vv", "w")


PLACEHOLDER_WORDS: Final = frozenset(map(_normalize, PLACEHOLDERS))
RESERVED_WORDS: Final = frozenset(map(_normalize, RESERVED_NAMES))
GUEST_WORDS: Final = RESERVED_WORDS | frozenset(map(_normalize, GUEST_PLACEHOLDERS))
