"""How soon a presenter's view reaches forty phones that follow it."""

from __future__ import annotations

import json
import re
import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from .client import Crowd, Pings
from .client import Socket as Presenter
from .machine import Cores
from .servers import AS_SHIPPED, MANAGE, Recipe, running

FOLLOWERS = 40
VIEWS = 200
EVERY_S = 0.1
"""A presenter's page sends no more than ten views a second."""

_LAST_S = 2.0
_NUMBER = re.compile(rb'"type":"view".*"pointer":\[(\d+)')
_KEY = "presenterpresenterpresenterpresent"

_MAKE = f"""
from importlib import import_module
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from motion.services import members, motions
owner = User.objects.create_user("owner")
made = motions.create_motion(title="Led", slug="led", ensemble={FOLLOWERS})
members.transfer_ownership(made.pk, owner, is_new=True)
session = import_module(settings.SESSION_ENGINE).SessionStore()
session["_auth_user_id"] = str(owner.pk)
session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
session["_auth_user_hash"] = owner.get_session_auth_hash()
session.save()
Session.objects.update(session_key="{_KEY}")
"""

_VIEW = {
    "page": 1,
    "epoch": 0,
    "mode": "live",
    "range": None,
    "since": None,
    "across": "step",
    "up": "position",
    "band": None,
    "changes": True,
    "class": True,
    "slice": "newest",
    "lit": None,
    "law": None,
    "panels": ["increments", "quadratic"],
}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Milliseconds from the presenter's message to a follower's frame, over all followers."""

    views: int
    lost: int
    median_ms: float
    p99_ms: float
    longest_ms: float


def measure(*, cores: Cores) -> Figure:
    """Views at full rate, while the motion runs and each follower sends a ping a second."""
    recipe = make_recipe()
    with (
        tempfile.TemporaryDirectory() as directory,
        running(recipe, core=cores.server, directory=Path(directory)) as server,
        Crowd() as crowd,
    ):
        crowd.join(count=FOLLOWERS, port=server.port, protocol=recipe.protocol)
        for phone in crowd.sockets:
            phone.say(b'{"type":"follow","on":true}')
        cookie = f"sessionid={_KEY}"
        presenter = Presenter(port=server.port, protocol=recipe.protocol, cookie=cookie)
        with presenter.socket:
            delays_s = present(presenter, crowd)
    delays_ms = [delay_s * 1e3 for delay_s in delays_s]
    return Figure(
        views=VIEWS,
        lost=VIEWS * FOLLOWERS - len(delays_ms),
        median_ms=statistics.median(delays_ms),
        p99_ms=statistics.quantiles(delays_ms, n=100)[-1],
        longest_ms=max(delays_ms),
    )


def make_recipe() -> Recipe:
    return replace(
        AS_SHIPPED,
        name="a presenter",
        protocol=replace(AS_SHIPPED.protocol, path="/ws/motions/led/"),
        prepare=(*AS_SHIPPED.prepare, (*MANAGE, "shell", "-v", "0", "-c", _MAKE)),
    )


def present(presenter: Presenter, crowd: Crowd) -> list[float]:
    """The delays of all views that came; the pointer of each view is its number."""
    sent_at: list[float] = []
    delays_s: list[float] = []
    pings, begun = Pings(crowd), time.perf_counter()
    while (now := time.perf_counter()) < begun + VIEWS * EVERY_S + _LAST_S:
        if len(sent_at) < VIEWS and now >= begun + len(sent_at) * EVERY_S:
            view = _VIEW | {"pointer": [len(sent_at), 0]}
            sent_at.append(time.perf_counter())
            presenter.say(json.dumps({"type": "present", "view": view}).encode())
        pings.send()
        presenter.texts()
        for text in crowd.read(0.002):
            if found := _NUMBER.search(text):
                delays_s.append(time.perf_counter() - sent_at[int(found[1])])
    return delays_s
