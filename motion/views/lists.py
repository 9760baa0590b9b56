"""The list of motions, and the form for a new one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from ..core.errors import InvalidValueError, TooManyMotionsError
from ..core.parameters import NAMES
from ..live import presence
from ..models import Membership, Motion, display_name
from ..queries import changelog, previews
from ..queries.permissions import AnyUser, Role
from ..queries.previews import Preview
from ..services import members
from ..services.lessons import load_ready_lessons
from ..services.motions import make_key
from . import gate, sketches
from .forms import CodeForm, NewMotionForm, form_view

PAGE_SIZE: Final = 24
ORDER: Final = ("title", "pk")
"""One order, although titles may be equal."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """A motion as the list shows it."""

    motion: Motion
    role: str | None
    owner: str | None
    watching: int
    preview: Preview | None

    @property
    def settings(self) -> str:
        return changelog.describe_settings(self.motion.parameters)

    @property
    def sketch(self) -> str:
        return sketches.draw_sketch(self.preview.positions) if self.preview else ""

    @property
    def start(self) -> str:
        """X at the first step that is sketched, with every digit."""
        return repr(self.preview.positions[0]) if self.preview else ""


@require_safe
def motions(request: HttpRequest) -> HttpResponse:
    """The visitor's motions, those that others share with them, and public ones."""
    roles = _find_roles(request.user)
    mine = _find_motions(roles.filter(role=Role.OWNER))
    shared = _get_page(request, "shared", _find_motions(roles.exclude(role=Role.OWNER)))
    public = Motion.objects.filter(visibility=Motion.Visibility.PUBLIC).order_by(*ORDER)
    others = _get_page(request, "page", public.exclude(pk__in=roles.values("motion")))
    cards = _build_cards([*mine, *shared, *others], roles)
    context = {
        "mine": [card for card in cards if card.role == Role.OWNER],
        "shared": [card for card in cards if card.role in {Role.CONTROLLER, Role.VIEWER}],
        "public": [card for card in cards if card.role is None],
        "pages_shared": shared,
        "pages_public": others,
        "code": CodeForm(),
    }
    return render(request, "motion/list.html", context)


@login_required
@form_view
def new_motion(request: HttpRequest) -> HttpResponse:
    """A form for a new motion of the visitor."""
    form = NewMotionForm(request.POST or None)
    if form.is_valid():
        owner = gate.require_account(request)
        values = form.cleaned_data
        parameters = {name: values.pop(name) for name in NAMES}
        try:
            return redirect(members.create_own_motion(owner, parameters=parameters, **values))
        except (InvalidValueError, TooManyMotionsError) as error:
            form.add_error(None, str(error))
    ready = [(name, lesson, make_key()) for name, lesson in load_ready_lessons().items()]
    context = {"form": form, "lessons": ready, "key": make_key()}
    return render(request, "motion/new.html", context)


def _find_roles(user: AnyUser) -> QuerySet[Membership]:
    if not user.is_authenticated:
        return Membership.objects.none()
    return Membership.objects.filter(user=user)


def _find_motions(roles: QuerySet[Membership]) -> QuerySet[Motion]:
    return Motion.objects.filter(pk__in=roles.values("motion")).order_by(*ORDER)


def _get_page(request: HttpRequest, name: str, motions: QuerySet[Motion]) -> Page[Motion]:
    """The page of the list whose number the query gives as `name`, or the nearest page."""
    return Paginator(motions, PAGE_SIZE).get_page(request.GET.get(name))


def _build_cards(motions: Iterable[Motion], roles: QuerySet[Membership]) -> list[Card]:
    """The cards, in as many queries for one motion as for a hundred."""
    motions = list(motions)
    ids = [motion.pk for motion in motions]
    role_in = dict(roles.filter(motion__in=ids).values_list("motion", "role"))
    owners = _read_owners(ids)
    viewers = presence.read_viewers(ids)
    previewed = previews.load_previews(motions)
    return [
        Card(
            motion=motion,
            role=role_in.get(motion.pk),
            owner=owners.get(motion.pk),
            watching=viewers[motion.pk].count,
            preview=previewed.get(motion.pk),
        )
        for motion in motions
    ]


def _read_owners(ids: Iterable[int]) -> dict[int, str]:
    owners = Membership.objects.filter(motion__in=ids, role=Role.OWNER).select_related("user")
    return {membership.motion_id: display_name(membership.user) for membership in owners}
