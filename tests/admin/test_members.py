"""Members, invitations, deletion and the change list in the admin, with and without permission."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from motion import publishing
from motion.models import Change, Invitation, Membership, Motion
from motion.queries.permissions import can_control, can_manage, load_person
from motion.services.invitations import accept_invitation, create_invitation
from motion.services.members import set_role, transfer_ownership
from motion.services.motions import change_motion, restart_motion, update_description
from tests.admin.test_motions import LIST, build_form, get_address, list_of, read_html
from tests.support.factories import make_motion, make_own_motion, make_user, read_roles, reload
from tests.support.markup import Element, parse_html, read_page

pytestmark = pytest.mark.django_db

CHANGES = reverse("admin:motion_change_changelist")


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("admin", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def motion() -> Motion:
    """Of ann; bob controls it, eve watches."""
    motion = make_own_motion(make_user("ann"), title="Pollen", control="controllers")
    set_role(motion.pk, make_user("bob"), "controller")
    set_role(motion.pk, make_user("eve"), "viewer")
    return reload(motion)


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    ids: list[int] = []
    monkeypatch.setattr(publishing, "announce_change", ids.append)
    return ids


def make_staff(*codenames: str) -> Client:
    user = make_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


def get_user(name: str) -> Any:
    return Membership._meta.get_field("user").related_model.objects.get(username=name)


def build_members_form(
    motion: Motion,
    roles: dict[str, str] | None = None,
    *,
    remove: tuple[str, ...] = (),
    add: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What the form would send with some roles changed, some members removed, some added."""
    form: dict[str, Any] = {}
    rows = list(motion.memberships.all())
    for number, row in enumerate(rows):
        name = row.user.username
        cells = {"id": row.pk, "motion": motion.pk, "role": (roles or {}).get(name, row.role)}
        cells |= {"DELETE": "on"} if name in remove else {}
        form |= {f"memberships-{number}-{key}": value for key, value in cells.items()}
        form[f"initial-memberships-{number}-role"] = row.role
    for number, (name, role) in enumerate((add or {}).items(), start=len(rows)):
        cells = {"motion": motion.pk, "user": get_user(name).pk, "role": role}
        form |= {f"memberships-{number}-{key}": value for key, value in cells.items()}
    form["memberships-INITIAL_FORMS"] = len(rows)
    form["memberships-TOTAL_FORMS"] = len(rows) + len(add or {})
    return build_form(motion) | form


def build_invitations_form(
    motion: Motion, *, revoke: tuple[int, ...] = (), add: tuple[dict[str, str], ...] = ()
) -> dict[str, Any]:
    form: dict[str, Any] = {}
    rows = list(motion.invitations.all())
    for number, row in enumerate(rows):
        cells = {"id": row.pk, "motion": motion.pk} | ({"revoke": "on"} if row.pk in revoke else {})
        form |= {f"invitations-{number}-{key}": value for key, value in cells.items()}
    for number, values in enumerate(add, start=len(rows)):
        cells = {"motion": motion.pk, **values}
        form |= {f"invitations-{number}-{key}": value for key, value in cells.items()}
    form["invitations-INITIAL_FORMS"] = len(rows)
    form["invitations-TOTAL_FORMS"] = len(rows) + len(add)
    return build_form(motion) | form


# --- members --------------------------------------------------------------------------------


