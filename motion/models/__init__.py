"""The tables. Of a path only its seed and its changes are stored; they give every point."""

from .motions import Change, Epoch, Motion, Move, move_frontiers, now, timestamp
from .people import (
    UNNAMED,
    Guest,
    Invitation,
    Membership,
    Presence,
    display_name,
    get_guest_motion_id,
    is_guest,
    make_person_id,
    name_person,
    shown_name,
)
from .processes import Process
from .questions import Answer, Lesson, Question
