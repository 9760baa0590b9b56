"""One frame of each type, as the server encodes it."""

from __future__ import annotations

import numpy as np

from motion.core.errors import ForbiddenError
from motion.core.parameters import Parameters
from motion.protocol import messages
from motion.protocol.messages import ChangeRecord, NamedPerson, State

CHANGE = ChangeRecord(
    revision=1,
    event=1,
    kind="",
    step=0,
    position=0.0,
    parameters=Parameters(),
    at="2027-01-15T08:00:00Z",
    by=None,
    text="Started",
)
OWNER = NamedPerson("1a", "Ada")
STATE = State(
    slug="default",
    title="Default",
    epoch=1,
    step=0,
    position=0.0,
    change=CHANGE,
    owner=OWNER,
    control="owner",
    controllers=(),
)
FRAMES = [
    messages.encode_state(STATE, can_control=True, version="1", now=CHANGE.at),
    messages.encode_increments(epoch=1, revision=1, first_step=1, increments=[0.5], position=0.5),
    messages.encode_history(epoch=1, first_step=0, stride=1, positions=[0.0], changes=[CHANGE]),
    messages.encode_pong(n=1, step=1),
    messages.encode_viewers(count=1, people=[OWNER], seats=[(7, "Mia")]),
    messages.encode_ensemble(epoch=1, step=1, positions=np.array([0.5, -1.5])),
    messages.encode_seat(number=7, name="Mia"),
    messages.encode_error(ForbiddenError(), re=None),
]
