"""The admin: every edit goes through control, and a stale page undoes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from motion.admin import motions as motion_admin
from motion.core.parameters import Parameters
from motion.models import Change, Epoch, Motion
from motion.services.motions import (
    DESCRIPTION,
    change_motion,
    delete_motion,
    lock_motion,
    update_description,
)
from tests.support.factories import make_motion, make_user, reload
from tests.support.markup import parse_html

pytestmark = pytest.mark.django_db

LIST = reverse("admin:motion_motion_changelist")
ROWS = ["memberships", "invitations"]


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("admin", is_staff=True, is_superuser=True))
    return client


def get_address(motion: Motion) -> str:
    return reverse("admin:motion_motion_change", args=[motion.pk])


def build_form(motion: Motion, **values: Any) -> dict[str, Any]:
    """What the form, as it was shown for `motion`, would send with some fields edited."""
    described = {name: getattr(motion, name) for name in DESCRIPTION}
    nobody = {f"{rows}-{count}_FORMS": 0 for rows in ROWS for count in ("TOTAL", "INITIAL")}
    shown = {f"initial-{name}": str(value) for name, value in described.items()}
    return drop_unticked(nobody | described | shown | build_cells(motion, **values))


def build_cells(motion: Motion, **values: Any) -> dict[str, Any]:
    """What one row of the list would send."""
    fields = {
        "variance": motion.variance,
        "drift": motion.drift,
        "interval": motion.interval,
        "paused": motion.paused,
    }
    shown = {f"initial-{name}": str(value) for name, value in fields.items()}
    return drop_unticked(fields | shown | values)


def drop_unticked(fields: dict[str, Any]) -> dict[str, Any]:
    """A box that is not ticked is not sent."""
    return {name: value for name, value in fields.items() if value is not False}


def list_of(motions: list[Motion], edits: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """What the list, as it was shown, would send with some cells edited."""
    fields: dict[str, Any] = {
        "form-TOTAL_FORMS": len(motions),
        "form-INITIAL_FORMS": len(motions),
        "_save": "Save",
    }
    for row, motion in enumerate(motions):
        for name, value in build_cells(motion, **edits.get(motion.pk, {})).items():
            prefix = "initial-" if name.startswith("initial-") else ""
            fields[f"{prefix}form-{row}-{name.removeprefix(prefix)}"] = value
        fields[f"form-{row}-id"] = motion.pk
    return fields


def read_values(page: str) -> dict[str, str]:
    """What the fields of a page hold, boxes left out."""
    inputs = parse_html(page).find_all("input", name=True, value=True)
    return {field["name"]: field["value"] for field in inputs}


def read_html(response: Any) -> str:
    return response.content.decode()


def test_form_changes_only_edited_fields_and_records_the_author(admin: Client) -> None:
    motion = make_motion(step=40)

    response = admin.post(get_address(motion), build_form(motion, variance=4))

    change = reload(motion).changes.last()
    assert response.status_code == 302
    assert (change.revision, change.step, change.by.username) == (2, 40, "admin")
    assert change.parameters == Parameters(variance=4.0)


def test_form_sent_unchanged_changes_nothing_even_when_stale(admin: Client) -> None:
    motion = make_motion()
    change_motion(motion.pk, values={"variance": 2})
    change_motion(motion.pk, values={"variance": 1})

    admin.post(get_address(motion), build_form(motion))

    assert reload(motion).revision == 3


def test_stale_form_changes_only_fields_without_conflict(admin: Client) -> None:
    motion = make_motion()
    change_motion(motion.pk, values={"variance": 9})

    response = admin.post(get_address(motion), build_form(motion, paused="on", title="Pollen"))

    assert response.status_code == 302
    assert reload(motion).parameters == Parameters(variance=9.0, paused=True)
    assert reload(motion).title == "Pollen"


def test_field_with_conflict_is_refused_with_values_and_author(admin: Client) -> None:
    motion = make_motion()
    ann = make_user("ann", is_staff=True, is_superuser=True)
    change_motion(motion.pk, by=ann, values={"variance": 9})
    change_motion(motion.pk, by=make_user("ben"), values={"drift": 1})
    update_description(motion.pk, by=ann, title="Hers")

    form = build_form(motion, variance=4, paused="on", title="Mine")
    response = admin.post(get_address(motion), form)

    page = read_html(response)
    assert response.status_code == 200
    assert "ann changed this from 1 to 9 meanwhile. Save again to set 4." in page
    assert "ann changed this from “A motion” to “Hers” meanwhile. Save again to set “Mine”." in page
    assert page.count(" meanwhile.") == 2
    values = read_values(page)
    assert (values["variance"], values["drift"], values["title"]) == ("4", "1", "Mine")
    assert "checked" in parse_html(page).find(type="checkbox", name="paused")
    assert reload(motion).parameters == Parameters(variance=9.0, drift=1.0)

    again = {name: value for name, value in values.items() if name in form or "-" in name}
    assert admin.post(get_address(motion), form | again).status_code == 302
    assert reload(motion).parameters == Parameters(variance=4.0, drift=1.0, paused=True)
    assert reload(motion).title == "Mine"


def test_change_made_between_reading_and_locking_is_noticed(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = make_motion()
    form, lock = build_form(motion, variance=4), lock_motion

    def lock_late(motion_id: int, **options: Any) -> Motion:
        monkeypatch.setattr(motion_admin, "lock_motion", lock)
        change_motion(motion_id, values={"variance": 9})
        return lock(motion_id, **options)

    monkeypatch.setattr(motion_admin, "lock_motion", lock_late)
    page = read_html(admin.post(get_address(motion), form))

    assert "changed this from 1 to 9 meanwhile" in page
    assert reload(motion).variance == 9.0


def test_field_with_equal_changes_is_no_conflict(admin: Client) -> None:
    motion = make_motion()
    change_motion(motion.pk, values={"variance": 4})

    assert admin.post(get_address(motion), build_form(motion, variance=4)).status_code == 302
    assert reload(motion).revision == 2


def test_form_without_hidden_values_is_refused(admin: Client) -> None:
    motion = make_motion()
    form = build_form(motion, variance=4)
    del form["initial-variance"]

    page = read_html(admin.post(get_address(motion), form))

    assert "Someone changed this to 1 meanwhile. Save again to set 4." in page
    assert reload(motion).variance == 1.0


def test_form_and_list_send_hidden_values(admin: Client) -> None:
    motion = make_motion(variance=2)

    assert read_values(read_html(admin.get(get_address(motion))))["initial-variance"] == "2"
    assert read_values(read_html(admin.get(LIST)))["initial-form-0-variance"] == "2"


def test_reserved_address_is_refused_and_input_stays(admin: Client) -> None:
    motion = make_motion()

    page = read_html(admin.post(get_address(motion), build_form(motion, slug="new", title="Typed")))

    assert "Another page uses this address. Choose another one." in page
    assert read_values(page)["title"] == "Typed"


@pytest.mark.fault("a variance that is no finite number within its limits")
@pytest.mark.fault("a bad value in the admin: form, list, action")
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e999", "10001", "", "one"])
def test_bad_value_in_the_form_is_refused_beside_its_field(admin: Client, value: str) -> None:
    motion = make_motion()

    response = admin.post(get_address(motion), build_form(motion, variance=value, paused="on"))

    assert response.status_code == 200
    assert "errorlist" in read_html(response)
    assert reload(motion).parameters == Parameters()


@pytest.mark.fault("a bad value in the admin: form, list, action")
@pytest.mark.parametrize("value", ["1001", "-1", "2.5", "one"])
def test_bad_number_of_paths_is_refused_beside_its_field(admin: Client, value: str) -> None:
    motion = make_motion()

    page = read_html(admin.post(get_address(motion), build_form(motion, ensemble=value)))

    assert "Enter a whole number from 0 to 1,000." in page
    assert reload(motion).ensemble == 0


def test_number_of_paths_is_of_the_next_path(admin: Client) -> None:
    motion = make_motion()

    response = admin.post(get_address(motion), build_form(motion, ensemble="40"), follow=True)

    assert "The next path has the new ensemble: restart the motion." in read_html(response)
    assert (reload(motion).ensemble, Epoch.objects.get().paths) == (40, 0)


def test_list_changes_only_edited_rows(admin: Client) -> None:
    one, two = make_motion(title="1"), make_motion(title="2")

    admin.post(LIST, list_of([one, two], {two.pk: {"variance": 4, "paused": "on"}}))

    assert reload(one).revision == 1
    assert reload(two).parameters == Parameters(variance=4.0, paused=True)


def test_stale_list_changes_only_cells_without_conflict(admin: Client) -> None:
    one, two = make_motion(title="1"), make_motion(title="2")
    change_motion(two.pk, values={"variance": 9})

    admin.post(LIST, list_of([one, two], {one.pk: {"variance": 4}, two.pk: {"paused": "on"}}))

    assert reload(one).variance == 4.0
    assert reload(two).parameters == Parameters(variance=9.0, paused=True)


def test_cell_with_conflict_is_refused_and_input_stays(admin: Client) -> None:
    one, two = make_motion(title="1"), make_motion(title="2")
    change_motion(two.pk, by=make_user("ann"), values={"variance": 9})
    edits = {one.pk: {"variance": 4}, two.pk: {"variance": 5}}

    page = read_html(admin.post(LIST, list_of([one, two], edits)))

    assert "ann changed this from 1 to 9 meanwhile. Save again to set 5." in page
    values = read_values(page)
    assert (values["form-0-variance"], values["form-1-variance"]) == ("4", "5")
    assert values["initial-form-1-variance"] == "9"
    assert (reload(one).variance, reload(two).variance) == (1.0, 9.0)


def test_list_that_shows_all_can_be_saved(admin: Client) -> None:
    edited = make_motion(title="000")
    rows = [Motion(title=f"{number:03}", slug=f"row-{number}") for number in range(1, 120)]
    motions = [edited, *Motion.objects.bulk_create(rows)]
    assert "?all=" in read_html(admin.get(LIST))
    edits = {edited.pk: {"variance": 4}}

    response = admin.post(f"{LIST}?all=", list_of(motions, edits))

    assert response.status_code == 302
    assert reload(edited).variance == 4.0


def test_number_in_the_form_takes_a_decimal_comma(admin: Client) -> None:
    motion = make_motion()

    refused = admin.post(get_address(motion), build_form(motion, variance="1,000"))
    admin.post(get_address(motion), build_form(motion, variance="2,5", drift="−0,25"))

    assert "Enter 1000 or 1.000: “1,000” can mean either." in read_html(refused)
    assert reload(motion).parameters == Parameters(variance=2.5, drift=-0.25)
    assert 'type="number"' not in read_html(admin.get(get_address(motion)))


@pytest.mark.fault("a bad value in the admin: form, list, action")
@pytest.mark.parametrize("value", ["nan", "-1", "inf"])
def test_list_saves_nothing_when_one_value_is_bad(admin: Client, value: str) -> None:
    one, two = make_motion(title="1"), make_motion(title="2")

    response = admin.post(
        LIST, list_of([one, two], {one.pk: {"variance": 4}, two.pk: {"variance": value}})
    )

    assert response.status_code == 200
    assert "errorlist" in read_html(response)
    assert (reload(one).variance, reload(two).variance) == (1.0, 1.0)


@pytest.mark.parametrize(("action", "paused"), [("pause", True), ("resume", False)])
def test_action_pauses_or_resumes_selected_motions(
    admin: Client, action: str, paused: bool
) -> None:
    motions = [make_motion(paused=not paused) for _ in range(2)]

    admin.post(LIST, {"action": action, "_selected_action": [m.pk for m in motions]})

    assert [reload(motion).paused for motion in motions] == [paused, paused]
    assert {motion.changes.last().by.username for motion in motions} == {"admin"}


def test_restart_action_begins_a_new_epoch(admin: Client) -> None:
    motion = make_motion(step=90)

    admin.post(LIST, {"action": "restart", "_selected_action": [motion.pk]})

    assert (reload(motion).step, Epoch.objects.filter(motion=motion).count()) == (0, 2)


def test_restart_action_begins_paused(admin: Client) -> None:
    motion = make_motion(step=90)

    admin.post(LIST, {"action": "restart_paused", "_selected_action": [motion.pk]})

    assert (reload(motion).step, reload(motion).paused) == (0, True)


def test_new_motion_is_offered_to_begin_paused(admin: Client) -> None:
    assert "Begin paused" in read_html(admin.get(f"{LIST}add/"))
    motion = make_motion()
    assert "Begin paused" not in read_html(admin.get(f"{LIST}{motion.pk}/change/"))


@pytest.mark.parametrize(
    ("action", "function", "message"),
    [
        ("pause", "change_motion", "2 motions paused."),
        ("resume", "change_motion", "2 motions resumed."),
        ("restart", "restart_motion", "2 motions restarted."),
        ("delete_selected", "delete_motion", ""),
    ],
)
def test_action_skips_motions_deleted_meanwhile(
    admin: Client, monkeypatch: pytest.MonkeyPatch, action: str, function: str, message: str
) -> None:
    motions = [make_motion(title=title, paused=action == "resume") for title in "ABC"]
    act, delete, gone = getattr(motion_admin, function), delete_motion, motions[1].pk

    def act_late(motion_id: int, **values: Any) -> Any:
        if motion_id == gone:
            delete(gone)
        return act(motion_id, **values)

    monkeypatch.setattr(motion_admin, function, act_late)

    form = {"action": action, "_selected_action": [m.pk for m in motions], "post": "yes"}
    page = read_html(admin.post(LIST, form, follow=True))

    left = Motion.objects.order_by("title")
    if action == "delete_selected":
        assert not left.exists()
    else:
        assert [motion.revision for motion in left] == [2, 2]
    assert f">{message}<" in page or not message
    assert "1 of 3 motions had already been deleted." in page
    assert "There is no such motion." not in page


def test_motion_is_made_in_the_admin_with_its_first_epoch(admin: Client) -> None:
    form = build_form(Motion(title="Pollen", slug="pollen", variance=2.0))

    response = admin.post(reverse("admin:motion_motion_add"), form)

    motion = Motion.objects.get(slug="pollen")
    assert response.status_code == 302
    assert (motion.revision, motion.changes.get().by.username) == (1, "admin")


def test_rename_in_the_admin_is_no_change_of_the_path(admin: Client) -> None:
    motion = make_motion()

    admin.post(get_address(motion), build_form(motion, title="Pollen"))

    assert (reload(motion).title, reload(motion).access_version) == ("Pollen", 1)
    assert reload(motion).revision == 1


def test_motion_page_links_to_changes_and_hides_the_seed(admin: Client) -> None:
    motion = make_motion(seed=1234567890123)
    change_motion(motion.pk, by=make_user("ann"), values={"drift": 0.125})

    page = read_html(admin.get(get_address(motion)))

    assert "<td>1st</td><td><bdi>ann</bdi></td>" in page
    assert "<td>changed the drift 0 → 0.125 at step 0</td>" in page
    assert f'href="{motion.get_absolute_url()}"' in page
    assert "1234567890123" not in page


def test_generated_fields_cannot_be_sent(admin: Client) -> None:
    motion = make_motion(step=5)

    admin.post(get_address(motion), build_form(motion, step=9, epoch=1, next_at=0, watched_until=0))

    assert (reload(motion).step, reload(motion).epoch) == (5, motion.epoch)


def test_action_needs_permission_to_change(client: Client) -> None:
    motion, staff = make_motion(), make_user("staff", is_staff=True)
    staff.user_permissions.add(*find_permissions("view_motion"))
    client.force_login(staff)

    refused = client.post(get_address(motion), build_form(motion, variance=4))
    client.post(LIST, list_of([motion], {motion.pk: {"variance": 4}}))
    client.post(LIST, {"action": "restart", "_selected_action": [motion.pk]})

    assert refused.status_code == 403
    assert reload(motion).revision == 1


@pytest.mark.parametrize("motions", [3, 30])
def test_list_costs_the_same_queries_for_few_and_for_many(
    admin: Client, motions: int, django_assert_num_queries: Any
) -> None:
    for _ in range(motions):
        make_motion()

    with django_assert_num_queries(5):
        admin.get(LIST)


def find_permissions(codename: str) -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename=codename)


@pytest.mark.parametrize("path", ["add/", "{}/change/", "{}/delete/"])
def test_change_is_read_in_the_admin_and_never_written(admin: Client, path: str) -> None:
    change = Change.objects.get(motion=make_motion())

    answer = admin.post(f"/admin/motion/change/{path.format(change.pk)}", {"post": "yes"})

    assert answer.status_code == 403
    assert Change.objects.get() == change
    assert admin.get("/admin/motion/change/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_page_of_history_locks_nothing_when_it_is_posted_to(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = make_motion()
    monkeypatch.setattr(connection.features, "has_select_for_update", True)  # as PostgreSQL

    answer = admin.post(reverse("admin:motion_motion_history", args=[motion.pk]))

    assert answer.status_code == 200
