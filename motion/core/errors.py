"""The errors of this program, and the codes that clients get for them.

`static/motion/live/protocol.js` repeats `CloseCode` and `ErrorCode`; a test compares them.
"""

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
    """Why the server closes a socket."""

    MALFORMED = 4400
    SIGNED_OUT = 4401
    FORBIDDEN = 4403
    NO_SUCH_MOTION = 4404
    TOO_SLOW = 4408
    RESTARTING = 4412
    TOO_FAST = 4429

    @property
    def is_retried(self) -> bool:
        """Whether a client reconnects after this code."""
        return self in {CloseCode.TOO_SLOW, CloseCode.RESTARTING, CloseCode.TOO_FAST}


class MotionError(Exception):
    """A request that is refused; `code` is for the client, and `sentence` is for a person.

    The arguments of an error fill the gaps of its sentence.
    """

    code: ErrorCode
    sentence = "{}"

    def __str__(self) -> str:
        return self.sentence.format(*self.args)


class MalformedError(MotionError):
    """A message is not one of the protocol's objects."""

    code = ErrorCode.MALFORMED


class UnknownTypeError(MotionError):
    """The protocol does not know the `type` of a message."""

    code = ErrorCode.UNKNOWN_TYPE
    sentence = (
        "This type of message is unknown. Send ping, change, restart, sync, present or follow."
    )


class InvalidValueError(MotionError):
    """The value of a field has the wrong type, is out of range, or is not finite."""

    code = ErrorCode.INVALID
    sentence = "The {} must be {}."

    def __init__(self, field: str, requirement: str) -> None:
        super().__init__(field, requirement)


class InvalidNameError(InvalidValueError):
    """The name of a guest is empty, too long, or misleading."""

    sentence = "Enter {}."

    def __init__(self, requirement: str) -> None:
        MotionError.__init__(self, requirement)


class LessonError(InvalidValueError):
    """A lesson is malformed; `place` is where, for example `scenes[2].question.kind`."""

    sentence = "{}: {}."

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(place, problem)


class ForbiddenError(MotionError):
    """The person may watch the motion, but not change it."""

    code = ErrorCode.FORBIDDEN
    sentence = "You may watch this motion, but not change it."


class ForbiddenAnswerError(ForbiddenError):
    """A visitor, or a guest of another motion, may not answer."""

    sentence = "Join this motion or sign in, then answer."


class OwnerAnswersError(ForbiddenError):
    """The owner may not answer a question of their own motion."""

    sentence = "The owner asks, and does not answer."


class NoPresenterError(ForbiddenError):
    """The person does not manage the motion, so others do not follow their view."""

    sentence = "Only the owner of this motion can present a view."


class ConflictError(MotionError):
    """The motion is no longer at the revision that the caller expected."""

    code = ErrorCode.CONFLICT
    sentence = (
        "Your change was not made: somebody else changed this motion meanwhile. "
        "Check it and try again."
    )


class NotOpenError(MotionError):
    """The question takes no answers: it is closed or revealed."""

    code = ErrorCode.CONFLICT
    sentence = "This question is closed."


class OtherQuestionError(MotionError):
    """The answer is for another question, which had the same number before a restore."""

    code = ErrorCode.CONFLICT
    sentence = "Your answer was to an earlier question. Answer this one."


class TooLateError(MotionError):
    """The step of the question has come, or its path has ended; the argument says which."""

    code = ErrorCode.CONFLICT
    sentence = "Too late: {}."


class AskedAlreadyError(MotionError):
    """A question is opened once."""

    code = ErrorCode.CONFLICT
    sentence = "This question was asked already. Ask it again for another round."


class NotAskedError(MotionError):
    """The question is only prepared."""

    code = ErrorCode.CONFLICT
    sentence = "Nobody has seen this question yet. Ask it first."


class OutdatedPageError(MotionError):
    """A page of an earlier version sent a form that this version does not know."""

    code = ErrorCode.MALFORMED
    sentence = "This page is older than the server. Reload it, then try again."


class NoSuchMotionError(MotionError):
    """There is no such motion, or the person may not see it."""

    code = ErrorCode.UNAVAILABLE
    sentence = "There is no such motion."


class NoSuchQuestionError(MotionError):
    """The motion has no such question, or it is only prepared and the person does not manage it."""

    code = ErrorCode.UNAVAILABLE
    sentence = "There is no such question. The owner may have removed it."


class NoLessonError(MotionError):
    """The motion follows no lesson."""

    code = ErrorCode.UNAVAILABLE
    sentence = "This motion has no lesson."


class NoSuchInvitationError(MotionError):
    """The invitation does not exist, or is no longer valid."""

    code = ErrorCode.UNAVAILABLE
    sentence = "This invitation was revoked or has expired."


class DoorClosedError(MotionError):
    """The owner has closed the motion for newcomers."""

    code = ErrorCode.FORBIDDEN
    sentence = "Nobody new can join now. Ask the owner to open the door, then try again."


class TooManyGuestsError(MotionError):
    """One motion would have more guests than this limit."""

    code = ErrorCode.FORBIDDEN
    sentence = (
        "This motion has {} guests, and no room for more. Try again when the owner has removed "
        "some, or sign in with an account."
    )


class TooManyMotionsError(MotionError):
    """One person would own more motions than this limit."""

    code = ErrorCode.FORBIDDEN
    sentence = "One person can own at most {} motions. Delete or hand over one first."


class TooManyQuestionsError(MotionError):
    """One motion would have more questions than this limit."""

    code = ErrorCode.FORBIDDEN
    sentence = "A motion can have at most {} questions. Remove some first."


class TooManyInvitationsError(MotionError):
    """One motion would have more open invitations than this limit."""

    code = ErrorCode.FORBIDDEN
    sentence = "A motion can have at most {} open invitations. Revoke one first."


class UnavailableError(MotionError):
    """The database did not answer in time; nothing was changed."""

    code = ErrorCode.UNAVAILABLE
    sentence = "The server cannot do that right now. Nothing was changed. Please try again."