def test_members_are_set_added_and_removed_and_open_pages_follow(
    admin: Client,
    motion: Motion,
    announced: list[int],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    make_user("dan")
    form = build_members_form(motion, {"eve": "controller"}, remove=("bob",), add={"dan": "viewer"})

    with django_capture_on_commit_callbacks(execute=True):
        response = admin.post(get_address(motion), form)

    assert response.status_code == 302
    assert read_roles(motion) == {"ann": "owner", "eve": "controller", "dan": "viewer"}
    assert reload(motion).access_version == motion.access_version + 3
    assert announced == [motion.pk] * 3


def test_unchanged_form_changes_no_member(admin: Client, motion: Motion) -> None:
    response = admin.post(get_address(motion), build_members_form(motion))

    assert response.status_code == 302
    assert reload(motion).access_version == motion.access_version


def test_ownership_is_handed_over(admin: Client, motion: Motion) -> None:
    admin.post(get_address(motion), build_members_form(motion, {"eve": "owner"}))

    assert read_roles(motion) == {"ann": "controller", "bob": "controller", "eve": "owner"}
    assert reload(motion).epoch > motion.epoch


def test_form_replaces_the_owner_by_a_new_member(admin: Client, motion: Motion) -> None:
    make_user("dan")

    admin.post(
        get_address(motion), build_members_form(motion, remove=("ann",), add={"dan": "owner"})
    )

    assert read_roles(motion) == {"bob": "controller", "dan": "owner", "eve": "viewer"}


def test_motion_without_an_owner_gets_one(admin: Client) -> None:
    motion = make_motion()
    make_user("dan")

    admin.post(get_address(motion), build_members_form(motion, add={"dan": "owner"}))

    assert read_roles(motion) == {"dan": "owner"}


@pytest.mark.parametrize(
    "edit",
    [
        {"roles": {"ann": "viewer"}},
        {"remove": ("ann",)},
        {"roles": {"bob": "owner", "eve": "owner"}},
        {"roles": {"bob": "god"}},
    ],
)
def test_motion_neither_loses_its_owner_nor_has_two(
    admin: Client, motion: Motion, edit: dict[str, Any]
) -> None:
    response = admin.post(get_address(motion), build_members_form(motion, **edit))

    assert response.status_code == 200
    assert "errorlist" in read_html(response)
    assert read_roles(motion) == {"ann": "owner", "bob": "controller", "eve": "viewer"}


def test_owner_of_too_many_motions_gets_no_more(
    admin: Client, motion: Motion, settings: Any
) -> None:
    settings.MOTION_LIMIT_PER_PERSON = 0

    response = admin.post(
        get_address(motion), build_members_form(motion, {"eve": "owner"}), follow=True
    )

    assert "can own at most 0 motions" in read_html(response)
    assert read_roles(motion)["ann"] == "owner"


def test_stale_form_changes_only_members_without_conflict(admin: Client, motion: Motion) -> None:
    form = build_members_form(motion, {"eve": "controller"})
    set_role(motion.pk, get_user("bob"), "viewer")

    response = admin.post(get_address(motion), form)

    assert response.status_code == 302
    assert read_roles(motion) == {"ann": "owner", "bob": "viewer", "eve": "controller"}


def test_member_with_conflict_is_refused_and_input_stays(admin: Client, motion: Motion) -> None:
    form = build_members_form(motion, {"bob": "owner"}) | {"title": "Typed"}
    set_role(motion.pk, get_user("bob"), "viewer")

    page = read_html(admin.post(get_address(motion), form))

    assert "changed this from “Controller” to “Viewer” meanwhile." in page
    assert "Save again to set “Owner”." in page
    assert 'value="Typed"' in page
    assert "owner" in [option["value"] for option in parse_html(page).find_all(selected=True)]
    assert read_roles(motion) == {"ann": "owner", "bob": "viewer", "eve": "viewer"}
    assert reload(motion).title == "Pollen"


def test_form_cannot_change_the_person_of_a_row(admin: Client, motion: Motion) -> None:
    form = build_members_form(motion, {"eve": "controller"})
    number = next(key for key in form if key.endswith("role") and form[key] == "controller")
    form[number.replace("role", "user")] = make_user("dan").pk

    admin.post(get_address(motion), form)

    assert read_roles(motion).keys() == {"ann", "bob", "eve"}


def test_motion_is_made_with_its_owner(admin: Client) -> None:
    form = build_form(Motion(title="Dust", slug="dust"))
    form |= {"memberships-TOTAL_FORMS": 1, "memberships-0-user": make_user("dan").pk}
    form |= {"memberships-0-role": "owner"}

    response = admin.post(reverse("admin:motion_motion_add"), form)

    assert response.status_code == 302
    dust = Motion.objects.get(slug="dust")
    assert read_roles(dust) == {"dan": "owner"}
    assert dust.epochs.get().ordinal == 1


def test_members_form_has_one_page_of_many_members(admin: Client) -> None:
    motion = make_own_motion(make_user("zoe"))
    for number in range(120):
        set_role(motion.pk, make_user(f"user{number}"), "viewer")

    page = read_page(admin.get(get_address(motion)))

    names = [select["name"] for select in page.find_all("select")]
    rows = {name for name in names if name.startswith("memberships-") and name.endswith("-role")}
    assert len(rows - {"memberships-__prefix__-role"}) == 100
    assert "zoe" in page.text


@pytest.mark.parametrize("members", [3, 30])
def test_members_form_takes_the_same_queries_for_any_number(
    admin: Client, members: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    motion = make_own_motion(make_user("ann"))
    for number in range(members):
        set_role(motion.pk, make_user(f"user{number}"), "viewer")
        create_invitation(motion.pk, by=get_user("ann"))

    admin.get(get_address(motion))  # content types are read once a process

    with django_assert_num_queries(12):
        admin.get(get_address(motion))


# --- invitations ----------------------------------------------------------------------------


def test_invitation_is_given_and_revoked(admin: Client, motion: Motion) -> None:
    admin.post(get_address(motion), build_invitations_form(motion, add=({"role": "controller"},)))
    given = Invitation.objects.get(motion=motion)

    admin.post(get_address(motion), build_invitations_form(motion, revoke=(given.pk,)))

    revoked = Invitation.objects.get(motion=motion)
    assert (given.role, given.by.username, given.is_valid) == ("controller", "admin", True)
    assert given.code
    assert (revoked.pk, revoked.is_valid) == (given.pk, False)


def test_page_shows_link_code_and_uses_of_an_invitation(admin: Client, motion: Motion) -> None:
    invitation = create_invitation(motion.pk, by=get_user("ann"))
    accept_invitation(invitation.token, make_user("dan"))

    page = read_page(admin.get(get_address(motion)))

    assert page.find("a", href=invitation.get_absolute_url())
    assert page.find_all(class_="field-uses")[0].text == "1"
    assert str(invitation.code) in [cell.text for cell in page.find_all("p")]


def test_expired_invitation_is_refused(admin: Client, motion: Motion) -> None:
    past = timezone.now() - timedelta(days=1)
    dates = {"expires_at_0": f"{past:%Y-%m-%d}", "expires_at_1": "00:00:00"}

    response = admin.post(
        get_address(motion), build_invitations_form(motion, add=({"role": "viewer", **dates},))
    )

    assert "Enter a time in the future." in read_html(response)
    assert not Invitation.objects.exists()


def test_invitation_once_given_is_not_altered(admin: Client, motion: Motion) -> None:
    invitation = create_invitation(motion.pk, by=get_user("ann"))
    form = build_invitations_form(motion) | {
        "invitations-0-role": "controller",
        "invitations-0-code": "AAAAAA",
        "invitations-0-token": "x",
        "invitations-0-uses": "9",
        "invitations-0-DELETE": "on",
    }

    admin.post(get_address(motion), form)

    same = Invitation.objects.get(pk=invitation.pk)
    assert (same.role, same.code, same.token, same.uses) == (
        *("viewer", invitation.code, invitation.token, 0),
    )


# --- finding and deleting -------------------------------------------------------------------


def read_column(page: Element, name: str) -> list[str]:
    """The texts of one column of a list."""
    return [cell.text for cell in page.find_all(class_=f"field-{name}")]


@pytest.mark.parametrize("query", ["Pollen", "the-slug", "ann", "bob", "eve"])
def test_motion_is_found_by_title_slug_and_members(
    admin: Client, motion: Motion, query: str
) -> None:
    make_own_motion(make_user("other"), title="Elsewhere")
    update_description(motion.pk, slug="the-slug")

    page = read_page(admin.get(LIST, {"q": query}))

    assert read_column(page, "shown_title") == ["Pollen"]


def test_title_of_before_is_shown_safely(admin: Client, motion: Motion) -> None:
    Motion.objects.filter(pk=motion.pk).update(title="\u202eneP\u200b")

    page = read_html(admin.get(LIST))

    assert "<bdi>neP</bdi>" in page
    assert "\u202e" not in page


def test_list_shows_owner_and_permissions(admin: Client, motion: Motion) -> None:
    page = read_page(admin.get(LIST))

    columns = ("owner", "seen_by", "controlled_by")
    assert [read_column(page, name) for name in columns] == [["ann"], ["public"], ["controllers"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [("paused__exact", "1"), ("visibility__exact", "private"), ("control__exact", "signed-in")],
)
def test_motion_list_shows_the_filtered_motions(
    admin: Client, motion: Motion, name: str, value: str
) -> None:
    make_motion(title="Chosen", paused=True, visibility="private", control="signed-in")

    page = read_html(admin.get(LIST, {name: value}))

    assert "Chosen" in page
    assert "Pollen" not in page


@pytest.mark.parametrize("motions", [3, 30])
def test_list_of_owned_motions_costs_the_same_queries(
    admin: Client, motions: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(motions):
        make_own_motion(make_user(f"user{number}"))

    with django_assert_num_queries(5):
        admin.get(LIST, {"q": "user"})


@pytest.mark.parametrize("way", ["form", "action"])
def test_delete_announces_the_motion(
    admin: Client,
    motion: Motion,
    way: str,
    announced: list[int],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    other = make_motion()

    with django_capture_on_commit_callbacks(execute=True):
        if way == "form":
            admin.post(reverse("admin:motion_motion_delete", args=[motion.pk]), {"post": "yes"})
        else:
            chosen = {"action": "delete_selected", "_selected_action": [motion.pk]}
            admin.post(LIST, chosen | {"post": "yes"})

    assert list(Motion.objects.all()) == [other]
    assert announced == [motion.pk]


def test_delete_page_counts_rows_and_reads_no_change(
    admin: Client, motion: Motion, django_assert_max_num_queries: Any
) -> None:
    for variance in range(2, 12):
        change_motion(motion.pk, values={"variance": variance}, under_policy=False)

    with django_assert_max_num_queries(8):
        page = read_html(admin.get(reverse("admin:motion_motion_delete", args=[motion.pk])))

    assert "Changes: 12" in page
    assert "Members: 3" in page


# --- staff who may only view ----------------------------------------------------------------


def is_untouched(motion: Motion) -> bool:
    same = Motion.objects.filter(pk=motion.pk, revision=motion.revision)
    return (
        same.filter(access_version=motion.access_version, epoch=motion.epoch).exists()
        and read_roles(motion) == {"ann": "owner", "bob": "controller", "eve": "viewer"}
        and all(row.is_valid for row in motion.invitations.all())
        and motion.invitations.count() == 1
    )


@pytest.fixture
def invitation(motion: Motion) -> Invitation:
    return create_invitation(motion.pk, by=get_user("ann"), role="controller")


ALL_BUT_MOTION = [
    *("view_motion", "add_membership", "change_membership", "delete_membership"),
    *("view_invitation", "add_invitation", "change_invitation", "delete_invitation"),
]


@pytest.mark.parametrize("permissions", [["view_motion"], ALL_BUT_MOTION])
def test_staff_with_view_permission_change_nothing(
    motion: Motion, invitation: Invitation, permissions: list[str]
) -> None:
    client = make_staff(*permissions)
    make_user("dan")
    posts: list[tuple[str, dict[str, Any]]] = [
        (get_address(motion), build_form(motion, variance=4)),
        (get_address(motion), build_form(motion, title="Mine")),
        (get_address(motion), build_members_form(motion, {"eve": "controller"})),
        (get_address(motion), build_members_form(motion, remove=("bob",))),
        (get_address(motion), build_members_form(motion, add={"dan": "owner"})),
        (get_address(motion), build_invitations_form(motion, add=({"role": "controller"},))),
        (get_address(motion), build_invitations_form(motion, revoke=(invitation.pk,))),
        (LIST, list_of([motion], {motion.pk: {"variance": 4}})),
        *(
            (LIST, {"action": action, "_selected_action": [motion.pk], "post": "yes"})
            for action in ("pause", "resume", "restart", "delete_selected")
        ),
        (reverse("admin:motion_motion_delete", args=[motion.pk]), {"post": "yes"}),
        (reverse("admin:motion_motion_add"), build_form(Motion(title="New", slug="new-one"))),
    ]

    statuses = [client.post(url, sent).status_code for url, sent in posts]

    assert client.get(get_address(motion)).status_code == 200
    assert client.get(LIST).status_code == 200
    assert is_untouched(motion)
    assert Motion.objects.count() == 1
    assert statuses[:7] == [403] * 7
    assert statuses[-2:] == [403, 403]


def test_staff_with_view_permission_see_members_without_invitations(
    motion: Motion, invitation: Invitation
) -> None:
    assert invitation.code is not None

    page = read_html(make_staff("view_motion", "view_invitation").get(get_address(motion)))

    assert "eve" in page
    assert invitation.token not in page
    assert invitation.code not in page


def test_staff_with_change_permission_may_not_delete_or_add(motion: Motion) -> None:
    client = make_staff("view_motion", "change_motion")

    saved = client.post(get_address(motion), build_members_form(motion, {"eve": "controller"}))
    client.post(reverse("admin:motion_motion_delete", args=[motion.pk]), {"post": "yes"})
    client.post(LIST, {"action": "delete_selected", "_selected_action": [motion.pk], "post": "yes"})
    client.post(reverse("admin:motion_motion_add"), build_form(Motion(title="New", slug="new-one")))

    assert saved.status_code == 302
    assert read_roles(motion)["eve"] == "controller"
    assert list(Motion.objects.all()) == [motion]


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ([], False),
        (["view_motion"], False),
        (["view_motion", "delete_motion", "change_membership", "change_change"], False),
        (["view_motion", "change_motion"], True),
    ],
)
def test_only_the_permission_to_change_motions_lets_staff_control(
    motion: Motion, permissions: list[str], expected: bool
) -> None:
    make_staff(*permissions)

    someone = load_person(motion.pk, get_user("staff"))

    assert can_control(motion, someone) is expected
    assert can_manage(someone) is expected


def test_permissions_do_not_count_without_staff_status(motion: Motion) -> None:
    make_staff("view_motion", "change_motion")
    user = get_user("staff")
    user.is_staff = False
    user.save()

    assert not can_control(motion, load_person(motion.pk, user))


# --- the list of changes --------------------------------------------------------------------


def test_changes_show_author_time_and_both_values(admin: Client, motion: Motion) -> None:
    change_motion(motion.pk, by=get_user("ann"), values={"variance": 4}, under_policy=False)
    restart_motion(motion.pk, by=get_user("bob"), under_policy=False)

    page = read_page(admin.get(CHANGES))

    events = zip(read_column(page, "who"), read_column(page, "what"), strict=True)
    assert list(events) == [
        ("bob", "restarted the motion: the 2nd path begins"),
        ("ann", "changed the variance 1 → 4 at step 0"),
        ("—", "handed the controls to bob at step 0"),
        ("—", "started it"),
    ]
    assert read_column(page, "path") == ["2nd", *["1st"] * 3]


def test_changes_are_filtered_by_motion_and_found_by_user(admin: Client, motion: Motion) -> None:
    other = make_motion(title="Elsewhere")
    change_motion(other.pk, by=get_user("eve"), values={"drift": 1}, under_policy=False)

    by_motion = read_html(admin.get(CHANGES, {"motion": other.pk}))
    by_user = read_html(admin.get(CHANGES, {"q": "eve"}))

    assert "the drift 0 → 1" in by_motion
    assert "Pollen" not in by_motion
    assert f'<option value="{other.pk}" selected>Elsewhere</option>' in by_motion
    assert by_user.count('class="field-what"') == 1


@pytest.mark.parametrize("motion_id", ["x", "", "-1", "9" * 40, "1 or 1"])
def test_filter_ignores_an_unknown_motion(admin: Client, motion: Motion, motion_id: str) -> None:
    assert "Pollen" in read_html(admin.get(CHANGES, {"motion": motion_id}, follow=True))


@pytest.mark.parametrize("changes", [3, 30])
def test_list_of_changes_costs_the_same_queries(
    admin: Client, motion: Motion, changes: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for variance in range(2, changes + 2):
        change_motion(
            motion.pk, by=get_user("ann"), values={"variance": variance}, under_policy=False
        )

    with django_assert_num_queries(6):
        admin.get(CHANGES, {"motion": motion.pk})


def test_admin_refuses_to_add_edit_or_delete_a_change(admin: Client, motion: Motion) -> None:
    change = Change.objects.get(motion=motion, revision=1)
    one = [change.pk]

    statuses = [
        admin.post(reverse("admin:motion_change_add"), {"step": 5}).status_code,
        admin.post(reverse("admin:motion_change_change", args=one), {"step": 5}).status_code,
        admin.post(reverse("admin:motion_change_delete", args=one), {"post": "yes"}).status_code,
    ]
    admin.post(CHANGES, {"action": "delete_selected", "_selected_action": one, "post": "yes"})

    assert statuses == [403, 403, 403]
    assert Change.objects.get(pk=change.pk).step == 0


@pytest.mark.parametrize(("permissions", "status"), [([], 403), (["view_motion"], 200)])
def test_changes_need_permission_to_view_motions(
    motion: Motion, permissions: list[str], status: int
) -> None:
    assert make_staff(*permissions).get(CHANGES).status_code == status


# --- accounts --------------------------------------------------------------------------------


@pytest.mark.parametrize("by_action", [False, True])
def test_deletion_of_a_user_is_published_to_open_pages(
    admin: Client,
    motion: Motion,
    announced: list[int],
    by_action: bool,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    bob = get_user("bob").pk
    version = reload(motion).access_version

    with django_capture_on_commit_callbacks(execute=True):
        if by_action:
            form = {"action": "delete_selected", "_selected_action": [bob], "post": "yes"}
            admin.post(reverse("admin:auth_user_changelist"), form)
        else:
            admin.post(reverse("admin:auth_user_delete", args=[bob]), {"post": "yes"})

    assert read_roles(motion) == {"ann": "owner", "eve": "viewer"}
    assert reload(motion).access_version == version + 1
    assert announced == [motion.pk]


@pytest.mark.parametrize("by_action", [False, True])
def test_deleting_people_first_locks_all_their_motions_in_one_order(
    admin: Client, motion: Motion, by_action: bool
) -> None:
    ann, bob = get_user("ann").pk, get_user("bob").pk
    transfer_ownership(motion.pk, get_user("eve"))
    changelist = reverse("admin:auth_user_changelist")
    form = {"action": "delete_selected", "_selected_action": [ann, bob], "post": "yes"}

    with CaptureQueriesContext(connection) as captured:
        if by_action:
            admin.post(changelist, form)
        else:
            admin.post(reverse("admin:auth_user_delete", args=[ann]), {"post": "yes"})

    locks = [q["sql"] for q in captured if q["sql"].startswith('SELECT "motion_motion"."id"')]
    assert "motion_membership" in locks[0]
    assert locks[0].removesuffix(" FOR UPDATE").endswith('ORDER BY "motion_motion"."id" ASC')
    assert not Membership.objects.filter(user=ann).exists()


@pytest.mark.parametrize("by_action", [False, True])
def test_delete_refuses_owners_and_names_their_motions(
    admin: Client, motion: Motion, by_action: bool
) -> None:
    ann, bob = get_user("ann"), get_user("bob")
    before = read_roles(motion)
    if by_action:
        url = reverse("admin:auth_user_changelist")
        form = {"action": "delete_selected", "_selected_action": [bob.pk, ann.pk], "post": "yes"}
    else:
        url, form = reverse("admin:auth_user_delete", args=[ann.pk]), {"post": "yes"}

    page = admin.post(url, form).content.decode()

    assert motion.title in page
    assert reverse("admin:motion_motion_change", args=[motion.pk]) in page
    assert read_roles(motion) == before
    with pytest.raises(ProtectedError, match=motion.title):  # nor from a shell
        ann.delete()
    assert read_roles(motion) == before

    transfer_ownership(motion.pk, bob)
    admin.post(reverse("admin:auth_user_delete", args=[ann.pk]), {"post": "yes"})
    assert read_roles(motion) == {"bob": "owner", "eve": "viewer"}


def test_second_factor_can_be_taken_away_but_not_looked_into(admin: Client) -> None:
    secret = "JBSWY3DPEHPK3PXP"
    user = make_user("careful")
    factor = Authenticator.objects.create(user=user, type="totp", data={"secret": secret})
    one = reverse("admin:mfa_authenticator_change", args=[factor.pk])

    text = admin.get(one).content.decode()
    refused = admin.post(one, {"data": "{}"}).status_code
    admin.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})

    assert "careful" in text
    assert secret not in text
    assert refused == 403
    assert not Authenticator.objects.exists()
