"""What can go wrong, and the one table of the wire's codes.

`static/motion/live/protocol.js` mirrors `CloseCode` and `ErrorCode`; a test holds the two together.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class ErrorCode(StrEnum):
    """The `code` of an `error` frame; the socket stays open."""

    MALFORMED = "malformed"
    UNKNOWN_TYPE = "unknown_type"
    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"


class CloseCode(IntEnum):
    """Why the server closes a socket.

    After `MALFORMED`, `SIGNED_OUT`, `FORBIDDEN` and `NO_SUCH_MOTION` a client stays away;
    after any other it comes back.
    """

    MALFORMED = 4400
    SIGNED_OUT = 4401
    FORBIDDEN = 4403
    NO_SUCH_MOTION = 4404
    TOO_SLOW = 4408
    RESTARTING = 4412
    TOO_FAST = 4429

    @property
    def comes_back(self) -> bool:
        return self not in {
            CloseCode.MALFORMED,
            CloseCode.SIGNED_OUT,
            CloseCode.FORBIDDEN,
            CloseCode.NO_SUCH_MOTION,
        }


class MotionError(Exception):
    """Something a caller asked for that cannot be; `code` is what the wire calls it."""

    code: ErrorCode


class MalformedError(MotionError):
    """A message that is not one of the protocol's objects."""

    code = ErrorCode.MALFORMED


class UnknownTypeError(MotionError):
    """A message whose `type` the protocol does not know."""

    code = ErrorCode.UNKNOWN_TYPE

    def __str__(self) -> str:
        return "This type of message is unknown. Send ping, change, restart or sync."


class InvalidValueError(MotionError):
    """A value of the wrong type, out of range or not finite; `field` names it."""

    code = ErrorCode.INVALID

    def __init__(self, field: str, requirement: str) -> None:
        super().__init__(field, requirement)
        self.field = field
        self.requirement = requirement

    def __str__(self) -> str:
        return f"The {self.field} must be {self.requirement}."


class ForbiddenError(MotionError):
    """Someone asked for a change who may only watch."""

    code = ErrorCode.FORBIDDEN

    def __str__(self) -> str:
        return "You may watch this motion, but not change it."


class ConflictError(MotionError):
    """The caller expected one revision and the motion is at another."""

    code = ErrorCode.CONFLICT

    def __str__(self) -> str:
        return (
            "Your change was not made: somebody else changed this motion meanwhile. "
            "Check it and try again."
        )


class OutdatedPageError(MotionError):
    """A page of an earlier version posted what this version does not take."""

    code = ErrorCode.MALFORMED

    def __str__(self) -> str:
        return "This page is older than the server. Reload it, then try again."


class NoSuchMotionError(MotionError):
    """There is no such motion, or none that the caller may see."""

    code = ErrorCode.UNAVAILABLE

    def __str__(self) -> str:
        return "There is no such motion."


class NoSuchInvitationError(MotionError):
    """There is no such invitation, or none any more."""

    code = ErrorCode.UNAVAILABLE

    def __str__(self) -> str:
        return "This invitation was revoked or has expired."


class TooManyMotionsError(MotionError):
    """One person would own more than `limit` motions."""

    code = ErrorCode.FORBIDDEN

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"One person can own at most {self.limit} motions. Delete or hand over one first."


class TooManyInvitationsError(MotionError):
    """One motion would have more than `limit` invitations that are open."""

    code = ErrorCode.FORBIDDEN

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"A motion can have at most {self.limit} open invitations. Revoke one first."


class UnavailableError(MotionError):
    """The database did not answer in time; nothing was changed."""

    code = ErrorCode.UNAVAILABLE

    def __str__(self) -> str:
        return "The server cannot do that right now. Nothing was changed. Please try again."
