"""The faults that tests make happen: each has a test that is marked with `fault`."""

from __future__ import annotations

from typing import Final

FAULTS: Final = (
    # --- what a client sends ---
    "malformed or empty JSON, unknown types, dunder names",
    "a variance that is no finite number within its limits",
    "a binary frame, invalid UTF-8, an unmasked frame, 2 MB, garbage",
    "a flood of messages",
    "floods of pings, pongs, fragments; messages that never end",
    "a long body, an answer that nobody reads",
    "many who ask for the same numbers at once",
    "many exports at once",
    "a request that drips byte by byte, many connections without one",
    "any query, address, cookie, form, header, variable",
    "sync with a step that is negative, in the future, 1e30, of another epoch",
    "a doubled click, a retried command",
    # --- who it is ---
    "no Origin, null, another site's, another port's",
    "signed out elsewhere, session expired, deactivated, another password",
    "a role taken away while connected",
    "a viewer sends a change",
    "somebody else's private motion, by any way",
    "another person's answer before the reveal, by any way",
    "a post from elsewhere, a GET that would change something",
    "too many requests at once",
    "too many sockets of one address or person, a forged address",
    # --- how a client reads ---
    "a reader that stops reading, silent or still talking",
    "a half-open connection",
    "a hidden, throttled tab; a laptop asleep",
    "a connection that drops a hundred times",
    "a phone without network for a minute of a lesson",
    # --- lessons ---
    "a lesson that is malformed",
    "the notes, prepared questions and right answers of a lesson, read by a student",
    "the notes, prepared questions and right answers of a lesson, on a socket",
    # --- who changes what ---
    "a bad value in the admin: form, list, action",
    "a row changed by SQL",
    "two people change the same thing at once",
    "a motion deleted while it streams",
    "a motion whose tick raises",
    "a state lost while the motion is paused",
    # --- processes ---
    "two workers, or many",
    "kill -9 of a worker at any point of a tick",
    "SIGTERM to a server, and a rolling restart, with 500 clients",
    "kill -9 of a server",
    "kill -9 of a server, and phones without network, while a class answers",
    "old and new code side by side",
    "a backup restored",
    # --- what they stand on ---
    "the database locked for long, or gone",
    "a network that lets no socket through",
    "an upgrade of the site under a page that stays open",
    "Back, after signing out",
    "a form that was opened before signing in from another tab, cookies off",
    "a PostgreSQL that hangs while its machine acknowledges, and a SIGTERM",
    "a network that loses every packet between a site and PostgreSQL",
    "Redis restarted at once, away for 2 s, idle, hanging, never there",
)
