"""Find words that this project does not use: `python -m tests.language`, a part of `make check`.

It reads every text file that git tracks: prose, strings, comments and the parts of identifiers. It
prints one line for each finding, and exits with 1 if there is any.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent

EXCLUDED = re.compile(
    r"/migrations/|^requirements/|^package-lock\.json$"  # history, and names of others
    r"|^tests/language\.py$|^tests/project/test_language\.py$"  # they name the words
)

_WORDS = ("told", "tells?", "telling", "whoever", "anew")
_GAP = r"\s+(?:(?:\#|//|\*)\s+)?"  # also over the end of a line of a comment


def _match_in_identifiers(word: str) -> str:
    """As a word, and as a part of snake_case, camelCase and UPPER_CASE names."""
    return (
        rf"(?<![A-Za-z]){word}(?![a-z])"
        rf"|(?<![A-Z]){word.capitalize()}(?![a-z])"
        rf"|(?<![A-Za-z]){word.upper()}(?![A-Za-z])"
    )


RULES = {
    "write says, shows, sends, reports, anyone who, again": "|".join(
        map(_match_in_identifiers, _WORDS)
    ),
    "name the people: anyone who, people who": rf"(?i:\b(?:somebody|those|nobody|all){_GAP}who\b)",
    "name what is requested": rf"\bwhat{_GAP}(?:is|was|are|were|it{_GAP}is){_GAP}asked{_GAP}for\b",
    "begin with a noun, or ask a question": r'\bWho\b(?:(?!\n\s*\n)[^.?!:;<"])*[.:;]',
    "write a noun before who": (
        rf"(?<!-)\b(?:of|for|as|than|without){_GAP}who\b(?!{_GAP}in\b)"
        rf"|;{_GAP}(?:and{_GAP}|but{_GAP})?who\b"
        r"|\b(?:is|are|was|were|asks?|asked|comes?|came|knows?|known|sees?|seen|gets?|reads?"
        rf"|shown|sent|refused|closed),{_GAP}who\b"
    ),
}
_RULES = {advice: re.compile(pattern) for advice, pattern in RULES.items()}


def find(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, words found, advice) for each finding in `text`."""
    for advice, rule in _RULES.items():
        for match in rule.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), advice


def read_texts() -> Iterator[tuple[str, str]]:
    """(path, text) of each text file that git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    for path in listed.stdout.decode().split("\0"):
        if path and not EXCLUDED.search(path) and (ROOT / path).is_file():
            content = (ROOT / path).read_bytes()
            if b"\0" not in content:
                yield path, content.decode()


def main() -> int:
    count = 0
    for path, text in read_texts():
        for line, words, advice in find(text):
            print(f"{path}:{line}: {words[:60]!r}: {advice}")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
