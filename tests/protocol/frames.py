"""One frame of each type, as the server encodes it."""

from __future__ import annotations

import numpy as np

from motion.core.errors import ForbiddenError
from motion.core.parameters import Parameters
from motion.core.predictions import Results
from motion.core.questions import Asked, Kind
from motion.protocol import messages
from motion.protocol.messages import ChangeRecord, NamedPerson, State
from tests.core.presented_views import VIEW

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
    visibility="public",
    control="owner",
    controllers=(),
)
RESULTS = Results(
    edges=[-1.0, 0.0, 1.0],
    counts=[1, 2],
    median=0.25,
    intervals=[(-1.0, 0.0), (0.0, 0.5), (0.5, 1.0)],
    outcome=0.5,
    ended=False,
    contained=2,
    mean_score=1.5,
    names=[("Mia", -1.0, 0.0)],
)
QUESTION = Asked(
    id=7,
    motion_id=1,
    number=3,
    kind=Kind.INTERVAL,
    text="Where will we be in 100 steps?",
    options=(),
    level=0.5,
    epoch=1,
    step=240,
    state="revealed",
    opened_at="2026-11-26T06:17:00.250+00:00",
    names_shown=True,
    correct=None,
)
FRAMES = [
    messages.encode_state(STATE, can_control=True, version="1", now=CHANGE.at),
    messages.encode_increments(epoch=1, revision=1, first_step=1, increments=[0.5], position=0.5),
    messages.encode_history(epoch=1, first_step=0, stride=1, positions=[0.0], changes=[CHANGE]),
    messages.encode_pong(n=1, step=1),
    messages.encode_viewers(count=1, people=[OWNER], seats=[(7, "Mia")], followers=2),
    messages.encode_ensemble(epoch=1, step=1, positions=np.array([0.5, -1.5])),
    messages.encode_seat(number=7, name="Mia"),
    messages.encode_question(QUESTION, results=RESULTS, answered=3, of=4),
    messages.encode_answer(question=3, low=-1.5, high=0.5),
    messages.encode_view(VIEW, by=OWNER),
    messages.encode_error(ForbiddenError(), re=None),
]
